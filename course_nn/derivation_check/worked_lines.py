"""The rules of a derivation, each with a line worked in other letters, and a fresh task.

Which rule a line needs is told from the graph: from what is computed from the node that it is
about. So a hint shows the same rule that the line needs, and never the line itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import Enum
from typing import Any, NamedTuple

from course_nn import more_operations as more
from course_nn.derivation_check.scope import Functions
from course_nn.graph import Parameter
from course_nn.losses import cross_entropy, squared_error
from course_nn.operations import add, matmul, softmax


class Rule(Enum):
    """What the way back passes."""

    SQUARES = "the squared error"
    CLASSES = "the cross-entropy"
    ACTIVATION = "a function, entry by entry"
    SOFTMAX = "a softmax"
    BACK = "back through weights"
    WEIGHTS = "weights"
    BACK_TRANSPOSED = "back through transposed weights"
    WEIGHTS_TRANSPOSED = "transposed weights"
    ROW = "a row that every example uses"
    SEVERAL = "several uses of a node"
    SHARED = "several uses of weights"
    ADDED = "a sum of two nodes"
    SUBTRACTED = "a difference of two nodes"
    MULTIPLIED = "a product of two nodes"
    DIVIDED = "a quotient of two nodes"
    JOINED = "columns side by side"
    ROW_MEAN = "the mean of a row"
    ROW_NORM = "the length of a row"
    LOSSES = "a sum of losses"
    MEAN = "the mean over the examples"
    STEPS = "several steps"


class Worked(NamedTuple):
    """A worked line and a task; with the letters {a}, {u}, {V}, {c}."""

    similar: str
    task: str


WORKED = {
    Rule.SQUARES: Worked(
        "Take the loss Σ_k (2 {u}_k − {c}_k)². Only term k has {u}_k: the square gives 2 "
        "(2 {u}_k − {c}_k), the inside gives 2. So {u}.grad = 4 (2 {u} − {c}), of the shape of "
        "{u}, with the sign that {u} has inside.",
        "Now the loss is ½ Σ_k ({c}_k − 3 {u}_k)²: what is {u}.grad, with its sign?",
    ),
    Rule.CLASSES: Worked(
        "Take the loss log(exp(2 {u}_0) + exp({u}_1)) − {u}_1 of two numbers. By {u}_0: "
        "2 exp(2 {u}_0), divided by the sum of both. By {u}_1: its share of the sum, minus 1, as "
        "{u}_1 stands there once more, for the right answer.",
        "Now the loss is log(exp({u}_0) + exp({u}_1) + exp({u}_2)) − 3 {u}_0: what is {u}.grad?",
    ),
    Rule.ACTIVATION: Worked(
        "Take {u} = exp({a}), entry by entry. Entry i of {a} feeds entry i of {u} alone, and the "
        "slope there is exp({a}[i]): {a}.grad = {u}.grad ⊙ exp({a}). Taken where the way back "
        "arrives, at {a}; and because exp({a}) is {u}, it may be computed from {u}.",
        "Now {u} = {a}³, entry by entry: what is {a}.grad, and at what is the slope taken?",
    ),
    Rule.SOFTMAX: Worked(
        "Take {u}_k = {a}_k / ({a}_0 + {a}_1). Raising {a}_0 changes {u}_0 and {u}_1, as both have "
        "the sum below: {a}_0.grad has a term from {u}_0.grad and one from {u}_1.grad, and each "
        "has the slope of its own {u}_k by {a}_0.",
        "Now {u} is the softmax of {a}, with two entries: what are the slopes of {u}_0 and of "
        "{u}_1 by {a}_0, and what is {a}_0.grad?",
    ),
    Rule.BACK: Worked(
        "Take {u} = {a} {V} with {a} of shape (B, 2) and {V} of shape (2, 3). Entry 0 of {a} meets "
        "row 0 of {V}, so it feeds all three entries of {u}: {u}.grad[0] {V}[0, 0] + "
        "{u}.grad[1] {V}[0, 1] + {u}.grad[2] {V}[0, 2]. The sum runs along a row of {V}; in the "
        "matrix product, which sums over rows of its right factor, {V} is therefore transposed.",
        "Now {V} has shape (4, 2): how many terms has {a}.grad[3], and which are they?",
    ),
    Rule.WEIGHTS: Worked(
        "Take {u} = {a} {V} with {a} of shape (1, 2) and {V} of shape (2, 3). {V}[1, 2] stands "
        "only in {u}[2], with the factor {a}[1]. So its derivative is {a}[1] · {u}.grad[2]: the "
        "row from what came in, the column from what it feeds. All six are {a}ᵀ @ {u}.grad.",
        "Now {u} = (2 {a}) {V}: in which entry does {V}[0, 1] stand, and with which factor?",
    ),
    Rule.BACK_TRANSPOSED: Worked(
        "Take {u} = {a} {V}ᵀ with {a} of shape (B, 2) and {V} of shape (3, 2). Entry 0 of {a} "
        "meets column 0 of {V}, and feeds all three entries of {u}: the sum runs down a column of "
        "{V}, and that is what the matrix product {u}.grad @ {V} does.",
        "Now {V} has shape (4, 2): how many terms has {a}.grad[1], and which are they?",
    ),
    Rule.WEIGHTS_TRANSPOSED: Worked(
        "Take {u} = {a} {V}ᵀ with {a} of shape (1, 2) and {V} of shape (3, 2). {V}[2, 1] stands "
        "only in {u}[2], with the factor {a}[1]: its row comes from what it feeds, its column from "
        "what came in. All six are {u}.gradᵀ @ {a}.",
        "Now {V} has shape (4, 2): in which entry does {V}[3, 0] stand, and with which factor?",
    ),
    Rule.ROW: Worked(
        "Take {u} = {a} + {c}, where {c} is a row of shape (1, 3) and {a} has B rows. {c}[0, k] is "
        "added in every row: it feeds {u}[b, k] of each example, with the factor 1. So its "
        "derivatives {u}.grad[b, k] are added over b, which gives a row again; a mean divides by "
        "B, once.",
        "Now {u} = {a} + 2 {c}: what is {c}.grad for B = 4?",
    ),
    Rule.SEVERAL: Worked(
        "Take {c} = {a} {V} and {u} = 3 {a}. {a} is used twice, so there are two paths from it, "
        "and what arrives on them is added: {a}.grad = {c}.grad {V}ᵀ + 3 {u}.grad.",
        "Now {c} = {a} {V} + {a}, with {V} of shape (2, 2): write out the three terms of "
        "{a}.grad[0], then all of it with matrices.",
    ),
    Rule.SHARED: Worked(
        "Take {u} = {a} {V} and {c} = {u} {V}. {V} is used twice; each use gives what came in "
        "there, transposed, times the gradient of what it feeds: {a}ᵀ {u}.grad + {u}ᵀ {c}.grad, "
        "here for one example.",
        "Now there is a third use, {c} {V}: which term is added?",
    ),
    Rule.ADDED: Worked(
        "Take {u} = {a} + {c}, of the same shape. Entry i of {a} stands in entry i of {u}, with "
        "the factor 1: {a}.grad = {u}.grad, and for {c} it is the same.",
        "Now {u} = {a} + 5 {c}: what are the two gradients?",
    ),
    Rule.SUBTRACTED: Worked(
        "Take {u} = 2 {a} − {c}, of the same shape. Entry by entry the factors are 2 and −1: "
        "{a}.grad = 2 {u}.grad and {c}.grad = −{u}.grad. A column {c} of shape (B, 1) stands in "
        "all entries of its row, so over these it is added.",
        "Now {u} = {c} − 3 {a}: what are the two gradients?",
    ),
    Rule.MULTIPLIED: Worked(
        "Take {u} = {a} ⊙ {c}, entry by entry. Entry i of {a} stands in entry i of {u} with the "
        "factor {c}[i]: {a}.grad = {u}.grad ⊙ {c}; and for {c} the factor is {a}. A column {c} of "
        "shape (B, 1) stands in all entries of its row, so over these it is added.",
        "Now {u} = {a} ⊙ {a}: how often does entry i of {a} stand in it, and what is {a}.grad?",
    ),
    Rule.DIVIDED: Worked(
        "Take {u} = 1 / {a}, entry by entry: the slope is −1 / {a}², so {a}.grad = "
        "−{u}.grad / {a}². Above the line a factor would be kept; and a column of shape (B, 1) "
        "stands in all entries of its row, so over these it is added.",
        "Now {u} = 3 {c} / {a}: what are {c}.grad and {a}.grad?",
    ),
    Rule.JOINED: Worked(
        "Take {u} = [{a}, {c}], with {a} of shape (B, 2) and {c} of shape (B, 3). Columns 0 and 1 "
        "of {u} are those of {a}, unchanged: {a}.grad is columns 0 and 1 of {u}.grad, {c}.grad the "
        "other three.",
        "Now {u} = [{c}, {a}, {a}]: what is {a}.grad?",
    ),
    Rule.ROW_MEAN: Worked(
        "Take {u} = ({a}_0 + 2 {a}_1) / 3, one number for each row. {u}.grad has one number too, "
        "and every entry of {a} gets it times its own factor: 1/3 and 2/3.",
        "Now {u} is the mean of four entries of {a}: what is {a}.grad, and what is its shape?",
    ),
    Rule.ROW_NORM: Worked(
        "Take {u} = {a}_0² + {a}_1², one number for each row. {u}.grad has one number too, and "
        "entry k of {a} gets it times 2 {a}_k; a root around the sum would bring the factor "
        "1 / (2 · root).",
        "Now {u} is the root of {a}_0² + {a}_1²: what is {a}.grad?",
    ),
    Rule.LOSSES: Worked(
        "Take the loss {u} + 3 {c} of two losses. Raising {u} by a little raises it by as much, "
        "raising {c} by three times as much: {u}.grad = 1 and {c}.grad = 3, in every example, and "
        "all that lies behind {c} gets this 3, once.",
        "Now it is ½ {u} + {c}²: what are {u}.grad and {c}.grad?",
    ),
    Rule.MEAN: Worked(
        "Take {u} = {a} {V} and J = (1/B) Σ_b L_b. Row b of {u}.grad belongs to example b alone "
        "and is not divided. {V} is used by every example: {a}ᵀ @ {u}.grad adds up over them, and "
        "this sum, once, is divided by B.",
        "Now {c} = {u} + {V}, where {V} is a row of shape (1, 3): what is {V}.grad for B = 4?",
    ),
    Rule.STEPS: Worked(
        "Take {u} = 3 {a} and {c} = {u}². From {a} one path leads to {c}, in two steps with the "
        "factors 3 and 2 {u}. Along a path they are multiplied: {a}.grad = {c}.grad · 2 {u} · 3.",
        "Now {u} = {a}³ and {c} = 5 {u}: what is {a}.grad?",
    ),
}

OF_A_USER: dict[type, Rule] = {
    squared_error: Rule.SQUARES,
    cross_entropy: Rule.CLASSES,
    softmax: Rule.SOFTMAX,
    add: Rule.ADDED,
    more.subtract: Rule.SUBTRACTED,
    more.multiply: Rule.MULTIPLIED,
    more.divide: Rule.DIVIDED,
    more.join: Rule.JOINED,
    more.row_mean: Rule.ROW_MEAN,
    more.row_norm: Rule.ROW_NORM,
    more.weighted: Rule.LOSSES,
    more.add_losses: Rule.LOSSES,
}


def rules_of(node: Any, users: Collection[Any], functions: Functions) -> Iterator[Rule]:
    """The rules in the line of a gradient, the first one first.

    Args:
        users: the nodes that are computed from it.
    """
    is_weight = isinstance(node, Parameter)
    uses = sum(user.operands.count(node) for user in users)
    if uses > 1:
        yield Rule.SHARED if is_weight else Rule.SEVERAL
    for user in users:
        if isinstance(user, matmul):
            yield Rule.WEIGHTS if is_weight else Rule.BACK
        elif isinstance(user, more.matmul_transposed):
            yield Rule.WEIGHTS_TRANSPOSED if is_weight else Rule.BACK_TRANSPOSED
        elif isinstance(user, add) and is_weight:
            yield Rule.ROW
        elif functions.is_activation(user):
            yield Rule.ACTIVATION
        else:
            yield OF_A_USER.get(type(user), Rule.STEPS)


def letters(taken: Collection[str]) -> dict[str, str]:
    """Letters for an example that no node has."""
    pools = {"a": "apqrst", "u": "uvwkmn", "V": "VMNPQR", "c": "cegijl"}
    return {
        letter: next((each for each in pool if each not in taken), f"{letter}0")
        for letter, pool in pools.items()
    }

"""All gradients of a drawn network: a line for each, and the key that the graph writes."""

from __future__ import annotations

from typing import Any

import numpy as np

import course_nn as nn
from course_exercises.homework.paper_networks import Network
from course_grading.exams import lines, witnesses
from course_grading.exams.networks import FAMILIES, LEVELS, nodes_of
from course_grading.exams.question import ExamRefused, KeyLine, Part, Question, shared_out
from course_grading.exams.usual_slips import wrong_lines

KIND = "derivation"
KINK, TRIES = 0.01, 1000
BATCHES = (2, 5)  # how many examples go through the networks on which a key is tried
LOSSES = {
    "squared_error": "the loss of an example is its squared error, L = ½ Σ_k ({o}_k − {t}_k)²",
    "cross_entropy": "the loss of an example is the cross-entropy of softmax({o}) with its label "
    "{t}",
}
FOLLOW = (
    "A line is marked with what the student has written above it: if that was wrong, and this "
    "line is right for it, it has all its points. A mean that is missing in several lines costs "
    "its point once. Lines in another notation (δ, entry by entry, several steps at once) count "
    "as those that they stand for: check_derivation of the course reads them. "
)
MEAN_AT_THE_START = (
    "Who divides by B at the start, {start}, and in no later line, has each ∂J/∂ right: all "
    "points, as if each line stood as below. One sees it so: / B stands in the first line, where "
    "the loss is differentiated, and nowhere else. These are gradients of J by the nodes, and "
    "check_derivation, which wants each example's own, calls them wrong: so before you type them, "
    "move / B to the lines of the matrices. Who divides both there and at the matrices loses a "
    "point, once."
)
REASONS = {
    "/ B": "what came in, transposed, times the gradient of what it feeds; the mean",
    "+": "two paths: add",
    "@": "multiply along each path, add over the paths",
    "⊙": "entry by entry",
}


def draw(
    rng: np.random.Generator, family: str, form: int, loss: str, *, points: int, minutes: int
) -> Question:
    """A question with a network of this family; forms take its variants one after another."""
    variants = FAMILIES[family]
    network = variants[form % len(variants)](rng, loss)
    values = network.draw(rng, BATCHES[0])
    node = network.graph(values)
    found = lines.backward(network, node)
    worth = shared_out(points, [weight(name, line, network) for name, line in found.items()])
    key = tuple(
        KeyLine(
            f"{name}.grad",
            line,
            each,
            because=reason(network, name, line),
            wrong=wrong_lines(network, name, line, each),
        )
        for (name, line), each in zip(found.items(), worth, strict=True)
    )
    has_gate = any(step.kind == "multiply" for step in network.steps)
    gates = "⊙ (in the picture *) and the f" if has_gate else "F"
    matrices = listed([f"∂J/∂{name}" for name in network.weights])
    return Question(
        kind=KIND,
        family=family,
        level=LEVELS[family],
        title="The way back through a network",
        minutes=minutes,
        intro=(
            "B examples go through this network, one in each row; "
            f"{LOSSES[loss].format(o=network.output, t=network.answers)}, and J is the mean of "
            f"the losses. {gates}unctions work entry by entry.",
        ),
        parts=(
            Part(
                f"Derive {matrices}. Write one line for each gradient on the way back, in "
                f"matrices, from {network.output} back to the first matrix. Row b of a node's "
                "gradient is that of example b's own loss; only the matrices get the mean.",
                key,
                room=1 + 3 * len(key) // 2,
            ),
        ),
        picture=lambda: nn.plots.graph(node, numbers=False),
        shown=tuple(lines.forward(node)[:-1]),
        lines=len(key),
        facts={"network": network},
        follow=FOLLOW + MEAN_AT_THE_START.format(start=_divided(key, network)),
    )


def weight(name: str, line: str, network: Network) -> int:
    """How much a line counts: most where paths are added, least what shapes would tell anyway."""
    if " + " in line:
        return 6
    if name in network.weights:
        return 2
    return 3 if "@" in line or "⊙" in line else 1


def reason(network: Network, name: str, line: str) -> str:
    """Why a line is as it is, in a few words."""
    if name == network.output and "⊙" not in line:
        return "the start: by the output of each example"
    if " + " in line and name in network.weights:
        return "used twice: add what both uses give; the mean"
    if "= −" in line:
        return "handed on, with the minus of the difference"
    return next((words for sign, words in REASONS.items() if sign in line), "handed on as it is")


def _divided(key: tuple[KeyLine, ...], network: Network) -> str:
    """The line of the output with the mean in it."""
    first = next(line.text for line in key if line.about == f"{network.output}.grad")
    left, _, right = first.partition(" = ")
    return f"{left} = ({right}) / B" if "⊙" not in right else f"{left} = {right} / B"


def listed(names: list[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def trials(network: Network) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Values and gradients of some networks of the kind, with other numbers of examples."""
    found = []
    for B in BATCHES:
        values = smooth(network, np.random.default_rng(B), B)
        gradients = witnesses.gradients(network, values)
        found.append(({**nodes_of(network, values), **values}, gradients))
    return found


def smooth(network: Network, rng: np.random.Generator, B: int) -> dict[str, Any]:
    """Values at which no relu stands at its kink, where it has no derivative, and each is on for
    some and off for others.
    """
    bends = [step.operands[0] for step in network.steps if step.kind == "relu"]
    for _ in range(TRIES):
        values = network.draw(rng, B)
        into = [nodes_of(network, values)[name] for name in bends]
        if all((np.abs(z) > KINK).all() and (z > 0).any() and (z < 0).any() for z in into):
            return values
    raise ExamRefused(f"no values keep {network.family} away from the kinks of relu.")


def holds(line: str, network: Network, tried: list[tuple[dict[str, Any], dict[str, Any]]]) -> bool:
    """Whether a printed line gives the gradient that it is about, on all these networks."""
    about = line.partition(".grad = ")[0]
    for values, gradients in tried:
        try:
            given = lines.worth(line, network, values, gradients)
        except ValueError:  # shapes that do not fit
            return False
        if not witnesses.is_close(given, gradients[about]):
            return False
    return True


def prove(question: Question) -> list[str]:
    """What is wrong with the key: a sentence for each thing, none for a key that holds."""
    network: Network = question.facts["network"]
    tried = trials(network)
    wanted = [step.name for step in network.steps] + list(network.weights)
    about = [line.about.removesuffix(".grad") for line in question.key]
    found = [f"the key has no line of {name}.grad." for name in wanted if name not in about]
    for line in question.key:
        if not holds(line.text, network, tried):
            found.append(f"the line {line.text} does not hold.")
        for wrong in line.wrong:
            if holds(wrong.text, network, tried):
                found.append(f"the wrong line {wrong.text} holds.")
            if not 0 <= wrong.points < line.points:
                found.append(f"the wrong line {wrong.text} is worth {wrong.points}.")
    report = nn.check_derivation(
        network.graph(network.draw(np.random.default_rng(1), 2)),
        "\n".join(line.text for line in question.key),
    )
    if report.right is not True:
        found.append(f"check_derivation does not find the key right:\n{report}")
    return found

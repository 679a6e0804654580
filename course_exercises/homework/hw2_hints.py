"""What is said of a line in homework 2, in the notation of its sheet: entry by entry, with a matrix
as it is stored, `V[to, from]`.

The stages are those of `course_nn`; a similar line in other letters is written here anew.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from course_nn import Node
from course_nn.derivation_check.judgement import BLAMED, Verdict
from course_nn.derivation_check.report import Line, Shapes
from course_nn.derivation_check.statement import Reason
from course_nn.derivation_check.worked_lines import Rule

__all__ = ["REACH", "SIMILAR", "know_names", "said"]

BACK = (
    "Take {u}[b, j] = Σ_i {V}[j, i] {a}[b, i] with j = 0, 1, 2. {a}[b, 1] stands in all three, "
    "with the factors {V}[0, 1], {V}[1, 1] and {V}[2, 1]. So {a}.grad[b, 1] = "
    "{u}.grad[b, 0] {V}[0, 1] + {u}.grad[b, 1] {V}[1, 1] + {u}.grad[b, 2] {V}[2, 1]: the sum runs "
    "over what {a}[b, 1] feeds. Now j goes from 0 to 3: how many terms has {a}.grad[b, 0], and "
    "which are they?"
)
WEIGHTS = (
    "Take {u}[b, j] = Σ_i {V}[j, i] {a}[b, i], for one example. {V}[2, 1] stands only in "
    "{u}[b, 2], with the factor {a}[b, 1]. So its derivative is {u}.grad[b, 2] {a}[b, 1]: the "
    "first index is that of what it feeds, the second that of what came in. Now {u}[b, j] = "
    "Σ_i {V}[j, i] · 2 {a}[b, i]: in which entry does {V}[0, 3] stand, and with which factor?"
)
SIMILAR: Mapping[Rule, str] = {
    Rule.SQUARES: (
        "Take the loss L[b] = Σ_k (2 {u}[b, k] − {c}[b, k])². Only term k has {u}[b, k]: the "
        "square gives 2 (2 {u}[b, k] − {c}[b, k]), the inside gives 2. So {u}.grad[b, k] = "
        "4 (2 {u}[b, k] − {c}[b, k]), with the sign that {u} has inside. Now L[b] = "
        "½ Σ_k ({c}[b, k] − 3 {u}[b, k])²: what is {u}.grad[b, k], with its sign?"
    ),
    Rule.BACK: BACK,
    Rule.BACK_TRANSPOSED: BACK,
    Rule.WEIGHTS: WEIGHTS,
    Rule.WEIGHTS_TRANSPOSED: WEIGHTS,
    Rule.MEAN: (
        "Take {u}[b, j] = {a}[b, j] + {c}[j], where every example uses the same {c}[j]. For one "
        "example its derivative is {u}.grad[b, j]; in J = 1/B Σ_b L[b] it is the mean of these: "
        "{c}.grad[j] = 1/B Σ_b {u}.grad[b, j]. Now {u}[b, j] = {a}[b, j] + 2 {c}[j]: what is "
        "{c}.grad[j]?"
    ),
    Rule.ACTIVATION: (
        "Take {u}[b, j] = exp({a}[b, j]). {a}[b, j] feeds {u}[b, j] alone, and the slope there is "
        "exp({a}[b, j]): {a}.grad[b, j] = {u}.grad[b, j] exp({a}[b, j]). Because exp({a}[b, j]) is "
        "{u}[b, j], it may be computed from that. Now {u}[b, j] = {a}[b, j]³: what is "
        "{a}.grad[b, j], and at what is the slope taken?"
    ),
    Rule.ADDED: (
        "Take {u}[b, j] = 2 {a}[b, j] + 3 {c}[b, j]. {a}[b, j] stands in it with the factor 2: "
        "{a}.grad[b, j] = 2 {u}.grad[b, j], and {c}.grad[b, j] = 3 {u}.grad[b, j]. Now {u}[b, j] = "
        "5 {a}[b, j] + {c}[b, j]: what are the two gradients?"
    ),
    Rule.SUBTRACTED: (
        "Take {u}[b, j] = 2 {a}[b, j] − 3 {c}[b, j]. The factors are 2 and −3: {a}.grad[b, j] = "
        "2 {u}.grad[b, j], and {c}.grad[b, j] = −3 {u}.grad[b, j]. Now {u}[b, j] = "
        "{c}[b, j] − 5 {a}[b, j]: what are the two gradients?"
    ),
    Rule.MULTIPLIED: (
        "Take {u}[b, j] = 2 {a}[b, j] · {c}[b, j]. {a}[b, j] stands in it with the factor "
        "2 {c}[b, j]: {a}.grad[b, j] = {u}.grad[b, j] · 2 {c}[b, j]; and for {c}[b, j] the factor "
        "is 2 {a}[b, j]. Now {u}[b, j] = {a}[b, j]²: how often does {a}[b, j] stand in it, and "
        "what is {a}.grad[b, j]?"
    ),
    Rule.SEVERAL: (
        "Take {u}[b, j] = 2 {a}[b, j] and {c}[b, j] = exp({a}[b, j]). {a}[b, j] is used in both, "
        "so what arrives on both ways is added: {a}.grad[b, j] = 2 {u}.grad[b, j] + "
        "{c}.grad[b, j] exp({a}[b, j]). Now {u}[b, j] = {a}[b, j]² and {c}[b, j] = 5 {a}[b, j]: "
        "what is {a}.grad[b, j]?"
    ),
    Rule.STEPS: (
        "Take {u}[b, j] = 3 {a}[b, j] and {c}[b, j] = {u}[b, j]². From {a}[b, j] one path leads to "
        "{c}[b, j], in two steps with the factors 3 and 2 {u}[b, j]. Along a path they are "
        "multiplied: {a}.grad[b, j] = {c}.grad[b, j] · 2 {u}[b, j] · 3. Now {u}[b, j] = "
        "{a}[b, j]³ and {c}[b, j] = 5 {u}[b, j]: what is {a}.grad[b, j]?"
    ),
}
POOLS = {"a": "apqrst", "u": "uvwmn", "c": "ceghl", "V": "VMNPQR"}  # none is an index

REACH = (
    "Beside Σ_b, b is counted in a part that no Σ_b reaches. Σ_b reaches as far as the next + or "
    "−; beyond that, put brackets."
)
UNKNOWN = "the network has no such name, and no line of yours says what it is"
BRACKETS = "the brackets do not fit: one is open, or one too many is closed."
REASONS: Mapping[Reason, str] = {
    Reason.ENTRIES: "not every part of this line has its indices",
    Reason.FREE_INDEX: "this index stands neither on the left of = nor under a Σ",
    Reason.TOO_MANY_NUMBERS: "this takes too many numbers at once",
}


def said(line: Line, stage: int) -> str:
    """What is said of a line at this stage: 1 numbers and a question, 2 the kind of slip, 3 a
    similar line in other letters. It is never this line itself."""
    if line.verdict is Verdict.UNREADABLE:
        return _why_not(line)
    if line.verdict not in (*BLAMED, Verdict.MISSING):
        return line.hint(stage)
    if stage == 3 and line.rule in SIMILAR:
        return f"A similar line. {SIMILAR[line.rule].format(**_letters(line.taken))}"
    words = line.hint(stage)
    if line.by_entry and isinstance(line.facts, Shapes):
        # With a Σ over the wrong index nothing was taken entry by entry.
        words = words.replace(
            "are taken entry by entry, which needs equal shapes", "do not fit with these indices"
        )
    return f"{REACH} {words}" if stage < 3 and _is_beyond_reach(line.read) else words


def know_names(loss: Node, lines: Collection[Line]) -> None:
    """Let lines that cannot be read know the names, too: those of the graph, and those that stand
    on the left of a line."""
    graph = loss.graph
    names = {each.name for each in (*graph.nodes, *graph.inputs, *graph.parameters)}
    names |= {left[1] for line in lines if (left := re.match(r"\s*(\w+)(?!\w|\.grad)", line.text))}
    for line in lines:
        line.taken = line.taken or frozenset(names)


def _letters(taken: Collection[str]) -> dict[str, str]:
    """Letters for an example that no node has."""
    return {
        letter: next((each for each in pool if each not in taken), f"{letter}0")
        for letter, pool in POOLS.items()
    }


def _why_not(line: Line) -> str:
    """Why a line could not be read."""
    if any(line.text.count(a) != line.text.count(b) for a, b in ("()", "[]")):
        return BRACKETS
    problem = line.problem
    if problem is None or problem.reason not in REASONS:
        return line.hint(1)
    if problem.reason is Reason.ENTRIES and "[" in problem.word:  # that part has its indices
        unknown = [each for each in _with_indices(line.text) if each not in line.taken]
        if unknown:
            return f"“{unknown[0]}”: {UNKNOWN}."
    word = f"“{problem.word}”: " if problem.word else ""
    return f"{word}{REASONS[problem.reason]}."


def _with_indices(text: str) -> list[str]:
    """The names in a line behind which indices stand, with or without .grad."""
    return re.findall(r"(\w+)(?:\.grad)?\s*\[", text)


def _is_beyond_reach(line: str) -> bool:
    """Whether a line of weights has a Σ_b, and the index b also where that does not reach."""
    left, _, right = line.partition(" = ")
    indices = re.search(r"\[([^\]]*)\]", left)
    if indices is None or "b" in indices[1] or "Σ_b" not in right:
        return False
    depth, sums = 0, set[int]()  # how many brackets are open, and where a Σ_b is
    for part in re.findall(r"Σ_b|\[[^\]]*\]|[()]| [+−] ", right):
        if part == "Σ_b":
            sums.add(depth)
        elif part == "(":
            depth += 1
        elif part in (")", " + ", " − "):
            sums.discard(depth)
            depth -= part == ")"
        elif re.search(r"\bb\b", part) and not sums:
            return True
    return False

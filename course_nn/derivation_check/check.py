"""`check_derivation`: reads a derivation, tries it on fresh networks, and answers line by line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from course_nn import checks
from course_nn.derivation.lines import names_in
from course_nn.derivation_check.arrays import BY_ENTRY
from course_nn.derivation_check.claims import GRADIENTS, Claim
from course_nn.derivation_check.expression import Expression, Name
from course_nn.derivation_check.judgement import BAD, BLAMED, WORST_FIRST, Judgement, Verdict
from course_nn.derivation_check.judging import Judge
from course_nn.derivation_check.notation import FUNCTIONS
from course_nn.derivation_check.own_steps import LOCAL, judge_own_steps, steps_of
from course_nn.derivation_check.principles import Principle, claimed, principles_of
from course_nn.derivation_check.reading import read
from course_nn.derivation_check.report import FEEDBACK, Line, Numbers, Report, Shapes
from course_nn.derivation_check.scope import Functions, Unfit
from course_nn.derivation_check.search import Search
from course_nn.derivation_check.statement import Statement
from course_nn.derivation_check.trials import LOUD_KINDS, OWN_KINDS, Family, Kind
from course_nn.derivation_check.vocabulary import Vocabulary, about
from course_nn.derivation_check.worked_lines import Rule, rules_of
from course_nn.derivation_check.writing import Style
from course_nn.graph import Node, Parameter
from course_nn.operations import Operation

STEP = 0.001  # of a nudge
MOST_READ_TWICE = 40  # lines of a text in which dz3 may belong to the mean loss


def check_derivation(
    loss: Node,
    text: str,
    columns: bool = False,
    feedback: str = "each",
    principles: bool = False,
) -> Report:
    """Reads your derivation of the gradients of a graph, and says of each line whether it holds.

        report = nn.check_derivation(model.loss, '''
            δ3 = z3 − y                        # or z3.grad = z3 - y, or ∂L/∂z3 = …
            W3.grad = h2.T @ δ3 / B            # or 1/B h₂ᵀ δ₃, or 1/B Σ_b h2_bᵀ δ3_b
            s = h2 (1 − h2)                    # a name of your own, also s.grad; f′(z2) is known
            δ2 = (δ3 W3ᵀ) ⊙ s
            δ2_j = Σ_k δ3_k W3_jk s_j          # or entry by entry, each with its indices
        ''')
        report                                 # each line as it was read, and its verdict
        report.right, [line.hint(2) for line in report.wrong]    # hints 1, 2 and 3

    One line for each equation, as text, code or LaTeX, in any order that can be computed; after #
    or // stands a remark. Rows are examples: z.grad (δ, ∂L/∂z) belongs to each example, W.grad
    (∂J/∂W) is the mean over the batch; ∂L/∂W, or dW, speaks of one example.
    ⊙ and * multiply entry by entry, @ is the product of matrices; without a sign, or with ·, the
    shapes say which. Σ_b adds over the examples, Σ_k along a row; np.sum needs axis=. Known are
    softmax, onehot(y) or [k = y], ŷ, exp or e^, log, tanh, relu, z > 0, ‖z‖, diag, np.outer,
    np.where, np.einsum, [a, b], a[:, :H1], B, and width(h1).
    Entry by entry every part has its indices, W_jk, h_j, h_bj, and each index stands on the left or
    under a Σ; "# Einstein sums" leaves the Σ out. Also read: the chain rule between two =, steps as
    ∂z3/∂h2 = …, code for PyTorch and TensorFlow, MATLAB's W3' and .* (* is then @), dZ[2] and 1/m.

    Args:
        loss: of the graph whose gradients are derived.
        text: the derivation.
        columns: examples are columns, and so everything is transposed: z1 = W1 x.
        feedback: "each" line, the "first" wrong one, the "count" of those that hold, or "none".
        principles: after # each line says its principle: multiply along a path, add over paths,
            what came in, f′ at arrival, mean; or several, with commas.

    A text is never run. Raises TypeError or ValueError for something else than a loss and a text.
    """
    checks.loss_node(loss)
    if not isinstance(text, str):
        raise TypeError(f'The lines of a derivation are a text, "…"; got {checks.shown(text)}.')
    checks.yes_or_no("columns", columns)
    checks.yes_or_no("principles", principles)
    if feedback not in FEEDBACK:
        allowed = ", ".join(map(repr, FEEDBACK))
        raise ValueError(f"feedback must be one of {allowed}; got {checks.shown(feedback)}.")
    return _answered(loss, text, columns).report(feedback, principles)


def without_slips(loss: Node, text: str, columns: bool = False) -> Report:
    """The same report without slips and numbers of the lines that do not hold: looking for these
    takes most of the time, and whoever only counts lines needs none.
    """
    return _answered(loss, text, columns).report("count", False, slips=False)


def _answered(loss: Node, text: str, columns: bool) -> _Answer:
    answer = _Answer(loss, text, columns)
    if answer.may_be_of_the_mean:
        other = _Answer(loss, text, columns, of_mean=True)
        answer = other if other.blamed < answer.blamed else answer
    return answer


class _Answer:
    """Everything that is known about one derivation."""

    def __init__(self, loss: Node, text: str, columns: bool, of_mean: bool = False) -> None:
        names = names_in(loss.graph)
        self.nodes: dict[str, Any] = {name: node for node, name in names.items()}
        named = {type(n).__name__: n for n in self.nodes.values() if isinstance(n, Operation)}
        named = {
            name: node
            for name, node in named.items()
            if name not in FUNCTIONS or not type(node).__module__.startswith("course_nn.")
        }
        self.loss, self.columns = names[loss], columns
        self.vocabulary = Vocabulary(self.nodes, self.loss, named, columns=columns, of_mean=of_mean)
        self.statements = read(text, self.vocabulary)
        family = Family(loss, names)
        self.judge = Judge(family, Functions(self.nodes, named), columns)
        self.judgements = self.judge.judged(self.statements)
        self.wanted = judge_own_steps(self.judge, self.judgements)
        targets = [each.claim.target for each in self.judgements]
        self.plain, self.tex = (
            Style(self.judge.decided, self.nodes, targets, columns, tex) for tex in (False, True)
        )

    @property
    def blamed(self) -> int:
        """How many lines do not hold, those that follow from others included."""
        return sum(each.verdict in BAD for each in self.judgements)

    @property
    def may_be_of_the_mean(self) -> bool:
        """Whether a line of code such as dz3 = … would perhaps hold as ∂J/∂z3 of the mean loss."""
        at_one = {each.claim.statement for each in self.judgements if _only_for_one(each)}
        lefts = [self.statements[i].text.partition("=")[0] for i in at_one]
        is_short = len(self.statements) <= MOST_READ_TWICE
        return is_short and any(re.match(r"\s*(d|grad)[A-Za-z_]", left) for left in lefts)

    def report(self, feedback: str, principles: bool, slips: bool = True) -> Report:
        """The lines with what is said of them; without `slips`, nothing of why one is wrong."""
        lines = [self._line(i, each, slips) for i, each in enumerate(self.statements)]
        lines += [self._missing(name) for name in self._names_missing()]
        return Report(lines, _right(lines), feedback, principles)

    def _line(self, i: int, statement: Statement, slips: bool) -> Line:
        here = [each for each in self.judgements if each.claim.statement == i]
        if not here:
            number, text, problem = statement.number, statement.text, statement.problem
            return Line(number, text, "", "", "", Verdict.UNREADABLE, problem)
        worst = min(here, key=lambda each: WORST_FIRST.index(each.verdict))
        target = worst.claim.target
        line = Line(
            statement.number,
            statement.text,
            self._read(statement, here, self.plain),
            self._read(statement, here, self.tex),
            self._called(target),
            worst.verdict,
            worst.problem,
            compensates=worst.compensates,
            one_example=target.one,
            forward=target.kind == "value",
            own_widths=worst.own_widths,
            stretched=worst.verdict in (Verdict.HOLDS, Verdict.ONE_EXAMPLE)
            and self.judge.stretches(worst, self.judgements),
            typed=statement.typed,
            given=claimed(statement.comment),
            taken=frozenset(self.nodes),
            gradient_of=target.name if target.kind in GRADIENTS else "",
            by_entry=any(map(_speaks_of_entries, statement.formulas)),
            in_itself=worst.in_itself,
        )
        statements = {self.judgements[j].claim.statement for j in worst.rests_on_wrong}
        line.follows_from = tuple(sorted(self.statements[j].number for j in statements))
        if target.kind == "slope":
            line.principles, line.rules = (Principle.SLOPE,), (Rule.ACTIVATION,)
        if target.kind in GRADIENTS and worst.verdict in (Verdict.HOLDS, *BAD):
            names = self._passed(target.name, worst.claim)
            line.principles = self._principles(names)
            line.rules = self._rules(names)
            line.passes = tuple(names)
        if slips and worst.verdict in BLAMED:
            wanted = self.wanted.get(worst.claim.index)
            line.own_step = wanted is not None
            line.facts = self._facts(worst) if wanted is None else None
            line.steps = self._steps(worst.claim) if wanted is None else ()
            if wanted is not None:
                line.principles, line.rules = self._of_a_step(worst.claim, wanted)
            search = Search(self.judge, self.judgements, worst, wanted)
            line.slips, line.together = search.found()
            line.searched = not search.is_cut_short
        return line

    def _steps(self, claim: Claim) -> tuple[int, ...]:
        """The numbers of the lines with its own steps."""
        beneath = steps_of(claim, self.judgements)
        steps = {self.judgements[i].claim.statement for i in beneath}
        numbers = {self.statements[i].number for i in steps - {claim.statement}}
        return tuple(sorted(numbers))

    def _of_a_step(
        self, claim: Claim, wanted: Expression
    ) -> tuple[tuple[Principle, ...], tuple[Rule, ...]]:
        """The principles and the rules of a step, from what it would have to be."""
        if wanted.kind == "slope":
            return (Principle.SLOPE,), (Rule.ACTIVATION,)
        names = [each.value for each in wanted.walk() if each.kind == "name"]
        gradients = [n.name for n in names if isinstance(n, Name) and n.kind in GRADIENTS]
        local = LOCAL.fullmatch(claim.target.name)
        name = local[2] if local else gradients[0]
        passed = self._passed(name, claim)
        return self._principles(passed), self._rules(passed)

    def _called(self, target: Name) -> str:
        return self.plain.name(target)

    @staticmethod
    def _read(statement: Statement, here: list[Judgement], style: Style) -> str:
        first = here[0].claim.key
        formulas = [each.claim.formula for each in here if each.claim.key == first]
        of_entries = [e for e in statement.formulas if e.kind == "entries"]
        indices = of_entries[0].value[0] if of_entries else ""  # type: ignore[index]
        left = [style.with_indices(style.name(name), indices) for name in statement.targets]
        return " = ".join([*left, *map(style.formula, formulas)])

    # -------------------------------------------------------------- what is missing

    def _names_missing(self) -> list[Name]:
        """Gradients that are needed and that no line gives."""
        family = self.judge.family
        given = {
            (each.claim.target.kind, each.claim.target.name)
            for each in self.judgements
            if each.claim.target.kind in GRADIENTS and each.verdict is not Verdict.UNREADABLE
        }
        needed = [
            Name("gradient", family.names[node])
            for node in family.used
            if isinstance(node, Parameter)
        ]
        for i in range(len(self.statements)):
            takes = [
                {name for name in each.claim.takes if name.name != self.loss}
                for each in self.judgements
                if each.claim.statement == i and each.verdict is not Verdict.NOT_NEEDED
            ]
            needed += sorted(min(takes, key=len), key=str) if takes else []
        given |= {(name.kind, name.name) for name in self._begun()}
        missing = {(name.kind, name.name): name for name in needed}
        return [name for key, name in missing.items() if key not in given]

    def _begun(self) -> list[Name]:
        """What the lines that could not be read are about, as far as that can be told."""
        lefts = [each.text.partition("=")[0] for each in self.statements if each.problem]
        return [name for left in lefts if (name := about(left, self.vocabulary))]

    def _missing(self, name: Name) -> Line:
        called = self._called(name)
        line = Line(None, "", "", "", called, Verdict.MISSING, taken=frozenset(self.nodes))
        line.principles = principles_of(
            name.name, self._users(name.name), self.nodes, self.judge.functions
        )
        line.rules = self._rules([name.name])
        line.gradient_of = name.name
        return line

    # -------------------------------------------------------------- facts

    def _users(self, name: str) -> list[Any]:
        return self.judge.family.users[name]

    def _passed(self, name: str, claim: Claim) -> list[str]:
        """The nodes that a line is about, and those that it passes because it takes several steps
        at once.
        """
        names, passed = [name], list[str]()
        parts = [part.value for part in claim.formula.walk() if part.kind == "name"]
        taken = {each.name for each in parts if isinstance(each, Name) and each.kind == "gradient"}
        while names:
            each = names.pop(0)
            if each not in passed:
                passed.append(each)
                users = [self.judge.family.names[user] for user in self._users(each)]
                names += [user for user in users if user not in taken]
        return passed

    def _principles(self, passed: list[str]) -> tuple[Principle, ...]:
        """Of a line, and of the steps that it takes at once."""
        found = list[Principle]()
        for name in passed:
            found += principles_of(name, self._users(name), self.nodes, self.judge.functions)
        return tuple(dict.fromkeys(found))

    def _rules(self, passed: list[str]) -> tuple[Rule, ...]:
        functions = self.judge.functions
        found = [rules_of(self.nodes[name], self._users(name), functions) for name in passed]
        return tuple(dict.fromkeys(rule for rules in found for rule in rules))

    def _has_name(self, name: str) -> bool:
        """Whether a node was named by whoever made the graph."""
        node = self.nodes[name]
        return not isinstance(node, Operation) or node.label is not None

    def _is_as_wide(self, name: str, nodes: Mapping[str, Any]) -> bool:
        """Whether a node has the width of its first operand, whose name the reader knows."""
        for operand in self.nodes[name].operands[:1]:
            before = self.judge.family.names.get(operand, "")
            if before and self._has_name(before):
                return bool(nodes[before].width == nodes[name].width)
        return False

    def _facts(self, judgement: Judgement) -> Numbers | Shapes | None:
        """Numbers of the first network on which it is seen that a line does not hold.

        A line of a weight without B may be meant for one example, so there it is tried first if its
        shape is right: with more, a factor B would stand between its numbers and the mean loss.
        """
        target = judgement.claim.target
        parts = [part.value for part in judgement.claim.formula.walk() if part.kind == "name"]
        says_B = any(isinstance(each, Name) and each.name == "B" for each in parts)
        is_of_weights = isinstance(self.nodes.get(target.name), Parameter)
        one_first = target.kind == "gradient" and is_of_weights and not says_B
        if one_first:
            needed = self.judge.right(target, self.judge.trials[0]).shape
            one_first = np.shape(judgement.local[0]) == needed
        tried = [(t, i) for i, t in enumerate(self.judge.trials) if t.kind not in OWN_KINDS]
        tried.sort(key=lambda each: one_first and each[0].kind is not Kind.ONE_EXAMPLE)
        for trial, i in sorted(tried, key=lambda each: each[0].kind in LOUD_KINDS):
            if target.one and trial.kind is not Kind.ONE_EXAMPLE:
                continue
            mine, right = judgement.local[i], self.judge.right(target, trial)
            if self.judge.agrees(mine, right, trial):
                continue
            widths = {
                name: node.width
                for name, node in trial.nodes.items()
                if not isinstance(node, Parameter) and node.width is not None
                if self._has_name(name) and not self._is_as_wide(name, trial.nodes)
            }
            called, shape = self._called(target), right.shape
            if isinstance(mine, Unfit):
                by_entry = _is_by_entry(mine, int(self.columns))
                return Shapes(widths, trial.B, called, shape, None, mine.shapes, by_entry)
            if isinstance(mine, Exception):
                return None
            if np.shape(mine) not in ((), shape):
                return Shapes(widths, trial.B, called, shape, np.shape(mine))
            if target.kind in ("value", "slope"):
                return None
            mine = np.broadcast_to(mine, shape)
            off = np.nan_to_num(np.abs(mine - right), nan=np.inf)
            row, column = (int(n) for n in np.unravel_index(off.argmax(), shape))
            place = (column, row) if self.columns else (row, column)
            share = trial.B if target.kind == "mean gradient" else 1
            is_weight = isinstance(self.nodes[target.name], Parameter)
            is_loss = self.nodes[target.name].width is None and not is_weight
            numbers = Numbers(
                widths,
                trial.B,
                f"{target.name}[{place[0]}]" if is_loss else f"{target.name}[{row}, {column}]",
                None if is_weight else place[0],
                STEP,
                trial.nudged(target.name, place, STEP) / share,
                float(mine[row, column]) * STEP,
            )
            if numbers.differ:
                return numbers
        return None


def _only_for_one(judgement: Judgement) -> bool:
    is_of_a_node = judgement.claim.target.kind == "gradient" and not judgement.claim.target.one
    return is_of_a_node and judgement.verdict is Verdict.ONE_EXAMPLE


def _speaks_of_entries(formula: Expression) -> bool:
    """Whether a formula has its indices at the names: (δᵀ h)_jk is an entry of matrices, and their
    product is no more written entry by entry than without the indices behind it.
    """
    return formula.kind == "entries" and all(
        _is_of_one_node(each.arguments[0]) for each in formula.walk() if each.kind == "entry"
    )


def _is_of_one_node(e: Expression) -> bool:
    """Whether indices may stand behind this: h, δ, softmax(z), 1 − h²; not δ Wᵀ, nor −δ."""
    names = {part.value for part in e.walk() if part.kind == "name"}
    are_values = all(isinstance(name, Name) and name.kind == "value" for name in names)
    return e.kind == "name" or (len(names) <= 1 and are_values)


def _is_by_entry(unfit: Unfit, examples: int) -> bool:
    """Whether shapes do not fit because entry is put to entry: as matrices they would, or each of
    the two has an example in each row.
    """
    kind, shapes = unfit.part.kind, unfit.shapes
    if kind == "product":
        fits = len(shapes) == 2 and shapes[0][1] == shapes[1][0]
        return fits or (len(shapes) == 2 and shapes[0][examples] == shapes[1][examples])
    return kind in (*BY_ENTRY, "compare") or unfit.part.value in ("maximum", "minimum")


def _right(lines: list[Line]) -> bool | None:
    verdicts = {line.verdict for line in lines}
    if verdicts & {*BAD, Verdict.USES_ANSWER}:
        return False
    if Verdict.UNREADABLE in verdicts or Verdict.HOLDS not in verdicts:
        return None
    return Verdict.MISSING not in verdicts

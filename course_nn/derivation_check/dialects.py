"""Notations of books and libraries, exchanged for the plain one before a text is read.

What a sign means is told from the whole text and from the names of the graph: W^3 is W3 only where
the graph has a W3 and no W, and h2' is a transpose only in a text that writes W3' or .* too. What
came out is shown as it was read.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from course_nn.derivation_check import grammar, notation
from course_nn.derivation_check.vocabulary import Vocabulary
from course_nn.graph import Input, Labels, Parameter

LETTER = notation.INDEX
INDICES = rf"\{{?\s*{LETTER}(?:\s*,?\s*{LETTER})?\s*\}}?(?![A-Za-z0-9])"


def plain(text: str, vocabulary: Vocabulary) -> str:
    """The text in the notation of the course, line by line, as far as it can be told."""
    text = PARTIAL.sub(r"∂L/∂\1", notation.as_typed(text))
    text = OF_A_STEP.sub(r" 1[\1]", _of_raised_examples(_with_masks(text), vocabulary.columns))
    vocabulary.defined |= {
        notation.own_name(notation.normalised(name)) for name in DEFINED.findall(text)
    }
    vocabulary.einstein = EINSTEIN.search(text) is not None
    text = with_gradients(without_layers(text, vocabulary), vocabulary)
    text = notation.from_latex(_of_libraries(text, vocabulary))
    text = _of_layers(without_layers(text, vocabulary), vocabulary)
    text = _of_losses(_with_classes(text, vocabulary), vocabulary)
    text = _applied(text, vocabulary)
    text = SQUARED.sub(lambda match: match[1] + "⁰¹²³⁴"[int(match[2])], text)
    text = _of_examples(BESIDE.sub(r"[\1, \2]", _added_up(text)))
    return _of_matlab(text, vocabulary)


DEFINED = re.compile(  # the name alone on the left of =
    rf"^[^\w\n]*({grammar.LETTER}(?:\w|[{{}},])*)\s*(?::|\\gets|←|&)?\s*=(?!=)", re.MULTILINE
)
EINSTEIN = re.compile(r"einstein|summation convention|repeated ind", re.IGNORECASE)
SQUARED = re.compile(  # tanh^2(z)
    r"(?<![A-Za-z])(tanh|sech|cosh|sinh|σ|sigmoid|exp|log|cos|f)\s*\^\s*\{?\s*([234])\s*\}?(?=\s*\()"
)
BESIDE = re.compile(rf"\[\s*({LETTER})\s*\]\s*\[\s*({LETTER})\s*\]")  # W[j][k]

PARTIAL = re.compile(  # ∂_{W_2} L
    rf"(?:\\partial|∂)\s*_\s*(?:\{{\s*)?({grammar.LETTER}(?:_?\d|_\{{\d\}}|[₀-₉])?)\s*\}}?\s*[LJ](?![\w])"
)
OF_A_STEP = re.compile(  # 1_{z2 > 0}, \mathbb{1}_{\{z_2 > 0\}}
    r"(?:\\(?:mathbb|mathbf|mathbbm|mathds)\s*\{?\s*1\s*\}?|(?<![\w.])[1𝟙𝟏])\s*_\s*"
    r"\{\s*(?:\\\{)?((?:[^{}\n\\]|_\{\w+\})*(?:[<>≥≤]|\\[gl]eq?)(?:[^{}\n\\]|_\{\w+\})*)(?:\\\})?\s*\}"
)

# ------------------------------------------------------------------ code

MASKED = re.compile(  # dh[z <= 0] = 0
    rf"^(\s*{grammar.NAME}(?:\.grad)?)\s*\[([^\[\]<>=\n]+?)(<=|>=|<|>)([^\[\]<>=\n]+)\]"
    r"\s*=\s*0(?:\.0?)?(?=\s*(?:;|#|$))",
    re.MULTILINE,
)
OTHERWISE = {"<=": ">", ">=": "<", "<": ">=", ">": "<="}


def _with_masks(text: str) -> str:
    """dh *= (z > 0) for dh[z <= 0] = 0."""
    return MASKED.sub(lambda m: f"{m[1]} *= ({m[2]}{OTHERWISE[m[3]]}{m[4]})", text)


LIBRARIES = re.compile(
    r"(?<![\w.])(torch\.nn\.functional|nn\.functional|torch|tf\.(?:nn|math|linalg)|tf|F|jax\.nn"
    r"|jax\.numpy|jnp|keras\.ops|keras\.backend|cp|xp)\.(?=[A-Za-z_]+\s*\()"
)


def _of_libraries(text: str, vocabulary: Vocabulary) -> str:
    """np.sum for torch.sum and tf.reduce_sum; x.shape[0] for MATLAB's size(x, 1)."""

    def numpy(match: re.Match[str]) -> str:
        return match[0] if match[1] in vocabulary.nodes else "np."

    text = LIBRARIES.sub(numpy, text)
    text = re.sub(r"\breduce_(sum|mean|max)(?=\s*\()", r"\1", text)
    return re.sub(
        r"(?<![\w.])size\(\s*(\w+)\s*,\s*([12])\s*\)",
        lambda match: f"{match[1]}.shape[{int(match[2]) - 1}]",
        text,
    )


def _added_up(text: str) -> str:
    """Σ_b (…) for sum(… for b in range(B))."""
    loop = r"\bsum\(([^\n]*?)\s+for\s+([a-z])\s+in\s+range\([^()\n]*\)\s*\)"
    before = ""
    while before != text:
        before, text = text, re.sub(loop, r"Σ_\2 (\1)", text, count=1)
    return text


# ------------------------------------------------------------------ layers

RAISED = re.compile(  # W^3, δ^{3}, z²; W_{jk}^{(3)}, δ_k^3
    rf"(?<![A-Za-zα-ω0-9_.)])((?:[dδ∇]|∂\s*)?)({grammar.LETTER})"
    rf"(?:_({INDICES}))?\s*"
    r"(?:\^\s*(?:\{\s*[(\[]?\s*(\d)\s*[)\]]?\s*([T⊤ᵀ]?)\s*\}|[(\[]\s*(\d)\s*[)\]]|(\d))|([¹²³⁴]))"
)
NUMBERED = re.compile(  # A[2], dW[3]
    rf"(?<![A-Za-zα-ω0-9_.])([dδ∇]?)({grammar.LETTER})\s*\[\s*(\d)\s*\]"
)
OF_A_FUNCTION = re.compile(  # g^{[2]'}(z), g[2]′(z), σ^{(2)}′(z)
    r"(?<![A-Za-z])([A-Za-zσφ])\s*(?:\^\s*\{\s*[(\[]?\d[)\]]?\s*['′’]\s*\}"
    r"|(?:\[\s*\d\s*\]|\^\s*\{\s*[(\[]?\d[)\]]?\s*\}|\^\s*[(\[]\d[)\]]|\d)\s*['′’])(?=\s*\()"
)


def _of_layers(text: str, vocabulary: Vocabulary) -> str:
    """W3 for W^3, W[3] and W_{jk}^{(3)} (which is W3_{jk}), where the graph has a W3 and no W."""

    def known(letter: str, number: str) -> bool:
        is_own = letter in vocabulary.defined or vocabulary.in_graph([letter]) is not None
        is_layer = vocabulary.in_graph([letter + number]) or vocabulary.is_output(letter + number)
        return not is_own and bool(is_layer)

    def raised(match: re.Match[str]) -> str:
        before, letter, indices, braces, turned, brackets, bare, sign = match.groups()
        number = braces or brackets or bare or str(int(unicodedata.normalize("NFKC", sign)))
        if not known(letter, number):
            return match[0]
        indices = f"_{{{indices.strip('{} ')}}}" if indices else ""
        after = " " if re.match(r"[^\W_]", match.string[match.end() :]) else ""
        return f"{before}{letter}{number}{indices}{'ᵀ' if turned else ''}{after}"

    def numbered(match: re.Match[str]) -> str:
        before, letter, number = match.groups()
        return f"{before}{letter}{number}" if known(letter, number) else match[0]

    def of_a_function(match: re.Match[str]) -> str:
        is_node = vocabulary.in_graph([re.sub(r"\W", "", match[0])])  # h2' (z3 − y)
        return match[0] if is_node else f"{match[1]}′"

    text = OF_A_FUNCTION.sub(of_a_function, text)
    return NUMBERED.sub(numbered, RAISED.sub(raised, text))


# ------------------------------------------------------------------ losses, classes, examples

OF_A_LOSS = re.compile(  # ∂E_n/, ∂C_0/, dE/, ∇_{W3} C
    r"(?:([∂d])\s*|(∇\s*_?\s*(?:\{[^{}\n]*\}|\w+)\s*))"
    r"(L|E|C|ℓ|[Cc]ost|[Ll]oss)(_(?:\{\s*[a-z0]\s*\}|[a-z0]))?(?=\s*/\s*[∂d]|\s*[=)⊙]|\s+\D)"
)


def _of_losses(text: str, vocabulary: Vocabulary) -> str:
    """∂L/∂W3 for ∂E/∂W3, ∂C_0/∂W3 and the like."""

    def loss(match: re.Match[str]) -> str:
        partial, nabla, name, _ = match.groups()
        is_other = name in vocabulary.nodes or name in vocabulary.defined
        if is_other or (partial and not re.match(r"\s*/\s*[∂d]", match.string[match.end() :])):
            return match[0]
        return f"{nabla or partial}L"

    return OF_A_LOSS.sub(loss, text)


def _with_classes(text: str, vocabulary: Vocabulary) -> str:
    """onehot(y) for 1_y, 1_{y} and 1[y], [k = y] for (k == y)."""
    for name, node in vocabulary.nodes.items():
        if isinstance(node, Labels):
            same = rf"([cijk])\s*==\s*({name}(?:\[b\])?)(?: else 0)?"
            text = re.sub(rf"(?:float|int)?\((?:1(?:\.0?)? if )?{same}\)", r"[\1 = \2]", text)
            ones = rf"(?<![\w.])1(?:_\{{\s*{name}\s*\}}|_{name}(?!\w)|\[\s*{name}\s*\])"
            text = re.sub(ones, f"onehot({name})", text)
    return text


def _of_examples(text: str) -> str:
    """Σ_b h2_bᵀ δ3_b for Σ_n h2_nᵀ δ3_n, where n is never one of two indices and b is none."""
    for letter in "nit":
        sums = re.search(rf"[Σ∑]\s*_\s*\{{?\s*{letter}(?![A-Za-z])", text)
        others = rf"_\{{?(?:\w,?\s*{letter}(?!\w)|{letter}\s*,?\s*[a-z](?!\w))|_\{{?[^}}\s]?b(?!\w)"
        if sums and not re.search(others, text) and re.search(rf"_\{{?{letter}\}}?\s*[ᵀ⊤^]", text):
            return re.sub(rf"(?<=_)(\{{?\s*){letter}(?![A-Za-z0-9])", r"\1b", text)
    return text


RAISED_EXAMPLE = re.compile(  # h_2^{(i)}, h₂⁽ⁱ⁾, h_2^{(i)\\top}, h2_j^{(i)}
    rf"(?:_\s*(?:\{{\s*)?(?P<index>{LETTER})(?:\s*\}})?)?"
    r"\s*(?:\^\s*\{\s*\(\s*(?P<braces>[bin])\s*\)\s*(?P<turned>\\top|T|⊤|ᵀ)?\s*\}"
    r"|\^\s*\(\s*(?P<bare>[bin])\s*\)|⁽(?P<sign>[ᵇⁱⁿ])⁾)"
)


def _of_raised_examples(text: str, columns: bool) -> str:
    """h2_b for h2^{(i)}, where i counts the examples, h2_{bj} for h2_j^{(i)}, and Σ_b for Σ_i."""
    found = {m["braces"] or m["bare"] or m["sign"] for m in RAISED_EXAMPLE.finditer(text)}
    letters = {unicodedata.normalize("NFKC", each) for each in found}
    if len(letters) != 1:
        return text
    (letter,) = letters

    def lowered(match: re.Match[str]) -> str:
        index = match["index"] or ""
        both = f"_{{{index}b}}" if columns else f"_{{b{index}}}"
        return (both if index else "_b") + ("ᵀ" if match["turned"] else "")

    text = RAISED_EXAMPLE.sub(lowered, text)
    return re.sub(rf"((?:\\sum|[Σ∑])\s*_\s*\{{?\s*){letter}(?![A-Za-z0-9])", r"\1b", text)


APPLIED = re.compile(  # tanh z1, tanh² z1
    rf"(?<![\w.])(tanh|sigmoid|softmax|relu|exp|log|sqrt|cosh|sinh|sech)(\s*\^?\s*[²2])?\s+"
    rf"({grammar.NAME})(?![\w.(])"
)
ROOT = re.compile(rf"√\s*({grammar.NAME}|\d+(?:\.\d+)?)(?![\w.(])")  # √s


def _applied(text: str, vocabulary: Vocabulary) -> str:
    """tanh(z1) for tanh z1, √(s) for √s."""

    def in_brackets(match: re.Match[str]) -> str:
        function, square, name = match.groups()
        found = vocabulary.in_graph(notation.spellings(notation.normalised(name)))
        is_known = found is not None or notation.own_name(name) in vocabulary.defined
        if not is_known or function not in vocabulary.words:
            return match[0]
        return f"{function}{'²' if square else ''}({name})"

    return ROOT.sub(r"√(\1)", APPLIED.sub(in_brackets, text))


# ------------------------------------------------------------------ MATLAB

TURNED = re.compile(rf"({grammar.NAME}(?:\.grad)?|[)\]])\.?['’](?!['’\w]|\s*\(\s*-?\w+\s*\))")

ALONG = re.compile(r"\b(sum|mean)\(((?:[^()]|\([^()]*\))*),\s*([12])\s*\)")  # counted from 1


def _of_matlab(text: str, vocabulary: Vocabulary) -> str:
    """W3ᵀ for W3', where W3 has no slope; and h2ᵀ for h2' in a text that writes .* or W3' too, in
    which * is the product of matrices.
    """

    def has_no_slope(name: str) -> bool:
        if name in ")]":
            return True
        found = vocabulary.in_graph(notation.spellings(notation.normalised(name)))
        if found is None:
            return notation.own_name(name) in vocabulary.defined
        node = vocabulary.nodes.get(found.name)
        return found.kind != "value" or isinstance(node, (Input, Parameter))

    lines = [line for line in text.splitlines() if "einsum" not in line]
    marks = [match for line in lines for match in TURNED.finditer(notation.parted(line)[0])]
    is_matlab = any(map(has_no_slope, (match[1] for match in marks)))
    has_points = any(re.search(r"\.\*|\./|\.\^", line) for line in lines)
    is_matlab = is_matlab or has_points
    if not is_matlab or not marks:
        return text
    vocabulary.matlab = has_points

    def turned(match: re.Match[str]) -> str:
        found = vocabulary.in_graph(notation.spellings(notation.normalised(match[1])))
        is_known = found is not None or match[1] in ")]"
        is_known = is_known or notation.own_name(match[1]) in vocabulary.defined
        is_function = vocabulary.words.get(match[1]) is not None
        return f"{match[1]}ᵀ" if is_known and not is_function else match[0]

    changed = []
    for line in text.split("\n"):
        formula, comment = notation.parted(line)
        if "einsum" not in line:
            formula = TURNED.sub(turned, formula)
            if not has_points:  # who writes .* means * strictly
                formula = re.sub(r"(?<![.*])\*(?!\*)", "·", formula)
            formula = ALONG.sub(lambda m: f"{m[1]}({m[2]}, axis={int(m[3]) - 1})", formula)
        changed.append(f"{formula}#{comment}" if comment else formula)
    return "\n".join(changed)


# ------------------------------------------------------------------ bars and primes

BARRED = re.compile(  # z̄3, \bar{z}_3, \bar{z_3}
    r"(?:([A-Za-z])[\u0304\u0305]|\\(?:bar|overline)\s*"
    r"(?:\{\s*([A-Za-z](?:_?\{?\d+\}?|[₀-₉]+)?)\s*\}|([A-Za-z])(?![A-Za-z])))"
    r"(_?\d+|_\{\d+\}|[₀-₉]+)?"
)
PRIMED = re.compile(
    rf"({grammar.LETTER}(?:[A-Za-z0-9₀-₉]|_\{{?\d\}}?)*)(?:['′’]|\^\{{?\\prime\}}?)(?!\s*[('′’])"
)


def with_gradients(text: str, vocabulary: Vocabulary) -> str:
    """The text with dz3 for z̄3; and for z3', where a line says what W' is, or z' of no function.

    Elsewhere h2' may be f′(z2).
    """

    def known(name: str) -> Any:
        found = vocabulary.in_graph(notation.spellings(notation.normalised(name)))
        node = vocabulary.nodes.get(found.name) if found and found.kind == "value" else None
        return None if isinstance(node, Input) else node

    def of_a_bar(match: re.Match[str]) -> str:
        name = (match[1] or match[2] or match[3]) + (match[4] or "")
        return match[0] if known(name) is None else f"d{name}"

    def of_a_prime(match: re.Match[str]) -> str:
        return match[0] if known(match[1]) is None else f"d{match[1]}"

    text = BARRED.sub(of_a_bar, unicodedata.normalize("NFC", text))
    for line in text.splitlines():
        left = PRIMED.fullmatch(line.partition("=")[0].strip(" $&"))
        node = known(left[1]) if left else None
        if node is not None and (isinstance(node, Parameter) or len(node.operands) > 1):
            return PRIMED.sub(of_a_prime, text)
    return text


LAYER = re.compile(  # of δ^{(3)}, W^{[3]ᵀ}, z^(3)
    rf"(?<![_A-Za-zα-ω])({grammar.LETTER}+) *"
    r"(?:\^ *\{\s*[(\[]\s*(\d)\s*[)\]]\s*(T|⊤|ᵀ)?\s*\}|⁽([¹²³⁴⁵⁶⁷⁸⁹])⁾|\^\s*[(\[]\s*(\d)\s*[)\]])"
)


def without_layers(text: str, vocabulary: Vocabulary) -> str:
    """The text with the number of a layer in the name, where it stands raised and in brackets.

    z^(3) is a power, but where there is a z3 and no z.
    """

    def name(match: re.Match[str]) -> str:
        letter, braces, turned, raised, bare = match.groups()
        number = braces or bare or str(int(unicodedata.normalize("NFKC", raised)))
        is_known = vocabulary.in_graph([letter]) or not vocabulary.in_graph([letter + number])
        if bare and "[" not in match[0] and is_known:
            return match[0]
        return letter + number + ("ᵀ" if turned else "")

    return LAYER.sub(name, text)

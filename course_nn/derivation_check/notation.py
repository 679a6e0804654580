"""The many ways in which one thing is written, and what it is called here.

Every character is exchanged for at most one other, so that a place in the line stays that place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache

from course_nn.derivation_check.grammar import LETTER

SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ⊤½⅓¼"  # they mean something where they stand
LOOK_ALIKES = {
    **dict.fromkeys("−–—‐‑‒﹣－", "-"),
    **dict.fromkeys("′’‘ʹ´`ˊ＇ʼ′‵", "'"),
    **dict.fromkeys("⋅∙•・‧․", "·"),
    **dict.fromkeys("∘○◦⨀☉", "⊙"),
    **dict.fromkeys("∗＊⁎﹡⋆", "*"),
    **dict.fromkeys("✕✖⨯", "×"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("Σ⅀", "∑"),
    **dict.fromkeys("ς", "σ"),
    "ϕ": "φ",
    "∆": "Δ",
    **dict.fromkeys("∥║", "‖"),
    **dict.fromkeys("≔≝≡←⟵", "="),
    **dict.fromkeys("［", "["),
    # Letters of other alphabets that look like the Latin ones of the course.
    **dict(zip("АВСЕНІЈКМОРЅТХУаеіјорсухһ", "ABCEHIJKMOPSTXYaeijopcyxh", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
}
SPACES = "\u00a0\u2009\u200a\u202f\u2003\u2002\u200b\u2060\ufeff\t"

# Signs of a keyboard for which notations are looked through before the others are exchanged.
TYPED = str.maketrans({**dict.fromkeys("´ˊ＇", "'"), "ᵗ": "ᵀ", "ẟ": "δ"})
INDEX = "[abcdijklmnpqrs]"  # that counts the entries of a row or a matrix; b counts the examples
RARE = "apqrs"  # which more often belong to a name
FIRST_INDEX = 0xE000  # of signs that no alphabet has

# The functions that can be written, by what they are called here.
FUNCTIONS = {
    "sigmoid": ("sigmoid", "σ", "logistic"),
    "tanh": ("tanh",),
    "relu": ("relu", "ReLU", "RELU"),
    "softmax": ("softmax",),
    "onehot": ("onehot", "one_hot", "oneHot"),
    "f": ("f", "φ", "activation"),
    "exp": ("exp",),
    "log": ("log", "ln"),
    "sqrt": ("sqrt", "√"),
    "abs": ("abs", "absolute"),
    "square": ("square",),
    "cosh": ("cosh",),
    "sinh": ("sinh",),
    "sech": ("sech",),
    "power": ("power", "pow"),
    "heaviside": ("heaviside",),
    "norm": ("norm",),
    "maximum": ("maximum", "max"),
    "minimum": ("minimum", "min"),
    "sign": ("sign",),
    "where": ("where",),
    "diag": ("diag", "Diag"),
    "outer": ("outer",),
    "sum": ("sum",),
    "mean": ("mean", "average"),
    "sum_b": ("sum_b",),
    "mean_b": ("mean_b",),
    "sum_k": ("sum_k", "sum_j", "sum_i"),
    "mean_k": ("mean_k", "mean_j", "mean_i"),
    "concatenate": ("concatenate", "hstack"),
    "repeat": ("repeat",),
    "width": ("width",),
    "len": ("len",),
    "transpose": ("transpose",),
    "multiply": ("multiply", "mul"),
    "add": ("add",),
    "subtract": ("subtract", "sub"),
    "divide": ("divide", "div", "true_divide"),
    "matmul": ("matmul", "dot", "mm"),
    "1": ("indicator", "step", "Θ", "I"),
    "number": ("double", "single", "float", "int"),
}
ALIASES = {alias: name for name, aliases in FUNCTIONS.items() for alias in aliases}
SLOPES = {  # f_prime(z) and the like
    f"{before}{alias}{after}": ALIASES[alias]
    for name in ("sigmoid", "tanh", "relu", "f")
    for alias in FUNCTIONS[name]
    for before, after in [
        *(("d", ""), ("d_", ""), ("", "_prime"), ("", "prime"), ("", "_derivative")),
        *(("slope_of_", ""), ("", "_slope"), ("", "_grad"), ("grad_", "")),
        *(("", "Gradient"), ("", "_gradient"), ("", "Prime")),
    ]
}
BINARY = {
    "*": "multiply",
    "⊙": "multiply",
    ".*": "multiply",
    "⊗": "outer",
    "@": "matmul",
    "/": "divide",
    "./": "divide",
    "·": "product",
    "×": "product",
}


@cache
def plain(character: str) -> str:
    """One character, as the grammar knows it."""
    if character in SUPERSCRIPTS:
        return character
    if character in LOOK_ALIKES:
        return LOOK_ALIKES[character]
    if character in SPACES:
        return " "
    simple = unicodedata.normalize("NFKC", character)  # ₂ → 2, 𝛿 → δ
    is_raised = unicodedata.decomposition(character).startswith("<super>")
    if len(simple) != 1 or is_raised:  # zᵇ is not z b
        return character
    return LOOK_ALIKES.get(simple, simple)


def as_typed(text: str) -> str:
    """The text without the signs that only some keyboards have, each at its place: ´ for ', 𝛿."""
    text = text.translate(TYPED)
    return re.sub("[\U0001d400-\U0001d7cb]", lambda m: unicodedata.normalize("NFKC", m[0]), text)


def normalised(text: str) -> str:
    """The text in the characters of the grammar, each at its place."""
    return "".join(map(plain, text))


def spellings(name: str) -> list[str]:
    """What a name may be called in a graph: z_3 and z_{3} are z3."""
    bare = re.sub(r"[{},]", "", name)
    return list(dict.fromkeys((name, bare, bare.replace("_", ""))))


def own_name(name: str) -> str:
    """What a name of the reader's own is called, however it is written."""
    return re.sub(r"[{},_]", "", name)


def of_a_row(name: str) -> str:
    """The name without its index b: h_b and h_{2,b} are row b of h and h_2; "" if it has none."""
    match = re.fullmatch(r"(.*?)[_,{]+b\}?", name)
    return match[1] if match else ""


INDEXED = re.compile(  # W_{3,jk}, h_j, δ3.grad[b, k], (δ3 W3ᵀ)_j, h_i.grad; but h_b is row b
    rf"(?P<base>(?<![A-Za-z0-9α-ωÀ-ž_])(?:{LETTER}[A-Za-z0-9α-ω]*(?:_\d+(?![\dA-Za-z]))?)|\))"
    rf"(?P<before>\.grad)?"
    rf"(?:_(?P<bare>{INDEX}{{1,2}})(?![A-Za-z0-9])"
    rf"|_\{{\s*(?:(?P<layer>\d)\s*,?\s*)?(?P<braces>{INDEX}(?:\s*,?\s*{INDEX})?)\s*\}}"
    rf"|\[\s*(?P<square>{INDEX}(?:\s*,\s*{INDEX})?)\s*\])"
    rf"(?P<after>\.grad(?![A-Za-z0-9]))?"
)


def with_indices(text: str, is_name: Callable[[str], bool]) -> str:
    """The text of a line with a sign of its own for each index, every part at its place.

    A name keeps its layer, and what remains is filled with spaces: W_{3,jk} is W_3 and two signs.
    δ_p stays where `is_name` says that this is the gradient of a p.
    """

    def marked(match: re.Match[str]) -> str:
        letters = re.sub(r"[\s,]", "", match["bare"] or match["braces"] or match["square"])
        if letters == "b" or (letters in RARE and is_name(match[0])):
            return match[0]
        layer = f"_{match['layer']}" if match["layer"] else ""
        name = match["base"] + layer + (match["before"] or match["after"] or "")
        signs = "".join(chr(FIRST_INDEX + ord(letter) - ord("a")) for letter in letters)
        return (name + signs).ljust(len(match[0]))

    text = re.sub(r"(?<![A-Za-z])sum_(?=[a-z]\s)", "  ∑_", text)
    return INDEXED.sub(marked, text)


def letters_of(signs: str) -> str:
    """The letters for which the signs of `with_indices` stand."""
    return "".join(chr(ord(sign) - FIRST_INDEX + ord("a")) for sign in signs)


def paired(text: str) -> str:
    """The text with different signs where a norm or an absolute value begins and ends.

    ‖z‖ becomes ⟦z⟧ and |z| becomes ⟨z⟩; ‖z‖₂ is the same norm. Signs that are not closed stay.
    """
    signs = list(text.replace("||", "‖ "))
    waiting: list[str] = []
    before = ""
    for i, sign in enumerate(signs):
        if sign in "‖|":
            closes = sign in waiting[-1:] and before not in "+-*/@·×⊙=([,:<>"
            signs[i] = {"‖": "⟦⟧", "|": "⟨⟩"}[sign][closes]
            waiting = waiting[:-1] if closes else [*waiting, sign]
        before = before if sign == " " else signs[i]
    if waiting:
        return text
    index = r"(?<=⟧)( ?_2| ?_\{2\}|2)(?![A-Za-z0-9.])"
    return re.sub(index, lambda match: " " * len(match[0]), "".join(signs))


COMMANDS = {  # of LaTeX; others, such as \exp, are what they are called
    **dict.fromkeys(("left", "right", "displaystyle", "textstyle", "limits", "nonumber"), ""),
    **dict.fromkeys(("big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr"), ""),
    **dict.fromkeys(("mathrm", "mathbf", "mathit", "boldsymbol", "bm", "text", "operatorname"), ""),
    **dict.fromkeys(("mathsf", "mathcal", "mathtt", "rm", "bf"), ""),
    **dict.fromkeys(("quad", "qquad", "mathop", "mathbb"), ""),
    **dict.fromkeys(("odot", "circ"), "⊙"),
    **dict.fromkeys(("top", "intercal"), "⊤"),
    **dict.fromkeys(("lVert", "rVert", "Vert"), "‖"),
    **dict.fromkeys(("ge", "geq"), "≥"),
    **dict.fromkeys(("le", "leq"), "≤"),
    **{"cdot": "·", "times": "×", "sum": "∑", "partial": "∂", "nabla": "∇", "prime": "′"},
    **{"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "Delta": "Δ", "eta": "η"},
    **{"lambda": "λ", "mu": "μ", "sigma": "σ", "phi": "φ", "varphi": "φ", "theta": "θ"},
}
ESCAPED = {
    "\f": "\\f",
    "\b": "\\b",
    "\a": "\\a",
    "\v": "\\v",
}  # \frac in a text without r before it


def from_latex(text: str) -> str:
    r"""Lines of LaTeX in plain signs; others stay as they are.

    \frac{\partial L}{\partial W_3} &= h_2^\top \, \delta_3 \\ becomes ∂L/∂W_3 = h_2^⊤ δ_3.
    """
    text = unicodedata.normalize("NFC", text)  # a y and a hat are ŷ
    text = re.sub(r"\\(?:wide)?hat\s*(?:\{\s*y\s*\}|y(?![a-z]))", "ŷ", text)
    text = re.sub(r"(?<=[Σ∑])(?=[ₐ-ₜᵢⱼᵦ])", "_", text).replace("ᵦ", "_b").replace("__b", "_b")
    text = re.sub(r"(?<=[₀-₉])(?=[A-Za-zα-ωΣ∂])", " ", text)  # δ₃W₃ is δ₃ W₃
    text = re.sub(r"(?<=[₀-₉A-Za-zα-ω])(?=[ᵢⱼₖₗₙ])", "_", text)  # δ₃ₖ is δ3_k
    text = re.sub(r"(?<=[ᵢⱼₖₗₙ])_(?=[ᵢⱼₖₗₙ])", "", text).replace("⅟", "1/")
    for sign, letters in ESCAPED.items():
        text = text.replace(sign, letters)
    text = re.sub(r"\t(?=(op|imes|ext|anh|heta|frac)(?![a-z]))", r"\\t", text)
    text = re.sub(r"\r(?=ight)", r"\\r", text)
    return "\n".join(map(_plain_line, text.splitlines()))


REMARK = re.compile(  # but h2ᵀ δ3 // B divides, which nobody means
    r"#|//(?!\s*(?:B|\d+|len\(.*\)|\w+\.shape.*)\s*$)"
    r"|[,;]?\s+(?=(?:since|because|by the|as in|from the)\s)"
)


def parted(line: str) -> tuple[str, str]:
    """The formula of a line, and the remark after it."""
    mark = REMARK.search(line)
    return (line[: mark.start()], line[mark.end() :]) if mark else (line, "")


def _plain_line(line: str) -> str:
    line, comment = parted(line)
    inside = re.fullmatch(r"\s*(?:\$\$?|\\\[|\\\()(.*?)(?:\$\$?|\\\]|\\\))([\s.,]*)", line)
    line = inside[1] + inside[2] if inside else line
    if "\\" in line or "&" in line:
        line = re.sub(r"\\(begin|end|tag|label)\*?\s*\{[^{}]*\}", "", line)
        line = line.replace("\\\\", ";").replace("&", "").replace("\\|", "‖")
        line = re.sub(r"\\[,;:! ]|~", " ", line)
        line = _without_labels(line)
        while match := re.search(r"\\sqrt(?![A-Za-z\[])", line):
            below, end = _argument(line, match.end())
            line = f"{line[: match.start()]} √({below}){line[end:]}"
        while match := re.search(r"\\[dt]?frac(?![A-Za-z])", line):
            above, end = _argument(line, match.end())
            below, end = _argument(line, end)
            derivative = re.match(r"\s*(\\partial|∂)", above) or (
                re.fullmatch(r"\s*d\s*[A-Za-z]\w*(\{\w+\})?\s*", above)
                and re.match(r"\s*d\s*[A-Za-z]", below)
            )
            fraction = f" {above}/{below} " if derivative else f" (({above})/({below})) "
            line = line[: match.start()] + fraction + line[end:]
        line = re.sub(r"\\([A-Za-z]+)", lambda m: f" {COMMANDS.get(m[1], m[1])}", line)
        line = re.sub(r"\s*\^\s*(?:(′+)|\{\s*(′+)\s*\})", r"\1\2", line)
        line = re.sub(r"∑\s*_\s*\{\s*b\s*=\s*1\s*\}\s*\^\s*(\{\s*B\s*\}|B)", "∑_b ", line)
        before = ""
        while before != line:
            before = line
            line = re.sub(r"_\s*\{\s*(\w+)\s*\}", r"_\1 ", line)
            line = re.sub(r"(?<![_^])\{\s*(\w+)\s*\}", r"\1", line)
            line = re.sub(r"(?<![_^])\{([^{}]*)\}", r"(\1)", line)
    return f"{line}#{comment}" if comment else line


def _without_labels(line: str) -> str:
    r"""The line without what stands below or above a part: \underbrace{a}_{b}, \underset{b}{a}."""
    while match := re.search(r"\\(under|over)(brace|set)(?![A-Za-z])", line):
        part, end = _argument(line, match.end())
        if match[2] == "set":
            part, end = _argument(line, end)
        elif label := re.match(r"\s*[_^](?=\s*\{)", line[end:]):
            _, end = _argument(line, end + label.end())
        line = f"{line[: match.start()]}{{{part}}}{line[end:]}"
    return line


def _argument(line: str, start: int) -> tuple[str, int]:
    """What stands in the next braces, or the next sign, and where it ends."""
    while line[start : start + 1] == " ":
        start += 1
    if line[start : start + 1] != "{":
        return line[start : start + 1], start + 1
    depth = 0
    for end in range(start, len(line)):
        depth += (line[end] == "{") - (line[end] == "}")
        if not depth:
            return line[start + 1 : end], end + 1
    return line[start + 1 :], len(line)

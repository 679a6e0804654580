"""The many ways in which one thing is written, and what it is called here.

Every character is exchanged for at most one other, so that a place in the line stays that place.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ⊤½⅓¼"  # they mean something where they stand
LOOK_ALIKES = {
    **dict.fromkeys("−–—‐‑‒﹣－", "-"),
    **dict.fromkeys("′’‘ʹ´`ˊ＇ʼ′‵", "'"),
    **dict.fromkeys("⋅∙•・‧․", "·"),
    **dict.fromkeys("∘○◦⨀☉⊗", "⊙"),
    **dict.fromkeys("∗＊⁎﹡", "*"),
    **dict.fromkeys("✕✖⨯", "×"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("Σ⅀", "∑"),
    **dict.fromkeys("ς", "σ"),
    "ϕ": "φ",
    "∆": "Δ",
    **dict.fromkeys("∥║", "‖"),
    **dict.fromkeys("≔≝≡", "="),
    **dict.fromkeys("［", "["),
    # Letters of other alphabets that look like the Latin ones of the course.
    **dict(zip("АВСЕНІЈКМОРЅТХУаеіјорсухһ", "ABCEHIJKMOPSTXYaeijopcyxh", strict=True)),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
}
SPACES = "\u00a0\u2009\u200a\u202f\u2003\u2002\u200b\u2060\ufeff\t"

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
    "norm": ("norm",),
    "maximum": ("maximum", "max"),
    "minimum": ("minimum", "min"),
    "sign": ("sign",),
    "sum": ("sum",),
    "mean": ("mean", "average"),
    "sum_b": ("sum_b", "∑_b"),
    "mean_b": ("mean_b",),
    "sum_k": ("sum_k", "sum_j", "sum_i"),
    "mean_k": ("mean_k", "mean_j", "mean_i"),
    "concatenate": ("concatenate", "hstack"),
    "repeat": ("repeat",),
    "width": ("width",),
    "len": ("len",),
    "transpose": ("transpose",),
    "multiply": ("multiply",),
    "matmul": ("matmul", "dot"),
    "1": ("indicator", "step"),
}
ALIASES = {alias: name for name, aliases in FUNCTIONS.items() for alias in aliases}
SLOPES = {  # f_prime(z) and the like
    f"{before}{alias}{after}": ALIASES[alias]
    for name in ("sigmoid", "tanh", "relu", "f")
    for alias in FUNCTIONS[name]
    for before, after in [
        *(("d", ""), ("d_", ""), ("", "_prime"), ("", "prime"), ("", "_derivative")),
        *(("slope_of_", ""), ("", "_slope"), ("", "_grad"), ("grad_", "")),
    ]
}
BINARY = {
    "*": "multiply",
    "⊙": "multiply",
    "@": "matmul",
    "/": "divide",
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
    if len(simple) != 1:
        return character
    return LOOK_ALIKES.get(simple, simple)


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

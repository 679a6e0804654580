"""The slips in a line of a derivation, as data.

Source: the slips that lessons 03 to 09 make on purpose.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from course_nn.derivation_check.principles import Principle
from course_nn.derivation_check.worked_lines import Rule


class Slip(Enum):
    """A kind of slip, and what is said of it; {it} is where it was made."""

    SIGN = "the sign is turned"
    MEAN_MISSING = "the mean over the examples is missing: this is their sum"
    MEAN_TWICE = "the mean over the examples is taken twice"
    MEAN_TOO_EARLY = "this belongs to single examples, and the mean is taken too early"
    FACTOR = "there is a factor too much or too little, a plain number"
    SLOPE_MISSING = "the slope f′ of an activation on the way is missing"
    SLOPE_AT_H = "f′ is taken at the result of the activation, not where the way back arrives"
    SLOPE_FROM_Z = "a formula for f′ that needs the result of the activation was given its argument"
    SLOPE_OTHER = "this is not the slope of the activation that stands here"
    SLOPE_TWICE = "a slope f′ stands here that is not on the way"
    DIAGONAL = "each output of a softmax depends on every input, and only its own was counted"
    TRANSPOSE_MISSING = "your sum runs over the other index of {it}: rows stand for columns"
    TRANSPOSE_EXTRA = "your sum runs over the other index of {it}, because it is transposed"
    TRANSPOSED = "rows and columns of the result are exchanged"
    ORDER = "the factors of a matrix product stand in the wrong order"
    MATRIX_NEEDED = "entries are multiplied one by one where a sum over paths is needed"
    ENTRIES_NEEDED = "a matrix product stands where every entry has one path of its own"
    WEIGHTS_MISSING = "the way back passes weights, and they are missing"
    OTHER_WEIGHTS = "the way back does not pass {it}, but other weights"
    OTHER_VALUE = "{it} is not what came in, or not what is needed, at this place"
    OTHER_GRADIENT = "{it} is the gradient of another place on the way"
    GRADIENT_MISSING = "the gradient that arrives here is missing"
    WEIGHTS = "these are the weights, not their gradient"
    PATH_MISSING = "what this feeds is more than one thing, and a path is missing"
    PATH_TWICE = "a path is counted twice, or one that does not start here"
    TERM_SIGN = "inside, a plus stands for a minus or a minus for a plus"
    BRACKETS = "brackets are missing: products and fractions bind more strongly than + and −"
    TERM_EXTRA = "a term stands here that does not belong"
    FACTOR_EXTRA = "a factor stands here that is not on the way: {it}"
    SOFTMAX_MISSING = "the softmax is missing: the loss compares probabilities, not logits"
    SOFTMAX_EXTRA = "a softmax stands here that the loss does not take"
    ONEHOT_MISSING = "the right answer is missing"
    ROWS_NOT_ADDED = "every example uses the same row, and what they say is not added up"
    WHICH_AXIS = "which axis? Without axis= NumPy takes all entries together, and gives one number"
    SUM_OVER = "a sum runs over something else than it should"
    MEAN_OF_OUTPUTS = "the loss adds up over the outputs, and a mean over them was taken"


PRINCIPLE_OF = {
    Slip.SIGN: Principle.MULTIPLY,
    Slip.FACTOR: Principle.MULTIPLY,
    **dict.fromkeys((Slip.MEAN_MISSING, Slip.MEAN_TWICE, Slip.MEAN_TOO_EARLY), Principle.MEAN),
    **dict.fromkeys(
        (
            Slip.SLOPE_MISSING,
            Slip.SLOPE_AT_H,
            Slip.SLOPE_FROM_Z,
            Slip.SLOPE_OTHER,
            Slip.SLOPE_TWICE,
            Slip.ENTRIES_NEEDED,
        ),
        Principle.SLOPE,
    ),
    **dict.fromkeys(
        (
            Slip.DIAGONAL,
            Slip.PATH_MISSING,
            Slip.PATH_TWICE,
            Slip.MATRIX_NEEDED,
            Slip.ROWS_NOT_ADDED,
            Slip.WHICH_AXIS,
            Slip.SUM_OVER,
        ),
        Principle.ADD,
    ),
    **dict.fromkeys((Slip.OTHER_VALUE, Slip.TRANSPOSED), Principle.CAME_IN),
}  # for others it is that of the line


BACK_OR_WEIGHTS = (
    Rule.WEIGHTS,
    Rule.BACK,
    Rule.WEIGHTS_TRANSPOSED,
    Rule.BACK_TRANSPOSED,
)
RULES_OF = {  # of a slip, where a line takes several steps at once
    **dict.fromkeys((Slip.MEAN_MISSING, Slip.MEAN_TWICE, Slip.MEAN_TOO_EARLY), (Rule.MEAN,)),
    **dict.fromkeys(
        (Slip.SLOPE_MISSING, Slip.SLOPE_AT_H, Slip.SLOPE_FROM_Z, Slip.SLOPE_OTHER),
        (Rule.ACTIVATION, Rule.SOFTMAX),
    ),
    Slip.ENTRIES_NEEDED: (Rule.ACTIVATION, Rule.MULTIPLIED),
    Slip.DIAGONAL: (Rule.SOFTMAX,),
    **dict.fromkeys(
        (
            Slip.TRANSPOSE_MISSING,
            Slip.TRANSPOSE_EXTRA,
            Slip.TRANSPOSED,
            Slip.ORDER,
            Slip.MATRIX_NEEDED,
            Slip.WEIGHTS_MISSING,
            Slip.OTHER_WEIGHTS,
        ),
        BACK_OR_WEIGHTS,
    ),
    **dict.fromkeys((Slip.PATH_MISSING, Slip.PATH_TWICE), (Rule.SEVERAL, Rule.SHARED)),
    **dict.fromkeys((Slip.ROWS_NOT_ADDED, Slip.WHICH_AXIS, Slip.SUM_OVER), (Rule.ROW,)),
    **dict.fromkeys((Slip.SOFTMAX_MISSING, Slip.SOFTMAX_EXTRA), (Rule.CLASSES, Rule.SOFTMAX)),
    Slip.ONEHOT_MISSING: (Rule.CLASSES,),
    Slip.MEAN_OF_OUTPUTS: (Rule.SQUARES, Rule.CLASSES),
}  # for others it is the first rule of the line


HIDES = {  # the other says the same, less exactly
    **dict.fromkeys((Slip.SLOPE_AT_H, Slip.SLOPE_FROM_Z), (Slip.SLOPE_OTHER, Slip.OTHER_VALUE)),
    Slip.PATH_MISSING: (Slip.SLOPE_MISSING,),
    Slip.TRANSPOSE_MISSING: (Slip.MATRIX_NEEDED,),
    Slip.TRANSPOSE_EXTRA: (Slip.TRANSPOSE_MISSING,),
    Slip.TERM_SIGN: (Slip.SLOPE_OTHER,),
    Slip.SIGN: (Slip.TERM_SIGN, Slip.FACTOR),
}


class Found(NamedTuple):
    """A slip, and where it was made: a name, or ''."""

    slip: Slip
    it: str = ""

# ruff: noqa: F401 (who refuses something says `checks.inputs(…)`, whatever file it stands in)
"""What is refused, and in which words: what was expected, what came, what to do.

A function takes a value and gives it back in the form in which the course works with it, or takes
a situation and returns nothing; what does not fit raises ValueError, TypeError, RuntimeError or,
for numbers that overflow, FloatingPointError. Nothing is changed here, so a refusal loses nothing.
What only one operation refuses stands beside it.
"""

from course_nn.checks.arrays import (
    FLOAT64,
    finite,
    inputs,
    is_masked,
    labels,
    labels_to_divide_by,
    new_weights,
    rows,
    same_kind,
    weights,
)
from course_nn.checks.building import (
    LONGEST_NAME,
    joins,
    loss_node,
    may_be_built,
    node_name,
    there_is_a_graph,
)
from course_nn.checks.data import (
    all_named,
    data_for_prediction,
    names_of_inputs,
    same_rows,
)
from course_nn.checks.nodes import (
    OF_ARRAYS,
    NoArray,
    fixed,
)
from course_nn.checks.steps import (
    callback_answer,
    gradients_for_all,
    made_by_forward,
    ready_for_backward,
    ready_for_each_example,
    ready_for_update,
    same_alone,
    same_operations,
    step_back,
    step_failed,
    steps_only_add,
    trained_here,
    values_as_made,
)
from course_nn.checks.tables import (
    Names,
    columns,
    index_of,
    names_of_columns,
    same_columns,
    same_index,
)
from course_nn.checks.values import (
    entry,
    number,
    one_of,
    seed,
    whole_number,
    yes_or_no,
)
from course_nn.checks.words import (
    array_of,
    counted,
    in_normal_form,
    name_to_type,
    percent,
    short,
    shown,
)

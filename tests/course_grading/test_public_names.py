"""What the grader takes from the module and from the questions, by names that those say are public.

The list stands here, so that a change of it is seen. A name that is new here has to be in the
`__all__` of the module that has it; one that is gone may leave it.
"""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import course_grading
from course_grading.marking import assignments

OTHERS = ("course_nn", "course_exercises")
WING = Path(course_grading.__file__).parent
# Modules of the student's wing, and what of them the grader names. Where a module lies and which
# version it is (`__file__`, `__version__`) every package says.
TAKEN = {
    "course_exercises": "__file__",
    "course_exercises.homework": "__file__",
    "course_exercises.homework.actions": (
        "Call Failure FailureKind Get Ref Set Step Stop __file__ looks settle"
    ),
    "course_exercises.homework.hw1": (
        "ADDED_UP BATCH_MEAN COLUMN DOUBLE_WAY EVERYTHING_AFTER FIRST_ALONE FIRST_EXAMPLE FOLLOWS "
        "FOLLOWS_COLUMNS HALF_INSIDE HALF_OF_J INVERSE_TRANSPOSED LOST_ROW MEAN_IS_OFF "
        "MEAN_NO_HALF MEAN_OVER_K NEGATIVE_INPUT NO_HALF NO_V ONLY_V OPPOSITE ROOTS_OF_THE_FACTOR "
        "ROW_OF_LOSSES SIGN_OF_CHANGE SIGN_OF_EXPONENT SUM_NOT_MEAN TWICE batch_loss_of_L "
        "bottom_of_parabola columns_one columns_several forward_one forward_several input_one "
        "input_several loss_as_before loss_times_factor mean_is_right parabola_of_weight q1 q2 q3 "
        "q4 q5 q6 shapes_of_values shapes_of_weights sigmoid_of_array squared_error_one "
        "squared_error_several two_apart two_neighbours wrong_h1_or_z3 wrong_z1_or_h2 "
        "wrong_z2_or_L"
    ),
    "course_exercises.homework.hw2": "q1 q2 q3 q4 q5 q6",
    "course_exercises.homework.hw2_checker": (
        "BY_GRAD BY_LARGER BY_SLOPE ENTRIES HALVED MEAN_OF_ALL NOT_RELATIVE NO_ABSOLUTE "
        "check_entries check_right check_row check_sign check_tiny check_zero"
    ),
    "course_exercises.homework.hw2_examples": "NO_GRADIENT ROUNDED_ONLY SAME_SIGN equal opposite",
    "course_exercises.homework.hw2_gradients": (
        "BY_COLUMNS BY_ROWS CAME_IN_Z NO_SLOPES NO_SLOPE_1 NO_SLOPE_2 OTHER_SLOPES SIGN "
        "SLOPES_OF_H SUM_NOT_MEAN TWICE gradients_large gradients_small"
    ),
    "course_exercises.homework.hw2_lines": (
        "AS_DERIVED CREDITED NO_PRINCIPLE NO_SLOPES OF_PATHS ONE_EXAMPLE OWN_WIDTHS "
        "PRINCIPLE_MISSING TWO_SLIPS line_of_join lines_of_matrices lines_of_others"
    ),
    "course_exercises.homework.hw2_network": "reading",
    "course_exercises.homework.hw2_other": (
        "NOT_SUBTRACTED SPOILT_ONLY SUMS TURNED effect mending number"
    ),
    "course_exercises.homework.hw3": ("q1 q2 q3 q4 q5 q6"),
    "course_exercises.homework.hw3_networks": (
        "DIVIDED_AGAIN FIRST_FORWARD KEPT_GRAD LOSS_GRAD_NUMBER LOSS_GRAD_ZERO NODES_DIVIDED "
        "NODES_NOT_RESET NOTHING_ARRIVED NOT_RESET NO_UPDATE PARAMETERS_NOT_RESET "
        "RATE_MISSING SUM_NOT_MEAN UNCHANGED UPHILL backward_keeps backward_of_early_loss "
        "backward_one backward_one_node backward_several_nodes backward_several_parameters "
        "backward_shared backward_twice forward_again sgd sgd_leaves_old_array"
    ),
    "course_exercises.homework.hw3_nodes": (
        "DIVIDED_IN_A_NODE FACTOR_2 FACTOR_HALF GRAD_MISSING LOSS_IS_COLUMN NOTHING_COMPUTED "
        "NOT_ADDED NOT_IN_THE_LIST NO_HALF OLD_VALUE ONE_LOSS ONE_MEAN OVERWRITTEN "
        "TWICE_IN_THE_LIST VALUE_FOR_GRAD error_back_before error_back_several "
        "error_value_several product_back_before product_back_one product_back_several "
        "product_in_the_list product_value_several sigmoid_back_before sigmoid_back_several "
        "sigmoid_value"
    ),
    "course_exercises.homework.hw3_operation": (
        "G_OF_I HALF_SLOPE LOST_DIRECT LOST_M LOST_OWN_M SIGNED_SLOPE TURNED_SUM back_before "
        "back_one back_several back_two operation value"
    ),
    "course_exercises.homework.hw3_own_network": (
        "BUILT CARRIED CARRIED_WITH_SEVERAL JOINED_AS_SUM LONGER_PATH_LOST SHORTER_PATH_LOST "
        "gradients_one gradients_several gradients_wide update update_wide values"
    ),
    "course_exercises.homework.hw3_second_backward": ("factor weights_for"),
    "course_exercises.homework.hw3_wrong_line": (
        "RUN_TOO SEVERAL_LINES TWO_OF_THREE as_printed mended what_comes"
    ),
    "course_exercises.homework.hw4": ("q1 q2 q3 q4 q5 q6"),
    "course_exercises.homework.hw4_counterexamples": ("NOT_AS_ORDERED OTHER_SIGN"),
    "course_exercises.homework.hw4_digits": (
        "COUNT ERRORS MANY_MISSING PERCENT SOME_MISSING TRAINING_ACCURACY"
    ),
    "course_exercises.homework.hw4_pieces": (
        "AVERAGES_OVER_N DIVIDED_BY_ALL DIVIDED_TWICE OTHER_CUT RATE_MISSING RATE_TWICE "
        "ROW_BY_ROW SUM_NOT_MEAN SUM_OF_AVERAGES UNWEIGHTED UPHILL WHOLE_BATCH"
    ),
    "course_exercises.homework.hw4_traces": ("OTHER_PLACE"),
    "course_exercises.homework.hw4_trainers": ("AS_IT_OUGHT_TO RETURNS_ELSE WEIGHTS_ELSE"),
    "course_exercises.homework.hw4_weighted": (
        "COUNTS_CUT COUNTS_OF_PLACES COUNTS_SQUARED DIVIDED_BY_ALL_COUNTS DIVIDED_BY_MEAN_COUNT "
        "DIVIDED_BY_ROWS DROPPED FIRST_WEIGHTS MEAN_OVER_SUM NOT_DIVIDED ORDER_IGNORED "
        "RATE_MISSING RATE_TWICE UPHILL"
    ),
    "course_exercises.homework.keys": "new_key read_key",
    "course_exercises.homework.paper_networks": (
        "CLASSES Drawn Family Network SQUARED functions gate_of_both gate_of_hidden gate_of_z "
        "skip_after skip_before skip_of_z"
    ),
    "course_exercises.homework.tasks": (
        "ByKey Explained ExplainedLine ROUNDED Satisfies Task TaskQuestion VISIBLE_SEED Verdict "
        "building judge labelled made"
    ),
    "course_exercises.question": "Kind Slip",
    # The exams, and the inventory with its export of what the lessons ask.
    "course_exercises.recall.blocks": "KNOWN",
    "course_exercises.recall.recall": "draw",
    "course_exercises.recall.task": "LETTER LINE NUMBER Task bracket minus row whole",
    "course_exercises.traces": "stories trace",
    "course_nn": (
        "Graph Input Labels Node Parameter __file__ __version__ add check_derivation "
        "cross_entropy derive matmul plots relu sigmoid squared_error tanh train_minibatch"
    ),
    "course_nn.cluster.workers": "ClusterError Lost Workers",
    "course_nn.plots.picture": "Picture",
}
# Files of the module that a submission may import while it is graded.
PROVIDED = "checks graph copies not_arrays operations losses networks datasets"


def taken(source: str) -> Iterator[tuple[str, str]]:
    """Module and name of what a file takes from the student's wing."""
    tree = ast.parse(source)
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name.split(".")[0] in OTHERS:
                    first = name.name.split(".")[0]
                    modules[name.asname or first] = name.name if name.asname else first
        elif isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in OTHERS:
            for name in node.names:
                if is_module(f"{node.module}.{name.name}"):
                    modules[name.asname or name.name] = f"{node.module}.{name.name}"
                else:
                    yield str(node.module), name.name
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=known_as), attr=name) if known_as in modules:
                yield modules[known_as], name


def is_module(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def is_public(module: str, name: str) -> bool:
    """Whether the module says so, and no part of the way to it says otherwise."""
    parts = module.split(".")
    if any(part.startswith("_") for part in parts):
        return False
    if name in ("__file__", "__version__"):
        return True
    there = importlib.import_module(module)
    said = name in getattr(there, "__all__", ()) and hasattr(there, name)
    return said and not name.startswith("_")


def found() -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for path in WING.rglob("*.py"):
        for module, name in taken(path.read_text(encoding="utf-8")):
            names.setdefault(module, set()).add(name)
    return names


def test_the_list_is_as_it_stands_here():
    assert found() == {module: set(names.split()) for module, names in TAKEN.items()}


@pytest.mark.parametrize("module", TAKEN)
def test_every_name_is_public(module):
    assert [name for name in TAKEN[module].split() if not is_public(module, name)] == []


@pytest.mark.parametrize("module", TAKEN)
def test_all_names_exist(module):
    there = importlib.import_module(module)
    assert [name for name in getattr(there, "__all__", ()) if not hasattr(there, name)] == []


def test_what_a_submission_may_import_is_public():
    provided = {name for each in assignments.NAMES for name in assignments.load(each).provides}
    assert provided == set(PROVIDED.split())
    for name in provided:
        assert not name.startswith("_") and is_module(f"course_nn.{name}")


@pytest.mark.parametrize(
    ("source", "module", "name"),
    [
        ("from course_exercises.question import _UNLIKE_SHAPES", "course_exercises.question", ""),
        ("from course_nn.graph import _anything", "course_nn.graph", ""),
        ("from course_exercises.homework import tasks\ntasks.STOPPED", "", "STOPPED"),
        ("import course_exercises.homework.tasks as t\nt.SAFE", "", "SAFE"),
        ("import course_nn\ncourse_nn.no_such", "course_nn", "no_such"),
        ("from course_exercises.homework.hw1 import Case", "", "Case"),
    ],
)
def test_a_name_that_is_not_public_is_noticed(source, module, name):
    ((where, what),) = taken(source)
    assert (module or where, name or what) == (where, what)
    assert what not in TAKEN.get(where, "").split()
    assert not is_public(where, what)

"""Homework 3, the computational graph: what each part is worth, and what is partly right."""

from __future__ import annotations

from course_exercises.homework import hw3
from course_exercises.homework import hw3_networks as networks
from course_exercises.homework import hw3_nodes as nodes
from course_exercises.homework import hw3_operation as operations
from course_exercises.homework import hw3_own_network as own_network
from course_exercises.homework import hw3_second_backward as second_backward
from course_exercises.homework import hw3_wrong_line as wrong_line
from course_grading.marking.rubric import Assignment, GradedQuestion, Part, WrittenQuestion

# Half of the points for what is right but for a factor.
NODE_CREDIT = {nodes.DIVIDED_IN_A_NODE: 0.5}
ERROR_CREDIT = {**NODE_CREDIT, nodes.FACTOR_2: 0.5, nodes.FACTOR_HALF: 0.5}
RESET_CREDIT = dict.fromkeys(
    [networks.NOT_RESET, networks.PARAMETERS_NOT_RESET, networks.NODES_NOT_RESET], 0.5
)
BACKWARD_ONE_CREDIT = RESET_CREDIT | {networks.LOSS_GRAD_NUMBER: 0.5}
NODES_CREDIT = {
    networks.NOT_RESET: 0.5,
    networks.LOSS_GRAD_NUMBER: 0.5,
    networks.NODES_DIVIDED: 0.5,
}
PARAMETERS_CREDIT = RESET_CREDIT | {networks.DIVIDED_AGAIN: 0.5}
ONE_NODE_CREDIT = {
    networks.PARAMETERS_NOT_RESET: 0.5,
    networks.LOSS_GRAD_NUMBER: 0.5,
    networks.NODES_DIVIDED: 0.5,
    networks.DIVIDED_AGAIN: 0.5,
}
# One slip is paid for once: nothing is taken here for what has cost points in an earlier part.
DIVISION_IS_PAID_FOR = {networks.SUM_NOT_MEAN: 1.0, networks.DIVIDED_AGAIN: 1.0}
STEP_IS_PAID_FOR = {networks.UPHILL: 1.0, networks.RATE_MISSING: 1.0}
LOSS_IS_PAID_FOR = dict.fromkeys(
    [nodes.NO_HALF, nodes.ONE_LOSS, nodes.ONE_MEAN, nodes.LOSS_IS_COLUMN], 1.0
)
# Of the operation: one of its two ways, or both with a slip in one of them.
OWN_CREDIT = {
    operations.LOST_M: 0.25,
    operations.LOST_DIRECT: 0.25,
    operations.TURNED_SUM: 0.5,
    operations.G_OF_I: 0.5,
    operations.HALF_SLOPE: 0.5,
    operations.SIGNED_SLOPE: 0.5,
    operations.LOST_OWN_M: 0.5,
}
OWN_BACK_CREDIT = OWN_CREDIT | NODE_CREDIT
BUILD_ONE = dict.fromkeys([*own_network.CARRIED, *own_network.BUILT], 1.0)
BUILD = BUILD_ONE | dict.fromkeys(own_network.CARRIED_WITH_SEVERAL, 1.0)
BUILD_SEVERAL = BUILD | {nodes.OVERWRITTEN: 0.5}
UPDATE = BUILD | dict.fromkeys([networks.SUM_NOT_MEAN, networks.UPHILL, networks.RATE_MISSING], 1.0)

# Slips of one node that come again in others.
ONE_SLIP = [
    {slip}
    for slip in (
        *(nodes.DIVIDED_IN_A_NODE, nodes.OVERWRITTEN, nodes.GRAD_MISSING, nodes.VALUE_FOR_GRAD),
        *(nodes.NOT_IN_THE_LIST, nodes.TWICE_IN_THE_LIST),
        *(own_network.SHORTER_PATH_LOST, own_network.LONGER_PATH_LOST, own_network.JOINED_AS_SUM),
    )
]

NOTHING_DONE = (
    *(nodes.NOT_ADDED, nodes.NOTHING_COMPUTED, nodes.OLD_VALUE, nodes.OVERWRITTEN),
    *(networks.NOTHING_ARRIVED, networks.LOSS_GRAD_ZERO, networks.KEPT_GRAD, networks.UNCHANGED),
    *(networks.NO_UPDATE, networks.FIRST_FORWARD),
)
# These show nothing by themselves: a node that computes nothing can be in the list, and who puts
# ones everywhere puts them into the gradients of the loss and of what is only summed up, too.
IN_THE_LIST = ("len(nodes)",)
ALL_ONES = ("loss.grad", "c2.grad")

# How each m is made, and how a gradient that has arrived at m goes on to a.
MIXED = (
    ("np.roll(a, 1, axis=1) + 2 * np.roll(a, -1, axis=1)",
     "np.roll(g, -1, axis=1) + 2 * np.roll(g, 1, axis=1)"),
    ("3 * a - np.roll(a, 1, axis=1)", "3 * g - np.roll(g, -1, axis=1)"),
    ("np.cumsum(a, axis=1)", "np.cumsum(g[:, ::-1], axis=1)[:, ::-1]"),
    ("np.cumsum(a[:, ::-1], axis=1)[:, ::-1]", "np.cumsum(g, axis=1)"),
    ("np.ones_like(a) * ((-1.0) ** np.arange(a.shape[1]) * a).sum(axis=1, keepdims=True)",
     "(-1.0) ** np.arange(g.shape[1]) * g.sum(axis=1, keepdims=True)"),
    ("np.ones_like(a) * (np.arange(1, a.shape[1] + 1) * a).sum(axis=1, keepdims=True)",
     "np.arange(1, g.shape[1] + 1) * g.sum(axis=1, keepdims=True)"),
)  # fmt: skip
# Of both products c, and what arrives at a directly, and at m.
PRODUCTS = (
    ("a * np.abs(a) * m", "2 * np.abs(a) * m", "a * np.abs(a)"),
    ("a * m * np.abs(m)", "m * np.abs(m)", "2 * a * np.abs(m)"),
)
OWN = """
class Own:
    def __init__(self, a):
        self.a = a
        nodes.append(self)

    def forward(self):
        a = self.a.value
        m = {m}
        self.value = {c}

    def backward(self):
        a = self.a.value
        m = {m}
        g = self.grad * {to_m}
        self.a.grad = self.a.grad + self.grad * {to_a} + {back}
"""


def own(key: str) -> str:
    """The class `Own` for a key."""
    of_key = operations.operation(key)
    (m, back), (c, to_a, to_m) = MIXED[of_key.mix], PRODUCTS[of_key.product]
    return OWN.format(m=m, c=c, to_a=to_a, to_m=to_m, back=back)


ASSIGNMENT = Assignment(
    "hw3",
    "The computational graph",
    [
        GradedQuestion(
            hw3.q1,
            "Write three nodes",
            [
                Part("MatMul, the value", 0.5, nodes.product_value_several),
                Part(
                    "MatMul joins the list of nodes",
                    0.5,
                    nodes.product_in_the_list,
                    cases=1,
                    beside=IN_THE_LIST,
                ),
                Part("MatMul, the step back, one example", 0.5, nodes.product_back_one),
                Part(
                    "MatMul, the step back, several examples",
                    1,
                    nodes.product_back_several,
                    credit=NODE_CREDIT,
                ),
                Part(
                    "MatMul, the step back, where a gradient is already",
                    0.5,
                    nodes.product_back_before,
                    credit=NODE_CREDIT,
                ),
                Part("Sigmoid, the value", 0.5, nodes.sigmoid_value),
                Part(
                    "Sigmoid, the step back, several examples",
                    0.5,
                    nodes.sigmoid_back_several,
                    credit=NODE_CREDIT,
                ),
                Part(
                    "Sigmoid, two steps back, where a gradient is already",
                    0.5,
                    nodes.sigmoid_back_before,
                    credit=NODE_CREDIT,
                ),
                Part(
                    "SquaredError, the value, several examples",
                    1,
                    nodes.error_value_several,
                    credit={nodes.NO_HALF: 0.5},
                ),
                Part(
                    "SquaredError, the step back, several examples",
                    1,
                    nodes.error_back_several,
                    credit=ERROR_CREDIT,
                ),
                Part(
                    "SquaredError, the step back, where a gradient is already",
                    0.5,
                    nodes.error_back_before,
                    credit=ERROR_CREDIT,
                ),
            ],
        ),
        GradedQuestion(
            hw3.q2,
            "Go forward and backward, and take a step",
            [
                Part("Forward once more, with new numbers", 1, networks.forward_again),
                Part(
                    "Backward, a network of one node",
                    1.5,
                    networks.backward_one_node,
                    credit=ONE_NODE_CREDIT,
                    beside=ALL_ONES,
                ),
                Part(
                    "Backward, one example",
                    1,
                    networks.backward_one,
                    credit=BACKWARD_ONE_CREDIT,
                    beside=ALL_ONES,
                ),
                Part(
                    "Backward, several examples, the nodes",
                    1,
                    networks.backward_several_nodes,
                    credit=NODES_CREDIT,
                    beside=ALL_ONES,
                ),
                Part(
                    "Backward, several examples, the parameters",
                    1,
                    networks.backward_several_parameters,
                    credit=PARAMETERS_CREDIT,
                ),
                Part("Backward twice", 0.5, networks.backward_twice, credit=DIVISION_IS_PAID_FOR),
                Part(
                    "Backward, a parameter that is used twice",
                    0.5,
                    networks.backward_shared,
                    credit=DIVISION_IS_PAID_FOR,
                ),
                Part(
                    "Backward of a loss that is not the last node",
                    0.5,
                    networks.backward_of_early_loss,
                    credit=DIVISION_IS_PAID_FOR,
                ),
                Part(
                    "an array that was kept from the first Backward",
                    0.5,
                    networks.backward_keeps,
                    credit=DIVISION_IS_PAID_FOR,
                ),
                Part(
                    "SGD",
                    1,
                    networks.sgd,
                    credit=dict.fromkeys([networks.UPHILL, networks.RATE_MISSING], 0.5),
                ),
                Part(
                    "SGD leaves the old array and the nodes as they were",
                    0.5,
                    networks.sgd_leaves_old_array,
                    credit=STEP_IS_PAID_FOR,
                ),
            ],
        ),
        GradedQuestion(
            hw3.q3,
            "Write a node that nobody has written",
            [
                Part("the value", 2, operations.value),
                Part("the step back, one example", 3, operations.back_one, credit=OWN_CREDIT),
                Part(
                    "the step back, several examples with very large numbers",
                    8,
                    operations.back_several,
                    credit=OWN_BACK_CREDIT,
                ),
                Part(
                    "two steps back, where a gradient is already",
                    5,
                    operations.back_before,
                    credit=OWN_BACK_CREDIT,
                ),
                Part(
                    "two of them, one behind the other",
                    2,
                    operations.back_two,
                    credit=OWN_BACK_CREDIT,
                ),
            ],
        ),
        GradedQuestion(
            hw3.q4,
            "Build your network",
            [
                Part("the values", 3, own_network.values, cases=2, credit=LOSS_IS_PAID_FOR),
                Part(
                    "the gradients of one example",
                    1,
                    own_network.gradients_one,
                    cases=2,
                    credit=BUILD_ONE,
                ),
                Part(
                    "the gradients of several examples",
                    9,
                    own_network.gradients_wide,
                    cases=1,  # of 100,000 numbers, which take their time into the box and out of it
                    credit=BUILD_SEVERAL,
                    shown=own_network.gradients_several,
                ),
                Part(
                    "one update",
                    7,
                    own_network.update_wide,
                    cases=1,
                    credit=UPDATE,
                    shown=own_network.update,
                ),
            ],
        ),
        GradedQuestion(
            hw3.q5,
            "Mend a program",
            [
                Part("one line differs from the printed ones", 1, wrong_line.as_printed, cases=1),
                Part("what the mended program does", 8, wrong_line.mended),
                Part(
                    "what comes of the printed program",
                    5,
                    wrong_line.what_comes,
                    cases=1,
                    credit={wrong_line.TWO_OF_THREE: 0.4},
                ),
            ],
            # Another program in its place is no mending: that leaves what comes of the printed one.
            without_skill={wrong_line.SEVERAL_LINES: 5 / 14, wrong_line.RUN_TOO: 5 / 14},
        ),
        GradedQuestion(
            hw3.q6,
            "Refute a claim in numbers",
            [
                Part("the factor", 4, second_backward.factor),
                Part("weights for a factor", 6, second_backward.weights_for),
            ],
        ),
        WrittenQuestion(
            "hw3-q7",
            "Explain the reverse order",
            10,
            "3 points: every node that uses it has had its turn, so all it will receive has "
            "arrived. 4 points: a node is made from nodes that exist, so its users stand later in "
            "the list and come earlier in reverse; nothing else about the network is used. "
            "3 points: an order that begins with loss, z3, h2, in which h1 has its turn before z2, "
            "s2 before z2, and z1 behind h1 (2), and that what comes to h1 through W2 is missing "
            "(1). An order in which W2 or W3 is wrong too, or nothing has arrived at z1, has at "
            "most 1. Sheets of ten, six and two points stand in teaching/marking.md.",
        ),
        WrittenQuestion(
            "hw3-q8",
            "Take the average elsewhere",
            10,
            "5 points (Anna): W3 right, W2 1/4, W1 1/16 of the right one (3); one, two, three "
            "products on the way, each dividing by 4, where one division is right (2). 5 points "
            "(Bob): all three right, because each step back is linear in what arrives (2); row b "
            "of his z1.grad is the share of example b in the gradient of J, of ours the gradient "
            "of L_b itself (2); one reason that is explained, for either side (1). Sheets of ten, "
            "six and two points stand in teaching/marking.md.",
        ),
    ],
    one_slip=ONE_SLIP,
    nothing_done=NOTHING_DONE,
    right_of_key={"Own": own},
)

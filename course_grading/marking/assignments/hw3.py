"""Homework 3, the computational graph: what each part is worth, and what is partly right."""

from __future__ import annotations

from functools import partial

from course_exercises.homework import hw3
from course_exercises.homework import hw3_networks as networks
from course_exercises.homework import hw3_nodes as nodes
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
BUILD_ONE = dict.fromkeys([*networks.CARRIED, *networks.BUILT], 1.0)
BUILD = BUILD_ONE | dict.fromkeys(networks.CARRIED_WITH_SEVERAL, 1.0)
SKIP_ONE = BUILD_ONE | dict.fromkeys(networks.BUILT_WITH_SKIP, 1.0)
SKIP = SKIP_ONE | BUILD
UPDATE = BUILD | dict.fromkeys(
    [
        networks.SUM_NOT_MEAN,
        networks.UPHILL,
        networks.RATE_MISSING,
        networks.RATE_TWICE,
        nodes.NO_HALF,
    ],
    1.0,
)


# Slips of one node that come again in others.
ONE_SLIP = [
    {slip}
    for slip in (
        *(nodes.DIVIDED_IN_A_NODE, nodes.OVERWRITTEN, nodes.GRAD_MISSING, nodes.VALUE_FOR_GRAD),
        *(nodes.NOT_IN_THE_LIST, nodes.TWICE_IN_THE_LIST),
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
PARAMETERS_LISTED = ("len(parameters)",)
ALL_ONES = ("loss.grad", "c2.grad")


def _activation(name: str) -> list[Part]:
    back = partial(nodes.activation_back, name=name)
    return [
        Part(f"{name}, the value", 1, partial(nodes.activation_value, name=name)),
        Part(
            f"{name} joins the list of nodes",
            1,
            partial(nodes.activation_in_the_list, name=name),
            cases=1,
            beside=IN_THE_LIST,
        ),
        Part(f"{name}, the step back, one example", 1, partial(back, one=True)),
        Part(f"{name}, the step back, several examples", 2, back, credit=NODE_CREDIT),
        Part(f"{name}, where a gradient is already", 1, partial(back, before=True)),
    ]


ASSIGNMENT = Assignment(
    "hw3",
    "The computational graph",
    [
        GradedQuestion(
            hw3.q1,
            "Write a matrix product",
            [
                Part("the value, one example", 1, nodes.product_value_one),
                Part("the value, several examples", 2, nodes.product_value_several),
                Part(
                    "MatMul joins the list of nodes",
                    1,
                    nodes.product_in_the_list,
                    cases=1,
                    beside=IN_THE_LIST,
                ),
                Part("the step back, one example", 3, nodes.product_back_one),
                Part(
                    "the step back, several examples",
                    5,
                    nodes.product_back_several,
                    credit=NODE_CREDIT,
                ),
                Part(
                    "the step back, where a gradient is already",
                    2,
                    nodes.product_back_before,
                    credit=NODE_CREDIT,
                ),
            ],
        ),
        GradedQuestion(
            hw3.q2, "Write two activations", [*_activation("Sigmoid"), *_activation("Tanh")]
        ),
        GradedQuestion(
            hw3.q3,
            "Give each example its loss",
            [
                Part("L, one example", 1, nodes.error_value_one, credit={nodes.NO_HALF: 0.5}),
                Part(
                    "L, several examples", 2, nodes.error_value_several, credit={nodes.NO_HALF: 0.5}
                ),
                Part(
                    "SquaredError joins the list of nodes",
                    1,
                    nodes.error_in_the_list,
                    cases=1,
                    beside=IN_THE_LIST,
                ),
                Part(
                    "the step back, one example",
                    1,
                    nodes.error_back_one,
                    credit={nodes.FACTOR_2: 0.5, nodes.FACTOR_HALF: 0.5},
                ),
                Part(
                    "the step back, several examples",
                    2,
                    nodes.error_back_several,
                    credit=ERROR_CREDIT,
                ),
                Part(
                    "the step back, where a gradient is already",
                    1,
                    nodes.error_back_before,
                    credit=ERROR_CREDIT,
                ),
            ],
        ),
        GradedQuestion(
            hw3.q4,
            "Go forward and backward",
            [
                Part("Forward", 2, networks.forward),
                Part("Forward once more, with new numbers", 2, networks.forward_again),
                Part(
                    "Backward, a network of one node",
                    4,
                    networks.backward_one_node,
                    credit=ONE_NODE_CREDIT,
                    beside=ALL_ONES,
                ),
                Part(
                    "Backward, one example",
                    3,
                    networks.backward_one,
                    credit=BACKWARD_ONE_CREDIT,
                    beside=ALL_ONES,
                ),
                Part(
                    "Backward, several examples, the nodes",
                    2,
                    networks.backward_several_nodes,
                    credit=NODES_CREDIT,
                    beside=ALL_ONES,
                ),
                Part(
                    "Backward, several examples, the parameters",
                    3,
                    networks.backward_several_parameters,
                    credit=PARAMETERS_CREDIT,
                ),
                Part("Backward twice", 1, networks.backward_twice, credit=DIVISION_IS_PAID_FOR),
                Part(
                    "Backward, a parameter that is used twice",
                    1,
                    networks.backward_shared,
                    credit=DIVISION_IS_PAID_FOR,
                ),
                Part(
                    "Backward of a loss that is not the last node",
                    1,
                    networks.backward_of_early_loss,
                    credit=DIVISION_IS_PAID_FOR,
                ),
                Part(
                    "an array that was kept from the first Backward",
                    1,
                    networks.backward_keeps,
                    credit=DIVISION_IS_PAID_FOR,
                ),
            ],
        ),
        GradedQuestion(
            hw3.q5,
            "Let a whole network take a step",
            [
                Part(
                    "SGD",
                    4,
                    networks.sgd,
                    credit=dict.fromkeys([networks.UPHILL, networks.RATE_MISSING], 0.5),
                ),
                Part(
                    "SGD leaves an input as it was",
                    1,
                    networks.sgd_leaves_inputs,
                    credit=STEP_IS_PAID_FOR,
                ),
                Part(
                    "SGD leaves the old array as it was",
                    1,
                    networks.sgd_leaves_old_array,
                    credit=STEP_IS_PAID_FOR,
                ),
                Part(
                    "build, the values",
                    4,
                    networks.network_values,
                    credit=LOSS_IS_PAID_FOR,
                    beside=PARAMETERS_LISTED,
                ),
                Part(
                    "build, the gradients of one example",
                    1,
                    networks.network_gradients_one,
                    credit=BUILD_ONE,
                ),
                Part(
                    "build, the gradients of several examples",
                    1,
                    networks.network_gradients_several,
                    credit=BUILD,
                ),
                Part("build, one update", 2, networks.network_update, credit=UPDATE),
            ],
        ),
        GradedQuestion(
            hw3.q6,
            "Use a node twice",
            [
                Part("Add", 3, nodes.add_two),
                Part("Add, a node and itself", 2, nodes.add_to_itself),
                Part(
                    "Add joins the list of nodes",
                    1,
                    nodes.add_in_the_list,
                    cases=1,
                    beside=IN_THE_LIST,
                ),
                Part(
                    "build_with_skip, the values",
                    3,
                    networks.skip_values,
                    credit=LOSS_IS_PAID_FOR,
                    beside=PARAMETERS_LISTED,
                ),
                Part(
                    "build_with_skip, the gradients of one example",
                    1,
                    networks.skip_gradients_one,
                    credit=SKIP_ONE,
                ),
                Part(
                    "build_with_skip, the gradients of several examples",
                    2,
                    networks.skip_gradients_several,
                    credit=SKIP,
                ),
            ],
        ),
        WrittenQuestion(
            "hw3-q7",
            "Explain the reverse order",
            10,
            "3 points: every node that uses it has had its turn, so all it will receive has "
            "arrived. 4 points: a node is made from nodes that exist, so its users stand later in "
            "the list and come earlier in reverse; nothing else about the network is used. "
            "3 points: an order in which h1 runs before the MatMul of W2 (the gradient through W2 "
            "is lost for W1) or before the Add (the one through the sum is lost), with the lost "
            "contribution named. An order in which several are lost is as good, if it is said "
            "which.",
        ),
        WrittenQuestion(
            "hw3-q8",
            "Take the average elsewhere",
            10,
            "5 points (Anna): W3 right, W2 1/4, W1 1/16 of the right one (3); one, two, three "
            "products on the way, each dividing by 4, where one division is right (2). 5 points "
            "(Bob): all three right, because each step back is linear in what arrives (2); row b "
            "of his z1.grad is the share of example b in the gradient of J, of ours the gradient "
            "of L_b itself (2); one reason that is explained, for either side (1).",
        ),
    ],
    one_slip=ONE_SLIP,
    nothing_done=NOTHING_DONE,
)

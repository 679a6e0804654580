"""The questions of homework 3: nodes, Forward, Backward, SGD, and a node that is used twice.

from course_exercises.homework import hw3 as questions

questions.q1.check(globals())
"""

from __future__ import annotations

from functools import partial
from typing import Any

from course_exercises.homework import hw3_networks as networks
from course_exercises.homework import hw3_nodes as nodes
from course_exercises.homework.tasks import TaskQuestion

__all__ = ["q1", "q2", "q3", "q4", "q5", "q6"]


class GraphQuestion(TaskQuestion):
    """A question that is tried with the notebook's own lists `nodes` and `parameters`.

    Afterwards they hold what they held before.
    """

    def _try(self, answer: Any, seed: int) -> str:
        names = self.names(answer)
        lists = [names.get(name) for name in ("nodes", "parameters")]
        kept = [(each, list(each)) for each in lists if isinstance(each, list)]
        try:
            return super()._try(answer, seed)
        finally:
            for each, content in kept:
                each[:] = content


q1 = GraphQuestion(
    "Question 1",
    "MatMul",
    {
        "the value, one example": nodes.product_value_one,
        "the value, several examples": nodes.product_value_several,
        "the list of nodes": nodes.product_in_the_list,
        "the step back, one example": nodes.product_back_one,
        "the step back, several examples": nodes.product_back_several,
        "the step back, where a gradient is already": nodes.product_back_before,
    },
    praise="MatMul computes its value, passes its gradient back, and adds it up.",
    hints=[
        "Look at Scale: MatMul has the same three methods, with other formulas.",
        "The lesson on the graph has both gradients, section 2. Their shapes: those of W and of a.",
        "In backward, write W.grad = W.grad + …, so that what has arrived before stays.",
    ],
)

q2 = GraphQuestion(
    "Question 2",
    ("Sigmoid", "Tanh"),
    {
        f"{name}, {what}": partial(make, name=name)
        for name in nodes.ACTIVATIONS
        for what, make in (
            ("the value", nodes.activation_value),
            ("the list of nodes", nodes.activation_in_the_list),
            ("the step back, one example", partial(nodes.activation_back, one=True)),
            ("the step back, several examples", nodes.activation_back),
            (
                "two steps back, where a gradient is already",
                partial(nodes.activation_back, before=True),
            ),
        )
    },
    praise="Both compute their value, and multiply what arrives by their derivative.",
    hints=[
        "Both derivatives are written with the value h: h (1 − h), and 1 − h².",
        "The step back is self.grad times the derivative, entry by entry, added to z.grad.",
    ],
)

q3 = GraphQuestion(
    "Question 3",
    "SquaredError",
    {
        "the value, one example": nodes.error_value_one,
        "the value, several examples": nodes.error_value_several,
        "the list of nodes": nodes.error_in_the_list,
        "the step back, one example": nodes.error_back_one,
        "the step back, as many examples as outputs": nodes.error_back_square,
        "the step back, several examples": nodes.error_back_several,
        "the step back, where a gradient is already": nodes.error_back_before,
    },
    praise="There is one loss for each example, and each row gets its own gradient.",
    hints=[
        "The lesson on the graph has it for one row. RowSum, too, has a value of shape (B,).",
        "self.grad is (B,), output − y is (B, K). self.grad[:, None] is (B, 1).",
    ],
)

q4 = GraphQuestion(
    "Question 4",
    ("Forward", "Backward"),
    {
        "Forward": networks.forward,
        "Forward once more, with new numbers": networks.forward_again,
        "Backward, a network of one node": networks.backward_one_node,
        "Backward, one example": networks.backward_one,
        "Backward, several examples, the nodes": networks.backward_several_nodes,
        "Backward, several examples, the parameters": networks.backward_several_parameters,
        "Backward twice": networks.backward_twice,
        "Backward, a parameter that is used twice": networks.backward_shared,
        "Backward of a loss that is not the last node": networks.backward_of_early_loss,
        "an array that was kept from the first Backward": networks.backward_keeps,
    },
    praise="Forward and Backward go through any list of nodes, as often as you like.",
    hints=[
        "The lesson on the graph, section 3, has both for one example.",
        "In Backward: reset nodes and parameters, set loss.grad, go through the reversed list.",
        "The batch rule stands after the loop: for each parameter, its gradient divided by B, "
        "which is len(loss.value).",
    ],
)

q5 = GraphQuestion(
    "Question 5",
    ("SGD", "build"),
    {
        "SGD": networks.sgd,
        "SGD leaves an input as it was": networks.sgd_leaves_inputs,
        "SGD leaves the old array as it was": networks.sgd_leaves_old_array,
        "build, the values": networks.network_values,
        "build, the gradients of one example": networks.network_gradients_one,
        "build, the gradients of several examples": networks.network_gradients_several,
        "build, one update": networks.network_update,
    },
    praise="The whole network computes, goes back, and learns.",
    hints=[
        "SGD is one line for each parameter: value minus learning rate times grad, as a new array.",
        "build makes the nodes in the order z1, h1, z2, h2, z3, loss, and returns the last two.",
    ],
)

q6 = GraphQuestion(
    "Question 6",
    ("Add", "build_with_skip"),
    {
        "Add": nodes.add_two,
        "Add, a node and itself": nodes.add_to_itself,
        "Add, the list of nodes": nodes.add_in_the_list,
        "build_with_skip, the values": networks.skip_values,
        "build_with_skip, the gradients of one example": networks.skip_gradients_one,
        "build_with_skip, the gradients of several examples": networks.skip_gradients_several,
    },
    praise="What h1 receives in two ways is added up.",
    hints=[
        "If a grows by a little, a + b grows by as much: the gradient passes as it is.",
        "In build_with_skip one more node stands between Sigmoid and the last MatMul: an Add.",
    ],
)

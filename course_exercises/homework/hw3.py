"""The questions of homework 3: nodes, Forward, Backward, SGD; then an operation, a network, a wrong
line and a counterexample that belong to a key.

from course_exercises.homework import hw3 as questions

questions.show_my_operation(KEY)
questions.q1.check(globals())
"""

from __future__ import annotations

from typing import Any

from course_exercises.homework import hw3_networks as networks
from course_exercises.homework import hw3_nodes as nodes
from course_exercises.homework import hw3_operation as operations
from course_exercises.homework import hw3_own_network as own_network
from course_exercises.homework import hw3_second_backward as second_backward
from course_exercises.homework import hw3_wrong_line as wrong_line
from course_exercises.homework.keys import by_key
from course_exercises.homework.shown import unfinished
from course_exercises.homework.tasks import TaskQuestion
from course_exercises.question import NotAttempted, Wrong

__all__ = ["q1", "q2", "q3", "q4", "q5", "q6", "show_my_network", "show_my_operation", "unfinished"]
__all__ += ["show_my_paths", "show_their_program"]


# What is said besides, of the messages in which these words stand; of the first that fits.
OF_NODES = {
    "'numpy.ndarray' object has no attribute 'value'": "An array stands where a node is needed: "
    "keep the node itself, as its value comes later and changes.",
    "object has no attribute 'value'": "A node has one when its forward has assigned self.value. "
    "Is it in the list nodes?",
    "there is no 'value'": "forward assigns self.value, and returns nothing.",
    "there is no '0'": "Two nodes are to be returned, with a comma between them.",
}


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
        except Wrong as found:
            first, line_end, rest = str(found).partition("\n")
            besides = next((said for words, said in OF_NODES.items() if words in first), "")
            if besides:
                found.args = (f"{first.rstrip('.')}. {besides}{line_end}{rest}",)
            raise
        finally:
            for each, content in kept:
                each[:] = content


class KeyQuestion(GraphQuestion):
    """A question that depends on the key: its verdict says which key was read."""

    def _try(self, answer: Any, seed: int) -> str:
        key = self.key(self.names(answer))
        used = f"(key: {key})" if key else "(no key)"
        try:
            return f"{super()._try(answer, seed)} {used}"
        except (NotAttempted, Wrong) as found:
            # behind the verdict, as lines of Python may follow
            first, line_end, rest = str(found).partition("\n")
            found.args = (f"{first} {used}{line_end}{rest}".strip(),)
            raise


@by_key
def show_my_operation(key: str) -> None:
    """Print the operation of question 3."""
    print(operations.described(operations.operation(key)))


@by_key
def show_my_network(key: str) -> Any:
    """Print the network of question 4, and return its picture."""
    print(own_network.described(key))
    return own_network.picture(key)


@by_key
def show_their_program(key: str) -> None:
    """Print the program of question 5, and what is run with it."""
    print(wrong_line.described(key))


@by_key
def show_my_paths(key: str) -> None:
    """Print the network of question 6."""
    print(second_backward.described(key))


q1 = GraphQuestion(
    "Question 1",
    ("MatMul", "Sigmoid", "SquaredError"),
    {
        "MatMul, the value": nodes.product_value_several,
        "MatMul, the list of nodes": nodes.product_in_the_list,
        "MatMul, the step back, one example": nodes.product_back_one,
        "MatMul, the step back, several examples": nodes.product_back_several,
        "MatMul, the step back, where a gradient is already": nodes.product_back_before,
        "Sigmoid, the value": nodes.sigmoid_value,
        "Sigmoid, the list of nodes": nodes.sigmoid_in_the_list,
        "Sigmoid, the step back, one example": nodes.sigmoid_back_one,
        "Sigmoid, the step back, several examples": nodes.sigmoid_back_several,
        "Sigmoid, two steps back, where a gradient is already": nodes.sigmoid_back_before,
        "SquaredError, the value, one example": nodes.error_value_one,
        "SquaredError, the value, several examples": nodes.error_value_several,
        "SquaredError, the list of nodes": nodes.error_in_the_list,
        "SquaredError, the step back, one example": nodes.error_back_one,
        "SquaredError, the step back, as many examples as outputs": nodes.error_back_square,
        "SquaredError, the step back, several examples": nodes.error_back_several,
        "SquaredError, the step back, where a gradient is already": nodes.error_back_before,
    },
    praise="All three compute their value, pass their gradient back, and add it up.",
    hints=[
        "Look at Scale: each has the same three methods, with other formulas.",
        "Lesson 07 has them for one example, section 2. Their gradients have the shapes of what "
        "they belong to.",
        "In SquaredError, self.grad is (B,), output − y is (B, K). self.grad[:, None] is (B, 1).",
    ],
)

q2 = GraphQuestion(
    "Question 2",
    ("Forward", "Backward", "SGD"),
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
        "SGD": networks.sgd,
        "SGD leaves an input as it was": networks.sgd_leaves_inputs,
        "SGD leaves the old array and the nodes as they were": networks.sgd_leaves_old_array,
    },
    praise="Forward, Backward and SGD work for any list of nodes, as often as you like.",
    hints=[
        "Lesson 07, section 3, has all three for one example.",
        "In Backward: reset nodes and parameters, set loss.grad, go through the reversed list.",
        "The batch rule stands after the loop: for each parameter, its gradient divided by B, "
        "which is len(loss.value).",
    ],
)

q3 = KeyQuestion(
    "Question 3",
    "Own",
    {
        "the value": operations.value,
        "the list of nodes": operations.own_in_the_list,
        "the step back, one example": operations.back_one,
        "the step back, several examples with very large numbers": operations.back_several,
        "two steps back, where a gradient is already": operations.back_before,
        "two of them, one behind the other": operations.back_two,
    },
    praise="It computes, and what comes back reaches each entry by all its ways.",
    hints=[
        "Take a row of three entries, and write c[0], c[1], c[2] without any sum sign. Where does "
        "a[1] stand?",
        "Lesson 05, section 8, has a routine: for each place in which a[b, i] stands, the factor "
        "beside it, times the gradient that arrives there. Then add.",
        "First think of m as a row of its own: what arrives at a[b, j] directly, and what at "
        "m[b, j]? Then ask in which m[b, j] the entry a[b, i] stands, and with which factor.",
    ],
)

q4 = KeyQuestion(
    "Question 4",
    "build_mine",
    {
        "the values": own_network.values,
        "the gradients of one example": own_network.gradients_one,
        "the gradients of several examples": own_network.gradients_several,
        "one update": own_network.update,
    },
    praise="Your network computes, its weights get their gradients by both paths, and it takes a "
    "step.",
    hints=[
        "Which of the lines have you a class for already? Write one for each of the others, as "
        "Scale is written.",
        "In a product such as c[b, j] = Σ_i V[j, i] a[b, i], the sum runs over the second index of "
        "V. Write one entry of V.grad as a sum over the examples, and look where j and i stand.",
        "A node that goes on in two ways needs nothing of its own, if every node adds to what it "
        "finds.",
    ],
)

q5 = KeyQuestion(
    "Question 5",
    ("mended", "what_comes"),
    {
        "one line differs from the printed ones": wrong_line.as_printed,
        "what the mended program does": wrong_line.mended,
        "what comes of the printed program": wrong_line.what_comes,
    },
    praise="You have found the line, mended it, and said what it does.",
    hints=[
        "Compare with your own Backward, sentence by sentence of question 2; then with Scale.",
        "Ask of each line: in which networks would it give the right numbers by chance? With one "
        "example, say, or after a single Backward, or where nothing is used twice.",
        "For what_comes, go through the printed program with a pencil: which gradients does the "
        "wrong line touch?",
    ],
)

q6 = KeyQuestion(
    "Question 6",
    ("factor", "weights_for"),
    {"the factor": second_backward.factor, "weights for a factor": second_backward.weights_for},
    praise="The factor is a mean of those of the paths, weighted by what each passes.",
    hints=[
        "Go through two Backwards by hand, with 1 for every weight. What does the sum s hold "
        "after the first, what after the second? And the node before it?",
        "Lesson 07, section 4, has the factors along a single path. Here each path has its own. L "
        "is a node, too: it takes over what stands before it, and passes its gradient on as it is.",
        "How much of the right gradient comes through each path? The factor weights theirs.",
    ],
)

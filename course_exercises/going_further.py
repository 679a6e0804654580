"""The questions of lesson 11: bias, momentum, weight decay, He's rule, PyTorch's reset."""

from collections.abc import Callable

import numpy as np

from course_exercises.question import Question, Wrong, call, choice, name_slip, same


def _bias(answer: object) -> str:
    delta = np.array([[3.0, 1.0], [0.0, -4.0], [3.0, 6.0]])
    mean = delta.mean(axis=0, keepdims=True)
    slips = {
        "that is the sum; the gradient of J is the mean over the 3 examples.": 3 * mean,
        "one pair of brackets is missing: b1 is a row, (1, 2).": mean[0],
        "the sum, and one pair of brackets is missing: b1 is a row, (1, 2).": 3 * mean[0],
        "that is a column; b1 is a row, (1, 2).": mean.T,
        "the mean was taken over the units; the examples are the rows.": delta.mean(axis=1),
        "the mean was taken over the units, as a column; the examples are the rows.": (
            delta.mean(axis=1, keepdims=True)
        ),
        "the mean was taken over the units, as a row; the examples are the rows.": (
            delta.mean(axis=1, keepdims=True).T
        ),
        "divided by the 2 units; there are 3 examples.": 1.5 * mean,
        "the minus of −4 was lost.": np.abs(delta).mean(axis=0, keepdims=True),
        "one number for all; each unit has its own bias.": delta.mean(),
        "that is the gradient for each example; take the mean over the examples.": delta,
    }
    name_slip(answer, mean, slips)
    return "What arrives at z1 is the gradient of the bias, and J is the mean over the examples."


q1 = Question(
    "Exercise 11.1",
    "gradient_of_b1",
    _bias,
    hints=[
        "Equation (11.4): add up the rows of δ1, and divide by their number.",
        "Column by column: (3 + 0 + 3) / 3 and (1 − 4 + 6) / 3. The result is a row, (1, 2).",
    ],
    solution="gradient_of_b1 = np.array([[2.0, 1.0]])",
)

q2 = Question(
    "Exercise 11.2",
    "cannot_be_learned",
    choice(
        "b",
        "x and −x are equally far from the origin, so they have the same label, but logits of "
        "opposite sign.",
        {
            "a": "if x changes its sign, so does x₁, and the label changes: odd, like the network.",
            "c": "if x changes its sign, so does x₁ + x₂, and the label changes: odd, like the "
            "network.",
            "d": "turned by half a circle, each moon lies on the other, so −x has the other label; "
            "lesson 07 learned them without bias.",
        },
    ),
    hints=[
        "The logits of −x are minus those of x. So what must be true of the labels of x and −x?",
        "In which of the four do x and −x have the same label?",
    ],
    solution='cannot_be_learned = "b"',
)


def _momentum(answer: Callable[..., object]) -> str:
    rng = np.random.default_rng(11)
    W, v, g = rng.normal(size=(3, 2, 3))
    eta, mu = 0.2, 0.7
    result = call(answer, W=W, v=v, gradient=g, learning_rate=eta, mu=mu)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise Wrong("return two things, the new weights and the new velocity: return W, v.")
    new_v = mu * v + g
    right = (W - eta * new_v, new_v)

    def alike(pair: tuple[np.ndarray, np.ndarray]) -> bool:
        return all(same(a, b) for a, b in zip(result, pair, strict=True))

    def updated(velocity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return W - eta * velocity, velocity

    slips = {
        "the order: first the weights, then the velocity.": (right[1], right[0]),
        "the weights took the old velocity; first renew v, then use it.": (W - eta * v, new_v),
        "the sign: W ← W − η v goes down the slope.": (W + eta * new_v, new_v),
        "the learning rate is missing.": (W - new_v, new_v),
        "μ is missing: v ← μ v + gradient.": updated(v + g),
        "μ belongs to the old velocity, not to the gradient.": updated(v + mu * g),
        "the gradient was multiplied by 1 − μ; that is an average, and here v is a sum.": updated(
            mu * v + (1 - mu) * g
        ),
        "the velocity holds the learning rate and the sign, as in Keras; here v ← μ v + gradient "
        "and W ← W − η v.": (W + mu * v - eta * g, mu * v - eta * g),
        "the velocity holds the learning rate; here v ← μ v + gradient and W ← W − η v.": (
            W - mu * v - eta * g,
            mu * v + eta * g,
        ),
        "the learning rate was applied twice.": (
            W - eta * (mu * v + eta * g),
            mu * v + eta * g,
        ),
        "that is SGD without momentum: the old velocity was not used.": updated(g),
        "the old velocity was returned, not the new one.": (right[0], v),
        "the gradient was not added to the velocity.": updated(mu * v),
        "the weights moved along the gradient alone, not along the velocity.": (
            W - eta * g,
            new_v,
        ),
    }
    if not alike(right):
        named = [text for text, pair in slips.items() if alike(pair)]
        if named:
            raise Wrong(" Or: ".join(named))
        for what, got, wanted in zip(("weights", "velocity"), result, right, strict=True):
            if np.shape(got) != wanted.shape:
                raise Wrong(f"the new {what} should have the shape {wanted.shape}, as before.")
        what = "weights" if same(result[1], new_v) else "velocity"
        raise Wrong(f"new {what}: the shape is right, the numbers are not.")
    return "First the velocity is renewed, then the weights move along it."


q3 = Question(
    "Exercise 11.3",
    "momentum_update",
    _momentum,
    hints=[
        "Equation (11.7), two lines and a return.",
        "First v = momentum * v + gradient. Then the new weights, from the new v.",
    ],
    solution="""
def momentum_update(W, v, gradient, learning_rate, momentum):
    v = momentum * v + gradient
    W = W - learning_rate * v
    return W, v
""",
)


def _decay(answer: float) -> str:
    w, g, eta, lam = 3.0, 0.5, 0.2, 0.1
    slips = {
        "the weight decay is missing.": w - eta * g,
        "the decay is multiplied by η too: W − η (gradient + λ W).": w - eta * g - lam * w,
        "the sign of the decay: λ W is added to the gradient.": w - eta * (g - lam * w),
        "the sign of the step: W minus η times both.": w + eta * (g + lam * w),
        "the gradient is missing; that is the decay alone.": w - eta * lam * w,
        "λ alone was added to the gradient; the decay is λ times the weight.": w - eta * (g + lam),
        "the derivative of ½ λ w² is λ w, not λ w².": w - eta * (g + lam * w**2),
        "½ λ w² is the penalty in the loss; the step uses its derivative, λ w.": (
            w - eta * (g + lam * w**2 / 2)
        ),
        "the derivative of ½ λ w² is λ w: the half goes away.": w - eta * (g + lam * w / 2),
        "the derivative of ½ λ w² is λ w, not 2 λ w.": w - eta * (g + 2 * lam * w),
        "the decay was taken of the weight after the step; both are taken of the old weight.": (
            (1 - eta * lam) * (w - eta * g)
        ),
        "η is missing.": w - (g + lam * w),
        "that is the step; subtract it from the weight.": eta * (g + lam * w),
    }
    name_slip(answer, w - eta * (g + lam * w), slips)
    return "3 − 0.2 · (0.5 + 0.1 · 3) = 2.84."


q4 = Question(
    "Exercise 11.4",
    "weight_after",
    _decay,
    hints=[
        "Equation (11.10) with μ = 0: v = gradient + λ W, and then W − η v.",
        "v = 0.5 + 0.1 · 3 = 0.8.",
    ],
    solution="weight_after = 3 - 0.2 * (0.5 + 0.1 * 3)",
)


def _he(answer: float) -> str:
    slips = {
        "that is the variance; the standard deviation is its root.": 2 / 50,
        "20 is the number of columns; the rule has the rows, what comes in to each unit.": np.sqrt(
            2 / 20
        ),
        "the 2 is missing: ReLU throws half away.": np.sqrt(1 / 50),
        "that is Glorot's standard deviation.": np.sqrt(2 / 70),
        "that is the limit of Glorot's uniform weights.": np.sqrt(6 / 70),
        "2 / √50: the 2 stands under the root too.": 2 / np.sqrt(50),
        "√2 / 50: the 50 stands under the root too.": np.sqrt(2) / 50,
        "upside down: 2 / rows under the root.": np.sqrt(50 / 2),
        "the rule has the rows alone, not rows times columns.": np.sqrt(2 / 1000),
    }
    name_slip(answer, np.sqrt(2 / 50), slips)
    return "√(2 / 50) = 0.2."


q5 = Question(
    "Exercise 11.5",
    "standard_deviation",
    _he,
    hints=["Equation (11.17). How many numbers come in to each unit?", "50 rows: √(2 / 50)."],
    solution="standard_deviation = np.sqrt(2 / 50)",
)

q6 = Question(
    "Exercise 11.6",
    "third_update_uses",
    choice(
        "b",
        "Like momentum with μ = 1: nothing is ever forgotten.",
        {
            "a": "backward adds to what is there, and nothing has taken the first two away.",
            "c": "nothing divides by 3: the mean is taken over the examples of a batch, not over "
            "the batches.",
            "d": "there is no error message. That is what makes it a trap.",
        },
    ),
    hints=[
        "What does loss.backward() do with a gradient that is already there?",
        "Section 6: what is the gradient in update t, if nothing is ever reset?",
    ],
    solution='third_update_uses = "b"',
)

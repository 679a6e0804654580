"""The questions of the further lesson on momentum and schedules.

An update with momentum, and one with weight decay.
"""

from collections.abc import Callable

import numpy as np

from course_exercises.question import Question, Wrong, call, name_slip, same


def _momentum(answer: Callable[..., object]) -> str:
    rng = np.random.default_rng(11)
    for eta, mu, shape in ((0.2, 0.7, (2, 3)), (0.37, 0.45, (4, 1))):
        _judge_update(answer, *rng.normal(size=(3, *shape)), eta=eta, mu=mu)
    return "First the velocity is renewed, then the weights move along it."


def _judge_update(
    answer: Callable[..., object],
    W: np.ndarray,
    v: np.ndarray,
    g: np.ndarray,
    *,
    eta: float,
    mu: float,
) -> None:
    """Raise `Wrong` unless one update with momentum comes out."""
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
        "the velocity holds the sign; here v ← μ v + gradient and W ← W − η v.": (
            W + eta * (mu * v - g),
            mu * v - g,
        ),
        "the sign of the gradient: v ← μ v + gradient.": updated(mu * v - g),
        "η and μ were exchanged: v ← μ v + gradient and W ← W − η v.": (
            W - mu * (eta * v + g),
            eta * v + g,
        ),
        "the gradient is not multiplied by μ: v ← μ v + gradient, without a bracket.": updated(
            mu * (v + g)
        ),
        "that is Nesterov's momentum, which looks one step ahead; here W ← W − η v.": (
            W - eta * (g + mu * new_v),
            new_v,
        ),
        "the gradient is in the velocity already; it was used twice.": (
            W - eta * (new_v + g),
            new_v,
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


q1 = Question(
    "Exercise M.1",
    "momentum_update",
    _momentum,
    hints=[
        "Two lines and a return.",
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


q2 = Question(
    "Exercise M.2",
    "weight_after",
    _decay,
    hints=[
        "The update with μ = 0: v = gradient + λ W, and then W − η v.",
        "v = 0.5 + 0.1 · 3 = 0.8.",
    ],
    solution="weight_after = 3 - 0.2 * (0.5 + 0.1 * 3)",
)

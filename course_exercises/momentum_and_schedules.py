"""The questions of the further lesson on momentum and schedules.

An update with momentum, one with weight decay, a schedule, and early stopping.
"""

from collections.abc import Callable

import numpy as np

from course_exercises.cases import Results, uses_each_argument
from course_exercises.question import (
    Kind,
    Question,
    Slip,
    Wrong,
    call,
    find_slip,
    name_slip,
    same,
)


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
        "a bracket is missing: η multiplies the gradient and the decay: W − η (gradient + λ W).": (
            w - eta * g + lam * w
        ),
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


Schedule = Callable[[int, float, int], float]  # of the epoch, the first η, and `every`

# What a usual slip makes of the schedule, and what to say about it.
SCHEDULE_SLIPS: dict[str, Schedule] = {
    "epochs are counted from 1, so the first change comes after epoch `every`, not in it: use "
    "(epoch - 1) // every.": lambda epoch, first, every: first / 2 ** (epoch // every),
    "it is halved one epoch too late: epoch - 1 epochs are over when epoch begins.": (
        lambda epoch, first, every: first / 2 ** (max(epoch - 2, 0) // every)
    ),
    "it is halved after each epoch; `every` epochs have the same η.": (
        lambda epoch, first, every: first / 2 ** (epoch - 1)
    ),
    "it falls a little in every epoch: take the whole number of halvings, with //.": (
        lambda epoch, first, every: first / 2 ** ((epoch - 1) / every)
    ),
    "that is halved only once; after 2 · every epochs it is a quarter, and so on.": (
        lambda epoch, first, every: first if epoch <= every else first / 2
    ),
    "it begins with half of `first`; the epochs 1 to `every` have `first` itself.": (
        lambda epoch, first, every: first / 2 ** ((epoch - 1) // every + 1)
    ),
    "it grows: halving is dividing by 2, or multiplying by 0.5.": (
        lambda epoch, first, every: first * 2 ** ((epoch - 1) // every)
    ),
    "that is a tenth each time; halve it.": (
        lambda epoch, first, every: first * 0.1 ** ((epoch - 1) // every)
    ),
    "that is first divided by 2, 4, 6, …; each halving takes half of what there is: 2, 4, 8, …": (
        lambda epoch, first, every: first / max(2 * ((epoch - 1) // every), 1)
    ),
    "that is first divided by 1, 2, 3, …; each halving takes half of what there is: 1, 2, 4, …": (
        lambda epoch, first, every: first / ((epoch - 1) // every + 1)
    ),
    "half of `first` is subtracted each time; halving takes half of what there is.": (
        lambda epoch, first, every: first - (epoch - 1) // every * first / 2
    ),
    "it is halved only in the epochs 4, 8, …, and is `first` again after them.": (
        lambda epoch, first, every: first / 2 if epoch % every == 0 else first
    ),
    "% gives what is left over; the whole number of halvings is given by //.": (
        lambda epoch, first, every: first / 2 ** (epoch % every)
    ),
    "% gives what is left over; the whole number of halvings is (epoch - 1) // every.": (
        lambda epoch, first, every: first / 2 ** ((epoch - 1) % every)
    ),
    "round halves too early; the whole number of halvings is given by //.": (
        lambda epoch, first, every: first / 2 ** round((epoch - 1) / every)
    ),
    "the power belongs to the 2 alone: first / 2**n, without a bracket around first / 2.": (
        lambda epoch, first, every: (first / 2) ** ((epoch - 1) // every)
    ),
    "it is divided by the number of the epoch.": lambda epoch, first, every: first / epoch,
    "that is half of `first` in every epoch.": lambda epoch, first, every: first / 2,
    "that is `first` in every epoch.": lambda epoch, first, every: first,
    "that is the number of halvings; it is the η of the epoch that is wanted.": (
        lambda epoch, first, every: (epoch - 1) // every
    ),
    "that is the share that is left; multiply it by `first`.": (
        lambda epoch, first, every: 0.5 ** ((epoch - 1) // every)
    ),
}


def _halved(epoch: int, first: float, every: int) -> float:
    return float(first / 2 ** ((epoch - 1) // every))


def _learning_rates(schedule: Schedule, first: float, every: int) -> list[float]:
    """The η of the first epochs: at least of four that differ."""
    return [
        call(schedule, epoch=epoch, first=first, every=every) for epoch in range(1, 4 * every + 1)
    ]


def _schedule(answer: Schedule) -> str:
    (first, every), *others = (0.4, 4), (0.7, 5), (0.3, 1)
    came = _learning_rates(answer, first, every)
    right = _learning_rates(_halved, first, every)
    slips = {
        Slip(text): _learning_rates(slip, first, every)
        for text, slip in SCHEDULE_SLIPS.items()
        if same(_learning_rates(answer, *others[0]), _learning_rates(slip, *others[0]))
    }
    if difference := find_slip(came, right, slips):
        if difference.kind is not Kind.WRONG:
            raise Wrong(difference.words)
        uses_each_argument(  # none of the slips
            Results(answer),
            {"epoch": 9, "first": 0.4, "every": 4},
            [{"epoch": 13, "first": 0.7, "every": 2}, {"epoch": 2, "first": 0.1, "every": 7}],
        )
        epoch = [same(a, b) for a, b in zip(came, right, strict=True)].index(False) + 1
        raise Wrong(
            f"that is not it. With first = 0.4 and every = 4 epoch {epoch} gets "
            f"{came[epoch - 1]:.4g}; it should have {right[epoch - 1]:.4g}."
        )
    for first, every in others:
        came = _learning_rates(answer, first, every)
        if not same(came, _learning_rates(_halved, first, every)):
            raise Wrong(
                f"it is right for first = 0.4 and every = 4, but not for first = {first} and every "
                f"= {every}. Use the arguments, and no numbers of your own."
            )
    return "A trainer takes it as learning_rate=lambda epoch: halving(epoch, 0.4, 4)."


q3 = Question(
    "Exercise M.3",
    "halving",
    _schedule,
    hints=[
        "How many halvings are over when the epochs 1, 4, 5, 8 and 9 begin, with every = 4? 0, 0, "
        "1, 1 and 2.",
        "Before epoch begins, epoch - 1 epochs are over. a // b is the whole number of times that "
        "b goes into a.",
        "After n halvings there is first / 2**n.",
    ],
    solution="""
def halving(epoch, first, every):
    return first / 2 ** ((epoch - 1) // every)
""",
)


def _early_stopping(answer: tuple[int, int]) -> str:
    last, best = 9, 5
    slips = {
        "the first rise does not end the run: after epoch 3 it has waited 1 epoch of 4.": (3, 2),
        "one rise does not end the run, and the weights put back are those of the lowest loss.": (
            3,
            3,
        ),
        "each new lowest value begins the count anew: after epoch 5 it waits 4 epochs more.": (
            7,
            5,
        ),
        "each new lowest value begins the count anew, and the lowest so far is that of epoch 5.": (
            7,
            7,
        ),
        "that is a patience of 3: the epochs 6, 7, 8 and 9 are the four without a new lowest "
        "value.": (8, 5),
        "that is a patience of 5: after epoch 9 there are four without a new lowest value.": (
            10,
            5,
        ),
        "epochs are counted from 1: the first loss is that of epoch 1.": (8, 4),
        "the run ends before epoch 11. Not only rises count: 0.52, 0.51 and 0.505 are no new "
        "lowest values either, as 0.50 has been there.": (11, 11),
        "the first is right. Epoch 11 would have the lowest loss, but the run never comes there.": (
            9,
            11,
        ),
        "the first is right. Those are the last weights; put back are those of the lowest loss.": (
            9,
            9,
        ),
        "the first is right. The second is epoch 5, as epochs are counted from 1.": (9, 4),
        "the first is right. Epoch 2 was the lowest only until epoch 5.": (9, 2),
        "the run goes on 4 epochs after the best one, to see whether it is the best.": (5, 5),
        "the two numbers are exchanged.": (best, last),
        "the best epoch is right, but the run does not go on to the end: four epochs without a new "
        "lowest value end it.": (11, 5),
        "4 epochs after epoch 2 is right for the first lowest value, but epoch 5 has a new one and "
        "begins the count anew.": (6, 2),
        "the second is the epoch, not its loss.": (9, 0.5),
        "those are the losses; the epochs are wanted.": (0.51, 0.5),
        "the first is how many epochs it waits; the run ends at epoch 5 + 4.": (4, 5),
    }
    name_slip(answer, (last, best), slips)
    return (
        "It never sees the 0.40 of epoch 11: patience saves time, and sometimes misses something."
    )


q4 = Question(
    "Exercise M.4",
    "last_and_best_epoch",
    _early_stopping,
    hints=[
        "Go from epoch to epoch, and note the lowest loss so far. When is there a new lowest one?",
        "New lowest values come in the epochs 1, 2 and 5. Each begins the count of 4 anew.",
        "After epoch 5 the epochs 6, 7, 8, … bring no new lowest value. Which is the fourth?",
    ],
    solution="last_and_best_epoch = (9, 5)",
)

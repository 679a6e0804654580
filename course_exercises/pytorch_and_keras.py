"""The question of the further lesson on PyTorch and Keras: what no reset does."""

from course_exercises.question import Question, choice

q1 = Question(
    "Exercise P.1",
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
        "What is the gradient in update t, if nothing is ever reset?",
    ],
    solution='third_update_uses = "b"',
)

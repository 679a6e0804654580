"""Wrong answers to the questions on PyTorch and Keras, and how each slip is named."""

from course_exercises import pytorch_and_keras

WRONG = [
    (pytorch_and_keras.q1, "third_update_uses = 'a'", "adds to what is there"),
    (pytorch_and_keras.q1, "third_update_uses = 'c'", "divides by 3"),
    (pytorch_and_keras.q1, "third_update_uses = 'd'", "no error message"),
    (pytorch_and_keras.q1, "third_update_uses = 'e'", "is wanted"),
    (pytorch_and_keras.q1, "third_update_uses = 2", "is wanted"),
    (pytorch_and_keras.q1, "third_update_uses = ['b']", "is wanted"),
    (pytorch_and_keras.q1, "third_update_uses = 'bb'", "is wanted"),
    (pytorch_and_keras.q1, "third_update_uses = ''", "is wanted"),
]

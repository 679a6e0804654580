"""Wrong answers to the questions on PyTorch and Keras, and how each slip is named."""

from course_exercises import pytorch_and_keras

LINEAR = """
def linear(x, weight, bias):
    return {}
"""
ROW_BY_ROW = """
def linear(x, weight, bias):
    z = np.zeros((len(x), len(bias)))
    for b in range(len(x)):
        for i in range(len(bias)):
            z[b, i] = (x[b] * weight[i]).sum() + bias[i]
    return z
"""
IN_PLACE = """
def linear(x, weight, bias):
    bias += 1
    return x @ weight.T + bias - 1
"""

WRONG = [
    (pytorch_and_keras.q1, "third_update_uses = 'a'", "must have taken the first two away"),
    (pytorch_and_keras.q1, "third_update_uses = 'c'", "divides by 3"),
    (pytorch_and_keras.q1, "third_update_uses = 'd'", "no error message"),
    (pytorch_and_keras.q1, "third_update_uses = 'e'", "is wanted"),
    (pytorch_and_keras.q1, "third_update_uses = 2", "is wanted"),
    (pytorch_and_keras.q1, "third_update_uses = ['b']", "is wanted"),
    (pytorch_and_keras.q1, "third_update_uses = 'bb'", "is wanted"),
    (pytorch_and_keras.q1, "third_update_uses = ''", "is wanted"),
    (pytorch_and_keras.q2, "mse_loss = 3.6", "that is J itself"),
    (pytorch_and_keras.q2, "mse_loss = 3.6 * 3 / 2", "wrong way round"),
    (pytorch_and_keras.q2, "mse_loss = 7.2", "the sum over the outputs"),
    (pytorch_and_keras.q2, "mse_loss = 1.2", "still in it"),
    (pytorch_and_keras.q2, "mse_loss = 1.8", "And divide by K"),
    (pytorch_and_keras.q2, "mse_loss = 0.6", "so it goes away."),
    (pytorch_and_keras.q2, "mse_loss = 1.44", "not by B"),
    (pytorch_and_keras.q2, "mse_loss = 0.72", "divide by K"),
    (pytorch_and_keras.q2, "mse_loss = 0.48", "divided by twice"),
    (pytorch_and_keras.q2, "mse_loss = 0.24", "the half has to go."),
    (pytorch_and_keras.q2, "mse_loss = 36", "sum over the examples"),
    (pytorch_and_keras.q2, "mse_loss = 18", "the five losses"),
    (pytorch_and_keras.q2, "mse_loss = 21.6", "smaller than the sum"),
    (pytorch_and_keras.q2, "mse_loss = 10.8", "has no half"),
    (pytorch_and_keras.q2, "mse_loss = 2.4 ** 0.5", "that is the root"),
    (pytorch_and_keras.q2, "mse_loss = -2.4", "that is not it"),
    (pytorch_and_keras.q2, "mse_loss = '2.4'", "not a str"),
    (pytorch_and_keras.q2, "mse_loss = (2.4,)", "one number is wanted"),
    (pytorch_and_keras.q3, LINEAR.format("x @ weight + bias"), "Where D = H1"),
    (pytorch_and_keras.q3, LINEAR.format("x @ weight"), "and PyTorch keeps"),
    (pytorch_and_keras.q3, LINEAR.format("x @ weight.T"), "bias is missing."),
    (pytorch_and_keras.q3, LINEAR.format("weight @ x.T + bias[:, None]"), "output is transposed"),
    (pytorch_and_keras.q3, LINEAR.format("weight @ x.T + bias"), "wrong axis"),
    (pytorch_and_keras.q3, LINEAR.format("weight @ x + bias"), "x comes first, and weight"),
    (pytorch_and_keras.q3, LINEAR.format("x.T @ weight + bias"), "x is not transposed, weight is"),
    (
        pytorch_and_keras.q3,
        LINEAR.format("x.T @ weight.T + bias"),
        "weight is transposed, x is not",
    ),
    (pytorch_and_keras.q3, LINEAR.format("weight.T @ x.T + bias"), "not transposed: x"),
    (pytorch_and_keras.q3, LINEAR.format("x * weight + bias"), "a matrix product is @."),
    (pytorch_and_keras.q3, LINEAR.format("x * weight.T + bias"), "@: x @"),
    (pytorch_and_keras.q3, LINEAR.format("x @ weight.T + bias[:, None]"), "plain + bias"),
    (pytorch_and_keras.q3, LINEAR.format("(x + bias) @ weight.T"), "not before it"),
    (pytorch_and_keras.q3, LINEAR.format("x @ weight.T - bias"), "not subtracted"),
    (pytorch_and_keras.q3, LINEAR.format("x @ weight.T + 2 * bias"), "added twice"),
    (pytorch_and_keras.q3, LINEAR.format("x @ weight.T * bias"), "not multiplied"),
    (pytorch_and_keras.q3, LINEAR.format("x @ weight.T + bias.sum()"), "their sum"),
    (pytorch_and_keras.q3, LINEAR.format("x @ weight.T + bias.mean()"), "their mean"),
    (pytorch_and_keras.q3, LINEAR.format("x @ weight.T + bias[0]"), "first for all"),
    (pytorch_and_keras.q3, LINEAR.format("np.tanh(x @ weight.T + bias)"), "tanh is a layer"),
    (pytorch_and_keras.q3, LINEAR.format("np.maximum(x @ weight.T + bias, 0)"), "ReLU is a layer"),
    (
        pytorch_and_keras.q3,
        LINEAR.format("(x @ weight.T + bias).mean(axis=0)"),
        "mean over the examples",
    ),
    (pytorch_and_keras.q3, LINEAR.format("(x @ weight.T + bias)[0]"), "first example alone"),
    (pytorch_and_keras.q3, LINEAR.format("x @ weight.T @ bias"), "it should be (3, 3)"),
    (pytorch_and_keras.q3, LINEAR.format("x[:3] @ weight.T + bias"), "not for B = 5"),
    (pytorch_and_keras.q3, LINEAR.format("x[:, :3] @ weight[:, :3].T + bias"), "not for B = 5"),
    (pytorch_and_keras.q3, LINEAR.format("np.ones((3, 3))"), "the same for other arguments"),
    (pytorch_and_keras.q3, IN_PLACE, "in place"),
    (pytorch_and_keras.q3, "linear = 1.0", "a function is needed"),
]

OTHER_STYLES = [
    (pytorch_and_keras.q2, "mse_loss = 7.2 / 3"),
    (pytorch_and_keras.q3, ROW_BY_ROW),
    (pytorch_and_keras.q3, LINEAR.format("(weight @ x.T).T + bias.reshape(1, -1)")),
    (pytorch_and_keras.q3, LINEAR.format("np.dot(x, weight.transpose()) + bias[None, :]")),
]

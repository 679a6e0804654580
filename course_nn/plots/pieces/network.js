// The network of the course on arrays of rows: forward, loss and gradient, as course_nn has them.
// A layer is {W, b, f}: z = a W + b, then f. Rows are examples; nothing is changed in place.

const activations = {
  identity: { f: (z) => z, slope: () => 1 },
  relu: { f: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0) },
  sigmoid: {
    f: (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z))),
    slope: (z, h) => h * (1 - h),
  },
  tanh: { f: Math.tanh, slope: (z, h) => 1 - h * h },
};

const product = (A, B) =>
  A.map((row) => B[0].map((_, j) => row.reduce((sum, a, i) => sum + a * B[i][j], 0)));
const transposed = (A) => A[0].map((_, j) => A.map((row) => row[j]));

// One loss for each row, and δ of the output: ∂L_b/∂z, row b for example b.
const lossFunctions = {
  squared_error: (output, y) => {
    const delta = output.map((row, b) => row.map((value, k) => value - y[b][k]));
    const losses = delta.map((row) => 0.5 * row.reduce((sum, d) => sum + d * d, 0));
    return { losses, delta };
  },
  cross_entropy: (output, y) => {
    const losses = [];
    const delta = output.map((row, b) => {
      const largest = Math.max(...row);
      const powers = row.map((z) => Math.exp(z - largest));
      const total = powers.reduce((sum, power) => sum + power, 0);
      losses.push(Math.log(total) - (row[y[b]] - largest));
      return powers.map((power, k) => power / total - (k === y[b] ? 1 : 0));
    });
    return { losses, delta };
  },
};

// a: x and the result of each layer; z: before the activation; J: the mean of the losses.
function forward(layers, loss, x, y) {
  const a = [x], z = [];
  for (const layer of layers) {
    const sums = product(a[a.length - 1], layer.W);
    z.push(layer.b ? sums.map((row) => row.map((value, j) => value + layer.b[0][j])) : sums);
    a.push(z[z.length - 1].map((row) => row.map(activations[layer.f].f)));
  }
  const found = lossFunctions[loss](a[a.length - 1], y);
  const J = found.losses.reduce((sum, one) => sum + one, 0) / x.length;
  return { a, z, losses: found.losses, J, deltaOfOutput: found.delta };
}

// Besides, delta: ∂L_b/∂z of each layer; W and b: the gradients, averaged over the rows.
function gradients(layers, loss, x, y) {
  const passed = forward(layers, loss, x, y), B = x.length;
  const delta = [], W = [], b = [];
  let arrived = passed.deltaOfOutput;
  for (let l = layers.length - 1; l >= 0; l--) {
    const { slope } = activations[layers[l].f];
    delta[l] = arrived.map((row, i) =>
      row.map((g, j) => g * slope(passed.z[l][i][j], passed.a[l + 1][i][j])));
    W[l] = product(transposed(passed.a[l]), delta[l]).map((row) => row.map((sum) => sum / B));
    b[l] = layers[l].b && [transposed(delta[l]).map((c) => c.reduce((sum, d) => sum + d, 0) / B)];
    arrived = product(delta[l], transposed(layers[l].W));
  }
  return Object.assign(passed, { delta, W, b });
}

// Two runs on the same examples, in the given order. What both have seen is the clock: the first
// run makes an update after B examples, batch learning after all of them.

const { layers: atStart, loss, x, y: right } = data.network;
const N = x.length, MOST_EPOCHS = 500, AT_REST = 0.00005; // shown as 0.0000
let labels, lowest, clock, sgd, batch, timer = null;

// --- the two runs ---------------------------------------------------------------------------------

const weightsOf = (layers) => layers[0].W.map((row) => row[0]);
const lossAt = (layers) => forward(layers, loss, x, labels).J;
const areFinite = (rows) => rows.flat().every(Number.isFinite);

const newRun = (B) => ({
  B, layers: atStart, seen: [0], weights: [weightsOf(atStart)], losses: [lossAt(atStart)],
  batchLosses: [], gradients: [], hasStopped: false,
});

// One update from examples `from` to before `to`; none if its numbers are no longer finite.
function update(run, from, to, eta) {
  const found = gradients(run.layers, loss, x.slice(from, to), labels.slice(from, to));
  const layers = run.layers.map((layer, l) => Object.assign({}, layer, {
    W: layer.W.map((row, i) => row.map((w, j) => w - eta * found.W[l][i][j])),
  }));
  run.hasStopped = !(Number.isFinite(found.J) && layers.every(({ W }) => areFinite(W)));
  if (run.hasStopped) return;
  run.layers = layers;
  run.seen.push(clock);
  run.weights.push(weightsOf(layers));
  run.losses.push(lossAt(layers));
  run.batchLosses.push(found.J);
  run.gradients.push(weightsOf([{ W: found.W[0] }]));
}

// On to the end of the first run's next batch; the last one of an epoch may be smaller.
function advance() {
  if (isAtTheEnd()) return;
  const from = clock % N, to = Math.min(from + sgd.B, N);
  clock += to - from;
  if (!sgd.hasStopped) update(sgd, from, to, etas.sgd);
  if (to === N && !batch.hasStopped) update(batch, 0, N, etas.batch);
}

// The largest distance between two places of a run in the last whole epoch, its start included.
function apart(run) {
  const end = clock - (clock % N);
  const places = run.weights.filter((_, i) => run.seen[i] >= end - N && run.seen[i] <= end);
  let most = 0;
  for (const [a, b] of places) {
    for (const [c, d] of places) most = Math.max(most, Math.hypot(a - c, b - d));
  }
  return most;
}

function startAgain() {
  labels = right.map(([y], i) => [y + noise.value * data.noise[i][0]]);
  clock = 0;
  sgd = newRun(Number(sizeOfBatch.value));
  batch = newRun(N);
  lowest = lowestPoint();
}

// --- the map --------------------------------------------------------------------------------------

// J = J_lowest + ½ dᵀ A d with A = xᵀ x / N, where d is the way from the lowest point.
function lowestPoint() {
  const sum = (each) => x.reduce((total, row, i) => total + each(row, labels[i][0]), 0) / N;
  const a = sum(([u]) => u * u), b = sum(([u, v]) => u * v), c = sum(([, v]) => v * v);
  const p = sum(([u], y) => u * y), q = sum(([, v], y) => v * y), det = a * c - b * b;
  const W = [(c * p - b * q) / det, (a * q - b * p) / det];
  const layers = [Object.assign({}, atStart[0], { W: W.map((w) => [w]) })];
  return { W, J: lossAt(layers), A: [a, b, c] };
}

// Ellipses on which the mean loss is the same; that of 1 goes through the start.
function linesOfTheMap() {
  const { W, A: [a, b, c] } = lowest, [u, v] = weightsOf(atStart).map((w, i) => w - W[i]);
  const reach = Math.sqrt(a * u * u + 2 * b * u * v + c * v * v);
  const middle = (a + c) / 2, half = Math.hypot((a - c) / 2, b), turn = Math.atan2(2 * b, a - c) / 2;
  const lines = [];
  for (const k of data.lines) {
    const [long, wide] = [middle + half, middle - half].map((one) => (k * reach) / Math.sqrt(one));
    lines.push(Array.from({ length: 91 }, (_, i) => {
      const angle = (2 * Math.PI * i) / 90, s = long * Math.cos(angle), t = wide * Math.sin(angle);
      return [W[0] + s * Math.cos(turn) - t * Math.sin(turn),
        W[1] + s * Math.sin(turn) + t * Math.cos(turn)];
    }));
  }
  return lines;
}

const column = (rows, i) => rows.map((row) => row[i]);

// Near the lowest point only the last whole epoch, and what came after it: its places would cover
// each other.
function drawMap() {
  const isWhole = part.value === "all", since = clock - (clock % N) - N;
  const [x, y] = isWhole ? [data.across, data.up]
    : lowest.W.map((w) => [w - data.near, w + data.near]);
  map.draw({ x, y, xlabel: "W[0, 0]", ylabel: "W[1, 0]" }, (plot) => {
    for (const line of linesOfTheMap()) plot.curve(column(line, 0), column(line, 1), "contour");
    plot.text(...lowest.W, "+", "middle");
    for (const [run, kind] of [[sgd, "gradient"], [batch, "value dashed"]]) {
      const places = run.weights.filter((_, i) => isWhole || run.seen[i] >= since);
      plot.curve(column(places, 0), column(places, 1), kind);
    }
    plot.point(...weightsOf(atStart), "plain");
    plot.text(weightsOf(atStart)[0] - 0.1, weightsOf(atStart)[1] + 0.12, "start", "end");
    plot.point(...sgd.weights.at(-1), "gradient");
    plot.point(...batch.weights.at(-1), "value");
  });
}

// --- the losses -----------------------------------------------------------------------------------

// The mean loss stays as it is until the next update: a staircase of powers of ten.
function stairs(run) {
  const xs = [], ys = [];
  run.seen.forEach((seen, i) => {
    xs.push(seen, run.seen[i + 1] ?? Math.max(seen, run.hasStopped ? seen : clock));
    ys.push(power(run.losses[i]), power(run.losses[i]));
  });
  return [xs, ys];
}
const power = (J) => Math.log10(Math.max(J, 1e-12));

function drawLosses() {
  const start = power(sgd.losses[0]), end = Math.max(5 * N, clock);
  const below = [lowest.J, ...sgd.losses, ...batch.losses].map(power);
  const above = [...sgd.losses, ...batch.losses].map(power).filter(Number.isFinite);
  const y = [Math.floor(Math.max(-8, Math.min(start - 2, ...below))),
    Math.min(start + 3, Math.max(...above)) + 0.3];
  const words = { xlabel: "examples seen", ylabel: "mean loss J" };
  losses.draw(Object.assign({ x: [0, end], y, powers: true }, words), (plot) => {
    plot.curve([0, end], [power(lowest.J), power(lowest.J)], "faint");
    plot.curve(...stairs(sgd), "gradient");
    plot.curve(...stairs(batch), "value dashed");
  });
}

// --- in words -------------------------------------------------------------------------------------

function nameOf(run) {
  if (run === batch) return "Batch learning";
  return run.B === 1 ? "SGD" : `B = ${run.B}`;
}

function wordsFor(run) {
  const name = nameOf(run);
  const J = run.losses.at(-1), made = run.seen.length - 1;
  const updates = `${made} update${made === 1 ? "" : "s"}`;
  if (run.hasStopped) {
    return `${name}: after ${updates} the numbers are no longer finite; the trainer stops here ` +
      "(TrainingDiverged). Choose a smaller η and start again.";
  }
  if (clock >= N && J > run.losses[0]) {
    return `${name}: ${updates}, and the mean loss has risen from ${short(run.losses[0])} to ` +
      `${short(J)}. Its η was too large.`;
  }
  let words = `${name}: ${updates}, mean loss ${short(J)}.`;
  if (clock >= N) {
    const width = apart(run), epoch = Math.floor(clock / N);
    words += width < AT_REST ? ` It is at rest: in epoch ${epoch} it moved by less than 0.0001.`
      : ` In epoch ${epoch} its places were up to ${short(width)} apart.`;
  }
  return words;
}

// What stands in a field for η that cannot be used: the runs keep the last one that could.
function wordsForUnusable() {
  return [[etaOfSGD, "sgd", "η with this B"], [etaOfBatch, "batch", "η of batch learning"]]
    .filter(([field]) => !field.isUsable)
    .map(([, name, label]) => ` “${label}” must be a number from 0 to 10; ${etas[name]} is used.`)
    .join("");
}

function tell() {
  if (clock === 0) {
    say(`Both stand at the start, mean loss ${short(sgd.losses[0])}. The lowest mean loss of all ` +
      `is ${short(lowest.J)}. ${nameOf(sgd)} makes an update after ${sgd.B === 1 ? "each example"
        : `${sgd.B} examples`}, batch learning after all ${N}.${wordsForUnusable()}`);
    return;
  }
  const inEpoch = clock % N;
  const waiting = inEpoch && !batch.hasStopped
    ? ` It has collected the gradients of ${inEpoch} of ${N} examples and waits.` : "";
  const end = isAtTheEnd() ? " This is the end: start again." : "";
  say(`${clock} examples seen, ${short(clock / N, inEpoch ? 1 : 0)} epoch${clock === N ? "" : "s"}. ` +
    `${wordsFor(sgd)} ${wordsFor(batch)}` +
    `${waiting} The lowest mean loss of all is ${short(lowest.J)}.${end}${wordsForUnusable()}`);
}

function fillTable() {
  const cells = (run) => [
    run.seen.length - 1,
    run.weights.at(-1).map((w) => short(w)).join(", "),
    short(run.losses.at(-1)),
    run.hasStopped ? "stopped" : clock < N ? "no whole epoch yet" : short(apart(run)),
  ];
  const names = ["updates made", "W[0, 0], W[1, 0]", "mean loss J", "width of its last whole epoch"];
  const [first, second] = [cells(sgd), cells(batch)];
  const head = element("tr", {}, element("td"),
    element("th", { scope: "col" }, `${sgd.B === 1 ? "SGD, " : ""}B = ${sgd.B} (solid)`),
    element("th", { scope: "col" }, `batch, B = ${N} (dashed)`));
  table.replaceChildren(head, ...names.map((name, i) => element("tr", {},
    element("th", { scope: "row" }, name),
    element("td", {}, String(first[i])), element("td", {}, String(second[i])))));
}

// --- the controls ---------------------------------------------------------------------------------

function draw() {
  drawMap();
  drawLosses();
  fillTable();
}

function move(done) {
  stop();
  done();
  draw();
  tell();
}

const isAtTheEnd = () => clock >= MOST_EPOCHS * N || (sgd.hasStopped && batch.hasStopped);

function epochs(count) {
  const end = clock - (clock % N) + count * N;
  while (clock < end && !isAtTheEnd()) advance();
}

const restart = () => move(startAgain);
const etas = { sgd: data.first.sgd, batch: data.first.batch }; // the last ones that can be used
const etaField = (label, name) => numberField(label,
  { value: etas[name], step: 0.1, min: 0, max: 10 }, (eta) => { etas[name] = eta; });
const etaOfSGD = etaField("η with this B", "sgd"), etaOfBatch = etaField("η of batch learning", "batch");
const sizeOfBatch = choice("B", ["1", "2", "4", String(N)], "1", restart);
const shownNoise = element("span", {}, String(data.first.noise));
const noise = slider("label noise",
  { min: 0, max: 1, step: 0.1, value: data.first.noise, style: "width: 180px" },
  (value) => {
    shownNoise.textContent = value;
    restart();
  });
const part = choice("map", ["all", "last epoch, enlarged"], "all", drawMap);

// With less motion asked for, a whole epoch every half second.
const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const runButton = button("run", () => (timer === null ? start() : move(stop)));
function start() {
  timer = setInterval(() => {
    if (!root.isConnected || isAtTheEnd()) { move(stop); return; }
    if (isCalm) epochs(1); else advance();
    draw();
  }, isCalm ? 500 : 60);
  runButton.textContent = "stop";
  say("Both run. Press stop to read where they are.");
}
function stop() {
  if (timer === null) return;
  clearInterval(timer);
  timer = null;
  runButton.textContent = "run";
}

const map = livePicture({
  height: 420,
  label: "Map of the mean loss over two weights, with the paths of SGD and batch learning",
});
const losses = livePicture({
  height: 210, label: "The mean loss of both against the examples seen",
});
const table = element("table");
startAgain();
show(
  row(sizeOfBatch.node, etaOfSGD.node, etaOfBatch.node),
  row(element("div", { class: "with-value" }, noise.node, shownNoise), part.node),
  row(button("one update", () => move(advance)), button("one epoch", () => move(() => epochs(1))),
    button("20 epochs", () => move(() => epochs(20))), runButton, button("start again", restart)),
  map.node, losses.node, table);
draw();
tell();

root.numbers = () => ({ clock, labels, lowest, sgd, batch, lines: linesOfTheMap(),
  apart: { sgd: apart(sgd), batch: apart(batch) } });

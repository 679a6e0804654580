// One weight moves, the others stay. `data` is the network and {weight, reach, rate, …}.

const { layers, loss, x, y, weight, reach, farthest } = data;
const NUDGE = 1e-4, POINTS = 200, MOST_EXAMPLES_SHOWN = 5;
const start = layers[weight.layer][weight.kind][weight.row][weight.column];

// The layers with another value of our weight.
function withWeight(value) {
  const changed = layers.slice(), layer = Object.assign({}, layers[weight.layer]);
  layer[weight.kind] = layer[weight.kind].map((row) => row.slice());
  layer[weight.kind][weight.row][weight.column] = value;
  changed[weight.layer] = layer;
  return changed;
}
const lossAt = (value) => forward(withWeight(value), loss, x, y).J;

// Everything at one value of the weight. What came in is 1 for a bias.
function look(value) {
  const found = gradients(withWeight(value), loss, x, y);
  const { layer, kind, row, column } = weight;
  return {
    weight: value,
    J: found.J,
    slope: found[kind][layer][row][column],
    nudged: (lossAt(value + NUDGE) - lossAt(value - NUDGE)) / (2 * NUDGE),
    cameIn: found.a[layer].map((example) => (kind === "b" ? 1 : example[row])),
    delta: found.delta[layer].map((example) => example[column]),
  };
}

let now = look(start), before = null; // `before`: where the last step began
const lossAtStart = now.J;

// --- words ----------------------------------------------------------------------------------------

const names = layers[weight.layer].name;
const cameInName = weight.kind === "b" ? "1 for a bias" : `${names.a}[${weight.row}]`;
const deltaName = /^z\d+$/.test(names.z) ? `δ${names.z.slice(1)}[${weight.column}]`
  : `${names.z}.grad[${weight.column}]`;

function difference(J) {
  const change = short(Math.abs(J - lossAtStart));
  if (Number(change) === 0) return "as at the start";
  return `${change} ${J > lossAtStart ? "more" : "less"} than at the start`;
}

function inWords() {
  const slope = short(now.slope), { name } = weight;
  let words = `${name} = ${short(now.weight)}: the loss is ${short(now.J)}, ${difference(now.J)}. `;
  if (data.factors && x.length === 1) {
    words += `What came in, ${short(now.cameIn[0])}, times ${deltaName}, ${short(now.delta[0])}, is `
      + `the slope, ${slope}`;
  } else {
    words += `The slope is ${slope}`;
  }
  const nudged = short(now.nudged);
  words += nudged === slope ? "; nudging gives the same. " : `; nudging gives ${nudged}. `;
  if (Number(slope) === 0) return `${words}A small change does hardly anything here.`;
  return `${words}Raising ${name} a little ${now.slope > 0 ? "raises" : "lowers"} the loss.`;
}

function tableRows() {
  const rows = [["loss", short(now.J)]];
  if (data.factors && x.length === 1) {
    rows.push([`what came in, ${cameInName}`, short(now.cameIn[0])], [`× ${deltaName}`, short(now.delta[0])]);
    rows.push(["= slope, the gradient", short(now.slope)]);
  } else {
    if (data.factors && x.length <= MOST_EXAMPLES_SHOWN) {
      now.cameIn.forEach((came, b) => rows.push([
        `example ${b}: what came in × ${deltaName}`,
        `${short(came)} × ${short(now.delta[b])} = ${short(came * now.delta[b])}`,
      ]));
    }
    const mean = data.factors && x.length > 1 ? `mean of the ${x.length} products: ` : "";
    rows.push([`${mean}slope, the gradient`, short(now.slope)]);
  }
  rows.push(["slope by nudging", short(now.nudged)]);
  return rows.map(([words, number]) =>
    element("tr", {}, element("th", { scope: "row" }, words), element("td", {}, number)));
}

// --- the picture ----------------------------------------------------------------------------------

const picture = livePicture({ height: 320, label: "" });

function withMargin(values) {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite), high = Math.max(...finite);
  const margin = 0.08 * (high - low) || 0.5;
  return [low - margin, high + margin];
}

function drawAll() {
  const places = [now.weight, before ? before.weight : now.weight];
  let [left, right] = [start - reach[0], start + reach[1]];
  const margin = 0.08 * (Math.max(right, ...places) - Math.min(left, ...places));
  for (const place of places) { // wider, where a step has left the picture
    if (place < left) left = place - margin;
    if (place > right) right = place + margin;
  }
  const weights = Array.from({ length: POINTS + 1 }, (_, i) => left + ((right - left) * i) / POINTS);
  const losses = weights.map(lossAt);
  const side = 0.2 * (right - left);
  picture.node.setAttribute("aria-label",
    `The loss against ${weight.name}, with a dashed tangent at ${short(now.weight)}.`);
  picture.draw(
    { x: [left, right], y: withMargin([...losses, now.J]), xlabel: weight.name, ylabel: "loss" },
    (plot) => {
      plot.curve(weights, losses, "value");
      plot.curve([now.weight - side, now.weight + side],
        [now.J - now.slope * side, now.J + now.slope * side], "gradient dashed");
      plot.point(start, lossAtStart, "faint");
      if (before) {
        plot.curve([before.weight, now.weight], [before.J, now.J], "faint");
        plot.point(before.weight, before.J, "faint");
      }
      plot.point(now.weight, now.J, "plain");
    });
}

// --- what the reader does -------------------------------------------------------------------------

function moveTo(value, from, words = "") {
  const found = look(value);
  if (!(Math.abs(value) <= farthest) || !Number.isFinite(found.J) || !Number.isFinite(found.slope)) {
    say(`${words}That is farther than this picture goes: ${weight.name} stays where it is.`);
    return;
  }
  [now, before] = [found, from];
  handle.value = exact.value = value;
  handle.node.querySelector("input").setAttribute("aria-valuetext", short(value));
  table.replaceChildren(...tableRows());
  drawAll();
  say(words + inWords());
}

function step() {
  if (!rate.isUsable) {
    say("The learning rate must be a number, 0 or more.");
    return;
  }
  const change = -rate.value * now.slope, there = now.weight + change;
  moveTo(there, now, `A step of −η · slope = ${short(change)}, to ${short(there)}. `);
}

const stepOfSlider = 10 ** Math.floor(Math.log10((reach[0] + reach[1]) / 40));
const even = (value) => Number((Math.round(value / stepOfSlider) * stepOfSlider).toPrecision(12));
const handle = slider(`move ${weight.name}`, {
  min: even(start - reach[0]), max: even(start + reach[1]), step: stepOfSlider,
}, (value) => moveTo(value, null));
const exact = numberField(`${weight.name} =`, { min: -farthest, max: farthest, step: 0.01 },
  (value) => moveTo(value, null));
const rate = numberField("learning rate η", { min: 0, step: 0.01, value: data.rate });
const table = element("table");

show(picture.node, row(handle.node, exact.node),
  row(rate.node, button("step with η", step), button("back to the start", () => moveTo(start, null))),
  table);
moveTo(start, null);
root.numbers = () => Object.assign({ rate: rate.value }, now);

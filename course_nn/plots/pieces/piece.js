// What the pieces share: controls, a picture that is drawn again, words for a screen reader.
// `root` is the piece, `data` what Python computed for it.

function made(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
const element = (tag, attributes = {}, ...children) =>
  made(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) =>
  made(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

// A number as the lessons print it: four decimals and no −0; a very large one with an exponent.
function short(value, digits = 4) {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "minus infinite";
  const text = Math.abs(value) < 1e6 ? value.toFixed(digits) : value.toExponential(3);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace(/-/g, "−");
}

// --- controls -------------------------------------------------------------------------------------

function numberInput(label, type, attributes, changed) {
  const input = element("input", Object.assign({ type }, attributes));
  const node = element("label", {}, element("span", {}, label), input);
  const isUsable = (value) =>
    Number.isFinite(value) && !(value < attributes.min) && !(value > attributes.max);
  input.addEventListener("input", () => {
    const isRight = isUsable(input.valueAsNumber);
    input.setAttribute("aria-invalid", !isRight);
    if (isRight) changed(input.valueAsNumber);
  });
  return {
    node,
    get value() { return input.valueAsNumber; },
    get isUsable() { return isUsable(input.valueAsNumber); },
    set value(value) { // as it was typed, or with six decimals
      if (input.valueAsNumber !== value) input.value = Number(value.toFixed(6));
      input.setAttribute("aria-invalid", "false");
    },
  };
}
const numberField = (label, attributes, changed = () => {}) =>
  numberInput(label, "number", attributes, changed);
const slider = (label, attributes, changed) => numberInput(label, "range", attributes, changed);

function choice(label, options, value, changed) {
  const select = element("select", {}, ...options.map((option) => element("option", {}, option)));
  select.value = value;
  select.addEventListener("change", () => changed(select.value));
  return {
    node: element("label", {}, element("span", {}, label), select),
    get value() { return select.value; },
    set value(option) { select.value = option; },
  };
}

function button(label, pressed) {
  const node = element("button", { type: "button" }, label);
  node.addEventListener("click", pressed);
  return node;
}

// Not `row` alone: pages have rules of their own for that, Bootstrap among them.
const row = (...nodes) => element("div", { class: "piece-row" }, ...nodes);

// --- the picture ----------------------------------------------------------------------------------

const MARGIN = { left: 58, right: 14, top: 14, bottom: 46 };

// Round numbers between two ends: about `count` of them.
function ticks(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999999);
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  const values = [];
  for (let i = first; i <= last; i++) values.push(i * step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const label = (value) => (Math.abs(value) < 1e5 && decimals < 7
    ? value.toFixed(decimals) : value.toExponential(1)).replace(/-/g, "−").replace(/^−(0\.?0*)$/, "$1");
  return values.map((value) => [value, label(value)]);
}

// The whole powers of ten between two ends, given by their exponents.
const powersOfTen = (low, high) => ticks(low, high, Math.min(7, high - low)).map(([value]) => {
  const isPlain = Math.abs(value) < 4, decimals = Math.max(0, -value);
  return [value, isPlain ? (10 ** value).toFixed(decimals) : `1e${value}`.replace("-", "−")];
});

// As wide as its place, so that its letters keep their size on a narrow screen.
function livePicture({ height, label }) {
  const node = svg("svg", { role: "img", "aria-label": label });
  let last = null;
  new ResizeObserver(() => last && draw(...last)).observe(node);

  // With `powers` the numbers of y are exponents of ten.
  function draw({ x, y, xlabel, ylabel, powers = false }, paint) {
    last = [{ x, y, xlabel, ylabel, powers }, paint];
    const width = Math.max(260, Math.min(660, Math.round(node.getBoundingClientRect().width) || 660));
    const wide = width - MARGIN.left - MARGIN.right, high = height - MARGIN.top - MARGIN.bottom;
    node.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const X = (value) => MARGIN.left + (wide * (value - x[0])) / (x[1] - x[0]);
    const Y = (value) => MARGIN.top + (high * (y[1] - value)) / (y[1] - y[0]);
    // a picture within the picture cuts off what leaves the frame, without an id
    const inside = svg("svg", {
      x: MARGIN.left, y: MARGIN.top, width: wide, height: high,
      viewBox: `${MARGIN.left} ${MARGIN.top} ${wide} ${high}`, overflow: "hidden",
    });
    const text = (words, attributes) => svg("text", attributes, words);
    const line = (x1, y1, x2, y2, kind) => svg("line", { x1, y1, x2, y2, class: kind });
    const bottom = MARGIN.top + high, right = MARGIN.left + wide;
    const grid = [
      ...ticks(x[0], x[1], wide / 70).flatMap(([value, words]) => [
        line(X(value), MARGIN.top, X(value), bottom, "grid"),
        text(words, { x: X(value), y: bottom + 18, class: "tick" }),
      ]),
      ...(powers ? powersOfTen : ticks)(y[0], y[1], 6).flatMap(([value, words]) => [
        line(MARGIN.left, Y(value), right, Y(value), "grid"),
        text(words, { x: MARGIN.left - 6, y: Y(value) + 4, class: "tick end" }),
      ]),
    ];
    const frame = svg("rect", { x: MARGIN.left, y: MARGIN.top, width: wide, height: high, class: "frame" });
    const middle = MARGIN.top + high / 2;
    node.replaceChildren(
      svg("rect", { width, height, class: "paper" }), ...grid, inside, frame,
      text(xlabel, { x: MARGIN.left + wide / 2, y: height - 8 }),
      text(ylabel, { x: 14, y: middle, transform: `rotate(-90 14 ${middle})` }));
    const add = (child) => inside.append(child);
    const near = (value) => Math.max(-1e5, Math.min(1e5, value)); // browsers draw no more
    paint({
      X, Y,
      curve: (xs, ys, kind) => {
        let d = "", isOn = false;
        xs.forEach((each, i) => {
          const there = Number.isFinite(ys[i]);
          if (there) d += `${isOn ? "L" : "M"}${near(X(each)).toFixed(2)} ${near(Y(ys[i])).toFixed(2)}`;
          isOn = there;
        });
        add(svg("path", { d, class: kind }));
      },
      point: (a, b, kind) => add(svg("circle", { cx: near(X(a)), cy: near(Y(b)), r: 6, class: kind })),
      text: (a, b, words, anchor = "start") =>
        add(text(words, { x: near(X(a)), y: near(Y(b)), class: anchor })),
      across: (a, kind = "faint") => add(line(X(a), MARGIN.top, X(a), bottom, kind)),
    });
  }
  return { node, draw };
}

// --- the shell ------------------------------------------------------------------------------------

const status = element("p", { role: "status", "aria-live": "polite" });
const say = (words) => { status.textContent = words; };

// Puts the live part where the static figure was.
function show(...nodes) {
  const place = root.querySelector("figure");
  place.after(element("div", { class: "live" }, ...nodes, status));
  root.classList.add("moves");
}

// JupyterLab would take letters and arrows as commands: `d d` would delete the cell.
root.addEventListener("keydown", (event) => {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
});

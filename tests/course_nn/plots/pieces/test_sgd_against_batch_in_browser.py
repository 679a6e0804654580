"""SGD against batch, operated in Chromium: its numbers are those of the trainers."""

import re
import time

import numpy as np
import pytest
from pages_with_pieces import exported

import course_nn as nn
from course_exercises import sgd_against_batch as questions

pytestmark = pytest.mark.long

PIECE = nn.plots.sgd_against_batch()
N = 10


class Operated:
    """The piece on a page, as a reader works with it."""

    def __init__(self, page):
        self.page = page
        self.group = page.get_by_role("group", name="SGD against batch").first
        self.status = self.group.get_by_role("status")

    def choose(self, *, B=None, eta=None, eta_of_batch=None, noise=None):
        if noise is not None:
            slider = self.group.get_by_label("label noise")
            slider.press("Home")
            for _ in range(round(10 * noise)):
                slider.press("ArrowRight")
        if eta is not None:
            self.group.get_by_label("η with this B").fill(repr(eta))
        if eta_of_batch is not None:
            self.group.get_by_label("η of batch learning").fill(repr(eta_of_batch))
        if B is not None:
            self.group.get_by_role("combobox").first.select_option(str(B))
        self.press("start again")

    def press(self, name, times=1):
        for _ in range(times):
            self.group.get_by_role("button", name=name, exact=True).click()

    def numbers(self):
        return self.group.evaluate("root => root.numbers()")

    def words(self):
        return self.status.text_content()

    def last_row(self):
        """The widths that the table shows."""
        return self.group.locator("tr").last.locator("td").all_text_contents()


@pytest.fixture
def piece(new_page, tmp_path):
    page = new_page()
    page.goto(exported(tmp_path / "page.html", PIECE))
    return Operated(page)


class Trained:
    """A run of the trainer that belongs to the course, up to a number of examples."""

    def __init__(self, B, eta, noise, seen):
        self.loss, self.data = PIECE.network(), PIECE.examples(noise)
        self.graph, self.W = self.loss.graph, self.loss.graph.parameters[0]
        self.diverged = False
        train, options = nn.train_minibatch, {"batch_size": B}
        if B in (1, N):
            train, options = (nn.train_sgd if B == 1 else nn.train_batch), {}
        try:
            history = train(
                self.loss,
                self.data,
                learning_rate=eta,
                epochs=max(1, -(-seen // N)),
                shuffle=False,
                snapshots="updates",
                **options,
            )
        except nn.TrainingDiverged as stopped:
            self.diverged, history = True, stopped.history
        ends = np.cumsum(history.update_examples)
        count = int((ends <= seen).sum())
        self.seen = [0, *ends[:count].tolist()]
        self.weights = [w["W"].ravel() for w in history.snapshots[: count + 1]]
        self.batch_losses = history.update_losses[:count]

    def loss_at(self, weights):
        self.W.value = np.reshape(weights, (2, 1))
        return nn.evaluate(self.loss, self.data).loss

    def gradient_at(self, update):
        start, end = self.seen[update] % N, (self.seen[update + 1] - 1) % N + 1
        rows = slice(start, end)
        self.W.value = np.reshape(self.weights[update], (2, 1))
        self.graph.Forward(x=self.data["x"][rows], y=self.data["y"][rows])
        self.graph.Backward(self.loss)
        return self.W.grad.ravel()


def close(found, right, name):
    found = np.asarray(found, dtype=float)  # of very large whole numbers, too
    np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-9, err_msg=name)


def assert_run_of_the_trainer(run, trained):
    """Weights, losses, gradients and the moments of the updates."""
    assert run["seen"] == trained.seen
    close(run["weights"], trained.weights, "weights")
    close(run["batchLosses"], trained.batch_losses, "batchLosses")
    some = sorted({0, len(trained.weights) - 1, *range(0, len(trained.weights), 7)})
    close(
        [run["losses"][i] for i in some],
        [trained.loss_at(trained.weights[i]) for i in some],
        "losses",
    )
    some = [i for i in some if i < len(run["gradients"])]
    close([run["gradients"][i] for i in some], [trained.gradient_at(i) for i in some], "gradients")


def assert_numbers_of_the_trainers(numbers, B, eta, eta_of_batch, noise):
    seen = numbers["clock"]
    data = PIECE.examples(noise)
    close(numbers["labels"], data["y"], "labels")
    runs = Trained(B, eta, noise, seen), Trained(N, eta_of_batch, noise, seen)
    for name, trained in zip(("sgd", "batch"), runs, strict=True):
        assert_run_of_the_trainer(numbers[name], trained)
        end = seen - seen % N
        places = [
            w for w, at in zip(trained.weights, trained.seen, strict=True) if end - N <= at <= end
        ]
        widest = max(np.linalg.norm(a - b) for a in places for b in places)
        close(numbers["apart"][name], widest, "apart")
    lowest = np.linalg.lstsq(data["x"], data["y"], rcond=None)[0]
    close(numbers["lowest"]["W"], lowest.ravel(), "lowest")
    close(numbers["lowest"]["J"], runs[0].loss_at(lowest), "lowest")
    for line in numbers["lines"]:
        levels = [runs[0].loss_at(place) for place in line[::15]]
        close(levels, levels[:1] * len(levels), "lines")
    levels = [runs[0].loss_at(line[0]) for line in numbers["lines"]]
    start = runs[0].loss_at(runs[0].weights[0])
    assert min(abs(np.array(levels) - start)) < 1e-9 * start + 1e-9


def some_settings(count, seed):
    rng = np.random.default_rng(seed)
    for i in range(count):
        B = (1, 2, 4, N)[i % 4]
        eta, eta_of_batch = (round(float(rng.uniform(0.01, 0.6)), 3) for _ in range(2))
        yield B, eta, eta_of_batch, float(rng.integers(11) / 10), int(rng.integers(5)), i % 4


def work_through(piece, settings):
    for B, eta, eta_of_batch, noise, epochs, updates in settings:
        piece.choose(B=B, eta=eta, eta_of_batch=eta_of_batch, noise=noise)
        piece.press("one epoch", epochs)
        piece.press("one update", updates)
        assert_numbers_of_the_trainers(piece.numbers(), B, eta, eta_of_batch, noise)


@pytest.mark.parametrize("template", ["lab", "classic", "basic"])
def test_on_the_exported_page_the_numbers_are_those_of_the_trainers(template, new_page, tmp_path):
    page = new_page()
    page.goto(exported(tmp_path / "page.html", PIECE, template=template))
    work_through(Operated(page), some_settings(24 if template == "lab" else 4, seed=1))


def test_in_jupyterlab_the_numbers_are_those_of_the_trainers(lab, new_page):
    page = new_page(width=1200)
    lab.put("sgd_against_batch.ipynb", PIECE)
    lab.open(page, "sgd_against_batch.ipynb")
    work_through(Operated(page), some_settings(12, seed=2))


@pytest.mark.parametrize("B", [1, 2, 4, N])
def test_after_many_epochs_too(B, piece):
    piece.choose(B=B, eta=0.1, eta_of_batch=0.5, noise=0.7)
    piece.press("20 epochs", 3)
    assert piece.numbers()["clock"] == 600
    assert_numbers_of_the_trainers(piece.numbers(), B, 0.1, 0.5, 0.7)


@pytest.mark.all
@pytest.mark.parametrize(
    "wrong", ["weights", "losses", "batchLosses", "gradients", "labels", "lowest", "lines", "apart"]
)
def test_a_wrong_number_is_noticed(wrong, piece):
    piece.group.evaluate(
        """(root, wrong) => { const right = root.numbers; root.numbers = () => {
             let left = 1;  // one number is changed
             const change = (value) => JSON.parse(JSON.stringify(value), (key, v) =>
               typeof v === "number" && left-- > 0 ? v + 1e-6 : v);
             const numbers = JSON.parse(JSON.stringify(right()));
             const place = wrong in numbers ? numbers : numbers.sgd;
             place[wrong] = change(place[wrong]);
             return numbers; }; }""",
        wrong,
    )
    with pytest.raises(AssertionError, match=wrong):
        work_through(piece, [(2, 0.1, 0.5, 0.5, 2, 1)])


@pytest.mark.all
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("w - eta *", "w + eta *"),
        ("sum / B))", "sum / 4))"),  # the last batch is divided by its own size
        ("Math.min(from + sgd.B, N)", "from + sgd.B"),  # and ends with the epoch
        ("update(batch, 0, N,", "update(batch, from, to,"),
        ("update(batch, 0, N, etas.batch)", "update(batch, 0, N, etas.sgd)"),
        ("noise.value * data.noise", "data.noise"),
        ("losses: [lossAt(atStart)]", "losses: [0]"),
        ("run.gradients.push(", "run.gradients.unshift("),
        ("return most;", "return most / 2;"),
        ("a * q - b * p", "a * q + b * p"),
        ("k * reach", "k + reach"),
    ],
)
def test_a_slip_in_the_script_is_noticed(right, wrong, new_page, tmp_path):
    piece = nn.plots.sgd_against_batch()
    assert right in piece.html
    piece.html = piece.html.replace(right, wrong)
    page = new_page()
    page.goto(exported(tmp_path / "page.html", piece, template="basic"))
    with pytest.raises(AssertionError):
        work_through(Operated(page), [(4, 0.1, 0.5, 0.3, 2, 2)])


def test_a_changed_rate_counts_from_the_next_update(piece):
    piece.choose(B=1, eta=0.1, eta_of_batch=0.5, noise=1.0)
    piece.press("20 epochs")
    wide = piece.numbers()["apart"]["sgd"]
    piece.group.get_by_label("η with this B").fill("0.01")
    piece.press("20 epochs", 5)
    loss = PIECE.network()
    nn.train_sgd(
        loss,
        PIECE.examples(1.0),
        learning_rate=lambda epoch: 0.1 if epoch <= 20 else 0.01,
        epochs=120,
        shuffle=False,
    )
    close(piece.numbers()["sgd"]["weights"][-1], loss.graph.parameters[0].value.ravel(), "weights")
    assert piece.numbers()["apart"]["sgd"] < 0.15 * wide


def test_batch_learning_waits_until_all_examples_are_seen(piece):
    piece.choose(B=4)
    for seen, waits in ((4, 4), (8, 8), (10, 0), (14, 4)):
        piece.press("one update")
        assert piece.numbers()["clock"] == seen
        assert len(piece.numbers()["batch"]["seen"]) == 1 + seen // N
        assert (f"the gradients of {waits} of 10 examples" in piece.words()) is (waits > 0)


# --- words ----------------------------------------------------------------------------------------


def test_the_words_say_what_is_seen(piece):
    assert piece.words() == (
        "Both stand at the start, mean loss 7.8984. The lowest mean loss of all is 0.1329. SGD "
        "makes an update after each example, batch learning after all 10."
    )
    piece.press("20 epochs", 3)
    sgd, batch = Trained(1, 0.1, 0.5, 600), Trained(N, 0.5, 0.5, 600)
    assert piece.words() == (
        f"600 examples seen, 60 epochs. SGD: 600 updates, mean loss "
        f"{sgd.loss_at(sgd.weights[-1]):.4f}. In epoch 60 its places were up to 0.1340 apart. "
        f"Batch learning: 60 updates, mean loss {batch.loss_at(batch.weights[-1]):.4f}. It is at "
        "rest: in epoch 60 it moved by less than 0.0001. The lowest mean loss of all is 0.1329."
    )
    assert piece.last_row() == ["0.1340", "0.0000"]
    piece.choose(B=4)
    assert "B = 4 makes an update after 4 examples" in piece.words()


def test_with_no_noise_sgd_comes_to_rest(piece):
    piece.choose(noise=0.0)
    piece.press("20 epochs", 3)
    assert "SGD: 600 updates, mean loss 0.0000. It is at rest" in piece.words()


def test_a_run_that_diverges_is_said_and_the_piece_stays_usable(piece):
    piece.choose(B=1, eta=9.0, eta_of_batch=1.3, noise=0.5)
    piece.press("one epoch", 3)
    assert not Trained(1, 9.0, 0.5, 30).diverged
    assert re.search(
        r"SGD: 30 updates, and the mean loss has risen from 7\.8984 to \S+e\+\d+\. Its η was too "
        "large",
        piece.words(),
    )
    piece.press("20 epochs", 3)
    trained = Trained(1, 9.0, 0.5, 630)
    numbers = piece.numbers()
    assert trained.diverged and numbers["sgd"]["hasStopped"]
    assert abs(len(numbers["sgd"]["seen"]) - len(trained.seen)) <= 1  # sums near the largest number
    both = min(len(numbers["sgd"]["seen"]), len(trained.seen))
    close(numbers["sgd"]["weights"][:both], trained.weights[:both], "weights")
    assert "the numbers are no longer finite; the trainer stops here" in piece.words()
    assert "Batch learning: 63 updates, and the mean loss has risen from 7.8984" in piece.words()
    assert piece.last_row()[0] == "stopped"  # and not 0.0000, as at rest
    assert numbers["clock"] == 630  # the other run goes on
    assert_run_of_the_trainer(numbers["batch"], Trained(N, 1.3, 0.5, 630))
    piece.choose(eta=0.1, eta_of_batch=0.5)
    piece.press("20 epochs", 3)
    assert "risen" not in piece.words() and "finite" not in piece.words()
    assert_numbers_of_the_trainers(piece.numbers(), 1, 0.1, 0.5, 0.5)


def test_a_rate_that_is_none_changes_nothing(piece):
    piece.choose(eta=0.2)
    for text in ("", "-1", "1e5"):
        piece.group.get_by_label("η with this B").fill(text)
        assert piece.group.get_by_label("η with this B").get_attribute("aria-invalid") == "true"
    piece.press("one epoch")
    assert_numbers_of_the_trainers(piece.numbers(), 1, 0.2, 0.5, 0.5)
    said = " “η with this B” must be a number from 0 to 10; 0.2 is used."
    assert piece.words().endswith(said)
    piece.choose()
    assert piece.words().endswith(said)  # at the start, too
    piece.choose(eta=0.2)
    assert "must be" not in piece.words()


def test_it_ends_after_500_epochs(piece):
    piece.press("20 epochs", 26)
    assert piece.numbers()["clock"] == 5000
    assert piece.words().endswith("This is the end: start again.")
    piece.press("one update")
    assert piece.numbers()["clock"] == 5000
    piece.press("start again")
    piece.press("one epoch")
    assert piece.words().startswith("10 examples seen, 1 epoch. SGD: 10 updates")


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_run_and_stop(motion, new_page, tmp_path):
    page = new_page(reduced_motion=motion)
    page.goto(exported(tmp_path / "page.html", PIECE))
    piece = Operated(page)
    run = piece.group.get_by_role("button", name="run", exact=True)
    run.focus()
    page.keyboard.press("Space")
    stop = piece.group.get_by_role("button", name="stop", exact=True)
    assert stop.evaluate("node => node === document.activeElement")
    said = piece.words()
    assert said == "Both run. Press stop to read where they are."
    page.wait_for_timeout(1300)
    limit = time.monotonic() + 60
    while piece.numbers()["clock"] < 10 and time.monotonic() < limit:  # of a busy machine
        page.wait_for_timeout(100)
    assert piece.words() == said  # a screen reader is not told each update
    page.keyboard.press("Space")
    clock = piece.numbers()["clock"]
    assert clock >= 10 and piece.words().startswith(f"{clock} examples seen")
    assert clock % N == 0 or motion == "no-preference"
    time.sleep(0.7)
    assert piece.numbers()["clock"] == clock
    assert_numbers_of_the_trainers(piece.numbers(), 1, 0.1, 0.5, 0.5)


def test_the_map_is_enlarged(piece):
    piece.press("20 epochs", 3)
    piece.group.get_by_role("combobox").last.select_option("last epoch, enlarged")
    loop = piece.group.locator("svg path.gradient").first
    assert loop.get_attribute("d").count("L") == N
    piece.group.get_by_role("combobox").last.select_option("all")
    assert loop.get_attribute("d").count("L") == 600


# --- the tasks can be found with the piece -------------------------------------------------------


def test_what_the_table_shows_answers_the_first_and_the_third_task(piece):
    rests = ""
    for noise, sgd, batch in ((0.0, "a", "c"), (0.5, "b", "d")):
        piece.choose(B=1, eta=0.1, eta_of_batch=0.5, noise=noise)
        piece.press("20 epochs", 3)
        shown = zip((sgd, batch), piece.last_row(), strict=True)
        rests += "".join(letter for letter, width in shown if width == "0.0000")
    assert questions.m1.verdict(rests)[0] == "right"

    def width(B=1, eta=0.1, noise=1.0, times=3):
        piece.choose(B=B, eta=eta, noise=noise)
        piece.press("20 epochs", times)
        return float(piece.last_row()[0])

    first = width()
    changes = {
        "a": width(eta=0.05),
        "b": width(B=2),
        "c": width(B=2, eta=0.2),
        "d": width(times=6),
        "e": width(noise=0.5),
    }
    half = [letter for letter, width in changes.items() if 0.4 < width / first < 0.6]
    assert questions.m3.verdict(half)[0] == "right"


@pytest.mark.parametrize("noise", [0.0, 0.5])  # it does not matter
def test_what_the_words_say_answers_the_second_task(noise, piece):
    def largest(name, **which):
        for tenths in range(1, 20):
            piece.choose(B=1, noise=noise, **{each: tenths / 10 for each in which})
            piece.press("20 epochs", 3)
            if re.search(f"{name}: [^.]*(risen|finite)", piece.words()):
                return (tenths - 1) / 10

    found = largest("SGD", eta=...), largest("Batch learning", eta_of_batch=...)
    assert questions.m2.verdict(found)[0] == "right"

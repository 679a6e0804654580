"""A class on a cluster: the marks of one machine, by workers that have proven their sandbox.

The workers are threads of this process here; `test_class_cluster_faults` has real ones.
"""

import concurrent.futures
import dataclasses
import json
import queue
import re
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from hostile_submissions import code, honest, in_shapes, notebook
from loopback_cluster import wait_until

from course_grading import command_line, whole_class
from course_grading.cluster import machines, on_a_worker
from course_grading.cluster.machines import Cluster, ClusterStopped
from course_grading.cluster.on_a_worker import Boxes, Heard, KeptBox, Order
from course_grading.cluster.remote_box import RemoteBox, RemoteSandbox
from course_grading.marking import assignments, handout, one_submission
from course_grading.marking import marks as marking
from course_grading.results import attempts as several
from course_grading.results.record import Status
from course_grading.sandbox import self_attack
from course_grading.sandbox.any_box import Place
from course_grading.sandbox.box import Box, as_bytes
from course_grading.sandbox.limits import Cancelled, CannotSandbox, Limits, MachineLost, Stopped
from course_grading.whole_class import grade_class
from course_nn.cluster.workers import ClusterError

SEED = 4711
RANDOM = "return {'W1': (1, 2), 'W2': (H2, H1), 'W3': (K, H2), 'x': (D, B), 'z1': (H1, B)}"


@pytest.fixture
def proven(monkeypatch):
    """That the walls hold is tried elsewhere, and takes a second or two."""
    monkeypatch.setattr(self_attack, "require", lambda *a, **k: None)


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def students(tmp_path) -> Path:
    """Right, partly right, damaged."""
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / "ada.ipynb").write_bytes(honest("hw1"))
    (folder / "ben.ipynb").write_bytes(in_shapes(RANDOM))
    (folder / "eva.ipynb").write_bytes(honest("hw1")[:-9])
    return folder


def marks(records):
    return {
        r.student: (r.status, r.reason, r.questions, [a.text for a in r.written], r.notes)
        for r in records
    }


# ------------------------------------------------------------------ the same marks


@pytest.mark.long
@pytest.mark.usefixtures("needs_sandbox", "proven")
def test_marks_are_those_of_one_machine_and_only_messages_to_the_box_travel(
    client, students, tmp_path, monkeypatch
):
    into_boxes, travelled = [], []
    send, call = Box.send_bytes, Cluster._call

    def send_and_keep(box, data, wall):
        into_boxes.append(data)
        return send(box, data, wall)

    def call_and_keep(cluster, machine, function, *arguments, **options):
        travelled.append((function, arguments))
        return call(cluster, machine, function, *arguments, **options)

    monkeypatch.setattr(Box, "send_bytes", send_and_keep)
    monkeypatch.setattr(Cluster, "_call", call_and_keep)
    alone = grade_class(students, "hw1", tmp_path / "alone", seed=SEED)
    sent_alone, into_boxes[:] = Counter(into_boxes), []
    together = grade_class(students, "hw1", tmp_path / "together", seed=SEED, cluster=client)
    assert marks(alone) == marks(together)
    assert together[0].automatic_points == 80
    for name in ("grades.csv", "nbgrader.csv", "written.csv"):
        files = [(tmp_path / out / name).read_bytes() for out in ("alone", "together")]
        assert files[0] == files[1], name
    assert json.loads((tmp_path / "together/.run.json").read_text())["sandbox"] == "cluster"

    # A worker is sent what goes into a box on one machine too, to the byte, and nothing else.
    assert Counter(into_boxes) == sent_alone
    orders = [a[2] for function, a in travelled if function is on_a_worker.ask]
    assert Counter(data for order in orders for data, _ in order.messages) == sent_alone
    assert all(isinstance(order, Order) for order in orders)
    others = repr([(f, a) for f, a in travelled if f is not on_a_worker.ask])
    words = "|".join(map(re.escape, (str(SEED), "ada", "ben", str(tmp_path))))
    assert not re.search(rf"(?<!\w)(?:{words})(?!\w)", others), "digests have a, d and a, too"
    wait_until(lambda: not on_a_worker._runs)  # they have taken leave


@pytest.mark.all
@pytest.mark.usefixtures("needs_sandbox", "proven")
def test_what_is_graded_asks_no_worker(client, students, tmp_path, monkeypatch):
    grade_class(students, "hw1", tmp_path / "out", seed=SEED)
    monkeypatch.setattr(Cluster, "prove", lambda cluster: pytest.fail("nothing is to be graded"))
    grade_class(students, "hw1", tmp_path / "out", cluster=client)


# ------------------------------------------------------------------ who gets none


def here(**changes):
    """What a worker with the same course would answer, but for these."""
    answers = {
        "python_version": sys.version.split()[0],
        "course_here": on_a_worker.course_here(),
        "is_as_it_began": True,
        "resolve_name": None,
        "places": 4,
        "prepare": "",
    }
    assert not changes.keys() - answers.keys()
    answers |= changes

    def call(cluster, machine, function, *arguments, **options):
        answer = answers[function.__name__]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return call


OTHER = {
    "another Python": ({"python_version": "3.99.1"}, "it has Python 3.99.1, and this machine"),
    "another course": (
        {"course_here": {**on_a_worker.course_here(), "course": "0"}},
        "it has another version of the course",
    ),
    "another NumPy": (
        {"course_here": {**on_a_worker.course_here(), "numpy": "1.0"}},
        "it has numpy 1.0, and this machine",
    ),
    "a package less": (
        {"course_here": {"course": on_a_worker.course_here()["course"]}},
        "it has numpy None",
    ),
    "an old course in memory": ({"is_as_it_began": False}, "Start it anew"),
    "no grader": (
        {
            "resolve_name": ModuleNotFoundError("No module named 'course_grading'"),
            "course_here": AssertionError("a worker ends that is sent what it cannot import"),
        },
        "cannot import the grader of this course (ModuleNotFoundError: No module named",
    ),
    "no sandbox": (
        {"prepare": "bwrap is not installed. On Debian or Ubuntu: apt install bubblewrap"},
        "apt install bubblewrap",
    ),
}


@pytest.mark.parametrize("what", OTHER)
def test_a_worker_that_is_not_fit_gets_no_submission(monkeypatch, what):
    answers, words = OTHER[what]
    monkeypatch.setattr(Cluster, "_call", here(**answers))
    cluster = Cluster("tcp://127.0.0.1:1", ())
    cluster._admit("tcp://127.0.0.1:5")
    assert not cluster.machines
    (remark,) = cluster.remarks()
    assert remark.startswith("The worker at tcp://127.0.0.1:5 got no submission: ")
    assert words in remark and remark.endswith(".") and not remark.endswith("..")


def test_a_worker_that_is_fit_gets_as_many_as_it_has_threads(monkeypatch):
    monkeypatch.setattr(Cluster, "_call", here())
    cluster = Cluster("tcp://127.0.0.1:1", ())
    cluster._admit("tcp://127.0.0.1:5")
    assert cluster.machines["tcp://127.0.0.1:5"].places == cluster.at_a_time == 4
    assert not cluster.remarks() and not cluster.coming


def test_a_worker_that_goes_while_it_is_looked_at_may_come_again(monkeypatch):
    monkeypatch.setattr(Cluster, "_call", here(course_here=MachineLost("gone")))
    cluster = Cluster("tcp://127.0.0.1:1", ())
    cluster._admit("tcp://127.0.0.1:5")
    assert not cluster.machines and not cluster.refused and not cluster.coming


def test_a_worker_is_not_blamed_for_a_scheduler_that_is_gone(monkeypatch):
    gone = []

    class Asked:
        def __init__(self, client):
            pass

        def submit(self, *arguments):
            raise ArithmeticError("as a client that is closed may say")

        def there(self):
            if gone:
                raise ClusterError("in words of training")
            return ["a"]

    monkeypatch.setattr(machines, "Workers", Asked)
    cluster = Cluster("tcp://127.0.0.1:1", ())
    cluster.client = "a client"
    machine = cluster.machines["a"] = machines.Machine("a", 1)
    with pytest.raises(MachineLost, match="the worker at a is gone, or does not answer"):
        cluster._call(machine, int)
    gone.append(1)
    with pytest.raises(ClusterStopped, match="the scheduler of the cluster does not answer"):
        cluster._call(machine, int)
    cluster.cancelled.set()
    with pytest.raises(Cancelled):
        cluster._call(machine, int)


@pytest.mark.usefixtures("needs_sandbox")
def test_a_wall_that_does_not_hold_on_any_worker(client, students, tmp_path, monkeypatch):
    def has_a_hole(*arguments, **options):
        raise CannotSandbox("the sandbox of this machine does not hold:\n  - the network: open")

    monkeypatch.setattr(machines, "AT_THE_START", 0.0)
    monkeypatch.setattr(self_attack, "require", has_a_hole)
    with pytest.raises(ClusterStopped, match=r"(?s)does not hold.*No submission was run"):
        grade_class(students, "hw1", tmp_path / "out", seed=SEED, cluster=client)
    assert not (tmp_path / "out").exists()


def test_all_files_of_the_course_count(monkeypatch, tmp_path):
    import shutil

    before = on_a_worker._digest_of_files()
    assert on_a_worker.course_here()["course"] == before
    root = Path(on_a_worker.__file__).parents[1]
    shutil.copytree(root, tmp_path / "course_grading", ignore=shutil.ignore_patterns("*.pyc"))
    copy = SimpleNamespace(__file__=str(tmp_path / "course_grading" / "__init__.py"))
    monkeypatch.setattr(on_a_worker, "course_grading", copy)
    assert on_a_worker._digest_of_files() == before and on_a_worker.is_as_it_began()
    with open(tmp_path / "course_grading" / "sandbox" / "inside" / "harness.py", "a") as file:
        file.write("\n")
    assert on_a_worker._digest_of_files() != before and not on_a_worker.is_as_it_began()


def test_keys_of_tls_where_boxes_can_read_them(monkeypatch):
    import dask

    key = str(Path(json.__file__))  # in Python's own library, which a box has
    with dask.config.set({"distributed.comm.tls.worker.key": key}):
        assert Path(key) in on_a_worker._tls_files()
        monkeypatch.setattr(self_attack, "require", lambda *a, **k: None)
        with pytest.raises(CannotSandbox, match=r"json.*lies inside"):
            Boxes((), Limits())


# ------------------------------------------------------------------ nobody there


def test_without_dask_it_says_what_to_install(students, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = ["grade", str(students), "--assignment", "hw1", "--out", str(tmp_path / "out")]
    assert command_line.main([*words, "--cluster", "tcp://127.0.0.1:1"]) == 1
    assert "pip install dask distributed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_without_a_scheduler(students, tmp_path, monkeypatch, capsys):
    pytest.importorskip("distributed")
    monkeypatch.setattr(machines, "CONNECT", 0.1)
    words = ["grade", str(students), "--assignment", "hw1", "--out", str(tmp_path / "out")]
    for address in ("tcp://127.0.0.1:1", "tls://127.0.0.1:1", "nonsense://x"):
        assert command_line.main([*words, "--cluster", address]) == 1
        said = capsys.readouterr().err
        assert f"no scheduler of Dask answers at {address}" in said
        assert ("distributed.comm.tls" in said) == address.startswith("tls")
    assert not (tmp_path / "out").exists()


def test_a_cluster_without_walls_is_refused(students, tmp_path, capsys):
    words = ["grade", str(students), "--assignment", "hw1", "--out", str(tmp_path / "out")]
    assert command_line.main([*words, "--unsafe-no-sandbox", "--cluster", "tcp://x:1"]) == 1
    assert "in a sandbox only" in capsys.readouterr().err


def test_plain_tcp_is_said_where_others_may_listen():
    for address, is_said in (
        ("tcp://10.0.0.1:8786", True),
        ("10.0.0.1:8786", True),
        ("tls://10.0.0.1:8786", False),
        ("tcp://127.0.0.1:8786", False),
    ):
        cluster = Cluster(address, ())
        cluster.machines["one"] = machines.Machine("one", 1)
        assert bool([words for words in cluster.remarks() if "TLS" in words]) == is_said


def test_what_goes_wrong_on_a_worker_is_not_the_fault_of_who_is_graded(monkeypatch):
    def fails(cluster, machine, function, *arguments):
        raise KeyError(3)

    monkeypatch.setattr(Cluster, "_call", fails)
    cluster = Cluster("tcp://127.0.0.1:1", ())
    cluster.machines = {"a": machines.Machine("a", 1)}
    box = cluster.take(False).sandbox.open()
    box.send({}, 1.0)
    with pytest.raises(MachineLost, match=r"^the worker at a cannot do it \(KeyError: 3\)$"):
        box.receive(1.0, 1.0)
    cluster.cancelled.set()
    with pytest.raises(Cancelled):
        box.receive(1.0, 1.0)


def test_remarks_are_made_while_workers_come():
    """In two threads: nobody is refused while the reasons are gone through."""
    cluster = Cluster("tcp://127.0.0.1:1", ())

    class Looked(dict):
        def values(self):
            with ThreadPoolExecutor() as thread:
                assert not thread.submit(cluster.changed.acquire, blocking=False).result()
            return super().values()

    cluster.refused = Looked(a="it has no walls")
    assert cluster.remarks()


# ------------------------------------------------------------------ who has which place


def test_who_is_alone_has_a_whole_worker():
    cluster = Cluster("tcp://127.0.0.1:1", ())
    cluster.machines = {name: machines.Machine(name, 2) for name in ("a", "b")}
    first, second = cluster.take(False), cluster.take(False)
    assert {first.machine.address, second.machine.address} == {"a", "b"}
    assert cluster._free(alone=True) is None
    cluster.give_back(first)
    lone = cluster.take(True)
    assert lone.machine is first.machine
    third = cluster.take(False)
    assert third.machine is second.machine and third.number != second.number
    assert cluster._free(alone=False) is None, "beside who is alone there is no place"
    cluster.give_back(lone)
    assert cluster.take(False).machine is lone.machine


def test_a_worker_that_is_put_off_gets_nothing_more():
    cluster = Cluster("tcp://127.0.0.1:1", ())
    cluster.machines = {"a": machines.Machine("a", 2)}
    place = cluster.take(False)
    cluster.put_off(place)
    assert cluster._free(alone=False) is None
    assert cluster.off == [place.machine], "nor is it looked at anew before this box is gone"
    cluster.give_back(place)
    assert not cluster.off


def test_a_run_waits_for_a_worker_and_then_ends(monkeypatch):
    monkeypatch.setattr(machines, "WITHOUT_WORKERS", 0.05)
    cluster = Cluster("tcp://127.0.0.1:1", ())
    time.sleep(0.06)
    with pytest.raises(ClusterStopped, match="no worker with a sandbox for"):
        cluster.take(False)


@pytest.fixture
def nobody():
    """A client of a cluster that has no workers yet."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


def test_a_cluster_without_workers(nobody, monkeypatch):
    monkeypatch.setattr(machines, "AT_THE_START", 0.3)
    cluster = Cluster(nobody, ())
    with (
        pytest.raises(ClusterStopped, match=r"no workers yet; none came within 0\.3 seconds"),
        closing(cluster),
    ):
        cluster.prove()


@pytest.mark.usefixtures("needs_sandbox", "proven")
def test_a_worker_that_comes_when_the_run_has_begun(nobody, monkeypatch):
    """All were killed just before, and their nannies start them again."""
    cluster = Cluster(nobody, ())
    looked = threading.Event()
    monkeypatch.setattr(
        Cluster, "_must_go_on", lambda cluster: looked.set() if cluster.there == set() else None
    )

    def start():
        assert looked.wait(30)
        nobody.cluster.scale(1)

    with closing(cluster), ThreadPoolExecutor() as thread:
        started = thread.submit(start)
        cluster.prove()
        started.result()
        assert len(cluster.machines) == 1


@pytest.mark.usefixtures("needs_sandbox", "proven")
def test_workers_without_work_hear_that_the_grader_is_still_there(client, monkeypatch):
    """Or each would count as lost when it gets some."""
    monkeypatch.setattr(machines, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(machines, "STAY_EVERY", 0.0)
    with closing(Cluster(client, ())) as cluster:
        cluster.prove()
        wait_until(lambda: len(cluster.machines) == 2)
        before = {boxes: boxes.heard_of for boxes in on_a_worker._runs.values()}
        assert len(before) == 2
        wait_until(lambda: all(boxes.heard_of > then for boxes, then in before.items()))


class Looking:
    """A cluster that is told who is there, and when that is."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        clock = SimpleNamespace(monotonic=lambda: self.now, sleep=time.sleep)
        monkeypatch.setattr(machines, "time", clock)
        monkeypatch.setattr(Cluster, "_admit", lambda cluster, address: None)
        self.cluster = Cluster("tcp://127.0.0.1:1", ())

    def sees(self, *addresses, after):
        self.now += after
        with self.cluster.changed:
            self.cluster._see({*addresses})

    def refuses(self, address):
        self.cluster.coming.discard(address)
        self.cluster.refused[address] = "it has no walls"

    def goes_on(self):
        self.cluster._must_go_on()
        self.cluster._may_still_come()


@pytest.fixture
def looking(monkeypatch):
    return Looking(monkeypatch)


def test_beside_a_worker_that_is_unfit_a_fit_one_is_waited_for(looking):
    """It may be just started again."""
    looking.sees("unfit", after=1)
    looking.refuses("unfit")
    for _ in range(4):
        looking.sees("unfit", after=machines.AT_THE_START / 4)
        looking.goes_on()
    looking.sees("unfit", after=1)
    with pytest.raises(ClusterStopped, match=r"at unfit got .* no walls\.\nNo submission"):
        looking.goes_on()


def test_a_worker_that_went_while_it_was_proven_is_waited_for(looking):
    late = machines.AT_THE_START + 5
    looking.sees("slow", after=late)  # the scheduler took its time, too
    looking.goes_on()
    looking.sees("slow", after=late)
    looking.cluster.coming.clear()
    looking.sees(after=1)
    looking.goes_on()
    looking.sees(after=machines.AT_THE_START)
    with pytest.raises(ClusterStopped, match="none came within 20 seconds"):
        looking.goes_on()


def test_nobody_is_waited_for_from_the_first_look_on(looking):
    looking.sees(after=machines.AT_THE_START + 1)
    looking.goes_on()


def test_a_proof_may_take_longer_than_one_waits_without_workers(looking):
    for _ in range(3):
        looking.sees("slow", after=machines.WITHOUT_WORKERS)
        looking.goes_on()
    looking.cluster.coming.clear()
    with pytest.raises(ClusterStopped, match="no worker with a sandbox for 120 seconds"):
        looking.goes_on()


def test_a_worker_that_is_started_anew_is_looked_at_anew(looking):
    looking.sees("a", after=1)
    looking.refuses("a")
    looking.sees("a", after=1)
    assert not looking.cluster.coming and looking.cluster.remarks()
    looking.sees(after=1)
    assert not looking.cluster.remarks()
    looking.sees("a", after=1)
    assert looking.cluster.coming == {"a"}


# ------------------------------------------------------------------ who loses machines


class Losing:
    """Places of which those where `killer` runs are lost, as often as told."""

    elsewhere, most, at_a_time = True, 3, 3

    def __init__(self, times):
        self.left, self.taken, self.off = times, [], []

    def take(self, alone):
        self.taken.append(alone)
        return Place(self, 0)

    def give_back(self, place):
        pass

    def put_off(self, place):
        self.off.append(place)

    def stop(self):
        pass


def grade_with(monkeypatch, places, run, jobs):
    outcomes = []

    def grade_one(run, sandbox, job, number, tried):
        if job.key == "killer":
            outcomes.append(tried.outcomes.get(0))
            if sandbox.left:
                sandbox.left -= 1
                if sandbox.left != 1:
                    tried.outcomes[0] = f"known by then: {sandbox.left}"
                raise MachineLost("the worker at tcp://a is gone, or does not answer")
        record = whole_class._record(run, job, "graded", "")
        return record

    monkeypatch.setattr(whole_class, "_grade_one", grade_one)
    return graded_at(places, run, jobs), outcomes


def graded_at(places, run, jobs):
    """The records, by student."""
    records = {}
    whole_class._grade_all(
        run, places, jobs, lambda job, record: records.update({job.key: record}), lambda: None
    )
    return records


@pytest.fixture
def run(tmp_path):
    info = whole_class.RunInfo("hw1", "t", "r", "cluster", seed=1)
    with whole_class.Results.open(tmp_path / "out", info) as results:
        yield whole_class.Run(assignments.load("hw1"), handout.load("hw1"), results)


@pytest.fixture
def jobs(tmp_path):
    folder = tmp_path / "given"
    folder.mkdir()
    for i, name in enumerate(("killer", "other"), 1):
        (folder / f"{name}.ipynb").write_bytes(notebook([code(f"x = {i}")]))
    given = whole_class.collect(folder, "hw1", None, lambda content: False, several=False)
    return whole_class._jobs(given)


def test_a_submission_with_which_two_machines_were_lost_is_graded(monkeypatch, run, jobs):
    places = Losing(2)
    records, outcomes = grade_with(monkeypatch, places, run, jobs)
    assert {key: r.status for key, r in records.items()} == {"killer": "graded", "other": "graded"}
    assert sorted(places.taken) == [False, False, True, True], "the second time it is alone"
    assert len(places.off) == 2
    assert outcomes == [None, None, "known by then: 0"], "what was known then is known now"


def test_with_three_it_could_not_be_run_and_the_next_run_tries_again(monkeypatch, run, jobs):
    records, outcomes = grade_with(monkeypatch, Losing(99), run, jobs)
    assert len(outcomes) == whole_class.MOST_LOST == 3
    record = records["killer"]
    assert record.status == "could not be run" and record.grader_failed
    assert "3 machines of the cluster were lost while it ran" in record.reason
    assert "next run" in record.reason
    assert run.results.last("killer") == record
    assert records["other"].status == "graded"


@pytest.fixture
def without_boxes(monkeypatch):
    """Grades without a box: hidden numbers are known at once, each notebook has its own text as a
    note, with "best" in it all points, and `fails` says what happens then. What is tried, with the
    notes that it begins with."""
    tried, fails = [], []

    def grade(submission, seed):
        ((_, text),) = submission.cells
        tried.append((text, tuple(submission.outcome.notes)))
        submission.note(text)
        submission.outcome.shown, submission.hidden_known = {}, True
        share = 1.0 if "best" in text else 0.0
        submission.outcome.questions = tuple(
            dataclasses.replace(
                question,
                parts=tuple(
                    dataclasses.replace(part, points=share * part.out_of) for part in question.parts
                ),
            )
            for question in one_submission.no_points(submission.assignment, "none.")
        )
        if fails and fails[0][0] == text:
            raise fails.pop(0)[1]

    monkeypatch.setattr(one_submission._Run, "grade", grade)
    monkeypatch.setattr(whole_class.time, "sleep", lambda seconds: None)
    return tried, fails


@pytest.fixture
def two_of_ada(tmp_path):
    """The newer one and the older one."""
    folder = tmp_path / "two" / "ada"
    folder.mkdir(parents=True)
    (folder / "hw1-1.ipynb").write_bytes(notebook([code("x = 'new'")]))
    (folder / "hw1.ipynb").write_bytes(notebook([code("x = 'old'")]))
    given = whole_class.collect(folder.parent, "hw1", None, lambda content: False, several=True)
    return whole_class._jobs(given)


def test_what_is_known_of_one_notebook_is_not_taken_for_another(without_boxes, run, two_of_ada):
    """A machine is lost with the older one of two; the newer one is finished."""
    tried, fails = without_boxes
    fails.append(("x = 'old'", MachineLost("gone")))
    best = dataclasses.replace(run, attempts="best")
    records = graded_at(Losing(0), best, two_of_ada)
    assert tried == [("x = 'new'", ()), ("x = 'old'", ()), ("x = 'old'", ("x = 'old'",))]
    assert records["ada"].notes[-1] == "x = 'new'"
    assert len(records["ada"].other_attempts) == 1


@pytest.mark.parametrize("errors", [[ZeroDivisionError()], [MachineLost("gone")] * 3])
def test_an_attempt_that_could_not_be_graded_takes_no_better_one_away(
    without_boxes, run, tmp_path, errors
):
    """It is given alone, as platforms do, and tried again by the next run."""
    tried, fails = without_boxes
    run = dataclasses.replace(run, attempts="best")

    def grade(text):
        file = tmp_path / "ada.ipynb"
        file.write_bytes(notebook([code(text)]))
        jobs = whole_class._jobs(whole_class.collect(file, "hw1", None, lambda content: False))
        left = whole_class._take_over(run, jobs, lambda job, record: None)
        return graded_at(Losing(0), run, left)["ada"]

    best = grade("x = 'best'")
    assert best.automatic_points == 80
    fails += [("x = 'worse'", error) for error in errors]
    kept = grade("x = 'worse'")
    assert (kept.digest, kept.automatic_points) == (best.digest, 80)
    assert not fails and run.results.last("ada") == kept
    assert kept.notes == (*best.notes, several.UNSETTLED)
    assert several.UNSETTLED in whole_class._remarks(run.results, [kept])[0]
    settled = grade("x = 'worse'")
    assert (settled.digest, settled.automatic_points) == (best.digest, 80)
    assert settled.notes[:-1] == best.notes and "so this one counts" in settled.notes[-1]
    assert [text for text, _ in tried[1:]] == ["x = 'worse'"] * (len(errors) + 1)


@pytest.mark.parametrize(
    "error", [CannotSandbox("the disk is full"), BlockingIOError("no process")]
)
def test_what_is_known_stays_known_where_no_box_can_be_opened_any_more(
    without_boxes, run, jobs, error
):
    tried, fails = without_boxes
    fails.append(("x = 1", error))
    graded_at(Losing(0), run, jobs[:1])
    assert tried == [("x = 1", ()), ("x = 1", ("x = 1",))]


@pytest.mark.parametrize("status", ["partly graded", "could not be run", "the grader failed"])
def test_what_is_lost_by_ctrl_c_is_not_recorded(without_boxes, run, jobs, monkeypatch, status):
    """In a terminal it ends the boxes, too, and their end is seen before the run is stopped."""
    monkeypatch.setattr(whole_class, "HEARD_OF", 60.0)
    grade, pressed = one_submission._Run.grade, threading.Event()

    def grade_and_lose(submission, seed):
        grade(submission, seed)
        if submission.cells[0][1] == "x = 1":
            pressed.wait(60)
            if status == "the grader failed":
                raise ZeroDivisionError
            submission.outcome.status = Status(status)

    def press(job, record):
        pressed.set()
        raise KeyboardInterrupt

    monkeypatch.setattr(one_submission._Run, "grade", grade_and_lose)
    with pytest.raises(KeyboardInterrupt):
        whole_class._grade_all(run, Losing(0), jobs, press, list)
    assert run.results.last("other") is not None
    assert run.results.last("killer") is None


def test_who_is_finished_is_counted_though_another_ends_the_run(
    without_boxes, run, jobs, monkeypatch
):
    _, fails = without_boxes
    fails.append(("x = 1", ClusterStopped("gone")))

    def wait(futures, **options):
        done, _ = concurrent.futures.wait(futures)
        return sorted(done, key=lambda each: each.exception() is None), set()

    monkeypatch.setattr(whole_class, "wait", wait)
    finished = []
    with pytest.raises(ClusterStopped):
        whole_class._grade_all(run, Losing(0), jobs, lambda *one: finished.append(one), list)
    assert len(finished) == 1


@pytest.mark.all
@pytest.mark.parametrize(
    "what",
    [
        pytest.param("cells", marks=pytest.mark.all),
        pytest.param("public numbers", marks=pytest.mark.all),
        "hidden numbers",
    ],
)
def test_what_came_before_a_hidden_number_is_kept_when_a_machine_is_lost(
    needs_sandbox, monkeypatch, what
):
    """Who has seen a hidden number can tell itself something by the clock, so nothing but marks is
    taken from the second time."""
    assignment, given = assignments.load("hw1"), handout.load("hw1")
    read = whole_class.read(honest("hw1"))
    lose, plays = [True], []
    send = Box.send

    def send_or_lose(box, message, wall):
        plays.append("plays" in message)
        at = {"cells": 1, "public numbers": 2, "hidden numbers": 3}[what]
        if lose and len(plays) == at:
            raise MachineLost("gone")
        send(box, message, wall)

    monkeypatch.setattr(Box, "send", send_or_lose)
    with whole_class.Sandbox(assignment.provides) as sandbox:
        kept = []
        with pytest.raises(MachineLost):
            one_submission.grade(assignment, read, given, sandbox, 1, keep=kept.append)
        lose.clear()
        before = kept[0] if kept else None
        assert (before is not None) == (what == "hidden numbers")
        plays.clear()
        outcome = one_submission.grade(assignment, read, given, sandbox, 1, before=before)
    assert outcome.status == "graded" and sum(q.points for q in outcome.questions) == 80
    if before is not None:
        assert outcome.shown is before.shown
        assert plays.count(True) == len(assignment.graded), "public numbers are not played again"


# ------------------------------------------------------------------ a box on a worker


@pytest.fixture
def boxes(needs_sandbox, proven, monkeypatch):
    monkeypatch.setattr(on_a_worker, "ANSWER_WITHIN", 0.05)
    made = Boxes(("checks",), dataclasses.replace(Limits(), memory=150 << 20))
    yield made
    made.close()


def begun(boxes, source, number=0):
    """A box in which a cell is being run, as `ask` makes it."""
    order = {"given": [], "cells": [[1, source]], "answers": [], "handed_out": [], "modules": []}
    order |= {"cell_seconds": 5.0, "cell_wall": 10.0, "seconds": 30.0, "wall": 30.0}
    boxes.open(number)
    boxes.boxes[number].ask(Order(True, ((as_bytes(order), 30.0),), 30.0, 30.0))
    return boxes.boxes[number]


def all_heard(kept, within=10.0):
    until, frames = time.monotonic() + within, ()
    while time.monotonic() < until:
        heard = kept.heard()
        frames += heard.frames
        if not heard.talking:
            break
    return heard, frames


BEHIND = """
import threading, time
def take():
    time.sleep(0.1)
    globals()["kept"] = b"1" * (400 << 20)
threading.Thread(target=take, daemon=True).start()
"""


def test_what_runs_on_between_two_messages_is_limited_too(boxes):
    kept = begun(boxes, BEHIND)
    heard, frames = all_heard(kept)
    assert not heard.stopped and b"ready" in frames[-1]
    wait_until(lambda: kept.stopped)  # nobody asks it anything
    assert kept.heard().stopped == "memory"
    wait_until(lambda: kept.box.process.poll() is not None)


@pytest.mark.all
def test_the_time_of_the_network_does_not_count(boxes):
    kept = begun(boxes, "x = 1")
    heard, _ = all_heard(kept)
    with kept.lock:
        kept.box.watch.looked -= 100.0  # which the network took
    kept.ask(Order(False, (), 1.0, 0.0))  # it only listens, and nothing comes
    later, _ = all_heard(kept)
    assert later.stopped == "wall"
    assert later.seconds - heard.seconds < 50


def test_a_box_is_ended_while_it_runs(boxes):
    kept = begun(boxes, "while True: pass")
    wait_until(lambda: kept.box)
    assert kept.heard().talking
    boxes.drop(0)
    assert kept.box.process.poll() is not None and kept.stopped == "cancelled"


def test_boxes_end_when_the_grader_is_not_heard_of_any_more(boxes, monkeypatch):
    kept = begun(boxes, "x = 1")
    all_heard(kept)
    assert not boxes.closed.is_set()
    monkeypatch.setattr(on_a_worker, "LEASE", 0.0)
    wait_until(lambda: boxes.closed.is_set() and kept.box.process.poll() is not None)
    wait_until(lambda: not boxes.sandbox.folder.exists())
    boxes.close()


def test_a_sandbox_that_does_not_start_is_told(boxes, monkeypatch):
    def cannot(sandbox, number):
        raise CannotSandbox("the disk is full")

    monkeypatch.setattr(whole_class.Sandbox, "open", cannot)
    heard, _ = all_heard(begun(boxes, "x = 1"))
    assert "CannotSandbox: the disk is full" in heard.failed


class Going(dict):
    """Boxes of a run that ends as soon as somebody has looked whether one is there."""

    def __contains__(self, number):
        found = super().__contains__(number)
        self.clear()
        return found


def test_a_run_that_ends_while_a_box_is_looked_for(monkeypatch):
    kept = SimpleNamespace(ask=lambda order: None, heard=lambda: Heard((b"1",)))
    for call, *order in ((on_a_worker.listen,), (on_a_worker.ask, Order(False, (), 1.0, 1.0))):
        known = SimpleNamespace(boxes=Going({0: kept}))
        monkeypatch.setattr(on_a_worker, "_known", lambda run, known=known: known)
        assert call("run", 0, *order) == Heard((b"1",))
        assert call("run", 1, *order) is None


def test_a_run_that_has_ended_opens_no_box(boxes, monkeypatch):
    monkeypatch.setattr(on_a_worker, "_known", lambda run: boxes)
    boxes.close()
    assert on_a_worker.ask("run", 0, Order(True, (), 1.0, 1.0)) is None
    assert not boxes.boxes


class Played:
    """A sandbox, and its box, that sends what it is given to play: frames, and what it raises."""

    def __init__(self, *given):
        self.given, self.opened = queue.SimpleQueue(), 0
        self.cpu_seconds, self.its_watch = 0.0, SimpleNamespace(look=lambda: None)
        self.its_watch.seconds, self.its_watch.queued, self.its_watch.counts_queue = 0.0, 0.0, True
        self.meanwhile = lambda: None  # when the grader asks how much time it took
        for each in given:
            self.given.put(each)

    def open(self, number):
        self.opened += 1
        return self

    @property
    def watch(self):
        if threading.current_thread() is threading.main_thread():
            self.meanwhile()
        return self.its_watch

    def receive(self, cpu, wall):
        given = self.given.get(timeout=30)
        if isinstance(given, Exception):
            raise given
        return given

    def complaint(self):
        return ""

    def close(self):
        pass


LISTEN = Order(False, (), 1.0, 1.0)


def test_the_end_of_an_answer_is_not_taken_for_that_of_the_next(monkeypatch):
    """Its last frame is there already when its thread does not know yet that it is the last."""
    played, has_read, reads = Played(b"1"), threading.Event(), threading.Event()

    def reads_slowly(frame):
        reads.set()
        assert has_read.wait(30)
        return False

    monkeypatch.setattr(on_a_worker, "says_more_comes", reads_slowly)
    monkeypatch.setattr(on_a_worker, "ANSWER_WITHIN", 0.0)
    kept = KeptBox(played, 0)
    kept.ask(LISTEN)
    assert reads.wait(30)
    heard = kept.heard()
    assert heard.frames == (b"1",) and heard.talking
    kept.ask(LISTEN)
    has_read.set()
    monkeypatch.setattr(on_a_worker, "ANSWER_WITHIN", 0.1)
    heard = kept.heard()
    assert heard.frames == () and heard.talking, "the second question is open"
    played.given.put(b"2")
    heard, frames = all_heard(kept)
    assert frames == (b"2",) and not heard.stopped
    kept.close()


def test_what_came_before_a_box_was_stopped_is_heard_before_that(monkeypatch):
    monkeypatch.setattr(on_a_worker, "ANSWER_WITHIN", 0.0)
    played = Played()
    kept = KeptBox(played, 0)
    kept.ask(LISTEN)
    wait_until(lambda: kept.box)

    def stops():
        if played.given.empty() and not kept.stopped:
            played.given.put(b'{"begins": 3}')
            played.given.put(Stopped("memory"))
            wait_until(lambda: kept.stopped)

    played.meanwhile = stops
    heard, frames = kept.heard(), ()
    while not heard.stopped:
        frames, heard = frames + heard.frames, kept.heard()
    assert frames + heard.frames == (b'{"begins": 3}',) and heard.stopped == "memory"
    kept.close()


def test_no_box_is_opened_that_was_ended_before():
    played = Played(b"1")
    kept = KeptBox(played, 0)
    kept.close()
    kept._talk(LISTEN)
    assert not played.opened


@pytest.mark.parametrize(
    ("frame", "more"),
    [
        (b'{"begins": 3}', True),
        (b'{"begins": 3, "ready": {}}', False),
        (b'{"ready": {"f": 1}}', False),
        (b"[" * 500_000, False),
        (b"\xff", False),
        (b"[]", False),
    ],
)
def test_of_a_message_a_worker_reads_only_whether_more_comes(frame, more):
    assert on_a_worker.says_more_comes(frame) == more


class Answering:
    """Calls of a worker that are answered by a list."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, function, run, number, *order):
        self.asked.append((function.__name__, *order))
        return self.answers.pop(0) if function is not on_a_worker.drop else None


def remote(*answers):
    call = Answering(*answers)
    return RemoteBox(RemoteSandbox(call, "run", Limits()), 3), call


def test_a_remote_box_asks_once_for_each_message_and_listens_while_more_comes():
    box, call = remote(
        Heard((), True), Heard((b"1", b"2"), True), Heard((b"3",), False), Heard((b"4",), False)
    )
    box.send({"cells": []}, 5.0)
    assert [box.receive(1.0, 2.0) for _ in range(3)] == [b"1", b"2", b"3"]
    box.send({"plays": []}, 5.0)
    assert box.receive(3.0, 4.0) == b"4"
    assert [name for name, *_ in call.asked] == ["ask", "listen", "listen", "ask"]
    first, second = call.asked[0][1], call.asked[3][1]
    assert first == Order(True, ((b'{"cells": []}', 5.0),), 1.0, 2.0)
    assert second == Order(False, ((b'{"plays": []}', 5.0),), 3.0, 4.0)
    box.close()
    box.close()
    assert [name for name, *_ in call.asked][4:] == ["drop"]


def test_a_remote_box_tells_why_it_was_stopped_after_what_had_come():
    box, _ = remote(Heard((b"1",), False, "cpu", "", "no", 2.0, 1.0, 3.0, False))
    box.send({}, 5.0)
    assert box.receive(1.0, 2.0) == b"1"
    with pytest.raises(Stopped, match="cpu"):
        box.receive(1.0, 2.0)
    assert (box.watch.seconds, box.watch.queued, box.cpu_seconds) == (2.0, 1.0, 3.0)
    assert not box.watch.counts_queue and box.complaint() == "no"


@pytest.mark.parametrize(
    "answer", [None, Heard(failed="the disk is full"), Heard(stopped="cancelled")]
)
def test_a_worker_that_has_no_such_box_is_lost(answer):
    box, _ = remote(answer)
    box.send({}, 5.0)
    with pytest.raises(MachineLost):
        box.receive(1.0, 2.0)


def test_a_worker_that_never_stops_a_box_is_not_believed():
    box, _ = remote(*[Heard((), True, seconds=10.0 * i) for i in range(9)])
    box.send({}, 1.0)
    with pytest.raises(Stopped, match="wall"):
        box.receive(1.0, 1.0)


def cells_run(box, patience=1.0):
    """A submission whose cells have been run there."""
    read = whole_class.read(notebook([code("x = 1")]))
    submission = one_submission._Run(
        assignments.load("hw1"), read, handout.load("hw1"), box.sandbox, "", 0, patience
    )
    submission.open()
    return submission


@pytest.mark.parametrize("queued", [3.0, 0.0])
def test_who_was_kept_waiting_on_a_worker_is_told_from_who_sleeps(queued):
    """By how long the box stood in the queue while the answer was played."""
    ready = Heard((as_bytes({"ready": {}}),), False, seconds=2.0)
    box, _ = remote(ready, Heard((), False, "wall", seconds=9.0, queued=queued))
    submission = cells_run(box)
    number, question = next(iter(submission.assignment.graded.items()))
    _, stopped = submission.play(marking.public(question), number)
    assert stopped == "wall"
    assert submission.outcome.waited == (queued > 0)


@pytest.mark.parametrize("queued", [3.0, 0.0])
def test_whose_cells_had_no_time_as_others_had_the_processors_is_tried_again(queued):
    ready = as_bytes({"ready": {}, "hurried": [1]})
    box, _ = remote(Heard((ready,), False, seconds=9.0, queued=queued))
    submission = cells_run(box)
    assert submission.outcome.waited == (queued > 0)
    assert "code cell 1 were run" in submission.outcome.notes[0]


def test_who_is_tried_again_has_more_time_in_all():
    """For all cells, and for the whole submission."""
    for patience in (1.0, whole_class.PATIENCE):
        box, call = remote(Heard((as_bytes({"ready": {}}),), False, seconds=400.0))
        submission = cells_run(box, patience)
        ((sent, _),) = call.asked[0][1].messages
        assert json.loads(sent)["wall"] == 2 * one_submission.CELLS_SECONDS * patience
        assert submission.late == (patience == 1.0)


@pytest.mark.parametrize("error", [MachineLost("gone"), ClusterStopped("gone"), Cancelled()])
def test_a_box_that_cannot_be_closed_ends_by_itself(error):
    def gone(*arguments):
        raise error

    box = RemoteBox(RemoteSandbox(gone, "run", Limits()), 0)
    box._opened = True
    box.close()

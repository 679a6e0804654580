"""Workers that are real processes on this machine: killed, stopped, late, unfit, or attacked."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hostile_submissions import (
    FORK_BOMB,
    MEMORY,
    cheat,
    code,
    honest,
    in_shapes,
    notebook,
)
from loopback_cluster import ROOT, loopback, wait_until

from course_grading import whole_class
from course_grading.cluster import machines, on_a_worker
from course_grading.cluster.machines import Cluster, ClusterStopped
from course_grading.marking import assignments, one_submission
from course_grading.sandbox.box import Sandbox
from course_grading.sandbox.limits import Limits
from course_grading.sandbox.watch import descendants
from course_grading.whole_class import grade_class

pytest.importorskip("distributed")
pytestmark = [pytest.mark.long, pytest.mark.usefixtures("needs_sandbox")]

SEED = 4711
RANDOM = "return {'W1': (1, 2), 'W2': (H2, H1), 'W3': (K, H2), 'x': (D, B), 'z1': (H1, B)}"
NAMED = "with open('/proc/self/comm', 'w') as file:\n    file.write('{}')\n"
SLOW = "import time\ntime.sleep({})"  # which no load of the machine makes slower


def write(folder: Path, submissions: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, content in submissions.items():
        (folder / f"{name}.ipynb").write_bytes(content)
    return folder


@pytest.fixture
def fourteen(tmp_path) -> Path:
    """Honest, partly right, damaged and hostile ones."""
    return write(
        tmp_path / "submissions",
        {
            **{f"honest{i}": honest("hw1") for i in range(6)},
            "partly": in_shapes(RANDOM),
            "raises": cheat("def trick(*a):\n    raise ValueError('no')"),
            "nothing": notebook([code("x = 1")]),
            "damaged": honest("hw1")[:-9],
            "bomb": honest("hw1", FORK_BOMB),
            "memory": honest("hw1", MEMORY),
            "ends": in_shapes("import os; os._exit(0)"),
            "endless": in_shapes("while True: pass"),
        },
    )


@pytest.fixture
def eight(tmp_path) -> Path:
    """Honest ones that take a second each."""
    return write(
        tmp_path / "submissions",
        {f"s{i:02}": honest("hw1", NAMED.format(f"st{i:02}") + SLOW.format(0.8)) for i in range(8)},
    )


def marks(records):
    return {
        r.student: (r.status, r.reason, r.questions, [a.text for a in r.written], r.notes)
        for r in records
    }


@pytest.fixture
def little_time(monkeypatch):
    """What runs into a limit does so soon; on the workers, too, as they are told the limits."""
    small = Limits(memory=300 << 20, address_space=1200 << 20, cpu=30.0, output=8 << 20)
    monkeypatch.setattr(one_submission, "CELL_SECONDS", 2.0)
    monkeypatch.setattr(one_submission, "CELLS_SECONDS", 5.0)
    monkeypatch.setattr(one_submission, "SPARE", 1.0)
    monkeypatch.setattr(whole_class, "Sandbox", partial(Sandbox, limits=small))
    monkeypatch.setattr(machines, "Limits", lambda: small)
    load = assignments.load
    monkeypatch.setattr(assignments, "load", lambda name: replace(load(name), seconds=2.0))


def are_full(records, number=8):
    assert [(r.status, r.automatic_points, r.notes) for r in records] == [
        ("graded", 80, ())
    ] * number


@contextmanager
def meanwhile(what):
    """`what` is done in a thread; what it raises comes out at the end."""
    raised = []

    def do():
        try:
            what()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=do)
    thread.start()
    yield
    thread.join()
    if raised:
        raise raised[0]


def runs_below(worker, name="st", within=90.0):
    """Wait until a box of this worker runs a submission that calls itself so."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        for pid in descendants(worker.pid):
            with suppress(OSError):
                if Path(f"/proc/{pid}/comm").read_text().startswith(name):
                    return pid
        time.sleep(0.02)
    raise AssertionError("nothing ran there")


def gone(pid):
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True


def kill(worker):
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()


# ------------------------------------------------------------------ the same marks


def test_a_class_with_hostile_ones_gets_the_marks_of_one_machine(fourteen, tmp_path, little_time):
    alone = grade_class(fourteen, "hw1", tmp_path / "alone", seed=SEED)
    with loopback() as cluster:
        cluster.start(2)
        cluster.wait_for(2)
        found = grade_class(fourteen, "hw1", tmp_path / "out", seed=SEED, cluster=cluster.address)
    assert len(found) == 14 and marks(found) == marks(alone)
    assert {r.status for r in alone} == {"graded", "partly graded", "could not be run"}
    columns = "grades.csv", "nbgrader.csv", "written.csv"
    for name in columns:
        assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


# ------------------------------------------------------------------ workers that go


@pytest.mark.parametrize("threads", [1, 2])
def test_a_worker_is_killed_in_the_middle(eight, tmp_path, threads):
    """With two threads somebody beside it is lost, too."""
    with loopback() as cluster:
        first, _ = cluster.start(2, threads=threads)
        cluster.wait_for(2)

        def in_the_middle():
            pid = runs_below(first)
            time.sleep(0.5)
            kill(first)
            time.sleep(1.0)
            assert gone(pid), "its boxes end with it"

        with meanwhile(in_the_middle):
            found = grade_class(eight, "hw1", tmp_path / "out", seed=1, cluster=cluster.address)
    are_full(found)


def test_a_worker_that_stands_still_is_given_up_and_taken_back(eight, tmp_path, monkeypatch):
    still, given_up = threading.Event(), threading.Event()
    call, put_off = Cluster._call, Cluster._put_off

    def impatient(cluster, machine, function, *arguments, **options):
        if function in (on_a_worker.ask, on_a_worker.listen) and not given_up.is_set():
            options["patience"] = 3.0
        return call(cluster, machine, function, *arguments, **options)

    def put_off_and_tell(cluster, machine):
        put_off(cluster, machine)
        if still.is_set():
            given_up.set()

    monkeypatch.setattr(Cluster, "_call", impatient)
    monkeypatch.setattr(Cluster, "_put_off", put_off_and_tell)
    with loopback() as cluster:
        first, second = cluster.start(2)
        cluster.wait_for(2)

        def in_the_middle():
            runs_below(first)
            os.kill(first.pid, signal.SIGSTOP)
            still.set()
            assert given_up.wait(90)
            os.kill(first.pid, signal.SIGCONT)
            kill(second)  # so what is left is for the first

        with meanwhile(in_the_middle):
            found = grade_class(eight, "hw1", tmp_path / "out", seed=1, cluster=cluster.address)
    are_full(found)


def test_a_worker_that_comes_late_gets_some(eight, tmp_path):
    with loopback() as cluster:
        (first,) = cluster.start()
        cluster.wait_for(1)

        def in_the_middle():
            runs_below(first)
            (late,) = cluster.start()
            runs_below(late)

        with meanwhile(in_the_middle):
            found = grade_class(eight, "hw1", tmp_path / "out", seed=1, cluster=cluster.address)
    are_full(found)


def test_a_submission_that_kills_three_workers_could_not_be_run(tmp_path):
    """Where nannies start them anew; whoever was there in the meantime gets full marks."""
    given = {f"s{i}": honest("hw1", NAMED.format("st") + SLOW.format(0.8)) for i in range(4)}
    given["killer"] = honest("hw1", NAMED.format("killer") + SLOW.format(9))
    folder = write(tmp_path / "submissions", given)
    killed, graded = set(), threading.Event()  # one that is killed may be there a moment longer
    with loopback() as cluster:
        nannies = cluster.start(2, threads=2, nanny=True)
        cluster.wait_for(2)

        def kill_them():
            while not graded.is_set():
                for nanny in nannies:
                    for worker in children(nanny.pid):
                        if any(comm(pid) == "killer" for pid in descendants(worker)):
                            os.kill(worker, signal.SIGKILL)
                            killed.add(worker)
                time.sleep(0.05)

        with meanwhile(kill_them):
            found = grade_class(folder, "hw1", tmp_path / "out", seed=1, cluster=cluster.address)
            graded.set()
    records = {r.student: r for r in found}
    killer = records.pop("killer")
    assert len(killed) == 3
    assert killer.status == "could not be run" and killer.grader_failed
    assert killer.reason.startswith("3 machines of the cluster were lost while it ran")
    are_full(records.values(), 4)
    again = grade_class(folder, "hw1", tmp_path / "out", seed=1)
    are_full(again, 5)


def comm(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()


def children(pid):
    """The worker below a nanny."""
    found = []
    for each in descendants(pid):
        with suppress(OSError):
            words = Path(f"/proc/{each}/cmdline").read_bytes()
            if each != pid and b"spawn_main" in words:
                found.append(each)
    return found


def test_the_last_worker_goes(eight, tmp_path, monkeypatch):
    with loopback() as cluster:
        (only,) = cluster.start()
        cluster.wait_for(1)
        given = eight, "hw1", tmp_path / "out"

        def in_the_middle():
            runs_below(only, "st02")
            monkeypatch.setattr(machines, "WITHOUT_WORKERS", 3.0)
            kill(only)

        with meanwhile(in_the_middle), pytest.raises(ClusterStopped) as why:
            grade_class(*given, seed=1, cluster=cluster.address)
        assert "no worker with a sandbox for 3 seconds" in str(why.value)
        finished = int(
            re.search(r"(\d+) of 8 submissions are finished and kept", str(why.value))[1]
        )
        assert finished == len(list((tmp_path / "out" / "records").glob("*.json"))) > 0
        monkeypatch.setattr(machines, "WITHOUT_WORKERS", 100.0)
        cluster.start()
        cluster.wait_for(1)
        are_full(grade_class(*given, cluster=cluster.address))


@pytest.mark.parametrize("what", [signal.SIGKILL, signal.SIGSTOP])
def test_the_scheduler_goes_and_this_machine_goes_on(eight, tmp_path, what):
    with loopback() as cluster:
        cluster.start(2)
        cluster.wait_for(2)
        at = []

        def in_the_middle():
            wait_until(lambda: any((tmp_path / "out/records").glob("*.json")))
            os.kill(cluster.scheduler.pid, what)
            at.append(time.monotonic())

        soon = "from course_nn.cluster import workers; workers.SCHEDULER = 5.0; "  # for 20 seconds
        main = "from course_grading.command_line import main; sys.exit(main())"
        command = [sys.executable, "-c", f"import sys; {soon}{main}", "grade", str(eight)]
        command += ["--assignment", "hw1", "--out", str(tmp_path / "out")]
        with meanwhile(in_the_middle):
            run = subprocess.run(
                [*command, "--cluster", cluster.address],
                cwd="/",
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                timeout=120,
            )
        assert time.monotonic() - at[0] < 60
        assert run.returncode == 1
        assert "Traceback" not in run.stderr
        said = "course-grading: the scheduler of the cluster does not answer any more.\n"
        assert run.stderr.startswith(said), run.stderr
        assert "goes on from there, with --cluster or without it." in run.stderr
        kept = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out/records").iterdir()}
        assert 0 < len(kept) < 8
        assert not (tmp_path / "out" / "errors.log").exists()
        are_full(grade_class(eight, "hw1", tmp_path / "out"))
        after = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "out/records").iterdir()}
        assert {name: after[name] for name in kept} == kept


# ------------------------------------------------------------------ who gets none


OTHERS = {
    "another version of the course": {
        "preload": "from course_grading.cluster import on_a_worker\non_a_worker._AT_FIRST = '0'\n"
    },
    "it has Python 3.99.0": {
        "preload": "import platform\nplatform.python_version = lambda: '3.99.0'\n"
    },
    "bwrap is not installed": {"preload": "import os\nos.environ['PATH'] = '/nowhere'\n"},
    "the sandbox of this machine does not hold": {  # passwords can be read
        "preload": "from pathlib import Path\nfrom course_grading.sandbox import box\n"
        "shown = getattr(box.Sandbox, 'as_it_was', box.Sandbox._shown)\n"
        "box.Sandbox.as_it_was = shown\n"
        "box.Sandbox._shown = lambda s: [*shown(s), Path('/etc')]\n"
    },
    "cannot import the grader of this course": {
        "preload": "import sys\nsys.modules['course_grading.cluster'] = None\n"
        "sys.modules['course_grading.cluster.on_a_worker'] = None\n"
    },
}


@pytest.mark.parametrize("words", OTHERS)
def test_an_unfit_worker_gets_none_and_the_other_all(eight, tmp_path, monkeypatch, words):
    monkeypatch.setattr(machines, "AT_THE_START", 0.0)
    said = []
    for path in list(eight.iterdir())[4:]:
        path.unlink()
    with loopback() as cluster:
        (unfit,) = cluster.start(**OTHERS[words])
        cluster.wait_for(1)
        given = {"seed": 1, "cluster": cluster.address}
        with pytest.raises(ClusterStopped, match=words):
            grade_class(eight, "hw1", tmp_path / "out", **given)
        assert not (tmp_path / "out").exists()
        cluster.start()
        cluster.wait_for(2)
        are_full(grade_class(eight, "hw1", tmp_path / "out", **given, say=said.append), 4)
        assert len([sentence for sentence in said if words in sentence]) == 1, said
        assert unfit.poll() is None, "it is left as it was"
        assert len(list(descendants(unfit.pid))) == 1


# ------------------------------------------------------------------ Ctrl-C


@pytest.mark.parametrize("stands_still", [False, True])
def test_ctrl_c(eight, tmp_path, stands_still):
    with loopback() as cluster:
        workers = cluster.start(2)
        cluster.wait_for(2)
        command = [sys.executable, "-m", "course_grading", "grade", str(eight)]
        command += ["--assignment", "hw1", "--out", str(tmp_path / "out"), "--seed", "1"]
        command += ["--cluster", cluster.address]
        with subprocess.Popen(
            command,
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
        ) as run:
            runs_below(workers[0])
            if stands_still:
                os.kill(workers[0].pid, signal.SIGSTOP)
                time.sleep(1)
            begun = time.monotonic()
            run.send_signal(signal.SIGINT)
            _, said = run.communicate(timeout=60)
        assert time.monotonic() - begun < 30
        assert run.returncode == 130
        assert "submissions are finished and kept. The same command goes on" in said
        assert "Traceback" not in said
        if stands_still:
            os.kill(workers[0].pid, signal.SIGCONT)
        until = time.monotonic() + 10
        while any(len(list(descendants(w.pid))) > 1 for w in workers):
            assert time.monotonic() < until, "boxes are left on a worker"
            time.sleep(0.1)
        are_full(grade_class(eight, "hw1", tmp_path / "out", cluster=cluster.address))


# ------------------------------------------------------------------ what a submission can reach


def asking(**attacks: str) -> bytes:
    """A notebook that tells what got through by the name of a package that it lacks."""
    cells = [
        f"def attack():\n    import os, socket, glob\n    {body}\n"
        "try:\n    found = bool(attack())\nexcept Exception:\n    found = False\n"
        f"__import__(('got_' if found else 'closed_') + '{name}')"
        for name, body in attacks.items()
    ]
    return honest("hw1", *cells)


def everywhere(secret: str) -> str:
    """The body of an attack that looks for a text in what can be read of all processes."""
    return (
        "for path in [*glob.glob('/proc/*/environ'), *glob.glob('/proc/*/cmdline')]:\n"
        "        try:\n            with open(path, 'rb') as file:\n"
        f"                if b'{secret}' in file.read(): return True\n"
        "        except OSError: pass"
    )


def test_a_submission_on_a_worker_reaches_nothing_of_it(tmp_path, monkeypatch):
    """The network is shut, and neither the worker, nor its keys, nor what others handed in is
    there."""
    with loopback(variables={"DASK_KEY_OF_TLS": "secret4711"}) as cluster:
        key = cluster.folder / "worker-key.pem"
        key.write_text("secret4711")
        key.chmod(0o644)
        (worker,) = cluster.start(threads=2)
        cluster.wait_for(1)
        host, port = cluster.address.removeprefix("tcp://").split(":")
        others = tmp_path / "submissions" / "other.ipynb"
        attacks = {
            "itself": "return len(os.listdir('/grader')) > 0",  # that the telling works
            "scheduler": f"return socket.create_connection(('{host}', {port}), 3)",
            "environment": everywhere("secret4711"),
            "key": f"return open('{key}').read()",
            "folder_of_the_worker": f"return os.listdir('{cluster.folder}')",
            "memory": f"return open('/proc/{worker.pid}/mem', 'rb')",
            "process": f"os.kill({worker.pid}, 0); return os.path.exists('/proc/{worker.pid}')",
            "other_submission": f"return open('{others}').read()",
            "other_box": "return [p for p in glob.glob('/tmp/*') if 'left_here' in p]",
            "module": "import distributed; return True",
        }
        given = {
            "attacks": asking(**attacks),
            "other": honest(
                "hw1", "open('/tmp/left_here', 'w').close()\nimport time; time.sleep(2)"
            ),
        }
        folder = write(tmp_path / "submissions", given)
        for path in (tmp_path, folder):
            path.chmod(0o755)
        found = grade_class(folder, "hw1", tmp_path / "out", seed=1, cluster=cluster.address)
        assert os.kill(worker.pid, 0) is None
    records = {r.student: r for r in found}
    said = re.findall(r"the package (\w+) is not there", " ".join(records["attacks"].notes))
    assert {*said} == {"got_itself", *(f"closed_{name}" for name in [*attacks][1:])}
    assert [r.automatic_points for r in found] == [80, 80]


# ------------------------------------------------------------------ TLS, and as somebody else


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext"
    words = [*words.split(), "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(words, check=True, capture_output=True)
    config = {"DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(cert)}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        config[f"DASK_DISTRIBUTED__COMM__TLS__{role}__KEY"] = str(key)
        config[f"DASK_DISTRIBUTED__COMM__TLS__{role}__CERT"] = str(cert)
    return config


def command_on(cluster, folder, out, **variables):
    command = [sys.executable, "-m", "course_grading", "grade", str(folder)]
    command += ["--assignment", "hw1", "--out", str(out), "--seed", "1"]
    return subprocess.run(
        [*command, "--cluster", cluster.address],
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_with_tls_by_the_configuration_of_dask(tmp_path, certificate):
    folder = write(tmp_path / "submissions", {"ada": honest("hw1"), "ben": honest("hw1")})
    with loopback(variables=certificate, protocol="tls") as cluster:
        cluster.start()
        assert cluster.address.startswith("tls://")
        run = command_on(cluster, folder, tmp_path / "out", **certificate)
        assert run.returncode == 0, run.stderr
        assert "2 students: 2 graded" in run.stdout and "TLS" not in run.stdout
        without = command_on(cluster, folder, tmp_path / "out2")
    assert without.returncode == 1 and not (tmp_path / "out2").exists()
    assert "distributed.comm.tls" in without.stderr and "Traceback" not in without.stderr


def test_as_an_ordinary_user(tmp_path):
    """Workers of somebody who is not root: the other mode of the sandbox."""
    from test_whole_class import AS_OTHER, other_python

    if os.geteuid() != 0:
        pytest.skip("all the other tests are run as an ordinary user already")
    words, variables, why = other_python()
    if why:
        pytest.skip(why)
    python = words[-3]
    asked = subprocess.run(
        [*AS_OTHER, python, "-c", "import distributed"], env=variables, capture_output=True
    )
    if asked.returncode:
        pytest.skip("another user cannot import distributed")
    if subprocess.run([*AS_OTHER, "unshare", "--user", "true"], capture_output=True).returncode:
        pytest.skip("ordinary users cannot make user namespaces here")
    folder = write(tmp_path / "submissions", {"ada": honest("hw1"), "ben": in_shapes(RANDOM)})
    alone = grade_class(folder, "hw1", tmp_path / "alone", seed=SEED)
    with loopback(words=AS_OTHER, python=python, variables=variables) as cluster:
        (worker,) = cluster.start()
        cluster.wait_for(1)
        assert Path(f"/proc/{worker.pid}").stat().st_uid == 12345
        found = grade_class(folder, "hw1", tmp_path / "out", seed=SEED, cluster=cluster.address)
    assert marks(found) == marks(alone)

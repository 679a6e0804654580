"""Each wall and limit is taken away, and the grader's attack on its own sandbox must notice it."""

import ctypes
import importlib.util
import itertools
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from tiers import thinned

import course_nn
from course_grading.sandbox import self_attack, system_calls, watch
from course_grading.sandbox.box import Sandbox, with_parents
from course_grading.sandbox.limits import CannotSandbox
from course_grading.sandbox.self_attack import ATTACKS, TRIAL, Hole
from course_grading.sandbox.watch import Watch

pytestmark = pytest.mark.usefixtures("needs_sandbox")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has this wall")


def test_each_module_of_ours_that_must_not_be_there_exists():
    """Else it would be missing in the box whatever the box shows."""
    ours = [name for name in self_attack.ANSWERS_OF_OTHERS if name.startswith("course_")]
    assert [name for name in ours if importlib.util.find_spec(name) is None] == []


# --- ways to spoil a sandbox ----------------------------------------------------------------------


def without(*words):
    """Take these words, which stand together, out of the command."""

    def spoil(command, sandbox, target):
        for i in range(len(command)):
            if tuple(command[i : i + len(words)]) == words:
                return command[:i] + command[i + len(words) :]
        raise AssertionError(f"{words} is not in the command")

    return spoil


def without_bound(name):
    """Take a limit away from prlimit."""

    def spoil(command, sandbox, target):
        kept = [word for word in command if not word.startswith(f"--{name}=")]
        assert len(kept) == len(command) - 1
        return kept

    return spoil


def with_mount(*words):
    """Show something more; {secret} stands for what the attack looks for."""

    def spoil(command, sandbox, target):
        i = [*itertools.pairwise(command)].index(("--remount-ro", "/"))
        more = [word.replace("{secret}", target.secret) for word in words]
        return [*command[:i], *more, *command[i:]]

    return spoil


def with_file(path):
    """Show a file and the folders above it, which bubblewrap by itself would make unreadable."""
    folders = [word for p in with_parents(path) for word in ("--perms", "0755", "--dir", p)]
    return with_mount(*folders, "--ro-bind", path, path)


def with_target(command, sandbox, target):
    return with_file(str(target.file))(command, sandbox, target)


def without_filter(command, sandbox, target):
    i = command.index("--seccomp")
    return command[:i] + command[i + 2 :]


def without_new_processes(command, sandbox, target):
    """Also without COURSE_SANDBOX, or the harness would end all processes of its user."""
    i = command.index("COURSE_SANDBOX")
    command = [*command[: i + 1], "0", *command[i + 2 :]]
    return without("--unshare-pid")(command, sandbox, target)


def without_group(command, sandbox, target):
    i = command.index("--regid")
    return command[:i] + command[i + 2 :]


def without_dropping(command, sandbox, target):
    i, j = command.index("--reuid"), command.index("--core=0") - 1  # where prlimit begins
    return command[:i] + command[j:]


def with_writable_harness(command, sandbox, target):
    inside = sandbox.folder / "inside"
    inside.chmod(0o777)
    i = command.index(str(inside))
    return [*command[: i - 1], "--bind", *command[i:]]


TRAINING = (
    "copies",
    "own_state",
    "training",
    "runs",
    "updates",
    "history",
    "settings",
    "progress",
    "evaluation",
    "heads",
    "not_arrays",
    "columns",
)


def with_answers(command, sandbox, target):
    course = sandbox.folder / "inside" / "course" / "course_nn"
    source = Path(course_nn.__file__).parent
    shutil.copytree(source / "checks", course / "checks", dirs_exist_ok=True)
    for name in ("graph", "operations", "losses", *TRAINING):
        shutil.copy(source / f"{name}.py", course)
    return command


TEMPORARY, SHARED = str(TRIAL.temporary), str(TRIAL.shared)
COURSE = str(Path(self_attack.__file__).resolve())
GROUPS = {  # planted together, for speed; each has the walls that must then be reported
    "sights": {
        "files of this machine": with_target,
        "files of the course": with_file(COURSE),
        "names and passwords": with_file("/etc/passwd"),
        "other programs": with_file("/bin/sh"),
        "the grader's environment": with_mount("--setenv", "SOMETHING", "{secret}"),
        "modules with answers": with_answers,
        "a read-only system": with_writable_harness,
    },
    "limits": {
        "the size of a file": without_bound("fsize"),
        "the size of /tmp": without("--size", TEMPORARY),
        "the size of /dev/shm": without("--size", SHARED),
        "open files": without_bound("nofile"),
        "processes": without_bound("nproc"),
    },
    "memory": {
        "memory of one process": without_bound("as"),
        "processes": lambda command, sandbox, target: command,  # its box was stopped before
    },
    "network": {
        "the network": without("--unshare-net"),
        "datagrams": lambda command, sandbox, target: command,  # the same wall
    },
    "filter": {
        "memory files": without_filter,
        "tracing": lambda command, sandbox, target: command,
        "large buffers of sockets": lambda command, sandbox, target: command,
        "sockets under way": lambda command, sandbox, target: command,
        "locks on files that all see": lambda command, sandbox, target: command,
        "pages that all processes share": lambda command, sandbox, target: command,
        "time stamps of the machine": lambda command, sandbox, target: command,
        "system calls": lambda command, sandbox, target: command,
        "asynchronous requests": lambda command, sandbox, target: command,
        "queues of messages": lambda command, sandbox, target: command,
        "filters of system calls": lambda command, sandbox, target: command,
        "pages in pipes": lambda command, sandbox, target: command,
    },
    "terminals": {"terminals": without("--ro-bind", "/dev/null", "/dev/pts/ptmx")},
}
GROUPS["network"] |= GROUPS["filter"]  # which alone keeps it shut too
AS_ROOT = {
    "list of processes": {
        "the list of processes": without_new_processes,
        "signals to other processes": lambda command, sandbox, target: command,
    },
    "root": {
        "the rights of root": without_dropping,
        "capabilities": lambda command, sandbox, target: command,
        "the groups of root": lambda command, sandbox, target: command,
        "processes": lambda command, sandbox, target: command,  # root has no limit of its own
    },
    "groups": {"the groups of root": without_group},
}
# What a machine or mode may lack, so that there is nothing to see with the wall gone.
PERHAPS = {
    *("sockets of virtual machines", "new user namespaces", "datagrams"),
    "pairs of other sockets",
}


class Spoilt(Sandbox):
    """A sandbox without some of its walls."""

    def __init__(self, plants, target, **options):
        self.plants, self.target = plants, target
        super().__init__(**{"limits": TRIAL, "modules": [ATTACKS], **options})
        if self.mode == "root":
            self.first_uid = 61_300  # away from other graders: see `without_new_processes`

    def command(self, worker, filter_descriptor):
        command = super().command(worker, filter_descriptor)
        for spoil in self.plants:
            command = spoil(command, self, self.target)
        return command


def holes_of(*plants, **options):
    """What the attack finds in a sandbox without some of its walls."""
    with self_attack.targets() as target, Spoilt(plants, target, **options) as sandbox:
        return list(self_attack.attack_walls(sandbox, target))


def test_an_intact_sandbox_has_no_hole():
    assert self_attack.find_holes() == []


@pytest.mark.long
@pytest.mark.parametrize("group", GROUPS)
def test_a_wall_that_is_taken_away_is_reported_and_no_other(group):
    holes = holes_of(*GROUPS[group].values())
    assert {hole.what for hole in holes} - PERHAPS == set(GROUPS[group]) - PERHAPS, holes


@as_root
@pytest.mark.parametrize("group", thinned(AS_ROOT, len(AS_ROOT)))
def test_a_wall_of_root_that_is_taken_away_is_reported_and_no_other(group):
    holes = holes_of(*AS_ROOT[group].values())
    assert {hole.what for hole in holes} == set(AS_ROOT[group]), holes


QUEUES = Path("/proc/sysvipc/msg")


def queues_of_the_machine(*plants):
    """What the machine has of them after a box without the filter has made one, and been closed."""
    with (
        self_attack.targets() as target,
        Spoilt([without_filter, *plants], target) as sandbox,
        sandbox.open(0) as box,
    ):
        self_attack.begin(box, self_attack.IMPORT)
        assert self_attack.play(box, ("queues", ())) == ["open: msgget"]
        assert QUEUES.read_text() == BEFORE or plants, "it is seen while the box is there"
    return QUEUES.read_text()


BEFORE = QUEUES.read_text() if QUEUES.exists() else ""


@pytest.mark.all
@as_root
@pytest.mark.skipif(not BEFORE, reason="this kernel has none")
def test_queues_that_could_be_made_are_gone_with_the_box():
    """Also without the filter, which alone would do; without a namespace of its own they stay."""
    assert queues_of_the_machine() == BEFORE
    try:
        assert queues_of_the_machine(without("--unshare-ipc")) != BEFORE
    finally:
        libc = ctypes.CDLL(None)
        libc.msgctl(libc.msgget(0x5EED, 0), 0, None)  # removes it
    assert QUEUES.read_text() == BEFORE


def test_the_devices_of_the_machine_are_reported():
    if set(os.listdir("/dev")) <= set(self_attack.DEVICES):
        pytest.skip("this machine has no others")
    found = {hole.what for hole in holes_of(with_mount("--dev-bind", "/dev", "/dev"))}
    assert (
        {"devices"}
        <= found
        <= {
            *("devices", "the size of /dev/shm", "a read-only system", "terminals"),
            "pages that all processes share",
        }
    )


def test_what_an_attack_got_is_told():
    (hole,) = holes_of(with_file("/etc/passwd"))
    assert str(hole).startswith("names and passwords: open: 'root:x:0:0")


@pytest.mark.all
def test_the_modules_of_the_assignment_are_no_hole():
    provides = ("checks", "graph", "operations", "losses", *TRAINING, "networks", "datasets")
    assert holes_of(provides=provides) == []


# --- limits that are watched from outside ---------------------------------------------------------


def limit_holes(monkeypatch, *whats, **limits):
    """What is found of some limits in a sandbox with others, waiting only a little."""
    attack = self_attack.play
    chosen = {what: self_attack.LIMIT_ATTACKS[what] for what in whats}
    monkeypatch.setattr(self_attack, "LIMIT_ATTACKS", chosen)
    monkeypatch.setattr(
        self_attack,
        "play",
        lambda box, *attacks, wall=20.0: attack(box, *attacks, wall=min(wall, 1.5)),
    )
    with Sandbox(limits=replace(TRIAL, **limits), modules=[ATTACKS]) as sandbox:
        return [hole.what for hole in self_attack.attack_limits(sandbox)]


@pytest.mark.long
def test_a_limit_of_messages_that_is_taken_away_is_reported(monkeypatch):
    what = ["one long message", "output in all"]
    assert limit_holes(monkeypatch, *what, output=1 << 40, frame=1 << 40) == what


@pytest.mark.long
def test_a_limit_of_memory_that_is_taken_away_is_reported(monkeypatch):
    what = "memory of all processes together"
    assert limit_holes(monkeypatch, what, memory=1 << 40, address_space=1 << 28) == [what]


@pytest.mark.long
def test_sockets_that_are_not_counted_are_reported(monkeypatch):
    """As it was: of what waits in them nothing is said by any process."""
    monkeypatch.setattr(watch, "sockets", lambda pid: 0)
    assert limit_holes(monkeypatch, "memory in sockets") == ["memory in sockets"]


@pytest.mark.long
@pytest.mark.parametrize("what", ["processor time", "a fork bomb"])
def test_a_limit_of_processor_time_that_is_taken_away_is_reported(monkeypatch, what):
    monkeypatch.setattr(self_attack, "LITTLE_CPU", 10_000)
    assert limit_holes(monkeypatch, what) == [what]


@pytest.mark.long
@pytest.mark.parametrize("what", ["memory of all processes together", "processor time"])
def test_a_limit_that_nobody_watches_is_reported(monkeypatch, what):
    look = Watch.look

    def count_time_only(watch):
        look(watch)
        watch.cpu_seconds = 0.0

    monkeypatch.setattr(Watch, "look", count_time_only)
    monkeypatch.setattr(Watch, "excess", lambda watch, limits: "")
    assert limit_holes(monkeypatch, what, address_space=1 << 28) == [what]


@pytest.mark.long
@pytest.mark.parametrize("what", ["memory of all processes together", "files"])
def test_processes_without_their_first_thread_that_are_not_seen_are_reported(monkeypatch, what):
    """As it was: what cannot be read was nothing, and the last process told the files."""

    def of_first_thread(pid):
        try:
            return watch._fields(f"/proc/{pid}/status", watch.OF_ITS_OWN) * 1024
        except OSError:
            return 0

    def of_last_process(one, count):
        try:
            return count(one._processes[-1]) or 0
        except OSError:
            return 0

    monkeypatch.setattr(watch, "memory", of_first_thread)
    monkeypatch.setattr(Watch, "_of_the_box", of_last_process)
    assert limit_holes(monkeypatch, what, address_space=1 << 28) == [what]


def test_calls_are_refused_one_by_one(monkeypatch):
    """What is allowed besides is found among many."""
    monkeypatch.setattr(system_calls, "ALLOWED", (*system_calls.ALLOWED, "io_setup"))
    assert {hole.what for hole in holes_of()} == {"system calls", "asynchronous requests"}


def test_what_is_refused_is_not_allowed():
    assert not {*system_calls.ALLOWED} & {*system_calls.REFUSED, *system_calls.IGNORED}
    assert len(system_calls.refused_numbers()) > 0.8 * len(system_calls.REFUSED)


def test_waiting_that_nobody_ends_is_reported(monkeypatch):
    monkeypatch.setattr(self_attack, "stop_reason", lambda *arguments: "it returned")
    assert {hole.what for hole in self_attack.attack_limits(None)} == set(self_attack.LIMIT_ATTACKS)


def test_an_attack_that_cannot_be_made_is_no_wall_that_holds(monkeypatch):
    def fails(*arguments):
        raise OSError("too many open files")

    monkeypatch.setattr(self_attack, "stop_reason", fails)
    with pytest.raises(OSError, match="too many open files"):
        self_attack.attack_limits(None)


def test_a_daemon_that_has_left_the_box_is_reported(monkeypatch):
    monkeypatch.setattr(
        self_attack, "order", lambda *arguments, **options: None
    )  # nothing is there
    with Sandbox(limits=TRIAL, modules=[ATTACKS]) as sandbox:
        (hole,) = self_attack.attack_with_daemon(sandbox, within=0.05)
    assert str(hole) == "nothing is left behind: a process has left the box"


def holes_of_daemon(monkeypatch, attack):
    """What is found with this instead of the attack."""
    code = f"{self_attack.IMPORT}\nimport time\nmake = leave_daemon_behind\n"
    code += f"def leave_daemon_behind():\n    {attack}"
    monkeypatch.setattr(self_attack, "IMPORT", code)
    with Sandbox(limits=TRIAL, modules=[ATTACKS]) as sandbox:
        return [str(hole) for hole in self_attack.attack_with_daemon(sandbox)]


def test_a_slow_machine_is_no_hole(monkeypatch):
    assert holes_of_daemon(monkeypatch, "time.sleep(0.4); make()") == []


def test_a_daemon_that_was_not_made_is_no_proof(monkeypatch):
    (hole,) = holes_of_daemon(monkeypatch, "pass")
    assert hole == "nothing is left behind: the attack itself failed"


def test_who_is_dead_and_not_yet_asked_for_is_gone():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    try:
        assert self_attack.gone([child], within=0.0) == []
    finally:
        os.waitpid(child, 0)


def test_a_process_that_is_left_behind_is_reported():
    assert self_attack.gone([os.getpid()], within=0.02)[0].what == "nothing is left behind"
    assert self_attack.gone([], within=0.02) == []
    alive = [7, 7, 7]
    assert self_attack.gone([7], exists=lambda pid: bool(alive and alive.pop())) == []


# --- what is said about it ------------------------------------------------------------------------


def test_the_grader_refuses_to_work_with_a_hole(monkeypatch):
    holes = [Hole("the network", "open"), Hole("open files", "open")]
    monkeypatch.setattr(self_attack, "find_holes", lambda *arguments, **options: holes)
    with pytest.raises(
        CannotSandbox, match="does not hold:\n  - the network: open\n  - open files"
    ):
        self_attack.require()


def test_a_sandbox_that_does_not_start_is_explained():
    with pytest.raises(CannotSandbox, match=r"does not start \(ended\).*No such file"):
        holes_of(with_mount("--ro-bind", "/no/such/folder", "/x"))


def test_a_system_without_namespaces_is_explained():
    text = self_attack.explain("bwrap: setting up uid map: Permission denied")
    assert "setting up uid map" in text and "apparmor" in text and "as root" in text
    assert self_attack.explain("") == "It said: nothing."


def test_the_targets_are_gone_afterwards():
    with self_attack.targets() as target:
        assert target.file.read_text() == target.secret == os.environ["COURSE_GRADING_SECRET"]
    assert not target.file.exists()
    assert "COURSE_GRADING_SECRET" not in os.environ


def test_two_proofs_in_one_process_do_not_take_each_others_secret():
    aimed = threading.Event()

    def aim():
        with self_attack.targets():
            aimed.set()

    other = threading.Thread(target=aim)
    with self_attack.targets() as target:
        other.start()
        assert not aimed.wait(0.1)
        assert os.environ["COURSE_GRADING_SECRET"] == target.secret
    other.join()
    assert aimed.is_set()
    assert "COURSE_GRADING_SECRET" not in os.environ


@pytest.mark.all
def test_an_attack_that_fails_by_itself_is_a_hole(monkeypatch):
    monkeypatch.setattr(self_attack, "wall_attacks", lambda *a: {"w": ("no_such_attack", ())})
    (hole,) = holes_of()
    assert "the attack itself failed" in hole.got
    monkeypatch.setattr(self_attack, "wall_attacks", lambda *a: {"w": ("one_long_message", ())})
    (hole,) = holes_of()
    assert "did not end well (output)" in hole.got

"""The commands of the course.  Needs only Python: no package has to be installed first.

    python3 run.py lab         opens the lessons in JupyterLab (more arguments go to JupyterLab):
                               your own copies, in my_notebooks; --stored opens the originals
    python3 run.py test        runs the tests and every notebook (more arguments go to pytest;
                               --all and --long add tests, as the README says)
    python3 run.py notebooks   runs the notebooks anew, or those named, and stores their outputs
    python3 run.py site        builds the pages for reading, and for running in a browser, in _site
    python3 run.py bench       runs the measurements in benchmarks/ (more arguments go to them)

The first command sets up the folder .venv beside this file; the next ones start at once.
On Windows write `py` instead of `python3`.
"""
# Every Python since 2.7 must be able to read this file, so that it prints a sentence instead of a
# SyntaxError: no syntax newer than that, and no import of anything newer before the sentence.

from __future__ import print_function

import sys

OLDEST_PYTHON = (3, 11)
NEWEST_TESTED_PYTHON = (3, 13)


def explain_old_python(version, executable):
    """A sentence if this Python is too old, else None."""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return None
    return (
        "This course needs Python {}.{} or later, but {} is Python {}.{}.{}.\n"
        "Install a newer Python (from python.org, or with your system's package manager) "
        "and use it to run this command again."
    ).format(OLDEST_PYTHON[0], OLDEST_PYTHON[1], executable, *version[:3])


# Before the imports, at which these would stop. The others hear it from `main`.
if sys.version_info < (3, 5):  # noqa: UP036
    sys.exit(explain_old_python(sys.version_info, sys.executable))

import difflib
import errno
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
TRUST = "trust"  # a folder: which notebooks JupyterLab trusts
STAMP = "setup-finished.json"  # written last: without it the set-up was interrupted
LOG = "setup.log"  # written first: without it the environment is not ours to delete
START = "00_start_here.ipynb"
COPIES = "my_notebooks"  # the reader's own; tools/readers_copies.py makes them
MARKER = ".readers_copies.json"  # in that folder: what the course has laid there
ORIGINALS_ARE_EDITED = False  # where they are, `lab` opens them

EXTRAS = ("lessons", "test", "cluster")
EXTRAS_FOR_SITE = ("site",)  # what `site` needs besides
EXTRAS_FOR_LONG = ("long",) + EXTRAS_FOR_SITE  # what `test --long` needs besides
PROJECTS = (".",)  # folders with a pyproject.toml; each is installed as it stands, editable
MEGABYTES_NEEDED = 450  # .venv itself; measured on Linux, rounded up
# instructors: begin
ORIGINALS_ARE_EDITED = True
EXTRAS += ("fast",)
PROJECTS += ("./course_grading",)
MEGABYTES_NEEDED = 900
# instructors: end
WINDOWS = os.name == "nt"
SITE_PACKAGES = "Lib/site-packages" if WINDOWS else "lib/python3*/site-packages"


COMMANDS = ("lab", "test", "notebooks", "site", "bench")
HELP = __doc__.strip()
# instructors: begin
COMMANDS += ("homework", "exam", "slides")
HELP += """

For instructors (in this tree `lab` always opens the originals, because they are edited here):

    python3 run.py homework    builds the student versions of the homework in notebooks/homework
                               (--check builds nothing and says which ones are stale)
    python3 run.py exam        draws an exam on paper and its key: --seed 7 --out exam/
                               (--kind weekly or final, --forms 2)
    python3 run.py slides      builds slides of the lessons in _slides (--serve shows them, with
                               the window for the speaker)

In .venv/bin there is course-grading besides (--help): `student-release` writes the tree that
students get, `grade` marks what they hand in, `inventory` writes twenty questions for before and
after the course, and reads the answers."""
# instructors: end


class SetupFailed(Exception):
    """Its text is a sentence or two for the person at the keyboard."""


# ------------------------------------------------------------------ what can go wrong, in words


def lacks_venv(find_module=importlib.util.find_spec):
    """Whether this Python cannot make environments: Debian splits that off."""
    return not (find_module("venv") and find_module("ensurepip"))


def explain_missing_venv(version):
    return (
        "This Python cannot make an environment: its modules 'venv' and 'ensurepip' are not "
        "installed.\nOn Debian or Ubuntu install the package python3-venv (or python{}.{}-venv), "
        "elsewhere the Python from python.org, and run this command again."
    ).format(*version[:2])


NETWORK_WORDS = (
    "Failed to establish a new connection",
    "NewConnectionError",
    "NameResolutionError",
    "Temporary failure in name resolution",
    "getaddrinfo failed",
    "nodename nor servname",
    "Network is unreachable",
    "Connection refused",
    "Connection reset",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "Read timed out",
    "ProxyError",
)
DISK_WORDS = ("No space left on device", "not enough space on the disk", "Disk quota exceeded")
PERMISSION_WORDS = ("Permission denied", "PermissionError", "Read-only file system")


def explain_full_disk():
    return (
        "The disk is full: the course needs about {} MB in {},\n"
        "and some room for temporary files in {}. "
        "Make room and run this command again."
    ).format(MEGABYTES_NEEDED, VENV, tempfile.gettempdir())


def explain_no_permission(path):
    return (
        "{} may not be written or deleted.\n"
        "Close the programs that use it (a running JupyterLab, say), or copy the course into "
        "a folder of your own, and run this command again."
    ).format(path)


def explain_os_error(error):
    """The sentence for an error of the operating system during the set-up."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return explain_full_disk()
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return explain_no_permission(error.filename or VENV)
    failed = "The set-up failed: {}.\nPut that right, or delete {}, and run this again."
    return failed.format(error, VENV)


def explain_installer(output, free_megabytes, version):
    """The sentence for a failed venv or pip, from what it printed."""
    lines = [line.rstrip() for line in output if line.strip()]
    text = "\n".join(lines)
    if any(word in text for word in DISK_WORDS) or free_megabytes < 5:
        sentence = explain_full_disk()
    elif any(word in text for word in NETWORK_WORDS):
        sentence = (
            "The packages could not be fetched: setting up needs the internet.\n"
            "Connect (or set your proxy) and run this command again; what has been downloaded "
            "is kept."
        )
    elif "ensurepip" in text:
        sentence = explain_missing_venv(version)
    elif any(word in text for word in PERMISSION_WORDS):
        sentence = explain_no_permission(VENV)
    else:
        sentence = "The set-up failed; the lines above are from {}.".format(VENV / LOG)
        if tuple(version[:2]) > NEWEST_TESTED_PYTHON:
            sentence += (
                "\nThe course is tested with Python {}.{} to {}.{}: try one of these.".format(
                    *(OLDEST_PYTHON + NEWEST_TESTED_PYTHON)
                )
            )
    telling = [line for line in lines if "ERROR" in line] or lines
    return "\n".join(["  | " + line.strip()[:200] for line in telling[-3:]] + [sentence])


def explain_unknown_command(name):
    alike = difflib.get_close_matches(name, COMMANDS, n=1)
    return "There is no command {!r}.".format(name) + (
        " Did you mean {}?".format(alike[0]) if alike else ""
    )


# ------------------------------------------------------------------ is a set-up needed?


def constraints_file(environ):
    """The file that pins the versions; None when the newest allowed ones are wanted."""
    name = environ.get("COURSE_CONSTRAINTS") or "constraints.txt"
    if name == "none":
        return None
    path = ROOT / name
    if not path.is_file():
        raise SetupFailed(
            "COURSE_CONSTRAINTS names {}, but {} has no such file. "
            'Name a constraints file there, or "none" for the newest allowed versions.'.format(
                name, ROOT
            )
        )
    return path


def requirements_digest(pyproject_texts, constraints_text):
    """Changes when what has to be installed changes (and not when, say, a lint rule does)."""
    import tomllib

    parts = [list(EXTRAS), constraints_text]
    for project in map(tomllib.loads, pyproject_texts):
        parts += [project.get("project"), project.get("build-system")]
        parts += [project.get("tool", {}).get("setuptools")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def wanted_stamp(constraints, extras=EXTRAS):
    """What the stamp of a finished set-up says, for this Python, this folder, these packages."""
    pyprojects = [ROOT / project / "pyproject.toml" for project in PROJECTS]
    return {
        "python": "{}.{}".format(*sys.version_info[:2]),
        "folder": str(ROOT),  # an environment holds absolute paths: it cannot be moved or copied
        "packages": requirements_digest(
            [path.read_text(encoding="utf-8") for path in pyprojects],
            constraints.read_text(encoding="utf-8") if constraints else "",
        ),
        "extras": list(extras),
    }


def python_of(venv):
    return venv / "Scripts" / "python.exe" if WINDOWS else venv / "bin" / "python"


def read_stamp(venv, wanted):
    """What the stamp of the last finished set-up says; None without one."""
    try:
        found = json.loads((venv / STAMP).read_text(encoding="utf-8"))
        return {key: found[key] for key in wanted}
    except (OSError, ValueError, LookupError, TypeError):
        return None


def has_package(venv, name):
    return any(venv.glob("{}/{}/__init__.py".format(SITE_PACKAGES, name)))


def made_by_uv(venv):
    """Whether `uv sync` has made this environment, and for the course in this folder."""
    try:
        settings = (venv / "pyvenv.cfg").read_text(encoding="utf-8")
        places = list(venv.glob(SITE_PACKAGES + "/course_nn-*.dist-info/direct_url.json"))
        urls = [json.loads(place.read_text(encoding="utf-8"))["url"] for place in places]
        folders = [Path(url2pathname(urlsplit(url).path)) for url in urls]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False
    return bool(re.search(r"^uv *=", settings, re.MULTILINE)) and folders == [ROOT]


def what_to_do(venv, wanted):
    """("nothing" | "make" | "install", why): make starts from an empty folder."""
    if not venv.exists() or not any(venv.iterdir()):
        return "make", "once"
    by_uv = made_by_uv(venv)
    found = read_stamp(venv, wanted)
    if found is None:
        if by_uv:
            return "install", "uv made it, and what the course needs besides is added"
        if (venv / LOG).exists():
            return "make", "again, because the last set-up was not finished"
        raise SetupFailed(
            "{} was not made by this command, nor by `uv sync` in this folder, so it is not "
            "touched.\nRename or delete it, and run this command again.".format(venv)
        )
    if found["folder"] != wanted["folder"]:
        return "make", "again, because the course folder was moved or copied"
    if found["python"] != wanted["python"] and not by_uv:  # uv has chosen its own
        return "make", "again, because it was made with Python {python}".format(**found)
    if not python_of(venv).exists():
        return "make", "again, because the Python it was made with is gone"
    if found["packages"] != wanted["packages"]:
        return "install", "again, because the list of packages has changed"
    if not (has_package(venv, "jupyterlab") and has_package(venv, "pytest")):
        return "install", "again, because packages were removed, as `uv sync` does"
    if not set(wanted["extras"]) <= set(found["extras"]):
        return "install", "again, because more packages are needed"
    return "nothing", ""


# ------------------------------------------------------------------ the set-up


def say(text):
    print(text, flush=True)


def child_environment(environ, any_versions=False):
    """The caller's environment without what would lead the course's Python astray."""
    unwanted = {"PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "JUPYTER_PATH"}
    unwanted |= {"PIP_TARGET", "PIP_PREFIX", "PIP_CONSTRAINT", "PIP_REQUIRE_VIRTUALENV"}
    unwanted |= {"MPLBACKEND"}  # a backend set by the user would keep figures out of the notebooks
    child = {name: value for name, value in environ.items() if name.upper() not in unwanted}
    child["PATH"] = os.pathsep.join([str(python_of(VENV).parent), environ.get("PATH", "")])
    child["VIRTUAL_ENV"] = str(VENV)
    child["PIP_USER"] = "0"
    child["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    child["JUPYTER_PREFER_ENV_PATH"] = "1"  # our kernel, not one of the user's of the same name
    if any_versions:
        child["COURSE_ANY_VERSIONS"] = "1"  # tests/test_packaging.py: the pins do not apply
    return child


def take_lock(handle, what="setting up .venv"):
    """Waits while another run is doing the same; the system frees the lock of a run that died."""
    told = False
    while True:
        try:
            if WINDOWS:
                import msvcrt

                handle.seek(0)
                msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
                return  # this disk has no locks: go on without
        if not told:
            say("Another run is {}; waiting for it ...".format(what))
            told = True
        time.sleep(0.3)


def empty_venv(venv):
    """Empties it, rather than deleting it, because it may be a link to a larger disk."""
    for entry in os.scandir(str(venv)):
        if entry.name == TRUST:
            continue  # signatures of what the reader has run and stored
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif entry.name != LOG:  # if we are stopped here, the log says that the rest is ours
            os.remove(entry.path)


def run_installer(command, lock):
    """Runs venv or pip, its output kept in the log; raises SetupFailed if it fails."""
    output = []
    # A pipe rather than the log itself: on a full disk the log would not hold the reason.
    # The lock is handed down, so that it outlives us if we are killed and pip is not.
    with open(str(VENV / LOG), "ab", buffering=0) as log, subprocess.Popen(
        command,
        cwd=str(ROOT),
        env=child_environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=() if WINDOWS else (lock.fileno(),),
    ) as process:
        for line in process.stdout:
            output.append(line.decode("utf-8", "replace"))
            if line.startswith(b"Installing collected packages"):
                say("  unpacking them ...")
            try:
                log.write(line)
            except OSError:
                pass  # the disk is full; pip will say so too
    if process.returncode != 0:
        free_megabytes = shutil.disk_usage(str(VENV)).free / 1e6
        raise SetupFailed(explain_installer(output, free_megabytes, sys.version_info))


def compile_packages(python):
    """Writes the .pyc files that pip writes and uv does not, so that no start pays for them.

    A test file of some package that this Python cannot read is no reason to fail.
    """
    site_packages = map(str, VENV.glob(SITE_PACKAGES))
    command = [python, "-m", "compileall", "-q", "-j", "0"]
    subprocess.run(command + list(site_packages), cwd=str(ROOT), capture_output=True, check=False)


def quieten_jupyterlab(venv):
    """Turns off the part that asks about news and looks for news and updates on the internet."""
    folder = venv / "etc" / "jupyter" / "labconfig"
    folder.mkdir(parents=True, exist_ok=True)
    disabled = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (folder / "page_config.json").write_text(json.dumps(disabled) + "\n", encoding="utf-8")


def make_ready(environ, extras=EXTRAS):
    """Makes or mends .venv if that is needed."""
    constraints = constraints_file(environ)
    wanted = wanted_stamp(constraints, extras)
    if what_to_do(VENV, wanted)[0] == "nothing":
        return
    with open(str(ROOT / ".venv.lock"), "a", encoding="utf-8") as lock:
        take_lock(lock)
        action, why = what_to_do(VENV, wanted)  # another run may have done it meanwhile
        if action != "nothing":
            set_up(action, why, constraints, wanted, lock)


def set_up(action, why, constraints, wanted, lock):
    started = time.time()
    if action == "make" and lacks_venv():
        raise SetupFailed(explain_missing_venv(sys.version_info))
    say("Setting up .venv ({}; about a minute and {} MB) ...".format(why, MEGABYTES_NEEDED))
    if action == "install":  # what was there before stays
        found = read_stamp(VENV, wanted) or {"extras": []}
        wanted["extras"] += [each for each in found["extras"] if each not in wanted["extras"]]
    if (VENV / STAMP).exists():
        (VENV / STAMP).unlink()
    VENV.mkdir(exist_ok=True)
    (VENV / LOG).write_bytes(b"")
    if action == "make":
        empty_venv(VENV)
        # Inside another environment, .venv itself perhaps, the Python beneath it is used.
        base_python = getattr(sys, "_base_executable", None) or sys.executable
        run_installer([base_python, "-m", "venv", str(VENV)], lock)
    python = str(python_of(VENV))
    by_uv = made_by_uv(VENV)
    if not has_package(VENV, "pip"):  # uv leaves it out, and takes it out of an environment of ours
        run_installer([python, "-m", "ensurepip"], lock)
    say("  fetching the packages ...")
    pip = [python, "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
    pip += ["-c", str(constraints)] if constraints else ["--upgrade", "--upgrade-strategy", "eager"]
    # "." rather than the folder's name, which may hold any character
    pip += ["-e", "{}[{}]".format(PROJECTS[0], ",".join(wanted["extras"]))]
    for project in PROJECTS[1:]:
        pip += ["-e", project]
    run_installer(pip, lock)
    if by_uv:
        compile_packages(python)
    quieten_jupyterlab(VENV)
    unfinished = VENV / (STAMP + ".part")
    unfinished.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
    os.replace(str(unfinished), str(VENV / STAMP))
    say("  done in {:.0f} seconds.".format(time.time() - started))


# ------------------------------------------------------------------ the commands


def trust_files():
    """Signatures of trusted notebooks, and their key: beside the course, not in user folders."""
    return VENV / TRUST / "signatures.db", VENV / TRUST / "secret"


def untouched_copies():
    """The copies that are, byte for byte, as the course has laid them there."""
    folder = ROOT / COPIES
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        laid = {}
        for entry in marker["copies"].values():
            laid.update(entry["files"])
        found = []
        for name, digest in sorted(laid.items()):
            path = folder / name
            is_notebook = path.suffix == ".ipynb" and path.is_file()
            if is_notebook and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
                found.append(path)
        return found
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []


def trust_lessons(python, environment):
    """Signs the lessons, as "Trust Notebook" does, so that the buttons of a stored picture work.

    Without it they would only do so after the cell was run. If it fails, that is all that is lost.
    Other notebooks in the folder are not trusted. Of the copies only those are signed that nobody
    has changed: what the reader runs and stores, JupyterLab signs by itself.
    """
    folder = ROOT / "notebooks"
    lessons = sorted(folder.glob("[01][0-9]_*.ipynb")) + sorted(folder.glob("appendix.ipynb"))
    lessons += sorted(folder.glob("workbook/*.ipynb"))
    lessons += sorted(folder.glob("further/*.ipynb")) + untouched_copies()
    command = [python, str(Path("tools", "trust_notebooks.py"))] + list(map(str, trust_files()))
    try:
        (VENV / TRUST).mkdir(exist_ok=True)
        subprocess.run(
            command + [str(path) for path in lessons],
            cwd=str(ROOT),
            env=environment,
            capture_output=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        pass


def opens_originals(arguments):
    """Whether `lab` with these arguments opens what is stored, and not the reader's copies."""
    return ORIGINALS_ARE_EDITED or "--stored" in arguments


def make_copies(python, environment):
    """Brings the reader's copies up to date; whether there are copies to open."""
    command = [python, str(Path("tools", "readers_copies.py"))]
    with ExitStack() as stack:
        try:
            lock = stack.enter_context(open(str(ROOT / ".venv.lock"), "a", encoding="utf-8"))
            take_lock(lock, "making the copies in " + COPIES)
        except OSError:
            pass  # nothing may be written here: the tool says so
        subprocess.run(command, cwd=str(ROOT), env=environment, check=False)
    if (ROOT / COPIES / START).is_file():
        return True
    print(
        "So there are no copies to work in. `run.py lab --stored` opens the originals.",
        file=sys.stderr,
    )
    return False


def lab_command(python, arguments, is_root):
    start = ("notebooks/" if opens_originals(arguments) else COPIES + "/") + START
    command = [python, str(Path("tools", "quiet_lab.py"))]
    command += ["--ServerApp.root_dir=" + str(ROOT)]  # so that lessons can link to the code
    # As an address rather than a file: then the address printed in the terminal leads there too.
    command += ["--LabApp.default_url=/lab/tree/" + start]
    database, secret = trust_files()
    command += ["--NotebookNotary.db_file={}".format(database)]
    command += ["--NotebookNotary.secret_file={}".format(secret)]
    if is_root:
        command += ["--allow-root"]  # JupyterLab refuses without, and containers run as root
    return command + [argument for argument in arguments if argument != "--stored"]


def with_absolute_out(arguments):
    """The arguments with what stands behind --out as it is called from any folder."""
    made = list(arguments)
    for place, word in enumerate(arguments):
        if word.startswith("--out=") and word != "--out=":
            made[place] = "--out=" + os.path.abspath(word[len("--out=") :])
        elif place and arguments[place - 1] == "--out" and word and not word.startswith("-"):
            made[place] = os.path.abspath(word)
    return made


def command_for(name, arguments, python):
    """What is run in .venv for a command of ours; None for a name that is not one."""
    if name == "lab":
        is_root = hasattr(os, "geteuid") and os.geteuid() == 0
        return lab_command(python, arguments, is_root)
    if name == "test":
        return [python, "-m", "pytest"] + arguments
    if name == "notebooks":
        return [python, str(Path("tools", "execute_notebooks.py"))] + arguments
    if name == "site":
        return [python, str(Path("tools", "build_site.py"))] + with_absolute_out(arguments)
    if name == "bench":
        return [python, "-m", "benchmarks"] + arguments
    # instructors: begin
    if name == "homework":
        return [python, "-m", "course_grading.publishing.homework"] + arguments
    if name == "exam":
        return [python, "-m", "course_grading.exams"] + with_absolute_out(arguments)
    if name == "slides":
        return [python, str(Path("tools", "build_slides.py"))] + with_absolute_out(arguments)
    # instructors: end
    return None


def extras_for(arguments):
    """The extras of pyproject.toml that a command needs."""
    if arguments[0] == "test" and "--long" in arguments:
        return EXTRAS + EXTRAS_FOR_LONG
    if arguments[0] == "site" and "--try" in arguments:
        return EXTRAS + EXTRAS_FOR_LONG  # a browser is operated there, too
    return EXTRAS + EXTRAS_FOR_SITE if arguments[0] == "site" else EXTRAS


def hand_over(command, environment):
    """Runs the command from the course folder and ends with its exit code."""
    os.chdir(str(ROOT))
    if not WINDOWS:
        os.execve(command[0], command, environment)  # becomes the command: its signals are its own
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass  # Ctrl-C reaches the command too, and it decides


def main(arguments):
    if hasattr(sys.stdout, "reconfigure"):  # a folder name that the terminal cannot show
        sys.stdout.reconfigure(errors="replace")
        sys.stderr.reconfigure(errors="replace")
    problem = explain_old_python(sys.version_info, sys.executable)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(HELP)
        return 0
    command = command_for(arguments[0], arguments[1:], str(python_of(VENV)))
    if command is None:
        print("{}\n\n{}".format(HELP, explain_unknown_command(arguments[0])), file=sys.stderr)
        return 2
    try:
        make_ready(os.environ, extras_for(arguments))
    except SetupFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as error:
        print(explain_os_error(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe set-up was stopped. Run the command again: it mends that.", file=sys.stderr)
        return 130
    other_versions = os.environ.get("COURSE_CONSTRAINTS") not in (None, "", "constraints.txt")
    environment = child_environment(os.environ, other_versions)
    try:
        if arguments[0] == "lab":
            if not opens_originals(arguments) and not make_copies(command[0], environment):
                return 1
            trust_lessons(command[0], environment)
    except KeyboardInterrupt:
        return 130
    return hand_over(command, environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

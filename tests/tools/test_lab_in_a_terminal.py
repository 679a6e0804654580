"""What `run.py lab` says in the terminal, and how it ends."""

import json
import logging
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("jupyterlab")

import lab_in_a_terminal as lab

ROOT = Path(__file__).resolve().parents[2]
ENCRYPTED = "--KernelManager.transport_encryption=auto"


# ------------------------------------------------------------------ what it decides


def test_our_options_come_first_and_the_callers_take_their_place():
    ours = lab.with_defaults([])
    assert "--ServerApp.log_level=ERROR" in ours
    assert "--ServerApp.contents_manager_class=quiet_lab.QuietContents" in ours
    given = lab.with_defaults(["--no-browser", "--ServerApp.log_level=INFO"])
    assert given[-2:] == ["--no-browser", "--ServerApp.log_level=INFO"]
    assert "--ServerApp.log_level=ERROR" not in given


@pytest.mark.parametrize("option", ["--debug", "--log-level=INFO"])
def test_who_wants_the_log_gets_it(option):
    assert not [each for each in lab.with_defaults([option]) if each.endswith("log_level=ERROR")]


def test_connections_to_kernels_are_encrypted_where_that_can_be_had(monkeypatch):
    monkeypatch.setattr(lab, "KernelManager", SimpleNamespace(transport_encryption="disabled"))
    assert ENCRYPTED in lab.with_defaults([])
    monkeypatch.setattr(lab, "KernelManager", SimpleNamespace())
    assert ENCRYPTED not in lab.with_defaults([])


@pytest.mark.parametrize(
    ("text", "passes"),
    [("\n    To access the server, open this file", False), ("The server has failed", True)],
)
def test_only_the_second_address_is_left_out_of_the_log(text, passes):
    record = logging.LogRecord("ServerApp", logging.CRITICAL, "", 0, text, (), None)
    assert lab.no_second_address(record) == passes


def test_another_server_is_one_of_the_same_folder_that_answers(tmp_path, monkeypatch):
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    found = [{"root_dir": str(tmp_path), "url": "http://localhost:1/", "port": 1}]
    monkeypatch.setattr(lab, "list_running_servers", lambda: found)
    monkeypatch.setattr(lab, "answers", lambda url: True)
    assert lab.running_for(str(link)) == found[0]
    assert lab.running_for(str(tmp_path.parent)) is None
    monkeypatch.setattr(lab, "answers", lambda url: False)
    assert lab.running_for(str(tmp_path)) is None, "what a killed server has left"


# instructors: begin
def test_what_is_disabled_already_stays_disabled():
    config = lab.without_nbgrader(None, {"disabledExtensions": ["news"], "other": 1})
    assert config["other"] == 1
    assert {"news", "@jupyter/nbgrader:menu"} <= set(config["disabledExtensions"])
    assert "@jupyter/nbgrader:create-assignment" not in config["disabledExtensions"]


# instructors: end
def test_a_browser_is_named_only_where_there_is_one(monkeypatch):
    def none(name):
        raise lab.webbrowser.Error

    server = lab.QuietServer(open_browser=True)
    monkeypatch.setattr(lab.webbrowser, "get", lambda name: "a browser")
    assert server.has_browser()
    server.open_browser = False
    assert not server.has_browser()
    server.open_browser = True
    monkeypatch.setattr(lab.webbrowser, "get", none)
    assert not server.has_browser()


def test_nobody_answers_at_a_closed_port():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert not lab.answers(f"http://127.0.0.1:{closed.getsockname()[1]}/")
    assert not lab.answers("no address/")


# ------------------------------------------------------------------ in a terminal

on_a_terminal = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")


class Terminal:
    """JupyterLab of a folder in a terminal of its own, and what it has said so far."""

    def __init__(self, folder, *options, at_a_terminal=True):
        import pty

        self.controller, its_end = pty.openpty()
        command = [sys.executable, str(ROOT / "tools" / "quiet_lab.py"), "--no-browser"]
        command += [f"--ServerApp.root_dir={folder / 'root'}", "--allow-root", "--ip=127.0.0.1"]
        homes = {f"JUPYTER_{n}_DIR": str(folder / n) for n in ("DATA", "CONFIG", "RUNTIME")}
        self.process = subprocess.Popen(
            [*command, *options],
            env=os.environ | homes,
            stdin=its_end if at_a_terminal else subprocess.DEVNULL,
            stdout=its_end,
            stderr=its_end,
            start_new_session=True,
        )
        os.close(its_end)
        self.text = ""

    def read(self, seconds):
        """Whether there is more to come."""
        if not select.select([self.controller], [], [], seconds)[0]:
            return True
        try:
            new = os.read(self.controller, 65536).decode()
        except OSError:  # nobody writes any more
            return False
        self.text += new.replace("\r\n", "\n")
        return bool(new)

    def until(self, words, seconds=90):
        end = time.monotonic() + seconds
        while words not in self.text:
            assert self.read(0.2) and time.monotonic() < end, self.text
        return self

    def says_then(self, words, press=signal.SIGINT):
        self.until(words)
        self.text = ""
        self.process.send_signal(press)
        return self

    def ended(self, seconds=60):
        """The exit code; what it said last is read."""
        code = self.process.wait(seconds)
        while self.read(0.1) and select.select([self.controller], [], [], 0)[0]:
            pass
        return code

    @property
    def address(self):
        return re.search(r"^    (http\S+)$", self.text, re.MULTILINE)[1]


@pytest.fixture
def terminal(tmp_path):
    (tmp_path / "root").mkdir()
    opened = []

    def start(*options, **more):
        opened.append(Terminal(tmp_path, *options, **more))
        return opened[-1]

    yield start
    for each in opened:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()
        os.close(each.controller)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


READY = "Ctrl-C here stops it; closing the browser does not.\n"


@on_a_terminal
@pytest.mark.long
def test_it_says_its_address_and_how_to_stop_and_nothing_else(terminal):
    """Also when a kernel has been started."""
    running = terminal(f"--port={free_port()}").until(READY)
    address, token = running.address.split("?token=")
    said = f"JupyterLab is running. Its address:\n    {address}?token={token}\n{READY}"
    assert running.text == said
    server = address.partition("/lab")[0]
    request = urllib.request.Request(f"{server}/api/kernels?token={token}", b"{}", method="POST")
    request.add_header("Authorization", f"token {token}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["name"] == "python3"
    end = time.monotonic() + 10
    while time.monotonic() < end:
        running.read(0.5)
    assert running.text == said
    running.says_then("", signal.SIGINT).until("1 notebook has variables, which will be gone")


@on_a_terminal
@pytest.mark.long
def test_ctrl_c_asks_goes_on_and_stops_when_pressed_twice(terminal):
    running = terminal(f"--port={free_port()}").says_then(READY)
    # To the end of each line: it is written after its words, and would be counted below.
    running.until("Press Ctrl-C again within 5 seconds to stop JupyterLab.\n")
    running.says_then("JupyterLab goes on.\n").says_then("to stop JupyterLab.\n")
    assert running.ended() == 0
    assert running.text == "JupyterLab has stopped.\n"


@on_a_terminal
@pytest.mark.long
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM])
def test_where_nobody_can_press_again_once_is_enough(terminal, way):
    running = terminal(f"--port={free_port()}", at_a_terminal=False).says_then(READY, way)
    assert running.ended() == 0
    assert running.text == "JupyterLab has stopped.\n"


@on_a_terminal
@pytest.mark.long
def test_a_second_one_for_the_same_folder_says_where_the_first_one_is(terminal):
    first = terminal(f"--port={free_port()}").until(READY)
    second = terminal()
    assert second.ended() == 0
    assert "running for this folder already" in second.text
    assert second.address == first.address
    other = terminal(f"--port={free_port()}").until(READY)
    assert other.address != first.address, "who names another port wants another one"


@on_a_terminal
@pytest.mark.long
def test_a_busy_port_is_said(terminal):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        running = terminal(f"--port={port}").until(READY)
    first = running.text.splitlines()[0]
    found = re.fullmatch(
        rf"Port {port} is used by another program, so this JupyterLab has (\d+)\.", first
    )
    assert found and f":{found[1]}/" in running.address

"""JupyterLab as the terminal sees it: its address, how it is stopped, and little else.

What JupyterLab logs is not shown, but errors; `--log-level=INFO` brings it back.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import urllib.request
import webbrowser
from typing import Any

from jupyter_client import KernelManager
from jupyter_server.serverapp import ServerApp, list_running_servers
from jupyterlab.labapp import LabApp

PATIENCE = 5.0  # seconds in which a second Ctrl-C stops it
ANSWERS = 2.0  # seconds for another JupyterLab to say that it is there
# instructors: begin
# What nbgrader adds to every notebook. "create-assignment" is left, and shown where it is needed.
OF_NBGRADER = {
    f"@jupyter/nbgrader:{name}"
    for name in ("assignment-list", "course-list", "formgrader", "menu", "validate-assignment")
}
LOOK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructors_lab")  # custom.css
# instructors: end


def say(text: str) -> None:
    print(text, flush=True)


def answers(url: str) -> bool:
    """Whether a Jupyter server is there."""
    try:
        with urllib.request.urlopen(url + "api", timeout=ANSWERS) as answer:
            return b"version" in answer.read()
    except (OSError, ValueError):
        return False


def same_folder(one: str, other: str) -> bool:
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))


def running_for(folder: str) -> dict[str, Any] | None:
    """What is known of a server of the same folder, if one is running."""
    for found in list_running_servers():
        if same_folder(found.get("root_dir", ""), folder) and answers(found["url"]):
            return found
    return None


def no_second_address(record: logging.LogRecord) -> bool:
    """Whether a line of the log is something else than how to reach the server."""
    return not record.getMessage().lstrip().startswith("To access the server")


# instructors: begin
def without_nbgrader(handler: Any, page_config: dict[str, Any]) -> dict[str, Any]:
    """A hook of the page: turns off parts of nbgrader that belong to no lesson."""
    disabled = {*page_config.get("disabledExtensions", []), *OF_NBGRADER}
    return page_config | {"disabledExtensions": sorted(disabled)}


# instructors: end
class QuietServer(ServerApp):
    """The server, which says where it is, and asks before Ctrl-C ends it."""

    stopped_at = -PATIENCE  # when Ctrl-C was pressed last, by the monotonic clock

    # instructors: begin
    def init_webapp(self) -> None:
        self.tornado_settings = self.tornado_settings | {"page_config_hook": without_nbgrader}
        self.static_custom_path = [LOOK, *self.static_custom_path]
        super().init_webapp()

    def find_server_extensions(self) -> None:
        """Those of nbgrader serve what is not shown."""
        super().find_server_extensions()
        for name in self.jpserver_extensions:
            if name.startswith("nbgrader."):
                self.jpserver_extensions[name] = False

    # instructors: end
    def init_httpserver(self) -> None:
        """Find a port, unless there is a server of this folder already."""
        if found := self.already_running():
            address = found["url"].rstrip("/") + self.default_url
            if found.get("token"):
                address += "?token=" + found["token"]
            say(f"JupyterLab is running for this folder already, at\n    {address}")
            say("Ctrl-C in its terminal stops it.")
            if self.has_browser():
                webbrowser.get(self.browser or None).open(address)
            self.exit(0)
        wanted = self.port
        super().init_httpserver()
        if wanted and self.port != wanted:
            say(f"Port {wanted} is used by another program, so this JupyterLab has {self.port}.")

    def already_running(self) -> dict[str, Any] | None:
        """A server of the same folder; not, if another port was asked for."""
        found = running_for(self.root_dir)
        given = [self.cli_config.get(name, {}) for name in ("ServerApp", type(self).__name__)]
        ports = {each["port"] for each in given if "port" in each}
        return None if found and ports - {found["port"]} else found

    def has_browser(self) -> bool:
        """Whether a browser is to be opened, and there is one. If not, the address will do."""
        try:
            return bool(self.open_browser and webbrowser.get(self.browser or None))
        except webbrowser.Error:
            return False

    def start_app(self) -> None:
        """Say where it is, as soon as it is there: the event loop binds the port first."""
        self.log.addFilter(no_second_address)
        super().start_app()
        self.io_loop.add_callback(self.say_where)

    def say_where(self) -> None:
        opened = ", and your browser opens it" if self.has_browser() else ""
        say(f"JupyterLab is running{opened}. Its address:\n    {self.display_url.split()[0]}")
        say("Ctrl-C here stops it; closing the browser does not.")

    def init_signal(self) -> None:
        super().init_signal()
        signal.signal(signal.SIGINT, self.interrupted)
        signal.signal(signal.SIGTERM, self.terminated)

    def interrupted(self, *_: Any) -> None:
        """Ctrl-C: once it asks, twice it stops. Where nobody can press it again, once is enough."""
        now = time.monotonic()
        at_a_terminal = sys.stdin is not None and sys.stdin.isatty()
        if self.answer_yes or not at_a_terminal or now - self.stopped_at < PATIENCE:
            self.stop(from_signal=True)
            return
        self.stopped_at = now
        running = len(list(self.kernel_manager.list_kernel_ids()))
        lost = ""
        if running:
            notebooks = "1 notebook has" if running == 1 else f"{running} notebooks have"
            lost = f" {notebooks} variables, which will be gone; what is saved stays."
        say(f"\nPress Ctrl-C again within {PATIENCE:.0f} seconds to stop JupyterLab.{lost}")
        self.io_loop.add_callback_from_signal(self.io_loop.call_later, PATIENCE, self.goes_on)

    def goes_on(self) -> None:
        if not self._stopping and time.monotonic() - self.stopped_at >= PATIENCE - 0.1:
            say("JupyterLab goes on.")

    def terminated(self, *_: Any) -> None:
        self.stop(from_signal=True)

    def start_ioloop(self) -> None:
        super().start_ioloop()
        say("JupyterLab has stopped.")


class QuietLab(LabApp):
    """Starts JupyterLab on that server."""

    serverapp_class = QuietServer

    @classmethod
    def get_extension_package(cls) -> str:
        return "jupyterlab"


def defaults() -> dict[str, str]:
    """Options that are set unless the caller sets them."""
    found = {
        "--ServerApp.contents_manager_class": "quiet_lab.QuietContents",
        "--ServerApp.log_level": "ERROR",
        "--LabApp.log_level": "ERROR",
    }
    if hasattr(KernelManager, "transport_encryption"):  # older ones do not warn of its absence
        found["--KernelManager.transport_encryption"] = "auto"
    # instructors: begin
    found["--LabApp.custom_css"] = "True"
    # instructors: end
    return found


def with_defaults(arguments: list[str]) -> list[str]:
    """The arguments of JupyterLab with ours; of one that comes twice it would complain."""
    given = {argument.partition("=")[0] for argument in arguments}
    if given & {"--log-level", "--debug"}:
        given |= {"--ServerApp.log_level", "--LabApp.log_level"}
    ours = [f"{name}={value}" for name, value in defaults().items() if name not in given]
    return [*ours, *arguments]


def launch(arguments: list[str]) -> None:
    """Run JupyterLab with these arguments until it is stopped."""
    try:
        QuietLab.launch_instance(with_defaults(arguments))
    except KeyboardInterrupt:  # before it was there, or while it goes
        say("\nJupyterLab has stopped.")
        sys.exit(130)

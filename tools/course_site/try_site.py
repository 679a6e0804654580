"""Runs the lessons of a finished site whole, in a browser without a window.

Called by `python3 run.py site --try`. The site is served from this machine, and nothing else can be
reached: whatever asks for more is counted as a fault. Each notebook is opened as a reader opens it,
in a browser that knows nothing yet, and run from top to bottom; its text outputs are compared with
those that are stored. Then each of its questions is answered right, and wrong. A homework is run
with its solutions, where they are in this tree.

Source: playwright.dev/python.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from execute_notebooks import merge_streams
from notebook_guards.figures import without_pictures

from course_site.places import cannot_run_in_browser

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No name but ours leads anywhere, for the browser itself neither.
FLAGS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; report-uri /elsewhere"
LONGEST = 45  # minutes for a notebook; so long only on a machine that has much else to do
PATIENCE = LONGEST  # minutes for the page, and whatever is waited for in it
COMPARED = ("text/plain", "text/html", "text/latex", "text/markdown", "image/svg+xml")
IGNORED = "nbval-ignore-output"
ASKS = re.compile(
    r"^from course_exercises(?P<part>\.workbook)? import (?P<topic>\w+) as questions$", re.MULTILINE
)

OPENED = "() => window.jupyterapp?.shell.currentWidget?.sessionContext"
# What a reader does by Run > Run All Cells, and what is in the notebook afterwards. Without bars of
# long runs: whether there are any depends on the machine.
RUN_ALL = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.context.ready;
    await panel.sessionContext.ready;
    const code = "import os; os.environ['TQDM_DISABLE'] = '1'";
    await panel.sessionContext.session.kernel.requestExecute({code, store_history: false}).done;
    await window.jupyterapp.commands.execute("notebook:run-all-cells");
    return panel.context.model.toJSON();
}"""
STARTED = "() => window.jupyterapp?.restored"
OPEN_ANOTHER = """async ([path, content]) => {
    const app = window.jupyterapp;
    await app.restored;
    await app.serviceManager.contents.save(path, {type: "notebook", format: "json", content});
    await app.commands.execute("docmanager:open", {path});
    while (app.shell.currentWidget?.context?.path !== path)
        await new Promise((again) => setTimeout(again, 50));
}"""
# What a cell prints in the kernel of the open notebook; an error, with its words, if there is one.
PRINTED = """async (code) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const printed = [];
    const future = kernel.requestExecute({code, store_history: false});
    future.onIOPub = ({content}) => {
        if (content.text) printed.push(content.text);
        if (content.ename) printed.push(content.ename + ": " + content.evalue);
    };
    await future.done;
    return printed.join("");
}"""
LIMITED = """(given) => Promise.race([
    (%s)(given),
    new Promise((_, refuse) => setTimeout(() => refuse("no end after %d minutes"), %d)),
])"""


class TryFailed(Exception):
    """Its text is a sentence or two for the person at the keyboard."""


# ------------------------------------------------------------------ the site, and nothing else


class Server(ThreadingHTTPServer):
    """Serves a folder, counts the bytes, and notes what is asked for elsewhere.

    A content security policy forbids pages and workers to ask other servers for anything, and lets
    the browser tell us what they tried. What the browser itself looks for is not among that.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
        self.sent = 0
        self.elsewhere: list[str] = []
        self.missing: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes a connection is no fault."""


class Handler(SimpleHTTPRequestHandler):
    """One request."""

    server: Server
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def do_POST(self) -> None:
        """What the browser tells us: an address that was asked for."""
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.elsewhere.append(told["csp-report"]["blocked-uri"])
        self.send_response(204)
        self.end_headers()

    def copyfile(self, source: Any, outputfile: Any) -> None:
        start = source.tell()
        super().copyfile(source, outputfile)
        self.server.sent += source.tell() - start

    def send_error(self, code: int, *arguments: Any) -> None:
        if code == 404 and self.path != "/favicon.ico":  # which browsers ask for on their own
            self.server.missing.append(self.path)
        super().send_error(code, *arguments)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Not in the terminal."""


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """The folder as a site on this machine."""
    server = Server(folder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser that reaches this machine alone. Raises TryFailed without one."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise TryFailed(
            "`--try` needs the package playwright: python -m pip install playwright."
        ) from None
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise TryFailed(
            "`--try` needs Chromium, and there is none on this machine. On Debian install the "
            "package chromium, elsewhere Chrome."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


# ------------------------------------------------------------------ one notebook


class Tried:
    """What came of one notebook: how much was compared, and each fault as a sentence."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cells = self.right = self.wrong = 0
        self.faults: list[str] = []
        self.seconds = self.megabytes = 0.0

    def line(self) -> str:
        """The line of the log."""
        said = f"{self.cells:3d} cells"
        if self.right or self.wrong:
            said += f", {self.right:2d} right answers, {self.wrong:2d} wrong ones"
        verdict = "as stored" if not self.faults else f"{len(self.faults)} FAULTS"
        return (
            f"{self.name:44s} {verdict:9s}  {self.seconds:5.0f} s  {self.megabytes:5.1f} MB  {said}"
        )


def in_page(page: Any, script: str, given: Any = None) -> Any:
    """What a script gives in the page; TryFailed if it does not end."""
    limited = LIMITED % (script, LONGEST, LONGEST * 60_000)
    try:
        return page.evaluate(limited, given)
    except Exception as error:  # of Playwright, which may not be here to be named
        raise TryFailed(str(error).split("\n")[0]) from error


def outputs_of(cell: dict[str, Any]) -> list[tuple[str, str]]:
    """What a cell has shown, as it is compared: kind and text."""
    found = []
    outputs = [dict(output, text=joined(output.get("text", ""))) for output in cell["outputs"]]
    for output in merge_streams(outputs):
        if output["output_type"] == "stream":
            found.append((output["name"], output["text"]))
        elif output["output_type"] == "error":
            found.append((output["ename"], output["evalue"]))
        else:
            data = output["data"]
            found += [
                (kind, without_pictures(joined(data[kind]))) for kind in COMPARED if kind in data
            ]
    return found


def joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def differences(stored: dict[str, Any], run: dict[str, Any]) -> tuple[int, list[str]]:
    """How many code cells were compared, and a sentence for each that shows something else."""
    now = {cell["id"]: cell for cell in run["cells"] if cell["cell_type"] == "code"}
    compared, faults = 0, []
    number = 0
    for cell in stored["cells"]:
        if cell["cell_type"] != "code":
            continue
        number += 1
        came = now.get(cell["id"])
        if came is None or (came.get("execution_count") is None and joined(cell["source"]).strip()):
            faults.append(f"code cell {number} was not run")
            continue
        if IGNORED in cell["metadata"].get("tags", []):
            if any(output["output_type"] == "error" for output in came["outputs"]):
                faults.append(f"code cell {number} stopped: {outputs_of(came)[-1]}")
            continue
        compared += 1
        expected, actual = outputs_of(cell), outputs_of(came)
        if expected != actual:
            faults.append(f"code cell {number}: {first_difference(expected, actual)}")
    return compared, faults


def first_difference(expected: list[tuple[str, str]], actual: list[tuple[str, str]]) -> str:
    """Where two lists of outputs begin to differ, in a line or two."""
    for (kind, was), (other, is_) in zip(expected, actual, strict=False):
        if kind != other:
            return f"{kind} is stored, and {other} came: {is_[:200]!r}"
        if was != is_:
            lines = zip(was.split("\n"), is_.split("\n"), strict=False)
            pair = next((pair for pair in lines if pair[0] != pair[1]), (was[-100:], is_[-100:]))
            return f"{kind}: stored is {pair[0][:200]!r}, and {pair[1][:200]!r} came"
    return f"{len(expected)} outputs are stored, and {len(actual)} came"


def wrong_answers(topic: str) -> Iterator[tuple[Any, str, str]]:
    """(question, code of a wrong answer, words of what is said), as the tests have them."""
    folder = str(ROOT / "tests" / "course_exercises")
    if folder not in sys.path:
        sys.path.append(folder)
    if topic.startswith("workbook."):
        for question, line, instead, _ in importlib.import_module("wrong_answers_workbook").SLIPS:
            yield question, question.code.replace(line, instead, 1), "Not yet:"
    else:
        for question, code, words in importlib.import_module(f"wrong_answers_{topic}").WRONG:
            if isinstance(words, str):
                yield question, code, words


def answers_for(topic: str) -> list[tuple[str, str, str, str]]:
    """(question, answer's name, code, what must be said) of a topic: each right, and once wrong."""
    module = importlib.import_module(f"course_exercises.{topic}")
    names = {id(value): name for name, value in vars(module).items()}
    wrong: dict[int, tuple[Any, str, str]] = {}
    for question, code, words in wrong_answers(topic):
        if id(question) in names:
            wrong.setdefault(id(question), (question, code, words))
    found = []
    for question, code, words in wrong.values():
        name = names[id(question)]
        found.append((name, question.answer, question.code, "Right."))
        found.append((name, question.answer, code, words))
    return found


def topic_of(notebook: dict[str, Any]) -> str | None:
    """The topic whose questions a lesson or a part of the workbook asks."""
    for cell in notebook["cells"]:
        found = ASKS.search(joined(cell["source"]))
        if found:
            return f"{found['part'] or ''}.{found['topic']}".removeprefix(".")
    return None


def answer_questions(page: Any, topic: str, tried: Tried) -> None:
    """Give right and wrong answers in the kernel of the open lesson."""
    for name, answer, code, words in answers_for(topic):
        cell = (
            "import numpy as np\nimport course_nn as nn\n"
            f"import course_exercises.{topic} as questions\n\n"
            f"collected = getattr(questions, 'COLLECTED', None)\n{code}\n\n"
            f"questions.{name}.check({answer})\n"
        )
        said = " ".join(in_page(page, PRINTED, cell).split())
        is_right = words == "Right."
        if " ".join(words.split()) in said and ("Not yet:" in said) is not is_right:
            tried.right += is_right
            tried.wrong += not is_right
        else:
            kind = "right" if is_right else "wrong"
            tried.faults.append(f"a {kind} answer to {name}: {words!r} was to come, and {said!r}")


def with_solutions(name: str) -> Path | None:
    """The homework of this name with its solutions, if it is one and they are in this tree."""
    # instructors: begin
    source = ROOT / "homework" / "source" / Path(name).stem / Path(name).name
    if name.startswith("homework/") and source.is_file():
        return source
    # instructors: end
    return None


def try_notebook(browser: Any, server: Server, name: str) -> Tried:
    """Run one notebook of the site whole, and answer its questions.

    Args:
        name: its path below `notebooks/`.
    """
    tried = Tried(name)
    started, sent = time.monotonic(), server.sent
    before, missed = len(server.elsewhere), len(server.missing)
    solved = with_solutions(name)
    stored = solved or ROOT / "notebooks" / name
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 60_000)
    page.on("pageerror", lambda error: tried.faults.append(f"error in the page: {error}"))
    try:
        expected = json.loads(stored.read_text(encoding="utf-8"))
        address = f"{server.address}/run/lab/index.html"
        page.goto(address if solved else f"{address}?path={name}")
        page.wait_for_function(STARTED if solved else OPENED)
        if solved:
            in_page(page, OPEN_ANOTHER, [f"solved_{solved.name}", expected])
        run = in_page(page, RUN_ALL)
        if solved or not name.startswith("homework/"):  # what is to be filled in stores nothing
            tried.cells, faults = differences(expected, run)
            tried.faults += faults
        topic = topic_of(expected)
        if topic:
            answer_questions(page, topic, tried)
    except Exception as error:  # of Playwright, too
        tried.faults.append(f"{type(error).__name__}: {str(error).splitlines()[0]}")
    finally:
        context.close()
    elsewhere = sorted(set(server.elsewhere[before:]))
    tried.faults += [f"{address} was asked for, which is elsewhere" for address in elsewhere]
    missing = sorted(set(server.missing[missed:]))
    tried.faults += [f"{path} was asked for, and is not on the site" for path in missing]
    tried.seconds = time.monotonic() - started
    tried.megabytes = (server.sent - sent) / 1e6
    return tried


# ------------------------------------------------------------------ the command


def notebooks_of(site: Path) -> list[str]:
    """Those of the site that run in a browser, by their paths below `notebooks/`.

    Raises TryFailed if there is no JupyterLite, or if it takes Pyodide from the network.
    """
    run = site / "run"
    if not (run / "jupyter-lite.json").is_file():
        raise TryFailed(
            f"{site} holds no site with JupyterLite. Build it first: "
            "python3 run.py site --pyodide FOLDER."
        )
    if not (run / "static" / "pyodide" / "pyodide.js").is_file():
        raise TryFailed(
            "`--try` reaches no network, and this site takes Pyodide from there. Build it with "
            "the folder of a release: python3 run.py site --pyodide FOLDER."
        )
    files = run / "files"
    names = [path.relative_to(files).as_posix() for path in sorted(files.rglob("*.ipynb"))]
    return [name for name in names if Path(name).stem not in cannot_run_in_browser]


def main(site: Path, only: list[str] | None = None) -> int:
    """Try the site; the exit code: 0 if all is well, 1 after a fault, which is printed.

    Args:
        only: paths below `notebooks/` of the notebooks to run; None: all.
    """
    try:
        names = notebooks_of(site) if only is None else only
        results = []
        with served(site) as server, chromium() as browser:
            print(f"{len(names)} notebooks of {site}, in Chromium {browser.version}", flush=True)
            for name in names:
                tried = try_notebook(browser, server, name)
                results.append(tried)
                print(tried.line(), flush=True)
                for fault in tried.faults:
                    print(f"    {fault}", flush=True)
    except TryFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    faults = sum(len(tried.faults) for tried in results)
    cells, seconds = sum(t.cells for t in results), sum(t.seconds for t in results)
    right, wrong = sum(t.right for t in results), sum(t.wrong for t in results)
    print(
        f"{'All is as stored' if not faults else f'{faults} faults'}: {len(results)} notebooks, "
        f"{cells} cells compared, {right} right and {wrong} wrong answers, {seconds:.0f} seconds."
    )
    return 1 if faults else 0

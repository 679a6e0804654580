"""Where pieces stand: pages that nbconvert makes, and a notebook opened in JupyterLab."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

TOKEN = "pieces"


def notebook_with(*pieces, after="after"):
    """A notebook whose first cell shows these pieces, as if it had just been run.

    Another text in the cell `after` makes it another notebook: one that is like a signed one is
    trusted too.
    """
    outputs = [
        new_output("display_data", {"text/html": piece.html, "text/plain": piece.sentence})
        for piece in pieces
    ]
    cells = [
        new_code_cell("pieces", id="first", execution_count=1, outputs=outputs),
        new_code_cell(after, id="second"),
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def exported(path: Path, *pieces, template="lab", theme="light") -> str:
    """The address of the page that nbconvert makes of a notebook with these pieces."""
    from nbconvert import HTMLExporter

    text, _ = HTMLExporter(template_name=template, theme=theme).from_notebook_node(
        notebook_with(*pieces), {"metadata": {"name": "Pieces"}}
    )
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


@contextmanager
def jupyterlab(folder: Path):
    """A JupyterLab whose notebooks lie in `folder`/notebooks; its address."""
    notebooks, settings = folder / "notebooks", folder / "settings"
    notebooks.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    homes = ("DATA_DIR", "CONFIG_DIR", "RUNTIME_DIR")
    own = {f"JUPYTER_{home}": str(folder / home) for home in homes}
    options = [
        *("--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={notebooks}"),
        *(f"--LabApp.user_settings_dir={settings}", "--LabApp.check_for_updates_class="),
        "--LabApp.news_url=",
    ]
    options = [option for option in options if not option.endswith("=")]
    log = (folder / "log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        env=os.environ | own,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(720):  # three minutes, on a busy machine
            try:
                urllib.request.urlopen(f"{address}/api", timeout=2).close()
                break
            except OSError:
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.25)
        else:
            raise AssertionError("JupyterLab did not start: " + (folder / "log").read_text())
        yield Lab(address, notebooks, settings, folder / "DATA_DIR")
    finally:
        server.terminate()
        try:
            server.wait(120)  # a kernel that is just starting is waited for
        except subprocess.TimeoutExpired:
            pass  # a busy machine: it is ended below
        finally:
            server.kill()
            server.wait()
            log.close()


class Lab:
    """A running JupyterLab."""

    def __init__(self, address, notebooks, settings, data):
        self.address, self.notebooks, self.settings, self.data = address, notebooks, settings, data

    def put(self, name, *pieces, trusted=True):
        """Lay a notebook there."""
        notebook = notebook_with(*pieces, after=name)
        if trusted:
            from nbformat.sign import NotebookNotary

            NotebookNotary(data_dir=str(self.data)).sign(notebook)
        nbformat.write(notebook, self.notebooks / name)

    def use_theme(self, theme):
        folder = self.settings / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "themes.jupyterlab-settings").write_text(f'{{"theme": "{theme}"}}')

    def open(self, page, name):
        """Open a notebook in a workspace of its own, and wait for its output."""
        page.goto(f"{self.address}/lab/workspaces/{name[0]}/tree/{name}?token={TOKEN}&reset")
        page.locator(
            ".jp-OutputArea-output [aria-label], .jp-OutputArea-output figure"
        ).first.wait_for(timeout=60_000)
        page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=60_000)

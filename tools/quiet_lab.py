"""JupyterLab, in which a notebook that is only opened and closed stays as it is.

Started by `run.py lab`, with the arguments of JupyterLab.

JupyterLab writes into each notebook which Python its kernel is (`language_info`). So it would be
"unsaved" as soon as it is open, be stored after two minutes, and look changed to git. Here a
notebook is said to have that when it is read, and does not get it when it is stored.

A hub, or any other JupyterLab, takes it by these lines in its `jupyter_server_config.py`, with the
folder in which the course lies:

    import sys
    sys.path.insert(0, "/srv/course/tools")
    c.ServerApp.contents_manager_class = "quiet_lab.QuietContents"
"""

import sys

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

STORED = {"name": "python"}  # what the course's own notebooks have


def of_our_kernel():
    """What the kernel of this environment says of itself."""
    from ipykernel.ipkernel import IPythonKernel

    return IPythonKernel.language_info


def is_for_our_kernel(metadata):
    language = metadata.get("kernelspec", {}).get("language", "python")
    return language == "python" and metadata.get("language_info", STORED).get("name") == "python"


def complete(notebook):
    """Says which Python it is, as JupyterLab would."""
    if is_for_our_kernel(notebook["metadata"]):
        notebook["metadata"]["language_info"] = dict(of_our_kernel())


def shorten(notebook):
    """Takes out what only says which Python it was."""
    if is_for_our_kernel(notebook["metadata"]):
        notebook["metadata"]["language_info"] = dict(STORED)


def before_saving(model, path="", contents_manager=None, **more):
    """A pre-save hook of the Jupyter server."""
    if model.get("type") == "notebook" and model.get("content"):
        shorten(model["content"])


class QuietContents(AsyncLargeFileManager):
    """The files of a JupyterLab, read and stored without a difference."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.register_pre_save_hook(before_saving)  # beside one of the user's own

    async def get(self, path, *args, **kwargs):
        """The file, folder or notebook; its signature has been looked at by then."""
        model = await super().get(path, *args, **kwargs)
        if model["type"] == "notebook" and model["content"] is not None:
            complete(model["content"])
        return model

    def check_and_sign(self, nb, *args, **kwargs):
        """Sign the notebook as it is stored: "trust" reads it by `get`."""
        shorten(nb)
        return super().check_and_sign(nb, *args, **kwargs)


if __name__ == "__main__":
    from lab_in_a_terminal import launch

    launch(sys.argv[1:])

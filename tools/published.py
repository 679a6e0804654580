"""Where the course is published: one address, and what follows from it.

    python tools/published.py WHEEL REPOSITORY     prints the address for a wheel that was built:
                                                   the value of `WHEEL` below

The first cell of each notebook (`tools/first_cell.py`), the links on the site's pages and those for
hubs are made from `WHEEL` alone. Nothing else says where the course is; as long as it is nowhere,
they say so. The name course-nn by itself is never asked for: nobody has registered it with the
Python Package Index, so that anybody could.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote, urlencode

# The students' wheel in a release, with its SHA-256. CONTRIBUTING.md says how to set it.
#     https://github.com/OWNER/NAME/releases/download/v0.1.0/course_nn-0.1.0-py3-none-any.whl#sha256=…
WHEEL = ""

EXTRA = "figures"  # what a notebook needs where Jupyter is there already
NOWHERE = (
    "The course has no public address yet, so there is nothing to open on Colab, Kaggle, Binder or "
    "a hub: run it on your own computer."
)

_WHEEL = re.compile(
    r"(?P<place>(?:https|file)://\S+/)"
    r"(?P<file>course_nn-(?P<version>[0-9][0-9A-Za-z.!+]*)-py3-none-any\.whl)"
    r"#sha256=(?P<sha256>[0-9a-f]{64})"
)
_RELEASE = re.compile(
    r"https://github\.com/(?P<owner>[\w-]+)/(?P<name>[\w.-]+)/releases/download/(?P<tag>[\w.-]+)/"
)


@dataclass(frozen=True)
class Published:
    """A release of the course.

    Args:
        requirement: what pip is asked for, the hash included.
        version: of `course_nn` in the wheel.
        repository: `https://github.com/OWNER/NAME`; "" if the wheel lies elsewhere, as in a folder.
        tag: of the release, where the notebooks are that go with the wheel; "" as before.
    """

    requirement: str
    version: str
    repository: str = ""
    tag: str = ""


def published(wheel: str | None = None) -> Published | None:
    """The release that `wheel`, by default `WHEEL`, is the address of; None for "", nowhere yet.

    Raises:
        ValueError: for an address from which nothing should be installed: without its SHA-256, by
            an unencrypted connection, or of something else than the students' wheel.
    """
    wheel = WHEEL if wheel is None else wheel
    if not wheel:
        return None
    found = _WHEEL.fullmatch(wheel)
    if found is None:
        raise ValueError(
            "expected https://…/course_nn-VERSION-py3-none-any.whl#sha256=… (64 digits), but the "
            f"address of the wheel is {wheel!r}."
        )
    release = _RELEASE.fullmatch(found["place"])
    return Published(
        requirement=f"course-nn[{EXTRA}] @ {wheel}",
        version=found["version"],
        repository=f"https://github.com/{release['owner']}/{release['name']}" if release else "",
        tag=release["tag"] if release else "",
    )


# ------------------------------------------------------------------ links


def links(notebook: str, wheel: str | None = None) -> dict[str, str]:
    """Where this notebook can be opened: {"Colab": address, …}; {} as long as it is nowhere.

    Args:
        notebook: its path in the students' tree, such as "notebooks/08_train_with_sgd.ipynb".
        wheel: another address than `WHEEL`.
    """
    place = published(wheel)
    if place is None or not place.repository:
        return {}
    repository = place.repository.removeprefix("https://github.com/")
    path = quote(notebook)
    source = f"{place.repository}/blob/{place.tag}/{path}"
    return {
        "Colab": f"https://colab.research.google.com/github/{repository}/blob/{place.tag}/{path}",
        "Kaggle": f"https://kaggle.com/kernels/welcome?{urlencode({'src': source})}",
        "Binder": f"https://mybinder.org/v2/gh/{repository}/{place.tag}?"
        + urlencode({"labpath": notebook}),
    }


def links_as_html(notebook: str, wheel: str | None = None) -> str:
    """The same for a page: a list of links in words, or the sentence that there are none.

    No picture is fetched from anywhere, so that a page can be read without a network.
    """
    found = links(notebook, wheel)
    if not found:
        return f'<p class="open-in">{escape(NOWHERE)}</p>'
    items = "".join(
        f'<li><a href="{escape(address)}">Open in {escape(name)}</a></li>'
        for name, address in found.items()
    )
    return f'<ul class="open-in" aria-label="Open this notebook elsewhere">{items}</ul>'


def link_for_a_hub(
    hub: str, wheel: str | None = None, *, branch: str = "main", folder: str = ""
) -> str:
    """The nbgitpuller link that brings the course to a user of a JupyterHub, and opens lesson 00.

    It opens the user's own copy, which the image of `docs/hub` makes once the course is there.

    Args:
        hub: its address, such as "https://hub.example.org".
        wheel: another address than `WHEEL`.
        branch: which is fetched, and fetched again when the link is clicked again.
        folder: where the course is to lie; by default it is called as the repository is.

    Raises:
        ValueError: as long as there is no public repository.
    """
    place = published(wheel)
    if place is None or not place.repository:
        raise ValueError(NOWHERE)
    name = place.repository.rpartition("/")[2]
    asked = {
        "repo": place.repository,
        "branch": branch,
        **({"targetPath": folder} if folder else {}),
        "urlpath": f"lab/tree/{folder or name}/my_notebooks/00_start_here.ipynb",
    }
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(asked)}"


# ------------------------------------------------------------------ for whoever publishes


def address_of(wheel: Path, repository: str) -> str:
    """What `WHEEL` has to be when this file is attached to the release of its version."""
    version = wheel.name.split("-")[1] if wheel.name.count("-") == 4 else ""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    place = f"{repository.rstrip('/')}/releases/download/v{version}/{wheel.name}#sha256={digest}"
    release = published(place)
    if release is None or not release.repository:
        raise ValueError(f"expected https://github.com/OWNER/NAME, not {repository!r}.")
    return place


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("wheel", type=Path, help="the students' wheel, as it will be attached")
    parser.add_argument("repository", help="https://github.com/OWNER/NAME")
    options = parser.parse_args(arguments)
    try:
        print(f'WHEEL = "{address_of(options.wheel, options.repository)}"')
    except (OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

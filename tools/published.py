"""Where the course is published: one address, and what follows from it.

    python tools/published.py WHEEL REPOSITORY     prints the address for a wheel that was built:
                                                   the value of `WHEEL` below
    python tools/published.py --check WHEEL        says whether that is the address of this wheel
    python tools/published.py --hub ADDRESS        prints the link for a JupyterHub

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

_FILE = r"course_nn-(?P<version>[0-9][0-9A-Za-z.!+]*)-py3-none-any\.whl"
_WHEEL = re.compile(
    rf"(?P<place>(?:https|file)://\S+/){_FILE}"
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
        ValueError: as long as there is no public repository, or if the hub has no address.
    """
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s?#]*", hub):
        raise ValueError(f"expected the address of a hub, https://hub.example.org, not {hub!r}.")
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


def digest_of(wheel: Path) -> str:
    """The SHA-256 of a students' wheel. ValueError if the file is none, or not there."""
    if re.fullmatch(_FILE, wheel.name) is None:
        raise ValueError(f"expected a file course_nn-VERSION-py3-none-any.whl, not {wheel.name!r}.")
    if not wheel.is_file():
        raise ValueError(f"There is no file {wheel}. `tools/build_wheel.py FOLDER` builds it.")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def difference_from(wheel: Path, address: str | None = None) -> str:
    """Why `WHEEL`, or another address, is not the one of this wheel; "" if it is."""
    digest, address = digest_of(wheel), WHEEL if address is None else address
    place = published(address)
    if place is None:
        return f"WHEEL in tools/published.py is empty. {wheel.name} has the SHA-256\n{digest}"
    told, sha256 = address.rpartition("/")[2].split("#sha256=")
    if (told, sha256) == (wheel.name, digest):
        return ""
    return (
        f"tools/published.py names {told} with the SHA-256\n{sha256}\n"
        f"and this is {wheel.name} with\n{digest}\n"
        "What is downloaded would be refused. Build the wheel of what is committed, name it, and "
        "make the first cells anew."
    )


def address_of(wheel: Path, repository: str) -> str:
    """What `WHEEL` has to be when this file is attached to the release of its version."""
    digest = digest_of(wheel)
    version = wheel.name.split("-")[1]
    place = f"{repository.rstrip('/')}/releases/download/v{version}/{wheel.name}#sha256={digest}"
    release = published(place)
    if release is None or not release.repository:
        raise ValueError(f"expected https://github.com/OWNER/NAME, not {repository!r}.")
    return place


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument(
        "wheel", nargs="?", type=Path, help="the students' wheel, as it will be attached"
    )
    parser.add_argument("repository", nargs="?", help="https://github.com/OWNER/NAME")
    others = parser.add_mutually_exclusive_group()
    others.add_argument(
        "--check", type=Path, metavar="WHEEL", help="whether the address is the one of this wheel"
    )
    others.add_argument("--hub", metavar="ADDRESS", help="the link for users of this JupyterHub")
    options = parser.parse_args(arguments)
    asked_otherwise = options.check is not None or options.hub is not None
    if asked_otherwise == (options.wheel is not None) or (
        not asked_otherwise and options.repository is None
    ):
        parser.error("expected WHEEL and REPOSITORY, or --check WHEEL, or --hub ADDRESS.")
    try:
        if options.hub is not None:
            print(link_for_a_hub(options.hub))
        elif options.check is not None:
            if problem := difference_from(options.check):
                raise ValueError(problem)
            print(f"{options.check.name} is the wheel that tools/published.py names.")
        else:
            print(f'WHEEL = "{address_of(options.wheel, options.repository)}"')
    except (OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

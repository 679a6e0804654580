"""What stands under the title of a notebook's page: how to run it, and where it cannot be run."""

from __future__ import annotations

import json
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

import published

from course_site import places

NOTEBOOKS = "notebooks"
RUN = "run"  # the folder of the site with what runs in a browser


def why_not_in_the_browser(content: bytes) -> str | None:
    """Why a notebook cannot be run in a browser; None if it can."""
    return places.why_not_in_the_browser(json.loads(content))


def is_offered(place: PurePosixPath) -> bool:
    """Whether JupyterLite has this notebook: one that is handed out."""
    return place.parts[0] == NOTEBOOKS


def elsewhere(place: PurePosixPath) -> str:
    """HTML: links that open the notebook on Colab, Kaggle or a hub, or why there are none."""
    return published.links_as_html(place.as_posix())


def ways_to_run(place: PurePosixPath, content: bytes) -> str:
    """The HTML for the page of the notebook at `place`."""
    up = "../" * (len(place.parts) - 1)
    download = f'<a class="course-button" href="{quote(place.name)}" download>Download it</a>'
    if not is_offered(place):
        return f'<div class="course-ways"><p>{download}</p></div>'
    reason = why_not_in_the_browser(content)
    path = quote(place.relative_to(NOTEBOOKS).as_posix())
    lab = f"{up}{RUN}/lab/index.html?path={path}"
    run = f'<a class="course-button" href="{lab}">Run in your browser</a>'
    if reason:
        first = f"<p>{download}</p><p>This notebook does not run in a browser. {escape(reason)}</p>"
    else:
        first = f"<p>{run} {download}</p>"
    return f'<div class="course-ways">{first}{elsewhere(place)}</div>'

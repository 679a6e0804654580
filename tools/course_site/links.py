"""Does every link of a built site lead somewhere, and is nothing fetched from elsewhere?"""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

FETCHED = {  # what a browser fetches by itself
    ("script", "src"), ("img", "src"), ("source", "src"), ("iframe", "src"), ("video", "src"),
    ("audio", "src"), ("embed", "src"), ("object", "data"), ("link", "href"),
}  # fmt: skip
NOT_FETCHED = {"canonical", "next", "prev", "index", "search", "author", "copyright", "license"}


class _Page(HTMLParser):
    """The places that can be linked to, and the links, of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.places: set[str] = {"", "top"}
        self.links: list[tuple[str, bool]] = []  # (address, is it fetched by the browser itself?)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self.places |= {values[name] for name in ("id", "name") if values.get(name)}
        for name, value in values.items():
            fetched = (tag, name) in FETCHED
            if tag == "link" and set(values.get("rel", "").split()) & NOT_FETCHED:
                fetched = False
            if fetched or (tag == "a" and name == "href"):
                self.links.append((value, fetched))


@cache
def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page


def problems_of(site: Path, skipped: str = "run") -> list[str]:
    """A sentence for each link that leads nowhere, and for each thing fetched from elsewhere.

    Args:
        site: the folder of a built site.
        skipped: a folder in it whose pages are not ours, and are not looked into.
    """
    _read.cache_clear()
    site = site.resolve()
    found = []
    for path in sorted(site.rglob("*.html")):
        place = path.relative_to(site)
        if place.parts[0] in (skipped, "_static"):
            continue
        for address, fetched in _read(path).links:
            problem = _problem(site, path, address, fetched)
            if problem:
                found.append(f"{place.as_posix()}: {problem}")
    return found


def _problem(site: Path, page: Path, address: str, fetched: bool) -> str | None:
    parts = urlsplit(address)
    if parts.scheme == "data":
        return None
    if parts.scheme or parts.netloc:
        return f"fetches {address} from elsewhere." if fetched else None
    target = page if not parts.path else (page.parent / unquote(parts.path)).resolve()
    if target.is_dir():
        target /= "index.html"
    if not target.is_relative_to(site) or not target.is_file():
        return f"{address} leads nowhere: there is no such file in the site."
    if target.suffix == ".html" and unquote(parts.fragment) not in _read(target).places:
        return f"{address} leads nowhere: that page has no place of this name."
    if opened := parse_qs(parts.query).get("path"):
        return _problem_in_browser(target, opened[0])
    return None


def _problem_in_browser(lab: Path, notebook: str) -> str | None:
    """What is wrong with a link that opens a notebook in the browser, if JupyterLite has it not."""
    if (lab.parents[1] / "files" / notebook).is_file():
        return None
    return f"{notebook} cannot be opened in the browser: JupyterLite has no such notebook."


def as_text(problems: list[str], most: int = 20) -> str:
    """The first of them, and how many more there are."""
    more = [f"… and {len(problems) - most} more."] if len(problems) > most else []
    return "\n".join([*problems[:most], *more])

"""A built site, served on loopback and opened in Chromium: what is wrong with each of its pages."""

import functools
import http.server
import threading
from contextlib import contextmanager

AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
    "preload": False,  # it would fetch style sheets itself, from wrong places
}
SCHEMES = {"light": 1200, "dark": 390}  # and how wide the window is
PATIENCE = 120_000  # milliseconds, on a busy machine

FORMULAS = r"""() => {
  const wrong = [];
  for (const node of document.querySelectorAll(".math"))
    if (!node.querySelector("mjx-container")) wrong.push("not drawn: " + node.textContent);
  for (const node of document.querySelectorAll("[data-mjx-error], [data-mml-node=merror]"))
    wrong.push("an error: " + (node.dataset.mjxError || node.textContent));
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, parent = text.parentElement;
    if (parent.closest("script, style, code, pre, mjx-container, .math")) continue;
    if (/\$[^$\s][^$]*\$|\\[([]|\\(frac|tag|sum|partial|delta)\b/.test(text.data))
      wrong.push("not read as a formula: " + text.data.trim().slice(0, 80));
  }
  return wrong;
}"""

TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const wide = [...document.querySelectorAll("body *")].filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width && box.right > room + 1;
  });
  return wide.slice(0, 3).map((node) => node.outerHTML.slice(0, 120));
}"""

# A lesson has two thousand coloured words of code, which take axe half of its time. A single
# character it does not judge.
ONE_WORD_OF_EACH_COLOUR = """() => {
  const seen = new Set();
  const ofText = ["color", "backgroundColor", "opacity", "fontSize", "fontWeight"];
  for (const word of document.querySelectorAll("pre span")) {
    if (!word.isConnected) continue;
    const style = getComputedStyle(word), around = word.parentElement.closest("[class]");
    const key = JSON.stringify([around && around.className, ...ofText.map((name) => style[name])]);
    if (word.textContent.trim().length < 2 || seen.has(key)) word.replaceWith(word.textContent);
    else seen.add(key);
  }
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and prints nothing."""

    def log_message(self, *_):
        pass


@contextmanager
def served(folder):
    """The address of a folder that is served on loopback."""
    handler = functools.partial(Quiet, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pages_of(site):
    """The addresses of the pages for reading, below the site's own."""
    found = [path.relative_to(site) for path in sorted(site.rglob("*.html"))]
    return [path.as_posix() for path in found if path.parts[0] not in ("run", "_static")]


def opened(context, address, altered=None):
    """(the page, everything opened in it, what it asked for elsewhere and complained about)."""
    home = "/".join(address.split("/")[:3]) + "/"
    page, problems = context.new_page(), []
    page.set_default_timeout(PATIENCE)

    def asked(request):
        if not request.url.startswith((home, "data:", "blob:")):
            problems.append(f"asks for {request.url}")

    def said(message):
        if message.type == "error":
            problems.append(f"says {message.text} ({message.location['url']})")

    page.on("request", asked)
    page.on("console", said)
    page.on("pageerror", lambda error: problems.append(f"fails: {error}"))
    if altered:

        def alter(route):
            answer = route.fetch()
            route.fulfill(response=answer, body=altered(answer.text()))

        page.route(address, alter)
    page.goto(address)
    if page.locator(".math").count():
        page.wait_for_selector("html[data-formulas=drawn]", state="attached")
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    return page, problems


def problems_of(context, address, altered=None):
    """A sentence for each thing that is wrong with a page.

    Args:
        altered: makes another HTML of the page's, to plant a fault.
    """
    from axe_playwright_python.sync_playwright import Axe

    page, problems = opened(context, address, altered)
    try:
        problems += [f"a formula: {each}" for each in page.evaluate(FORMULAS)]
        problems += [f"wider than the window: {each}" for each in page.evaluate(TOO_WIDE)]
        page.evaluate(ONE_WORD_OF_EACH_COLOUR)
        found = Axe().run(page, options=AXE).response["violations"]
        problems += [f"axe, {each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
    finally:
        page.close()
    return problems

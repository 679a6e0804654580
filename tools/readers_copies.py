"""The reader's own copies of the notebooks: made once, renewed, never written over.

    python tools/readers_copies.py                 brings my_notebooks/ up to date (`run.py lab`)
    python tools/readers_copies.py --into FOLDER   fresh copies in a new folder, for a hub
    python tools/readers_copies.py --list          the originals have been changed on purpose

`--root FOLDER` does it for the course in another folder: on a hub the tool is the image's own.

In a copy the gates are closed: the outputs of cells with the tag "gated" are not there yet, and
texts with that tag are folded. Whether a reader has changed a copy is told from the sources of its
cells alone, because JupyterLab changes outputs, counts and metadata by itself.
"""

import argparse
import errno
import hashlib
import json
import re
import sys
from pathlib import Path

from course_nn.files import written_whole

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "my_notebooks"
MARKER = ".readers_copies.json"  # in the folder of the copies: what the course has laid there
ORIGINALS = "notebooks/.originals.json"  # which sources are the course's; a release writes it
VERSION = 1  # of both files

TAG = "gated"
FOLD = "<details><summary>Open this after you have run the cell above</summary>"
MOST_NAMED = 5  # files that a sentence names
LEFT_BY_A_STOPPED_RUN = re.compile(r".+\.[0-9a-f]{8}\.part")


class CopiesFailed(Exception):
    """Its text is a sentence or two for the reader."""


# ------------------------------------------------------------------ one notebook


def read_notebook(content):
    """The notebook in these bytes; None if they are none."""
    try:
        notebook = json.loads(content.decode("utf-8"))
        sources(notebook)
        list(map(is_gated, notebook["cells"]))
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return notebook


def text_of(cell):
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def is_first_cell(cell):
    """Whether it is the cell of tools/first_cell.py, as that has written it.

    It says where the course can be fetched, which changes with every release and is no part of a
    lesson: no reader gets a new version of a lesson for its sake.
    """
    written = cell.get("metadata", {}).get("course", {}).get("first_cell")
    return written == digest(text_of(cell).encode("utf-8"))


def sources(notebook):
    """What somebody has written: kind and text of each cell that is not empty, but the first."""
    cells = [cell for cell in notebook["cells"] if not is_first_cell(cell)]
    texts = [(cell["cell_type"], text_of(cell)) for cell in cells]
    return [[kind, text] for kind, text in texts if text.strip()]


def digest(content):
    return hashlib.sha256(content).hexdigest()


def bytes_of(path):
    """What is in a file; None if it is not there."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def fingerprint(content):
    """The same for two notebooks with the same sources; of other files, for the same bytes."""
    notebook = read_notebook(content)
    return digest(content if notebook is None else json.dumps(sources(notebook)).encode())


def is_gated(cell):
    return TAG in cell.get("metadata", {}).get("tags", [])


def folded(text):
    """The text behind a line to click on; headings at its top stay in sight."""
    lines = text.split("\n")
    first = next(
        (i for i, line in enumerate(lines) if line.strip() and not re.match("#{1,6} ", line)), None
    )
    if first is None:
        return text
    return "\n".join([*lines[:first], FOLD, "", *lines[first:], "", "</details>"])


def for_the_reader(content):
    """The bytes of the copy of an original: with its gates closed."""
    notebook = read_notebook(content)
    if notebook is None or not any(map(is_gated, notebook["cells"])):
        return content
    for cell in filter(is_gated, notebook["cells"]):
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
        elif cell["cell_type"] == "markdown":
            cell["source"] = folded(text_of(cell)).splitlines(keepends=True)
    # as nbformat writes it
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode("utf-8")


# ------------------------------------------------------------------ the two files with fingerprints


def course_files(root):
    """{path below notebooks/: its bytes}: the notebooks, and pictures and data beside them."""
    notebooks = root / "notebooks"
    found = {}
    for path in sorted(notebooks.rglob("*")):
        place = path.relative_to(notebooks)
        hidden = any(part.startswith((".", "__pycache__")) for part in place.parts)
        if path.is_file() and not hidden:
            found[place.as_posix()] = path.read_bytes()
    return found


def list_of_originals(files):
    """The text of the file that says which sources are the course's."""
    prints = {name: fingerprint(content) for name, content in sorted(files.items())}
    return json.dumps({"version": VERSION, "notebooks": prints}, indent=1) + "\n"


def read_originals(root):
    """{path below notebooks/: fingerprint} as the course came; None if that is not known."""
    try:
        listed = json.loads((root / ORIGINALS).read_text(encoding="utf-8"))["notebooks"]
        return {str(name): str(print_) for name, print_ in listed.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


class Laid:
    """What the course has laid into the folder for one original: an entry of the marker file.

    sources: fingerprints of what was, or was about to be, laid there: a copy with one of them has
        not been changed
    given: fingerprints of the versions that the reader has got, there or beside
    files: {path of a copy: digest of the bytes that were laid there last}
    """

    def __init__(self, sources=(), given=(), files=()):
        self.sources = [str(print_) for print_ in sources]
        self.given = [str(print_) for print_ in given]
        self.files = {str(name): str(value) for name, value in dict(files).items()}


def read_marker(folder):
    """({path of an original: Laid}, whether the file was there and whole)."""
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        version, copies = marker["version"], marker["copies"]
        if version <= VERSION:
            return {str(name): Laid(**entry) for name, entry in copies.items()}, True
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}, False
    raise CopiesFailed(
        f"{folder.name}/{MARKER} was written by a newer version of the course, so nothing in "
        f"{folder.name} was renewed."
    )


def write_marker(folder, laid):
    entries = {name: vars(entry) for name, entry in sorted(laid.items())}
    text = json.dumps({"version": VERSION, "copies": entries}, indent=1) + "\n"
    with written_whole(folder / MARKER) as file:
        file.write(text.encode("utf-8"))


# ------------------------------------------------------------------ what is to be done


class Plan:
    """What will be written into the folder of the copies, and what the reader is told of it."""

    def __init__(self, root, folder):
        self.folder = folder
        self.laid, self.has_marker = read_marker(folder)
        self.listed = read_originals(root)
        self.writes = []  # (original, path of the copy, bytes, bytes there now or None)
        self.made, self.renewed, self.beside, self.taken_over, self.unreadable = [], [], [], [], []
        self.problems = []
        self.found = False  # whether there were copies before
        before = self.as_text()
        for name, content in course_files(root).items():
            try:
                self.look_at(name, content)
            except OSError as error:  # a folder of that name, say
                self.problems.append(explain(error, folder / name))
        self.marker_changes = self.as_text() != before

    def as_text(self):
        return json.dumps({name: vars(entry) for name, entry in self.laid.items()}, sort_keys=True)

    def look_at(self, name, original):
        """Decide about one original."""
        path = self.folder / name
        there = path.exists()
        self.found |= there
        if name.endswith(".ipynb") and read_notebook(original) is None:
            if not there:
                self.unreadable.append(name)
            return
        if self.listed is not None and self.listed.get(name) != fingerprint(original):
            # It is not as the course came: somebody has typed into it, or put it there.
            own = name not in self.listed
            if not there and not (own and name in self.laid):
                self.taken_over.append(name)
                self.laid.setdefault(name, Laid())
                self.lay(name, name, original)
            return
        copy = for_the_reader(original)
        new = fingerprint(copy)
        entry = self.laid.setdefault(name, Laid())
        if not there:
            self.made.append(name)
            self.lay(name, name, copy)
        elif (now := fingerprint(path.read_bytes())) == new or now in entry.sources:
            if now == new and name not in entry.files:  # a run was stopped, or the marker is lost
                self.remember(entry, name, copy)
            elif entry.files.get(name) != digest(copy):
                self.renewed.append(name)
                self.lay(name, name, copy)
        elif new not in entry.given:
            beside = self.name_beside(name, entry)
            self.beside.append((name, beside))
            self.lay(name, beside, copy)

    def lay(self, name, path, copy):
        self.writes.append((name, path, copy, bytes_of(self.folder / path)))

    def remember(self, entry, path, copy):
        """Note that the course has laid this copy there."""
        print_ = fingerprint(copy)
        if print_ not in entry.given:
            entry.given.append(print_)
        entry.files[path] = digest(copy)
        # Where it is not known what the course was, text of the reader's may be in the copy.
        if self.listed is not None and print_ not in entry.sources:
            entry.sources.append(print_)

    def name_beside(self, name, entry):
        """new_03_x.ipynb, or new_2_03_x.ipynb where the reader has written in that one."""
        path = Path(name)
        number = 1
        while True:
            start = "new_" if number == 1 else f"new_{number}_"
            beside = path.with_name(start + path.name).as_posix()
            place = self.folder / beside
            if not place.exists() or fingerprint(place.read_bytes()) in entry.sources:
                return beside
            number += 1

    def carry_out(self):
        """Write everything, one whole file at a time; note the problems as sentences.

        The marker comes first, with what is going to be laid, so that a run that is stopped leaves
        no copy that it does not know; and once more at the end.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.rglob("*.part"):
            if LEFT_BY_A_STOPPED_RUN.fullmatch(left.name) and left.is_file():
                left.unlink()
        for name, _, content, _ in self.writes:
            print_ = fingerprint(content)
            known = self.laid[name].sources
            if self.listed is not None and name not in self.taken_over and print_ not in known:
                known.append(print_)
        write_marker(self.folder, self.laid)
        done = set()
        for name, path, content, before in self.writes:
            place = self.folder / path
            try:
                if bytes_of(place) != before:
                    continue  # the reader is just storing it: the next time
                place.parent.mkdir(parents=True, exist_ok=True)
                with written_whole(place) as file:
                    file.write(content)
            except OSError as error:
                self.problems.append(explain(error, place))
                if error.errno in (errno.ENOSPC, errno.EROFS, getattr(errno, "EDQUOT", None)):
                    break  # the others would say the same
                continue
            done.add(path)
            if name not in self.taken_over:
                self.remember(self.laid[name], path, content)
        for told in (self.made, self.renewed, self.taken_over):
            told[:] = [name for name in told if name in done]
        self.beside = [(name, beside) for name, beside in self.beside if beside in done]
        write_marker(self.folder, self.laid)

    def sentences(self):
        """What the reader is told: only what is new."""
        where = self.folder.name
        said = []
        if self.unreadable:
            said.append(f"No copy was made of {named(self.unreadable)}: that is no whole notebook.")
        if self.found and not self.has_marker:
            said.append(
                f"{where}/{MARKER} is missing or damaged, and was made anew. Your notebooks were "
                "left as they are."
            )
        if self.made and not self.found:
            said.append(
                f"Your own copies of the lessons are in {where}. What you write there stays, "
                "also when the course is updated."
            )
        if self.made and self.listed is None:
            said.append(
                f"{ORIGINALS} is missing or damaged, so somebody may have written in what was "
                f"copied: a new version of a lesson will be laid beside yours, never in its place."
            )
        if self.taken_over:
            said.append(
                f"In the folder notebooks these are not as the course has them, so they were taken "
                f"over into {where} as they are: {named(self.taken_over)}."
            )
        if self.renewed:
            said.append(
                f"The course has changed. Renewed in {where}, where you had written nothing: "
                f"{named(self.renewed)}."
            )
        if self.found and self.has_marker and self.made:
            said.append(f"New in {where}: {named(self.made)}.")
        for name, beside in self.beside:
            said.append(
                f"The course has a new version of {name}. Yours stays as it is; "
                f"the new one lies beside it: {where}/{beside}."
            )
        return said


def named(names):
    """A few names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def explain(error, path):
    """The sentence for an error of the operating system at a file of the copies."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return f"The disk is full: {path} could not be written. Make room and run this again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{path} may not be read or written. Close the programs that use it, or copy the "
            "course into a folder of your own, and run this again."
        )
    if error.errno == errno.EISDIR or path.is_dir():
        return f"{path} is a folder, and a file should be there. Rename it and run this again."
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        file = next((place for place in [path, *path.parents] if place.is_file()), path)
        return f"{file} is a file, and a folder should be there. Rename it and run this again."
    if error.errno == errno.ENAMETOOLONG or getattr(error, "winerror", None) in (3, 206):
        return (
            f"{path} is too long a name for this system. Move the course into a folder with a "
            "shorter name and run this again."
        )
    return f"{path} could not be written: {error}."


def bring_up_to_date(root=ROOT, folder=None, say=print):
    """Make, renew and lay beside what is needed, and say what was done; whether all went well."""
    folder = root / FOLDER if folder is None else folder
    try:
        plan = Plan(root, folder)
        if plan.writes or plan.marker_changes:
            plan.carry_out()
        problems = plan.problems
        said = plan.sentences() + problems
    except CopiesFailed as problem:
        said = problems = [str(problem)]
    except OSError as error:
        said = problems = [explain(error, Path(error.filename or folder))]
    for sentence in said:
        say(sentence)
    return not problems


def write_fresh(folder, root=ROOT):
    """Fresh copies in a folder that is empty or not there yet. Raises CopiesFailed if it is not."""
    if folder.exists() and not folder.is_dir():
        raise CopiesFailed(f"{folder} is a file. Name a new folder.")
    if folder.is_dir() and any(folder.iterdir()):
        raise CopiesFailed(f"{folder} is not empty. Name a new folder: nothing is overwritten.")
    said = []
    if not bring_up_to_date(root, folder, said.append):
        raise CopiesFailed("\n".join(said))


def main(arguments=None, root=ROOT):
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a folder's name that the terminal cannot show
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0], allow_abbrev=False)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--into", metavar="FOLDER", type=Path, help="fresh copies in a new folder")
    what.add_argument("--list", action="store_true", help=f"write {ORIGINALS} anew")
    parser.add_argument("--root", metavar="FOLDER", type=Path, default=root, help="of the course")
    options = parser.parse_args(arguments)
    root = options.root
    try:
        if options.into:
            write_fresh(options.into, root)
        elif options.list:
            with written_whole(root / ORIGINALS) as file:
                file.write(list_of_originals(course_files(root)).encode("utf-8"))
        else:
            return 0 if bring_up_to_date(root) else 1
    except CopiesFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; what was finished is whole. Run the command again.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""One address says where the course is: a wrong one is refused, and nothing points nowhere."""

import hashlib
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import published
import pytest

import course_nn

ROOT = Path(__file__).resolve().parents[2]
SHA256 = "0123456789abcdef" * 4
REPOSITORY = "https://github.com/an-owner/a-course"
WHEEL = f"{REPOSITORY}/releases/download/v0.1.0/course_nn-0.1.0-py3-none-any.whl#sha256={SHA256}"
IN_A_FOLDER = f"file:///wheels/course_nn-0.1.0-py3-none-any.whl#sha256={SHA256}"
LESSON = "notebooks/08_train_with_sgd.ipynb"


def test_address_that_is_set_is_one_of_this_version():
    place = published.published()
    assert place is None or place.version == course_nn.__version__


def test_everything_follows_from_the_address():
    place = published.published(WHEEL)
    assert place.requirement == f"course-nn[figures] @ {WHEEL}"
    assert (place.version, place.repository, place.tag) == ("0.1.0", REPOSITORY, "v0.1.0")
    folder = published.published(IN_A_FOLDER)
    assert (folder.version, folder.repository, folder.tag) == ("0.1.0", "", "")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (f"#sha256={SHA256}", ""),
        (SHA256, SHA256[:-1]),
        ("sha256", "md5"),
        ("https://", "http://"),
        ("course_nn-0.1.0", "another_module-0.1.0"),
        ("-py3-none-any.whl", ".tar.gz"),
        ("https://", "git+https://"),
        ("/a-course", "/a course"),
        (WHEEL, "course-nn"),
        (WHEEL, "course_nn==0.1.0"),
        ("/a-course", '/a-course" --index-url "https://evil.example'),
    ],
)
def test_address_from_which_nothing_should_be_installed_is_refused(right, wrong):
    assert right in WHEEL
    with pytest.raises(ValueError, match="expected https://"):
        published.published(WHEEL.replace(right, wrong))


# ------------------------------------------------------------------ links


def test_links_lead_to_the_notebook_of_the_release():
    found = published.links(LESSON, WHEEL)
    assert found["Colab"] == (
        f"https://colab.research.google.com/github/an-owner/a-course/blob/v0.1.0/{LESSON}"
    )
    kaggle, binder = urlsplit(found["Kaggle"]), urlsplit(found["Binder"])
    assert parse_qs(kaggle.query) == {"src": [f"{REPOSITORY}/blob/v0.1.0/{LESSON}"]}
    assert binder.path == "/v2/gh/an-owner/a-course/v0.1.0"
    assert parse_qs(binder.query) == {"labpath": [LESSON]}


@pytest.mark.parametrize("wheel", ["", IN_A_FOLDER])
def test_without_a_repository_a_sentence_and_no_link(wheel):
    assert published.links(LESSON, wheel) == {}
    page = published.links_as_html(LESSON, wheel)
    assert published.NOWHERE in page
    assert "href" not in page
    with pytest.raises(ValueError, match="no public address yet"):
        published.link_for_a_hub("https://hub.example.org", wheel)


def test_html_has_each_link_in_words_and_fetches_nothing():
    page = published.links_as_html(LESSON, WHEEL)
    assert re.findall(r">(Open in \w+)</a>", page) == [
        "Open in Colab",
        "Open in Kaggle",
        "Open in Binder",
    ]
    assert "src=" not in page.replace("?src=", "")
    assert "<img" not in page


def test_link_for_a_hub_is_nbgitpullers():
    link = urlsplit(published.link_for_a_hub("https://hub.example.org/", WHEEL))
    assert (link.netloc, link.path) == ("hub.example.org", "/hub/user-redirect/git-pull")
    assert parse_qs(link.query) == {
        "repo": [REPOSITORY],
        "branch": ["main"],
        "urlpath": ["lab/tree/a-course/my_notebooks/00_start_here.ipynb"],
    }
    link = published.link_for_a_hub("https://hub.example.org", WHEEL, branch="term", folder="nn")
    asked = parse_qs(urlsplit(link).query)
    assert (asked["branch"], asked["targetPath"]) == (["term"], ["nn"])
    assert asked["urlpath"] == ["lab/tree/nn/my_notebooks/00_start_here.ipynb"]


# ------------------------------------------------------------------ for whoever publishes


def test_address_is_made_from_the_wheel_itself(tmp_path, capsys):
    wheel = tmp_path / "course_nn-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    assert published.main([str(wheel), REPOSITORY]) == 0
    said = capsys.readouterr().out
    assert said == f'WHEEL = "{WHEEL}"\n'.replace(SHA256, hashlib.sha256(b"a wheel").hexdigest())


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("another_module-0.1.0-py3-none-any.whl", REPOSITORY),
        ("wheel.whl", REPOSITORY),
        ("README.md", REPOSITORY),
        ("course_nn-0.1.0-py3-none-any.whl", "https://example.org/a/b"),
    ],
)
def test_other_wheel_or_place_is_refused(tmp_path, capsys, name, repository):
    (tmp_path / name).write_bytes(b"a wheel")
    assert published.main([str(tmp_path / name), repository]) == 1
    assert re.search("expected (a file course_nn-VERSION|https://)", capsys.readouterr().err)


def test_wheel_that_is_not_there_is_a_sentence(tmp_path, capsys):
    missing = str(tmp_path / "course_nn-0.1.0-py3-none-any.whl")
    for typed in ([missing, REPOSITORY], ["--check", missing]):
        assert published.main(typed) == 1
        said = capsys.readouterr().err
        assert said.startswith("There is no file") and "build_wheel.py" in said
        assert "Errno" not in said


def test_only_the_wheel_that_is_named_passes(tmp_path, capsys, monkeypatch):
    wheel = tmp_path / "course_nn-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    monkeypatch.setattr(published, "WHEEL", published.address_of(wheel, REPOSITORY))
    assert published.main(["--check", str(wheel)]) == 0
    assert "is the wheel that" in capsys.readouterr().out
    wheel.write_bytes(b"another wheel")
    assert published.main(["--check", str(wheel)]) == 1
    assert "would be refused" in capsys.readouterr().err
    later = wheel.rename(tmp_path / "course_nn-0.1.1-py3-none-any.whl")
    later.write_bytes(b"a wheel")
    assert published.main(["--check", str(later)]) == 1
    monkeypatch.setattr(published, "WHEEL", "")
    assert published.main(["--check", str(later)]) == 1
    assert "is empty" in capsys.readouterr().err


def test_link_for_a_hub_is_a_command(capsys, monkeypatch):
    monkeypatch.setattr(published, "WHEEL", WHEEL)
    assert published.main(["--hub", "https://hub.example.org"]) == 0
    link = capsys.readouterr().out.strip()
    assert link == published.link_for_a_hub("https://hub.example.org", WHEEL)
    for no_address in ("hub", "", "https://", "https://hub.example.org?a=b"):
        assert published.main(["--hub", no_address]) == 1
        assert "expected the address of a hub" in capsys.readouterr().err
    monkeypatch.setattr(published, "WHEEL", "")
    assert published.main(["--hub", "https://hub.example.org"]) == 1
    assert capsys.readouterr().err == f"{published.NOWHERE}\n"


@pytest.mark.parametrize("typed", [[], ["a.whl"], ["--hub", "x", "a.whl"], ["--che", "a.whl"]])
def test_half_a_command_is_refused(typed, capsys):
    with pytest.raises(SystemExit) as ended:
        published.main(typed)
    assert ended.value.code == 2


def test_the_address_is_said_in_one_place():
    said = []
    for path in [*ROOT.glob("*.*"), *ROOT.glob("tools/**/*.py"), *ROOT.glob("course_nn/**/*.py")]:
        if path.is_file() and "/releases/download/v" in path.read_text("utf-8", errors="replace"):
            said.append(path.relative_to(ROOT).as_posix())
    assert said == ["tools/published.py"]

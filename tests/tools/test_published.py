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
        ("course_nn-0.1.0-py3-none-any.whl", "https://example.org/a/b"),
    ],
)
def test_other_wheel_or_place_is_refused(tmp_path, capsys, name, repository):
    (tmp_path / name).write_bytes(b"a wheel")
    assert published.main([str(tmp_path / name), repository]) == 1
    assert "expected https://" in capsys.readouterr().err
    assert published.main([str(tmp_path / "none.whl"), repository]) == 1


def test_the_address_is_said_in_one_place():
    said = []
    for path in [*ROOT.glob("*.*"), *ROOT.glob("tools/**/*.py"), *ROOT.glob("course_nn/**/*.py")]:
        if path.is_file() and "/releases/download/v" in path.read_text("utf-8", errors="replace"):
            said.append(path.relative_to(ROOT).as_posix())
    assert said == ["tools/published.py"]

"""The settings of Sphinx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TITLE = "How a neural network is trained"


def settings(version: str, extra: Path) -> dict[str, Any]:
    """What Sphinx would read in a file `conf.py`.

    Args:
        version: of the course.
        extra: a folder whose files are laid into the site as they are.
    """
    return {
        "project": TITLE,
        "author": "the contributors of the course",
        "version": version,
        "release": version,
        "language": "en",
        "extensions": [
            "myst_nb",
            "sphinx.ext.autodoc",
            "sphinx.ext.napoleon",
            "course_site.extension",
        ],
        "html_title": TITLE,
        "html_theme": "sphinx_book_theme",
        "html_theme_options": {
            "use_download_button": False,  # each notebook's own stands under its title
            "use_fullscreen_button": False,
            "navbar_persistent": [],
            "show_toc_level": 2,
            "show_navbar_depth": 2,
            "home_page_in_toc": True,
            "logo": {"text": TITLE},
            "pygments_light_style": "a11y-high-contrast-light",
            "pygments_dark_style": "a11y-high-contrast-dark",
        },
        "html_context": {"default_mode": "auto"},  # light or dark, as the reader's system is
        "html_favicon": str(HERE / "static" / "favicon.svg"),
        "html_static_path": [str(HERE / "static")],
        "html_css_files": ["course.css"],
        "html_js_files": ["course.js"],
        "html_extra_path": [str(extra)],
        "html_copy_source": False,  # they would hold what a fold keeps back, and lie there twice
        "html_show_sourcelink": False,
        "html_permalinks_icon": "#",
        "html_math_renderer": "course",
        # notebooks
        "nb_execution_mode": "off",
        "nb_merge_streams": True,
        "myst_enable_extensions": ["dollarmath", "amsmath"],
        "myst_heading_anchors": 4,
        "myst_update_mathjax": False,
        "myst_dmath_double_inline": True,
        # the module
        "default_role": "literal",  # docstrings write `x`
        "autodoc_member_order": "bysource",
        "autodoc_typehints": "signature",
        "autodoc_use_type_comments": False,
        "python_use_unqualified_type_names": True,
        "add_module_names": False,
        "toc_object_entries_show_parents": "hide",
        "napoleon_google_docstring": True,
        "napoleon_numpy_docstring": False,
        "napoleon_use_ivar": True,
    }

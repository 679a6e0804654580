"""Small notebooks, written by a test to plant errors in."""

import json

PROGRESS_BAR = "import sys, tqdm\ntqdm.tqdm(total=9, file=sys.stdout).close()"


def markdown(source, **metadata):
    return {"cell_type": "markdown", "metadata": metadata, "source": source}


def code(source, *outputs, count="next", **metadata):
    return {
        "cell_type": "code",
        "execution_count": count,
        "metadata": metadata,
        "outputs": list(outputs),
        "source": source,
    }


def printed(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def displayed(**data):
    """An output; `image_png=…` stands for the type image/png."""
    data = {mime.replace("_", "/", 1): value for mime, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def notebook_text(*cells, **changes):
    """The text of a notebook that was run from top to bottom, with whatever is planted in it."""
    cells = json.loads(json.dumps(cells))
    count = 0
    for number, cell in enumerate(cells):
        cell.setdefault("id", f"cell-{number}")
        if cell["cell_type"] == "code":
            count += 1
            if cell["execution_count"] == "next":
                cell["execution_count"] = count
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook | changes)

"""Signs notebooks as trusted, as "Trust Notebook" in JupyterLab does.

Called by `run.py lab`: trust_notebooks.py DATABASE SECRET NOTEBOOK …
"""

import sys

import nbformat
from nbformat.sign import NotebookNotary


def main(database, secret, *paths):
    notary = NotebookNotary(db_file=database, secret_file=secret)
    for path in paths:
        try:
            notary.sign(nbformat.read(path, as_version=4))
        except Exception as error:  # one that cannot be read must not keep the others from it
            print(f"{path}: {error}", file=sys.stderr)
    notary.store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])

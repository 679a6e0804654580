"""In the sandbox, instead of `tqdm.notebook`, whose bars need widgets and a browser."""

from tqdm.std import tqdm, trange  # type: ignore[import-untyped]

tqdm_notebook, tnrange = tqdm, trange

__all__ = ["tnrange", "tqdm", "tqdm_notebook", "trange"]

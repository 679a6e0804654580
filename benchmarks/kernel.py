"""Which library computes the matrix products, and by which of its kernels.

OpenBLAS has a kernel for each kind of processor, and takes the one that the environment names. On
another one than the processor's own, products take up to twice as long. So what forces one is left
out of a measurement, and what ran is printed beside it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import NamedTuple

from threadpoolctl import threadpool_info

# What makes a library compute otherwise than it would on this processor by itself.
FORCING = (
    *("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "BLIS_ARCH_TYPE"),
    *("MKL_CBWR", "MKL_DEBUG_CPU_TYPE", "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA"),
    *("NPY_DISABLE_CPU_FEATURES", "NPY_ENABLE_CPU_FEATURES", "ATEN_CPU_CAPABILITY"),
    *("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_OPT", "NUMBA_DISABLE_JIT"),
)
PACKAGES = {"numpy": "NumPy", "scipy": "SciPy, for Numba"}
NAMES = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS"}


class Kernel(NamedTuple):
    """The matrix products of one package in this process.

    Args:
        package: as a key of `PACKAGES`. library: with its version; "" where it is not known.
        core: the kernel, such as "SkylakeX". threads: that a product may take.
        forced: what in the environment forces a kernel, such as "OPENBLAS_CORETYPE=Haswell".
    """

    package: str
    library: str
    core: str
    threads: int
    forced: str

    def __str__(self) -> str:
        threads = f"{self.threads} thread{'s' * (self.threads != 1)}"
        known = f"{self.library}, kernel {self.core}, {threads}" if self.library else "not known"
        return f"{known} ({PACKAGES[self.package]})"


def take_out(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Remove what forces a kernel; what it was. NumPy must not have been imported yet."""
    return {name: environment.pop(name) for name in FORCING if environment.get(name) is not None}


def kernels() -> list[Kernel]:
    """Of NumPy, and of SciPy if products have come from there."""
    forced = ", ".join(f"{name}={os.environ[name]}" for name in FORCING if name in os.environ)
    packages = ["numpy"] + ["scipy"] * ("scipy.linalg.cython_blas" in sys.modules)
    return [_kernel(package, forced) for package in packages]


def _kernel(package: str, forced: str) -> Kernel:
    libraries = [each for each in threadpool_info() if each["user_api"] == "blas"]
    # A wheel brings a library of its own; elsewhere all packages may share one.
    own = [
        each for each in libraries if re.search(rf"{package}(\.libs|.\.dylibs)", each["filepath"])
    ]
    for each in own or libraries[:1]:
        library = f"{NAMES.get(each['internal_api'], each['internal_api'])} {each['version']}"
        core = each.get("architecture", "of its own choice")
        return Kernel(package, library, core, each["num_threads"], forced)
    return Kernel(package, "", "", 0, forced)


def said(
    ran: Mapping[str, Sequence[Kernel]], own: Sequence[Kernel], left: Mapping[str, str]
) -> str:
    """In sentences: by what products were computed, what was left out, and what was forced.

    Args:
        ran: of each contender that computes with these libraries.
        own: of a process in whose environment nothing forces a kernel.
        left: what was left out of the environment.
    """
    every = {str(kernel): None for each in ran.values() for kernel in each if not kernel.forced}
    lines = [f"Matrix products: {'; '.join(every or map(str, own))}."]
    if left:
        set_here = ", ".join(f"{name}={value}" for name, value in left.items())
        lines.append(f"Set where this was started, and left out: {set_here}.")
    cores = {kernel.package: kernel.core for kernel in own}
    for who, each in ran.items():
        for kernel in each:
            if kernel.core != cores.get(kernel.package, kernel.core):
                lines.append(
                    f"A LESSER KERNEL WAS FORCED: {who} ran on {kernel.core}, and not on this "
                    f"processor's own, {cores[kernel.package]} ({kernel.forced})."
                )
            elif kernel.forced:
                lines.append(f"Set for {who}: {kernel.forced}.")
    return "\n".join(lines)

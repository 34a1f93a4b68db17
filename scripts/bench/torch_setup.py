"""What PyTorch computes with here: the library of its matrix products, that library's kernels, and the allocator.

Both are chosen from outside, before the process starts: OPENBLAS_CORETYPE names the kernels, LD_PRELOAD the allocator.
"""

import ctypes
import ctypes.util
import os
import time

import torch

PROBE_SIDE = 1024
PROBE_RUNS = 8
# A product in plain loops, as the reference BLAS has it, reaches 1 to 4.
LEAST_GFLOPS = 8


def mapped_files():
    """The libraries in this process, by their paths; none where the system does not tell."""
    try:
        with open("/proc/self/maps") as maps:
            return sorted({line.split()[-1] for line in maps if "/" in line})
    except OSError:
        return []


def blas_files():
    """The libraries that may do the products. Where there is a libblas, it does; others are there for other parts of PyTorch."""
    files = mapped_files()
    return [path for path in files if os.path.basename(path).startswith("libblas.so")] or files


def openblas(path):
    """The version and kernels of an OpenBLAS, as it says itself; None of another library."""
    library = ctypes.CDLL(path)
    try:
        library.openblas_get_config.restype = library.openblas_get_corename.restype = ctypes.c_char_p
    except AttributeError:
        return None
    return " ".join(library.openblas_get_config().decode().split()[:2]), library.openblas_get_corename().decode()


def blas():
    """The library of matrix products, and its kernels; None for what is not known, as with a reference BLAS."""
    # It is loaded with the first product at the latest.
    torch.rand(8, 8) @ torch.rand(8, 8)
    if torch.backends.mkl.is_available():
        return "MKL", None
    for path in blas_files():
        if "blas" in os.path.basename(path) and (found := openblas(path)):
            return found
        for name in ("blis", "atlas", "armpl"):
            if name in path:
                return name, None
    return None, None


def allocator():
    return "tcmalloc" if any("libtcmalloc" in path for path in mapped_files()) else "plain"


def gflops():
    """Of a product of two matrices, in 10^9 operations a second: the best of several."""
    a, b = torch.rand(PROBE_SIDE, PROBE_SIDE), torch.rand(PROBE_SIDE, PROBE_SIDE)
    best = 0.0
    for _ in range(PROBE_RUNS):
        begin = time.perf_counter()
        a @ b
        best = max(best, 2 * PROBE_SIDE**3 / 1e9 / (time.perf_counter() - begin))
    return best


def probe():
    library, kernels = blas()
    rate = gflops()
    if library is None and rate < LEAST_GFLOPS:
        raise SystemExit(
            f"PyTorch multiplies matrices with a reference BLAS here, at {rate:.0f} GFLOP/s, so that beside it everything looks fast: "
            "install a tuned one first (on Debian: apt-get install libopenblas0-pthread)."
        )
    return {
        "version": torch.__version__,
        "blas": library or "an unknown BLAS",
        "kernels": kernels,
        "gflops": rate,
        "tcmalloc": ctypes.util.find_library("tcmalloc_minimal") or ctypes.util.find_library("tcmalloc"),
    }

"""Names the extension modules; everything else about the package is in setup.cfg."""
from glob import glob
from runpy import run_path

from setuptools import Extension, setup

try:
    from Cython.Build import cythonize
except ImportError:  # An install without Cython is a working uncompiled one.
    cythonize = None

NATIVE = "components/lttngx/core/native"
# Python 3.11's stable ABI: one binary for Debian 12, Debian 13 and sid.
STABLE_ABI = [("Py_LIMITED_API", "0x030B0000")]
# What the sources were when a module was built: a module that does not match them is not used.
SOURCES = [("LTTNGX_SOURCES", '"%s"' % run_path(f"{NATIVE}/fingerprint.py")["fingerprint"](NATIVE))]


def extension(name: str) -> Extension:
    """Return the optional extension module lttngx.core.native.NAME."""
    return Extension(
        f"lttngx.core.native.{name}", [f"{NATIVE}/{name}.pyx"], libraries=["babeltrace2"],
        define_macros=STABLE_ABI + SOURCES, depends=sorted(glob(f"{NATIVE}/*.p[yx][xd]")),
        py_limited_api=True, extra_compile_args=["-O2"])


MODULES = ["classes", "fields", "match", "arithmetic", "evaluate", "lower", "batch", "select", "columns", "extract",
           "copying", "plans", "mirroring", "clock_map", "mirrors", "inject", "rewrite", "merge", "lines",
           "values", "decode_run", "decode_fields", "decode_classes", "decode_packets", "decode_stream",
           "decode_readers", "decode_source", "decode_merge", "decode_archive"]


def extensions() -> list[Extension]:
    """Return the extension modules to build: none without Cython, and no error where one cannot be compiled."""
    if cythonize is None:
        return []
    built = cythonize([extension(name) for name in MODULES], language_level=3, include_path=["components"])
    for module in built:
        # cythonize makes new objects and forgets this.
        module.optional = True
    return built


setup(ext_modules=extensions())

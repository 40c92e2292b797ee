#!/bin/sh
# Builds the compiled core under AddressSanitizer and UndefinedBehaviorSanitizer and runs the tests of what is native, and the decoder's
# fuzzer, on it.
#
#     scripts/sanitize.sh [SECONDS OF FUZZING, default 60]
#
# The build goes to build/sanitize and leaves the checkout's own alone. A report of a sanitizer ends the run with its code.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-.venv/bin/python}
OUT=$PWD/build/sanitize
SECONDS_OF_FUZZING=${1:-60}
FLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g"

# Without Cython nothing would be built, and the portable core tested.
"$PYTHON" -c "import Cython" 2>/dev/null || "$PYTHON" -m pip install --quiet --disable-pip-version-check "Cython>=3.1" setuptools
CFLAGS=$FLAGS LDFLAGS="-fsanitize=address,undefined" \
    "$PYTHON" setup.py -q build --build-lib "$OUT" --build-temp "$OUT/temp"

ls "$OUT"/lttngx/core/native/classes*.so >/dev/null

# Python itself leaks on purpose at exit, so leaks are not looked for.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1
export PYTHONPATH=$OUT LTTNGX_COMPONENTS=$OUT PYTHONMALLOC=malloc
LIBRARIES="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"

LD_PRELOAD=$LIBRARIES "$PYTHON" -m pytest -q -p no:cacheprovider tests/components/source.lttngx.ctf tests/engines/ctf/test_plans.py \
    -k "not fuzzing and not babeltrace and not command and not delivered"
LD_PRELOAD=$LIBRARIES "$PYTHON" -m pytest -q -p no:cacheprovider tests/engines/core tests/engines/columns \
    tests/components/filter.lttngx.clocks/test_clocks_filter.py tests/components/filter.lttngx.clocks/test_clocks_random.py \
    tests/components/source.lttngx.archive/test_archive_source.py
for option in "" --metadata; do
    # shellcheck disable=SC2086
    LD_PRELOAD=$LIBRARIES "$PYTHON" scripts/fuzz-ctf.py --seconds "$SECONDS_OF_FUZZING" $option tests/data/traces/ctf*[!z]
done

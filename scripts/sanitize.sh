#!/bin/sh
# Builds the compiled core under AddressSanitizer and UndefinedBehaviorSanitizer and runs the decoder's tests and fuzzer on it.
#
#     PYTHON=/usr/bin/python3 scripts/sanitize.sh [SECONDS OF FUZZING, default 60]
#
# The build goes to build/sanitize and leaves the checkout's own alone. A report of a sanitizer ends the run with its code.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
OUT=$PWD/build/sanitize
SECONDS_OF_FUZZING=${1:-60}
FLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g"

CFLAGS=$FLAGS LDFLAGS="-fsanitize=address,undefined" \
    "$PYTHON" setup.py -q build --build-lib "$OUT" --build-temp "$OUT/temp"

# Python itself leaks on purpose at exit, so leaks are not looked for.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1
export PYTHONPATH=$OUT LTTNGX_COMPONENTS=$OUT PYTHONMALLOC=malloc
LIBRARIES="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"

LD_PRELOAD=$LIBRARIES "$PYTHON" -m pytest -q -p no:cacheprovider tests/components/source.lttngx.ctf tests/engines/ctf/test_plans.py \
    -k "not fuzzing and not babeltrace and not command and not delivered"
for option in "" --metadata; do
    # shellcheck disable=SC2086
    LD_PRELOAD=$LIBRARIES "$PYTHON" scripts/fuzz-ctf.py --seconds "$SECONDS_OF_FUZZING" $option tests/data/traces/ctf*[!z]
done

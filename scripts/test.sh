#!/usr/bin/env bash
# Runs the tests, after setting up what they need. Arguments go to pytest.
# python3-lttnganalyses and zstd serve comparisons with the tools this project succeeds; chromium opens reports; lttng-tools and
# liblttng-ust-dev record sessions; nodejs runs Perfetto's trace processor; binutils has nm.
LTTNGX_PACKAGES="python3-lttnganalyses zstd chromium chromium-driver lttng-tools liblttng-ust-dev nodejs binutils" \
    source "$(dirname "$0")/setup.sh"
exec .venv/bin/python -m pytest -n auto --dist loadfile "$@"

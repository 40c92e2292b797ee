#!/usr/bin/env bash
# Runs the tests, after setting up what they need. Arguments go to pytest.
# python3-lttnganalyses and zstd serve comparisons with the tools this project succeeds; chromium opens reports.
LTTNGX_PACKAGES="python3-lttnganalyses zstd chromium chromium-driver" source "$(dirname "$0")/setup.sh"
exec .venv/bin/python -m pytest "$@"

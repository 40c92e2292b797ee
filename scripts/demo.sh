#!/usr/bin/env bash
# The main job on a trace of this repository: CPU usage per thread, CPU and container, after setting up what it needs.
source "$(dirname "$0")/setup.sh"
trace=tests/data/traces/kernel-ctx
set -x
babeltrace2 --plugin-path . "$trace" -c sink.lttngx.cputop -p limit=10

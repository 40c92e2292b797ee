#!/usr/bin/env bash
# Records ust-functions and ust-ros2 of tests/data/traces anew, with what the programs themselves counted beside them.
#
# Needs Debian's lttng-tools, liblttng-ust-dev and gcc. A session daemon of its own serves it; nothing of the user's is touched.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
traces=$here/../traces
work=$(mktemp -d)
export LTTNG_HOME=$work/home LTTNG_RUNDIR=$work/home/run
mkdir -p "$LTTNG_HOME"

lttng-sessiond --no-kernel --pidfile "$work/pid" >"$work/daemon.log" 2>&1 &
stop() {
    kill "$(cat "$work/pid")" 2>/dev/null || true
    wait || true
    rm -rf "$work"
}
trap stop EXIT
until [ -s "$work/pid" ] && lttng list >/dev/null 2>&1; do sleep 0.1; done

# record NAME SHARED-LIBRARIES PROGRAM EVENTS…: the trace goes to $traces/NAME/ust, what the program prints to $traces/NAME/truth.txt.
record() {
    local name=$1 preload=$2 program=$3
    shift 3
    rm -rf "${traces:?}/$name"
    lttng create "$name" --output "$work/$name"
    lttng enable-channel --userspace --subbuf-size=16K --num-subbuf=16 ch
    for event in "$@"; do lttng enable-event --userspace -c ch "$event"; done
    lttng add-context --userspace -c ch -t vpid -t vtid -t procname
    lttng start
    LD_PRELOAD=$preload LTTNG_UST_REGISTER_TIMEOUT=-1 "$program" >"$work/truth"
    lttng stop
    lttng destroy
    mkdir -p "$traces/$name"
    cp -r "$work/$name/ust/uid/$(id -u)/64-bit" "$traces/$name/ust"
    chmod -R a+rX "$traces/$name"
    cp "$work/truth" "$traces/$name/truth.txt"
}

gcc -g0 -O1 -fno-inline -finstrument-functions -o "$work/calls" "$here/calls.c" -pthread
gcc -O1 -I"$here" -o "$work/callbacks" "$here/callbacks.c" -llttng-ust -ldl -pthread
record ust-functions liblttng-ust-cyg-profile.so "$work/calls" 'lttng_ust_cyg_profile*' 'lttng_ust_statedump:bin_info'
cp "$work/calls" "$traces/ust-functions/calls"
record ust-ros2 liblttng-ust-fork.so "$work/callbacks" 'ros2:*'

#!/usr/bin/env bash
# Runs the tests on Debian 13 (Babeltrace 2.1, Python 3.13, message interchange protocol 1) in a chroot, with the binary built here.
# Needs root and debootstrap. The chroot is kept in LTTNGX_CHROOT (default: /var/tmp/lttngx-debian13) and made once.
# Arguments go to pytest.
source "$(dirname "$0")/setup.sh"
root=${LTTNGX_CHROOT:-/var/tmp/lttngx-debian13}
mirror=${LTTNGX_MIRROR:-http://deb.debian.org/debian}
packages=babeltrace2,python3-bt2,libbabeltrace2-python-plugin-provider,python3-pytest,python3-hypothesis,zstd

if [ ! -x "$root/usr/bin/babeltrace2" ]; then
    command -v debootstrap >/dev/null || as_root apt-get install -y -qq debootstrap
    echo "test-debian13: making $root" >&2
    as_root debootstrap --variant=minbase --include="$packages" trixie "$root" "$mirror" >/dev/null
fi
as_root rm -rf "$root/lttngx"
as_root mkdir -p "$root/lttngx"
git ls-files -z | as_root xargs -0 cp -a --parents -t "$root/lttngx"
as_root cp -a components/lttngx/core/native/*.so "$root/lttngx/components/lttngx/core/native/"
as_root chroot "$root" /bin/sh -c 'cd /lttngx && PYTHONPATH=components exec python3 -m pytest "$@"' pytest "$@"

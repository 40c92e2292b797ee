#!/usr/bin/env bash
# Runs the tests on Debian 13 (Babeltrace 2.1, Python 3.13, message interchange protocol 1) in a chroot, with the binary built here, after
# installing and trying the wheel built here. Arguments go to pytest; --prepare alone only makes the chroot and fetches wheels.
# Needs root. The chroot is kept in LTTNGX_CHROOT, and as an archive in the user's cache folder; both are made again only when the packages
# below change.
LTTNGX_PACKAGES="debootstrap zstd" source "$(dirname "$0")/setup.sh"
root=${LTTNGX_CHROOT:-/var/tmp/lttngx-debian13}
mirror=${LTTNGX_MIRROR:-http://deb.debian.org/debian}
# lttng-tools, liblttng-ust-dev and gcc record sessions; python3-venv installs wheels; no browser, no cluster and no lttng-analyses here.
debian13_packages="babeltrace2 python3-bt2 libbabeltrace2-python-plugin-provider python3-venv python3-pytest python3-pytest-xdist
    python3-hypothesis python3-zstandard python3-fsspec python3-pyelftools python3-rich zstd xz-utils groff-base lttng-tools
    liblttng-ust-dev gcc libc6-dev"
# What else the tests use, as wheels for the interpreter there.
wheels="pyarrow>=14 pyrage perfetto opentelemetry-proto"
archive=${XDG_CACHE_HOME:-$HOME/.cache}/lttngx/debian13-$(sha256sum <<<"$debian13_packages" | cut -c1-16).tar.zst

make_chroot() {
    [ "$(cat "$root/lttngx-packages" 2>/dev/null)" != "$debian13_packages" ] || return 0
    echo "test-debian13: making $root" >&2
    as_root rm -rf --one-file-system "$root"
    as_root mkdir -p "$root" "$(dirname "$archive")"
    if [ -e "$archive" ]; then
        as_root tar --zstd --numeric-owner -xpf "$archive" -C "$root"
        return
    fi
    as_root debootstrap --variant=minbase trixie "$root" "$mirror" >/dev/null
    # No daemon starts while packages are installed.
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$root/usr/sbin/policy-rc.d" >/dev/null
    as_root chmod +x "$root/usr/sbin/policy-rc.d"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y -qq --no-install-recommends $debian13_packages >/dev/null
    as_root chroot "$root" apt-get clean
    as_root tee "$root/lttngx-packages" <<<"$debian13_packages" >/dev/null
    as_root tar --numeric-owner -I 'zstd -3 -T0' -cpf "$archive.new" -C "$root" .
    as_root mv "$archive.new" "$archive"
}

fetch_wheels() {
    # shellcheck disable=SC2086
    .venv/bin/python -m pip download --quiet --disable-pip-version-check --python-version 3.13 --only-binary=:all: \
        --dest build/wheels-debian13 $wheels
}

copy_checkout() {
    as_root rm -rf "$root/lttngx"
    as_root mkdir "$root/lttngx"
    git ls-files -z | as_root xargs -0 cp -a --parents -t "$root/lttngx"
    as_root cp -a components/lttngx/core/native/*.so "$root/lttngx/components/lttngx/core/native/"
}

# Runs a shell command in the chroot. Its mounts and whatever it leaves running end with it: they are in name spaces of their own. Its root
# directory is a true one (pivot_root), as Linux makes no user name spaces below chroot(2).
inside() {
    # shellcheck disable=SC2016
    as_root unshare --mount --pid --fork --kill-child sh -ec '
        mount --bind "$1" "$1"; cd "$1"; shift
        mount -t proc proc proc; mount -t sysfs -o ro sysfs sys; mount -t tmpfs tmpfs dev/shm
        mkdir -p dev/pts; mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts; ln -sf pts/ptmx dev/ptmx
        pivot_root . .; umount --lazy .; cd /lttngx
        exec /bin/sh -c "$@"' sh "$root" "$@"
}

# Puts the wheels into .venv beside the checkout, as scripts/setup.sh does here, and tries ours away from the checkout.
install_wheel() {
    rm -rf build/lib* build/wheels
    .venv/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir build/wheels .
    as_root cp -r build/wheels build/wheels-debian13 "$root/lttngx/"
    # shellcheck disable=SC2016
    inside '
        set -e
        python3 -m venv --system-site-packages .venv
        .venv/bin/pip install --quiet --disable-pip-version-check --no-index wheels*/*.whl
        export PATH="$PWD/.venv/bin:$PATH" VIRTUAL_ENV="$PWD/.venv" trace="$PWD/tests/data/traces/kernel-ctx"
        cd /
        python -c "from lttngx.core.choice import core; assert core().name == \"native\", core().name"
        lttngx cputop "$trace" --limit 3
        BABELTRACE_PLUGIN_PATH=$VIRTUAL_ENV/lib/babeltrace2/plugins \
            babeltrace2 "$trace" -c filter.lttngx.events -p "names=\"sched_switch\"" -c sink.utils.counter -p "step=+0"'
}

make_chroot
fetch_wheels
[ "$*" != --prepare ] || exit 0
(
    # One run at a time in one chroot.
    flock 9
    copy_checkout
    install_wheel
    inside 'PYTHONPATH=components exec .venv/bin/python -m pytest -n auto --dist loadfile "$@"' pytest "$@"
) 9>"/tmp/lttngx-$(basename "$root").lock"

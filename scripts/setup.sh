#!/usr/bin/env bash
# Prepares a machine and this checkout: Debian packages, a virtual environment, the compiled core. Sourced by the other
# scripts; safe to run again, quick when nothing is missing.
#
# LTTNGX_PACKAGES adds Debian packages to what is installed (scripts/test.sh wants more than the demonstration).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages="babeltrace2 python3-bt2 libbabeltrace2-dev libbabeltrace2-python-plugin-provider python3-venv python3-dev gcc ${LTTNGX_PACKAGES:-}"

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
    local missing=()
    for package in $packages; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "setup: installing Debian packages: ${missing[*]}" >&2
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# What the installed package was built from: when it changes, the package is installed again.
fingerprint() {
    cat setup.py setup.cfg pyproject.toml components/lttngx/core/native/*.p[yx][xd] 2>/dev/null | sha256sum
}

install_lttngx() {
    if [ ! -x .venv/bin/python ]; then
        echo "setup: making .venv with /usr/bin/python3 (the interpreter which babeltrace2 embeds)" >&2
        /usr/bin/python3 -m venv --system-site-packages .venv
    fi
    local built
    built=$(fingerprint)
    if [ "$(cat .venv/lttngx-built 2>/dev/null)" != "$built" ] || ! ls components/lttngx/core/native/*.so >/dev/null 2>&1; then
        echo "setup: installing lttngx with its test extra into .venv, building the compiled core" >&2
        .venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
        echo "$built" >.venv/lttngx-built
    fi
}

install_packages
install_lttngx

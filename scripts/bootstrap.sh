#!/usr/bin/env bash
# Installs what building, testing or measuring Farthing needs and this machine lacks, and says what and why.
#
#   scripts/bootstrap.sh [run|test|bench]
#
#   run    what the build needs: a C++ compiler, make, cmake and libclang for the HiGHS solver, npm for the console, and Rust
#   test   the same, Chromium for the console's tests, a Prometheus to collect from, a PostgreSQL server, which the store's tests run on beside SQLite, and Python's venv for DuckDB, whose answers
#          to the FOCUS use-case queries are compared with ours, and for moto, an object store to import from; where Python 3.12
#          is, also the tools that judge our exports (tests/conformance), in an environment below the target folder
#   bench  the same as run, wrk, which loads the API, and Python's venv, which holds the DuckDB that `make bench` compares with
#
# Packages come from apt-get, with sudo where the user is not root. Where nothing is missing it changes nothing and prints nothing.
set -euo pipefail

say() { echo "bootstrap: $*" >&2; }
fail() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

missing=()
# need PACKAGE REASON: notes a Debian package to install.
need() {
    say "$1 is missing: $2"
    missing+=("$1")
}

have_libclang() {
    [ -n "${LIBCLANG_PATH-}" ] && return 0
    # A library of the run-time package alone has a version in its name; bindgen finds that one too.
    compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null || compgen -G '/usr/lib/*-linux-gnu/libclang*.so*' >/dev/null
}

have_postgres() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || have initdb
}

check_build_tools() {
    have c++ || need g++ "the HiGHS solver is C++"
    have make || need make "the HiGHS solver is built with it"
    have cmake || need cmake "it configures the build of the HiGHS solver"
    have_libclang || need libclang-dev "the bindings to HiGHS are made from its headers with it"
    have clang || need clang "it tells libclang where the system's headers are"
    have npm || need npm "the console is built with it; a Node that is too old is made good by scripts/node.sh"
}

install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    have apt-get || fail "there is no apt-get here: install ${missing[*]} (Debian's names) and run this again"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || fail "installing needs root: run 'apt-get install ${missing[*]}' as root and then this again"
        as_root=(sudo)
    fi
    if [[ " ${missing[*]} " == *" postgresql "* ]]; then
        # Debian would start a server of its own; the tests start a private one and do not use it.
        "${as_root[@]}" mkdir -p /etc/postgresql-common
        [ -e /etc/postgresql-common/createcluster.conf ] ||
            echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    say "installing ${missing[*]} with apt-get"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -q &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } \
        >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail "apt-get failed; what it said stands above"
    fi
    rm -f "$log"
}

# True where version $1 is $2 or newer.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

check_rust() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$(dirname "$0")/../Cargo.toml")
    [ -n "$wanted" ] || fail "Cargo.toml names no rust-version"
    if ! have cargo || ! have rustc; then
        fail "Rust is missing. Install Rust $wanted or newer from https://rustup.rs and open a new shell"
    fi
    found=$(rustc --version | cut -d ' ' -f 2)
    at_least "${found%%-*}" "$wanted" ||
        fail "Rust $found is too old: Farthing needs $wanted or newer. With rustup: 'rustup update stable'"
}

# The first Python 3.12 that runs; the validator knows no other.
python_3_12() {
    local candidate
    for candidate in python3.12 python3 "${PYENV_ROOT:-${HOME-}/.pyenv}"/versions/3.12*/bin/python3; do
        if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != (3, 12))' >/dev/null 2>&1; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

# The tests that want these tools say that they are skipped where there are none: nothing here fails.
install_judges() {
    local wanted target python
    wanted=$(cd "$(dirname "$0")/.." && pwd)/tests/conformance/requirements.txt
    target=${CARGO_TARGET_DIR:-$(dirname "$0")/../target}/conformance
    if cmp -s "$wanted" "$target/installed.txt"; then return 0; fi
    if ! python=$(python_3_12); then
        say "there is no Python 3.12: the tests that hold exports against focus-validator will be skipped"
        return 0
    fi
    say "installing focus-validator and focus-data-toolkit into $target/venv"
    rm -rf "$target"
    mkdir -p "$target"
    if "$python" -m venv "$target/venv" &&
        "$target/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"; then
        cp "$wanted" "$target/installed.txt"
    else
        rm -rf "$target"
        say "they could not be installed: the tests that hold exports against them will be skipped"
    fi
}

case "${1-run}" in
run) check_build_tools ;;
test)
    check_build_tools
    have chromium || need chromium "the console's tests drive it"
    have_postgres || need postgresql "the store's tests run on it beside SQLite"
    have prometheus || need prometheus "the tests collect from a real one, with the retention that it has by default"
    python3 -c 'import ensurepip, venv' 2>/dev/null || need python3-venv "it holds the DuckDB that answers are compared with, and an object store to import from"
    ;;
bench)
    check_build_tools
    have wrk || need wrk "it loads the API in \`make bench-api\`"
    # Debian splits ensurepip from python3; without it a venv has no pip.
    python3 -c 'import ensurepip, venv' 2>/dev/null || need python3-venv "it holds the DuckDB that the benchmark compares with"
    ;;
*)
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac
check_rust
install_missing
[ "${1-run}" != test ] || install_judges

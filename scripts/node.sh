#!/usr/bin/env bash
# Runs a command of the console's tools with Node 20.19 or newer: the one that is here, or one from the npm registry.
#
#   scripts/node.sh npm ci
#
# Debian 12 has Node 18. Where the system's is too old, the registry's `node` package, which is the program itself, is put below the
# target folder, and npm with it; nothing of the system changes.
set -euo pipefail

wanted=20.19.0
version=24
root=$(cd "$(dirname "$0")/.." && pwd)
own=${CARGO_TARGET_DIR:-$root/target}/node

say() { echo "node.sh: $*" >&2; }
new_enough() {
    local found
    found=$("$1" --version 2>/dev/null) || return 1
    [ "$(printf '%s\n%s\n' "${found#v}" "$wanted" | sort -V | head -n 1)" = "$wanted" ]
}

if ! new_enough node || ! command -v npm >/dev/null; then
    if ! new_enough "$own/node_modules/.bin/node"; then
        command -v npm >/dev/null || { say "npm is missing: 'scripts/bootstrap.sh run' installs it"; exit 1; }
        say "Node $wanted or newer is missing: installing the npm registry's node@$version into $own"
        mkdir -p "$own"
        npm install --silent --no-audit --no-fund --no-save --prefix "$own" "node@$version" npm@11 >&2
    fi
    PATH=$own/node_modules/.bin:$PATH
    export PATH
fi
exec "$@"

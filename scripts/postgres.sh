#!/bin/sh
# A private, throw-away PostgreSQL for tests: reached by a Unix socket in a folder that only its user can enter, no port, no
# password, nothing kept.
#
#   scripts/postgres.sh run COMMAND…   starts one, runs COMMAND with FARTHING_TEST_POSTGRES set, stops it; COMMAND's exit status
#   scripts/postgres.sh start          starts one that stays until `stop`, and prints its address
#   scripts/postgres.sh url            prints the address of the started one
#   scripts/postgres.sh stop           stops it and removes its folder
#   scripts/postgres.sh own            makes one for a test that kills it, prints its folder and its address
#   scripts/postgres.sh crash FOLDER   kills every process of it, as a crash of the host would, and starts it again
#   scripts/postgres.sh pause FOLDER   stops every process of it where it is, as a host that hangs would; `resume FOLDER` lets them go on
#   scripts/postgres.sh end FOLDER     stops it and removes its folder
#
# Without PostgreSQL on the machine it installs Debian's package `postgresql` with apt-get, and says so.
set -eu

say() { echo "postgres.sh: $*" >&2; }
fail() { say "$*"; exit 1; }

# PostgreSQL's programs stand outside the search path on Debian; the newest version wins.
find_programs() {
    for programs in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5,5nr) /usr/local/bin /usr/bin; do
        if [ -x "$programs/initdb" ] && [ -x "$programs/pg_ctl" ] && [ -x "$programs/postgres" ]; then return 0; fi
    done
    if path=$(command -v initdb) && command -v pg_ctl >/dev/null; then
        programs=$(dirname "$path")
        return 0
    fi
    return 1
}

install_programs() {
    command -v apt-get >/dev/null || fail "PostgreSQL is not installed and there is no apt-get: install PostgreSQL 13 or later"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    say "PostgreSQL is not installed: installing the package postgresql, which the store's tests run on"
    $as_root apt-get update -q >&2
    # Debian would start a server of its own; the tests do not use it.
    $as_root mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends postgresql >&2
}

# The server refuses to run as root: then it runs as the package's user, or as nobody.
choose_user() {
    user=""
    [ "$(id -u)" -eq 0 ] || return 0
    for user in postgres nobody; do
        if id "$user" >/dev/null 2>&1; then return 0; fi
    done
    fail "PostgreSQL does not run as root, and there is no user postgres or nobody"
}

as_user() {
    if [ -n "$user" ]; then setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"; else "$@"; fi
}

# Makes a cluster in the folder $1 and starts it. What it says goes to files there, shown where it fails.
start_in() {
    cluster=$1
    find_programs || { install_programs && find_programs; } || fail "PostgreSQL was installed and its programs are not found"
    choose_user
    chmod 700 "$cluster"
    [ -z "$user" ] || chown "$user" "$cluster"
    # The working folder may be one that the other user cannot enter.
    cd "$cluster"
    as_user "$programs/initdb" -D "$cluster/data" -U farthing -A trust -E UTF8 --locale=C --no-sync >"$cluster/initdb.log" 2>&1 ||
        { cat "$cluster/initdb.log" >&2; fail "initdb failed"; }
    cd - >/dev/null
    serve_in "$cluster"
}

# Starts the cluster in the folder $1.
serve_in() {
    cluster=$1
    cd "$cluster"
    # Nothing outlives the tests, so nothing is forced to the disk. What one of them kills has to keep what it said it kept.
    commit=off
    [ ! -e "$cluster/durable" ] || commit=on
    as_user "$programs/pg_ctl" -D "$cluster/data" -l "$cluster/server.log" -w -t 60 -o "-k '$cluster' -c listen_addresses='' \
-c fsync=off -c synchronous_commit=$commit -c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB" start \
        >"$cluster/start.log" 2>&1 || { cat "$cluster/start.log" "$cluster/server.log" >&2; fail "the server did not start"; }
    cd - >/dev/null
}

# Removes only a folder that this script made.
remove() {
    case "$1" in
    /tmp/farthing-postgres[.-]*) rm -rf "$1" ;;
    *) fail "$1 is no folder of this script's: not removed" ;;
    esac
}

stop_in() {
    cluster=$1
    if [ -e "$cluster/data/postmaster.pid" ]; then
        find_programs || fail "the server in $cluster runs and PostgreSQL's programs are not found"
        choose_user
        (cd "$cluster" && as_user "$programs/pg_ctl" -D "$cluster/data" -m immediate -w -t 60 stop >/dev/null 2>&1) ||
            say "the server in $cluster had stopped before"
    fi
    remove "$cluster"
}

url_of() { echo "postgres://farthing@localhost/postgres?host=$1"; }

# The path of a Unix socket has at most 107 bytes, so it stands below /tmp whatever TMPDIR says.
state=/tmp/farthing-postgres-$(id -u)

case "${1-}" in
run)
    shift
    [ $# -gt 0 ] || fail "run what? scripts/postgres.sh run COMMAND…"
    own=$(mktemp -d /tmp/farthing-postgres.XXXXXX)
    # On a signal too, nothing is left running.
    trap 'status=$?; trap "" EXIT INT TERM HUP; stop_in "$own"; exit $status' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    start_in "$own"
    status=0
    FARTHING_TEST_POSTGRES=$(url_of "$own") "$@" || status=$?
    exit "$status"
    ;;
start)
    if [ -e "$state/data/postmaster.pid" ]; then
        say "it runs already"
    else
        remove "$state"
        mkdir -m 700 "$state"
        start_in "$state"
    fi
    url_of "$state"
    ;;
own)
    own=$(mktemp -d /tmp/farthing-postgres.XXXXXX)
    : >"$own/durable"
    start_in "$own"
    echo "$own $(url_of "$own")"
    ;;
crash)
    cluster=${2-}
    case "$cluster" in /tmp/farthing-postgres.*) ;; *) fail "$cluster is no folder of this script's" ;; esac
    find_programs && choose_user
    first=$(head -n 1 "$cluster/data/postmaster.pid")
    # The backends first notice that the server is gone when they next wait: they are killed as well.
    kill -9 "$first" $(ps -o pid= --ppid "$first") 2>/dev/null || true
    while kill -0 "$first" 2>/dev/null; do :; done
    serve_in "$cluster"
    ;;
pause | resume)
    cluster=${2-}
    case "$cluster" in /tmp/farthing-postgres.*) ;; *) fail "$cluster is no folder of this script's" ;; esac
    first=$(head -n 1 "$cluster/data/postmaster.pid")
    if [ "$1" = pause ]; then signal=STOP; else signal=CONT; fi
    # The first one goes first, so that it starts no other meanwhile.
    kill -$signal "$first"
    kill -$signal $(ps -o pid= --ppid "$first") 2>/dev/null || true
    ;;
end)
    stop_in "${2-}"
    ;;
url)
    [ -e "$state/data/postmaster.pid" ] || fail "none is started: scripts/postgres.sh start"
    url_of "$state"
    ;;
stop)
    [ -d "$state" ] || fail "none is started"
    stop_in "$state"
    ;;
*)
    sed -n '2,15s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac

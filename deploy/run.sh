#!/bin/sh
# From a fresh Debian 12 to a running service with a demo store, as root or as a user with sudo.
#
#   sh deploy/run.sh                serves until it is interrupted
#   sh deploy/run.sh --background   serves on; log and pid below var/
#   sh deploy/run.sh --stop         stops what --background started
#
# Running it again keeps the data and only does what is missing; if the service runs already, the demo store gets what happened since. Without
# WINDVANE_DATABASE_URL a private PostgreSQL below var/pg is used, reached over a socket of its own. Settings: deploy/windvane.env.example;
# relative paths in them start at the repository.
set -eu

cd "$(dirname "$0")/.."
PROGRAM=$PWD/build/release/windvane
PACKAGES="build-essential pkg-config libmicrohttpd-dev libjansson-dev libpq-dev libssl-dev libcurl4-openssl-dev curl"
READY_TRIES=600 # tenths of a second

say() { echo "run.sh: $*" >&2; }
fail() {
    say "$*"
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null || fail "packages are missing and sudo is not there: $missing"
        sudo "$@"
    fi
}

install_packages() {
    command -v dpkg-query >/dev/null || fail "this script knows Debian only; install by hand: $PACKAGES postgresql"
    missing=
    for package in $PACKAGES; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
    done
    if [ -z "${WINDVANE_DATABASE_URL:-}" ] && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
        missing="$missing postgresql"
    fi
    [ -n "$missing" ] || return 0
    say "installing$missing"
    as_root apt-get update -q >&2
    # shellcheck disable=SC2086 # a list of words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >&2
}

start_database() {
    private=
    [ -z "${WINDVANE_DATABASE_URL:-}" ] || return 0
    private=yes
    WINDVANE_DATABASE_URL=$(sh scripts/pg.sh start var/pg)
    export WINDVANE_DATABASE_URL
}

# The service and this script read the key from the same place.
find_key() {
    if [ -n "${WINDVANE_ADMIN_KEY:-}" ]; then
        key=$WINDVANE_ADMIN_KEY
        # shellcheck disable=SC2016 # it is printed for a shell to expand
        key_place='$WINDVANE_ADMIN_KEY'
        return
    fi
    if [ -z "${WINDVANE_ADMIN_KEY_FILE:-}" ]; then
        WINDVANE_ADMIN_KEY_FILE=$PWD/var/admin.key
        [ -s "$WINDVANE_ADMIN_KEY_FILE" ] ||
            (umask 077 && od -An -v -N24 -tx1 /dev/urandom | tr -d ' \n' >"$WINDVANE_ADMIN_KEY_FILE")
        export WINDVANE_ADMIN_KEY_FILE
    fi
    key=$(head -n 1 "$WINDVANE_ADMIN_KEY_FILE")
    key_place="\$(cat $WINDVANE_ADMIN_KEY_FILE)"
}

find_address() {
    listen=${WINDVANE_LISTEN:-127.0.0.1:8080}
    host=${listen%:*}
    case $host in
    '' | 0.0.0.0 | '*') host=127.0.0.1 ;;
    '[::]') host='[::1]' ;;
    esac
    url=http://$host:${listen##*:}
}

# The pid of the service that an earlier run started, if it still runs.
running_pid() {
    [ -s var/windvane.pid ] || return 1
    pid=$(cat var/windvane.pid)
    case $(readlink "/proc/$pid/exe" 2>/dev/null) in
    "$PROGRAM" | "$PROGRAM (deleted)") echo "$pid" ;;
    *) return 1 ;;
    esac
}

# Whether a service that runs does so with a program that has been built anew since.
is_outdated() {
    [ "$(readlink "/proc/$1/exe" 2>/dev/null)" = "$PROGRAM (deleted)" ]
}

# Waits until a process has ended, at most 30 s: the service drains for up to 25.
await_end() {
    tries=300
    while kill -0 "$1" 2>/dev/null && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        sleep 0.1
    done
    ! kill -0 "$1" 2>/dev/null
}

# The pid file goes first: a script that waits for this service in another terminal then knows that it is not the last to leave.
stop_service() {
    pid=$(running_pid) || pid=
    rm -f var/windvane.pid
    [ -n "$pid" ] || return 0
    kill -TERM "$pid"
    await_end "$pid" || fail "the service (pid $pid) does not stop"
}

stop_all() {
    stop_service
    [ ! -d var/pg ] || sh scripts/pg.sh stop var/pg
}

# Before the service tries: whoever listens there would otherwise be taken for it, and be given the key.
check_address() {
    [ "$(probe -w '%{num_connects}' "$url/")" != 1 ] ||
        fail "something else listens at $listen already; stop it, or set WINDVANE_LISTEN to another address and port"
}

start_service() {
    if [ -n "$background" ]; then
        touch var/windvane.log
        log_lines=$(wc -l <var/windvane.log)
        setsid "$PROGRAM" serve >>var/windvane.log 2>&1 </dev/null &
    else
        "$PROGRAM" serve </dev/null &
    fi
    pid=$!
    echo "$pid" >var/windvane.pid
}

# No proxy, whatever the environment says: the service is on this machine.
probe() {
    curl -s -o /dev/null --noproxy '*' --max-time 5 "$@"
}

await_ready() {
    tries=$READY_TRIES
    until probe -f "$url/readyz"; do
        if ! kill -0 "$pid" 2>/dev/null; then
            [ -z "$background" ] || tail -n "+$((log_lines + 1))" var/windvane.log >&2
            say "the service ended${background:+, and wrote the lines above}"
            return 1
        fi
        tries=$((tries - 1))
        if [ $tries -eq 0 ]; then
            say "the service is not ready: $url/readyz"
            return 1
        fi
        sleep 0.1
    done
}

# The key goes by standard input, so that no list of processes shows it.
ask() {
    quoted=$(printf %s "$key" | sed 's/[\\"]/\\&/g')
    printf 'header = "Authorization: Bearer %s"\n' "$quoted" | curl -fsS --noproxy '*' -K - "$@"
}

# Events up to the service's own now, which WINDVANE_CLOCK_START can have moved. What an earlier run posted is a duplicate. Verdicts of the days
# before the store was added are made only when they are asked for.
fill_demo() {
    ask -X PUT -H 'Content-Type: application/json' -o /dev/null "$url/v1/stores/demo" \
        -d '{"name":"Demo store","category":"outdoor","time_zone":"Asia/Shanghai","policy":"jd"}' &&
        now=$(ask "$url/v1/stores/demo/backlog" | sed -n 's/.*"as_of": *"\([^"]*\)".*/\1/p' | head -n 1) &&
        WINDVANE_ADMIN_KEY=$key no_proxy='*' "$PROGRAM" simulate --store demo --until "$now" --post "$url" &&
        ask -X POST -H 'Content-Type: application/json' -o /dev/null "$url/v1/stores/demo/verdicts/recompute" \
            -d "{\"from\":\"$(date -u -d "$now - 30 days" +%F)\",\"to\":\"${now%%T*}\"}"
}

print_addresses() {
    cat <<END

windvane serves at $url
  score    $url/v1/stores/demo/score
  backlog  $url/v1/stores/demo/backlog
  openapi  $url/openapi.yaml
  key      $key_place

  export KEY=$key_place
  curl -s -H "Authorization: Bearer \$KEY" $url/v1/stores/demo/score
  curl -s -H "Authorization: Bearer \$KEY" $url/v1/stores/demo/backlog
END
    [ -z "$background" ] || echo "  log      $PWD/var/windvane.log (stop: sh deploy/run.sh --stop)"
}

# Ends with the service's own status. If somebody else stopped the service, or started another one, the database is theirs.
serve_until_interrupted() {
    status=0
    wait "$pid" || status=$?
    # A signal ends wait, not the service; its trap has passed the signal on.
    if [ -n "$interrupted" ]; then
        status=0
        wait "$pid" || status=$?
    fi
    if [ "$(cat var/windvane.pid 2>/dev/null)" = "$pid" ]; then
        rm -f var/windvane.pid
        [ -z "$private" ] || sh scripts/pg.sh stop var/pg
    fi
    exit "$status"
}

background=
case ${1:-} in
'') ;;
--background) background=yes ;;
--stop)
    stop_all
    exit 0
    ;;
*)
    echo "usage: sh deploy/run.sh [--background | --stop]" >&2
    exit 2
    ;;
esac

mkdir -p var
install_packages
make -s -j "$(nproc)" >&2
find_key
find_address

if pid=$(running_pid) && is_outdated "$pid"; then
    say "the program was built anew: restarting the service (pid $pid)"
    stop_service
fi
if pid=$(running_pid); then
    say "already serving (pid $pid)"
    background=yes # whatever started it
    log_lines=0
    { await_ready && fill_demo; } || fail "the demo store could not be filled"
    print_addresses
    exit 0
fi

check_address
start_database
"$PROGRAM" migrate
interrupted=
trap 'interrupted=yes; kill -TERM "$pid" 2>/dev/null || :' INT TERM HUP
start_service
if ! { await_ready && fill_demo; }; then
    stop_all # nothing is left behind by a script that could not finish
    fail "nothing was started"
fi
print_addresses
[ -n "$background" ] || serve_until_interrupted

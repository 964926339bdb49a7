#!/bin/sh
# A private PostgreSQL below a folder, reached over a unix socket only.
#
#   pg.sh start DIR [--throwaway]   makes and starts it when needed, prints its libpq URI
#   pg.sh uri DIR                   prints the URI
#   pg.sh stop DIR                  stops it; the data of a throw-away one are deleted
#
# PostgreSQL refuses to run as root, so root runs it as user postgres. Whoever can enter the socket's folder (its owner, and root) is let
# in without a password; nobody else can, and there is no TCP port. Where DIR does not serve, the files lie elsewhere and DIR has a link:
# DIR/data when user postgres cannot reach it (below /root, say), DIR/socket when its path is longer than a socket address can be.
set -eu

DATABASE=windvane
SOCKET_PATH_MAX=107
PORT=5432 # only names the socket file

fail() {
    echo "pg.sh: $*" >&2
    exit 1
}

usage() {
    echo "usage: pg.sh start DIR [--throwaway] | uri DIR | stop DIR" >&2
    exit 2
}

# As the user that owns the server. Descriptor 9 holds the lock, which a server must not inherit.
as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && exec runuser -u postgres -- "$@" 9>&-)
    else
        (cd / && exec "$@" 9>&-)
    fi
}

find_programs() {
    programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -n 1)
    [ -n "$programs" ] && [ -x "$programs/initdb" ] || fail "no PostgreSQL server below /usr/lib/postgresql"
}

# A folder of the owner's alone at $1, or at a new place below $2 with a link at $1.
make_folder() {
    [ ! -L "$1" ] || [ -d "$1/" ] || rm -f "$1" # the link's target is gone
    [ -d "$1" ] && return
    if [ -n "$2" ]; then
        ln -s "$(as_owner mktemp -d "$2/windvane-pg.XXXXXX")" "$1"
    else
        mkdir -m 700 "$1"
        [ "$(id -u)" -ne 0 ] || chown postgres "$1"
    fi
}

make_folders() {
    elsewhere=
    if ! as_owner test -x "$dir"; then
        if [ -e "$dir/throwaway" ]; then elsewhere=/tmp; else elsewhere=/var/lib/postgresql; fi
    fi
    make_folder "$dir/data" "$elsewhere"

    # A plain path needs no quoting, neither in a URI nor in the configuration.
    path=$dir/socket/.s.PGSQL.$PORT
    plain=$(printf %s "$path" | tr -cd 'A-Za-z0-9/._-')
    if [ -n "$elsewhere" ] || [ ${#path} -gt $SOCKET_PATH_MAX ] || [ "$path" != "$plain" ]; then
        make_folder "$dir/socket" /tmp
    else
        make_folder "$dir/socket" ""
    fi
}

cluster() {
    (cd -P "$dir/data" && printf '%s/cluster' "$(pwd)")
}

socket() {
    (cd -P "$dir/socket" && pwd)
}

uri() {
    printf 'postgresql://postgres@/%s?host=%s\n' "$DATABASE" "$(socket)"
}

is_running() {
    [ -d "$dir/socket/" ] && "$programs/pg_isready" -q -h "$(socket)" -p $PORT -U postgres -d postgres
}

# Made aside and then renamed, so that a cluster that exists is whole.
make_cluster() {
    [ ! -d "$(cluster)" ] || return 0
    new=$(cluster).new
    rm -rf "$new"
    sync=
    [ ! -e "$dir/throwaway" ] || sync=--no-sync
    as_owner "$programs/initdb" -D "$new" -U postgres --encoding=UTF8 --locale=C.UTF-8 --data-checksums \
        --auth-local=trust --auth-host=reject $sync >"$dir/initdb.log" 2>&1 || {
        cat "$dir/initdb.log" >&2
        fail "initdb failed"
    }
    echo "include 'windvane.conf'" >>"$new/postgresql.conf"
    mv "$new" "$(cluster)"
}

configure() {
    conf=$(cluster)/windvane.conf
    cat >"$conf" <<END
# written by scripts/pg.sh at every start
listen_addresses = ''
unix_socket_directories = '$(socket)'
unix_socket_permissions = 0700
port = $PORT
max_connections = 200
shared_buffers = 256MB
timezone = 'UTC'
log_timezone = 'UTC'
END
    if [ -e "$dir/throwaway" ]; then
        printf '%s\n' 'fsync = off' 'full_page_writes = off' 'synchronous_commit = off' >>"$conf"
    fi
    [ "$(id -u)" -ne 0 ] || chown postgres "$conf"
}

# Processes of this cluster: the postmaster and its children have it as their working directory.
processes() {
    home=$(cluster)
    for cwd in /proc/[0-9]*/cwd; do
        [ "$(readlink "$cwd" 2>/dev/null)" != "$home" ] || echo "$cwd"
    done
}

# After a crash the lock files of the data and of the socket can name a process that has nothing to do with us, or one that is dead and not
# yet buried, and PostgreSQL would not start. Children of a killed postmaster leave by themselves; the files may go only when none is left.
remove_stale_locks() {
    tries=100
    while ! is_running; do
        if [ -z "$(processes)" ]; then
            rm -f "$(cluster)/postmaster.pid" "$(socket)/.s.PGSQL.$PORT.lock"
            return
        fi
        [ $tries -gt 0 ] || fail "processes of $(cluster) are there but do not answer"
        tries=$((tries - 1))
        sleep 0.1
    done
}

start() {
    mkdir -p "$dir"
    exec 9>"$dir/lock"
    flock 9
    if is_running; then
        uri
        return
    fi
    [ "$1" != --throwaway ] || : >"$dir/throwaway"
    make_folders
    make_cluster
    configure
    remove_stale_locks
    if ! is_running; then
        as_owner "$programs/pg_ctl" -D "$(cluster)" -l "$(cluster)/server.log" -w -t 120 start >/dev/null 2>&1 || {
            tail -n 20 "$(cluster)/server.log" >&2
            fail "PostgreSQL did not start"
        }
    fi
    as_owner "$programs/psql" -X -q -h "$(socket)" -p $PORT -U postgres -d postgres -v ON_ERROR_STOP=1 >/dev/null <<END
select 'create database $DATABASE' where not exists (select from pg_database where datname = '$DATABASE') \gexec
END
    uri
}

# Follows a link that make_folder made.
remove_folder() {
    [ ! -d "$1/" ] || rm -rf "$(cd -P "$1" && pwd)"
    rm -f "$1"
}

stop() {
    [ -d "$dir" ] || return 0
    exec 9>"$dir/lock"
    flock 9
    if [ -d "$dir/data/" ] && [ -e "$(cluster)/postmaster.pid" ] && [ -n "$(processes)" ]; then
        as_owner "$programs/pg_ctl" -D "$(cluster)" -m fast -w -t 60 stop >/dev/null || fail "PostgreSQL did not stop"
    fi
    remove_folder "$dir/socket"
    if [ -e "$dir/throwaway" ]; then
        remove_folder "$dir/data"
        rm -f "$dir/throwaway" "$dir/initdb.log"
    fi
}

[ $# -ge 2 ] && [ -n "$2" ] || usage
dir=$2
case $dir in
/*) ;;
*) dir=$PWD/$dir ;;
esac
find_programs
case "$1 ${3:-}" in
"start " | "start --throwaway") start "${3:-}" ;;
"uri ") is_running && uri || fail "no PostgreSQL runs below $dir" ;;
"stop ") stop ;;
*) usage ;;
esac

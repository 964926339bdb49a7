#!/bin/sh
# The schema that the migrations make, as migrations/schema.sql shows it.
#
#   schema.sh check BINARY   fails unless up gives schema.sql, down leaves nothing, and up again gives schema.sql
#   schema.sh dump BINARY    writes schema.sql
#
# BINARY is windvane. Works in a database of its own on the server that WINDVANE_TEST_PG names.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
committed=$root/migrations/schema.sql

fail() {
    echo "schema.sh: $*" >&2
    exit 1
}

case $#:${1:-} in
2:check | 2:dump) ;;
*)
    echo "usage: schema.sh check|dump BINARY" >&2
    exit 2
    ;;
esac
command=$1
binary=$2
[ -n "${WINDVANE_TEST_PG:-}" ] || fail "WINDVANE_TEST_PG is not set: see tests/run.sh"

programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -n 1)
database=windvane_schema_$$
# The server's URL with our database: postgresql://user@host/NAME?parameters
url=$(printf %s "$WINDVANE_TEST_PG" | sed "s|^\([a-z]*://[^/?]*\)\(/[^?]*\)\{0,1\}|\1/$database|")
work=$(mktemp -d)

on_server() {
    "$programs/psql" -X -q -v ON_ERROR_STOP=1 -d "$WINDVANE_TEST_PG" -c "$1"
}

clean_up() {
    on_server "drop database if exists $database with (force)" 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

windvane() {
    WINDVANE_DATABASE_URL=$url "$binary" "$@" >"$work/output" 2>&1 || {
        cat "$work/output" >&2
        fail "'$binary $*' failed"
    }
}

# Without what differs between servers, and without the table that the runner keeps for itself.
dump() {
    "$programs/pg_dump" --schema-only --no-owner --no-privileges --exclude-table=schema_migrations -d "$url" >"$work/raw"
    sed -e '/^--/d' -e '/^SET /d' -e '/^SELECT pg_catalog.set_config/d' -e '/^\\restrict/d' -e '/^\\unrestrict/d' "$work/raw" |
        cat -s | sed -e '1{/^$/d}' | sed -e '${/^$/d}'
}

expect() {
    dump >"$work/found"
    diff -u "$1" "$work/found" >&2 || fail "$2"
}

on_server "create database $database"
windvane migrate
if [ "$command" = dump ]; then
    {
        echo "-- The schema after all migrations; written by scripts/schema.sh dump."
        dump
    } >"$work/schema.sql"
    cp "$work/schema.sql" "$committed"
    exit
fi

[ -e "$committed" ] || fail "migrations/schema.sql is missing: run 'schema.sh dump'"
sed 1d "$committed" >"$work/expected"
expect "$work/expected" "migrations/schema.sql is not what the migrations make: run 'schema.sh dump'"

count=$(find "$root/migrations" -name '*.up.sql' | wc -l)
windvane migrate --down "$count"
: >"$work/nothing"
expect "$work/nothing" "the down migrations leave something behind"

windvane migrate
expect "$work/expected" "after down and up again the schema differs"

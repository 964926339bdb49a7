#!/bin/sh
# Posts of single events at 64 connections: windvane beside a Fastify + pg server that does the same work (bench/fastify), in alternating rounds on
# one PostgreSQL with default durability. Prints each round, the medians and their ratio; a round with a failed request stops it.
#
#   sh bench/posts.sh [ROUNDS] [SECONDS]       5 rounds of 8 s unless told
#
# Needs wrk, node and npm. WINDVANE_TEST_PG names a PostgreSQL (libpq URI); unset, a private one is made and removed. WINDVANE_BIN: the program.
set -eu

cd "$(dirname "$0")/.."
echo "$ sh bench/posts.sh $*"
echo "Single order.placed events, 64 connections, 100 stores; the answer comes after the commit."

ROUNDS=${1:-5}
SECONDS_EACH=${2:-8}
CONNECTIONS=64
WINDVANE_PORT=${WINDVANE_PORT:-18080}
FASTIFY_PORT=${FASTIFY_PORT:-18081}
PROGRAM=${WINDVANE_BIN:-build/release/windvane}
KEY=bench-admin-key-0123456789abcdef
export KEY

work=$(mktemp -d)
chmod 755 "$work"
windvane_pid='' fastify_pid=''

clean_up() {
    for pid in $windvane_pid $fastify_pid; do
        kill "$pid" 2>/dev/null || continue
        wait "$pid" || :
    done
    [ -n "${WINDVANE_TEST_PG:-}" ] || sh scripts/pg.sh stop "$work/pg"
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

fail() {
    echo "posts.sh: $*" >&2
    cat "$work"/*.log >&2 2>/dev/null || :
    exit 1
}

sql() { # URI FILE-OR-COMMAND...
    uri=$1
    shift
    psql -X -q -v ON_ERROR_STOP=1 -d "$uri" "$@"
}

# The server's URI with another database in it; the databases of former runs go.
new_database() {
    sql "$server" -c "drop database if exists $1 with (force)" -c "create database $1"
    base=${server%%\?*}
    echo "${base%/*}/$1${server#"$base"}"
}

await_ready() { # URL PID
    tries=300
    until curl -fs -o /dev/null "$1/readyz"; do
        kill -0 "$2" 2>/dev/null || fail "the server at $1 ended"
        tries=$((tries - 1))
        [ $tries -gt 0 ] || fail "the server at $1 is not ready"
        sleep 0.1
    done
}

start_windvane() {
    uri=$(new_database bench_windvane)
    export WINDVANE_DATABASE_URL="$uri" WINDVANE_LISTEN="127.0.0.1:$WINDVANE_PORT" WINDVANE_ADMIN_KEY="$KEY"
    "$PROGRAM" migrate >"$work/migrate.log" 2>&1 || fail "migrate"
    "$PROGRAM" serve >"$work/windvane.log" 2>&1 &
    windvane_pid=$!
    await_ready "$windvane_url" "$windvane_pid"
    store=0
    while [ $store -lt 100 ]; do
        curl -fsS -o /dev/null -X PUT -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
            -d '{"name":"bench"}' "$windvane_url/v1/stores/s$store"
        store=$((store + 1))
    done
}

start_fastify() {
    [ -d bench/fastify/node_modules ] || (cd bench/fastify && npm install --no-package-lock --silent)
    uri=$(new_database bench_fastify)
    sql "$uri" -f bench/fastify/schema.sql -c "insert into api_keys values (sha256('$KEY'), 'admin')"
    DATABASE_URL=$uri PORT=$FASTIFY_PORT NODE_ENV=production node bench/fastify/server.js >"$work/fastify.log" 2>&1 &
    fastify_pid=$!
    await_ready "$fastify_url" "$fastify_pid"
}

# One round: "rate failed p50 p99".
measure() { # NAME URL ROUND
    line=$(RUN="$1$3" wrk -t2 -c"$CONNECTIONS" -d"${SECONDS_EACH}s" --latency -s bench/posts.lua "$2" | grep '^RESULT ') ||
        fail "wrk"
    # shellcheck disable=SC2086 # four words
    set -- "$1" "$3" ${line#RESULT }
    echo "round $2  $1  $3 posts/s  p50 $5 ms  p99 $6 ms"
    [ "$4" -eq 0 ] || fail "$4 requests of $1 failed"
    [ "$2" -eq 0 ] || echo "$3" >>"$work/$1.rates"
}

median() {
    sort -n "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

server=${WINDVANE_TEST_PG:-$(sh scripts/pg.sh start "$work/pg")}
windvane_url=http://127.0.0.1:$WINDVANE_PORT
fastify_url=http://127.0.0.1:$FASTIFY_PORT
start_windvane
start_fastify

round=0 # round 0 warms both up and does not count
while [ "$round" -le "$ROUNDS" ]; do
    measure windvane "$windvane_url" "$round"
    measure fastify "$fastify_url" "$round"
    round=$((round + 1))
done

ours=$(median "$work/windvane.rates")
theirs=$(median "$work/fastify.rates")
echo "medians of $ROUNDS rounds: windvane $ours/s, fastify $theirs/s, ratio $(awk "BEGIN { printf \"%.2f\", $ours / $theirs }")"

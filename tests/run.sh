#!/bin/sh
# Runs every check and every test against a throw-away PostgreSQL of its own, after installing what a fresh Debian 12 lacks. As root or as
# a user with sudo, from any folder. The last line has the totals.
set -u
cd "$(dirname "$0")/.." || exit 1

PACKAGES="build-essential pkg-config libmicrohttpd-dev libjansson-dev libpq-dev libssl-dev libcurl4-openssl-dev libcmocka-dev postgresql
    python3 python3-yaml python3-jsonschema jq curl clang-format"
OLIST_DATA=${WINDVANE_DATA:-../shared/data/olist}
JOBS=-j2

passed=0
failed=0

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install_missing() {
    missing=
    for package in $PACKAGES; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "== installing$missing"
    as_root apt-get update -q &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

# PostgreSQL's user must be able to enter the folder; what is in it is private to that user.
start_postgresql() {
    work=$(mktemp -d /tmp/windvane-test.XXXXXX) || return 1
    chmod 711 "$work"
    trap stop_postgresql EXIT
    trap 'exit 1' HUP INT TERM
    WINDVANE_TEST_PG=$(sh scripts/pg.sh start "$work/pg" --throwaway) || return 1
    export WINDVANE_TEST_PG
}

stop_postgresql() {
    sh scripts/pg.sh stop "$work/pg"
    rm -rf "$work"
}

# step HEADLINE COMMAND…: a step that reports no tests of its own counts as one.
step() {
    headline=$1
    shift
    echo "== $headline"
    started=$(date +%s)
    { "$@" 2>&1; echo $? >"$work/status"; } | tee "$work/output"
    status=$(cat "$work/status")
    totals=$(awk '/^[0-9]+ passed, [0-9]+ failed$/ { p += $1; f += $3; n++ } END { print p + 0, f + 0, n + 0 }' "$work/output")
    ok=${totals%% *} rest=${totals#* }
    bad=${rest% *}
    if [ "${rest#* }" -eq 0 ]; then
        [ "$status" -ne 0 ] || ok=1
    elif [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ]; then
        status=1 # a step of tests that ran none
    fi
    [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    passed=$((passed + ok))
    failed=$((failed + bad))
    echo "== $headline: $([ "$status" -eq 0 ] && echo ok || echo FAILED), $(($(date +%s) - started)) s"
    [ "$status" -eq 0 ]
}

quiet() {
    "$@" >"$work/quiet" 2>&1 || {
        code=$?
        grep -vE '^(cc|gcc|awk|ar) ' "$work/quiet"
        return $code
    }
}

# with_sanitizer NAME TARGET…: builds the test programs first, so that only failures of the tests are shown at length.
with_sanitizer() {
    sanitizer=$1
    shift
    quiet make $JOBS "SANITIZE=$sanitizer" WERROR=1 test-bins && make -s -k "SANITIZE=$sanitizer" WERROR=1 "$@"
}

unit_tests() {
    quiet make $JOBS WERROR=1 test-bins && make -s WERROR=1 check-unit
}

# What threads share. ThreadSanitizer needs a fixed address layout where the kernel randomises many bits.
thread_tests() {
    programs=$(ls tests/unit/*/test_*queue*.c tests/unit/*/test_*cache*.c tests/unit/jobs/test_ticker.c tests/unit/jobs/test_crew.c tests/db/test_pool.c tests/db/test_writer*.c 2>/dev/null |
        sed 's|\.c$||; s|^|build/release-tsan/|')
    quiet make $JOBS SANITIZE=thread WERROR=1 $programs || return 1
    fixed=
    ! setarch "$(uname -m)" -R true 2>/dev/null || fixed="setarch $(uname -m) -R"
    $fixed sh scripts/run-tests.sh $programs
}

e2e_tests() {
    WINDVANE_BIN=$PWD/build/release/windvane sh scripts/run-tests.sh "$@"
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

install_missing || exit 1
start_postgresql || exit 1

step "build" quiet make $JOBS WERROR=1 || finish
step "format" quiet make -s format-check
step "layers" make -s layers
step "lint" make -s lint
step "schema" make -s schema-check
step "unit tests" unit_tests
step "unit and db tests, address and undefined sanitizers" with_sanitizer address,undefined check-unit check-db
step "thread sanitizer" thread_tests
step "end-to-end tests" e2e_tests $(ls tests/e2e/test_*.py | grep -vE '/test_(olist|verdicts_olist|incidents)\.py$')
if [ -d "$OLIST_DATA" ]; then
    step "real orders, reviews and tickets" e2e_tests tests/e2e/test_olist.py tests/e2e/test_verdicts_olist.py tests/e2e/test_incidents.py
else
    echo "== real orders, reviews and tickets: no data at $OLIST_DATA, not run"
fi
finish

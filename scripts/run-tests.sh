#!/bin/sh
# Runs every test program given, shows the output of those that fail, and ends with one line of totals. A program that executes no test is a failure.
passed=0 failed=0 status=0
for program in "$@"; do
    out=$(mktemp)
    case $program in
    *.py) /usr/bin/env python3 "$program" >"$out" 2>&1 ;;
    *) "$program" >"$out" 2>&1 ;;
    esac
    code=$?
    ok=$(grep -cE '^\[       OK \]|^ok ' "$out")
    bad=$(grep -E '^\[  FAILED  \] [a-z_0-9]+$|^FAIL ' "$out" | sort -u | wc -l)
    passed=$((passed + ok))
    failed=$((failed + bad))
    if [ "$code" -ne 0 ] || [ "$bad" -ne 0 ] || [ "$ok" -eq 0 ]; then
        status=1
        [ "$bad" -ne 0 ] || failed=$((failed + 1))
        echo "---- $program (exit $code)"
        cat "$out"
    else
        grep -E '^SKIP|^note:' "$out"
        echo "ok $program ($ok tests)"
    fi
    rm -f "$out"
done
echo "$passed passed, $failed failed"
exit $status

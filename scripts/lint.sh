#!/bin/sh
# Checks by reading, none of which compiles: banned functions, routes against openapi.yaml, settings and links of the documents, leftovers,
# shell syntax.
# Long files are reported and are no fault.
set -u
cd "$(dirname "$0")/.." || exit 2
LC_ALL=C
export LC_ALL
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT INT TERM
faults=0

# report TITLE: what stands in $scratch/found is a fault each.
report() {
    if [ -s "$scratch/found" ]; then
        echo "lint: $1"
        sed 's/^/  /' "$scratch/found"
        faults=$((faults + $(wc -l <"$scratch/found")))
    fi
}

# Functions with no bound, with hidden state, or without a way to tell an error.
banned='\b(strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|atoi|atol|atoll|atof|sscanf|gmtime|localtime|mktime|time|alloca|gets)[[:space:]]*\('
echo 'n = atoi(text);' | grep -qE "$banned" || { echo "lint: the pattern of banned functions finds nothing"; exit 2; }
echo 'clock_gettime(); gmtime_r(); snprintf();' | grep -qE "$banned" && { echo "lint: the pattern of banned functions finds too much"; exit 2; }
grep -rnE --include='*.[ch]' "$banned" src include >"$scratch/found"
report "banned functions"

# Every line {API_GET, "/v1/…" of the route table is described, and the other way round.
sed -nE 's/^[[:space:]]*\{[[:space:]]*API_([A-Z]+),[[:space:]]*"([^"]+)".*/\1 \2/p' src/api/routes.c 2>/dev/null | sort -u >"$scratch/routes"
awk '/^[a-z]/ { paths = ($0 == "paths:") }
     paths && /^  \// { path = $1; sub(/:$/, "", path) }
     paths && /^    (get|put|post|delete|patch):/ { method = $1; sub(/:$/, "", method); print toupper(method), path }' openapi.yaml |
    sort -u >"$scratch/described"
[ -s "$scratch/routes" ] && [ -s "$scratch/described" ] || { echo "lint: no routes in src/api/routes.c or openapi.yaml"; faults=$((faults + 1)); }
comm -23 "$scratch/routes" "$scratch/described" >"$scratch/found"
report "routes that openapi.yaml does not describe"
comm -13 "$scratch/routes" "$scratch/described" >"$scratch/found"
report "described in openapi.yaml and not in src/api/routes.c"

# Every setting that the program reads is documented, and the other way round.
grep -rhoE --include='*.[ch]' '"WINDVANE_[A-Z0-9_]+"' src include | tr -d '"' | sort -u >"$scratch/read"
grep -hoE 'WINDVANE_[A-Z0-9_]+' README.md docs/OPERATIONS.md | sort -u >"$scratch/documented"
comm -23 "$scratch/read" "$scratch/documented" >"$scratch/found"
report "settings that neither README.md nor docs/OPERATIONS.md names"
comm -13 "$scratch/read" "$scratch/documented" | while read -r name; do
    grep -rqF "$name" src include deploy 2>/dev/null || echo "$name"
done >"$scratch/found"
report "documented settings that nothing reads"

grep -rnE --include='*.[ch]' --include='*.sql' --include='*.sh' --include='*.py' --include='*.awk' --include='*.md' --include='*.yaml' \
    --include='*.json' '\b(TO''DO|FIX''ME|X''XX)\b' src include tests scripts migrations docs policies deploy ./*.md openapi.yaml 2>/dev/null >"$scratch/found"
report "unfinished business"

# Tabs: openapi.yaml is embedded and YAML forbids them for indentation; C is indented by spaces.
grep -rn --include='*.[ch]' --include='*.sql' --include='*.yaml' "$(printf '\t')" src include tests migrations openapi.yaml 2>/dev/null | cut -c 1-120 >"$scratch/found"
report "tab characters"

# Links between documents.
for document in ./*.md docs/*.md docs/*/*.md; do
    [ -f "$document" ] && grep -oE '\]\([^):#]+\)' "$document" | sed 's/^](//; s/)$//' | while read -r link; do
        [ -e "$(dirname "$document")/$link" ] || echo "$document: $link"
    done
done >"$scratch/found"
report "links to files that do not exist"

find scripts tests deploy -name '*.sh' 2>/dev/null | sort | while read -r script; do
    sh -n "$script" 2>&1
done >"$scratch/found"
report "shell syntax"

find src include tests scripts \( -name '*.[ch]' -o -name '*.py' -o -name '*.sh' \) -exec wc -l {} + 2>/dev/null |
    awk '$2 != "total" && $1 > 500 { printf "note: %s has %d lines\n", $2, $1 }'

[ "$faults" -eq 0 ] || { echo "lint: $faults faults"; exit 1; }
echo "lint: $(wc -l <"$scratch/routes") routes described, $(wc -l <"$scratch/read") settings documented, no faults"

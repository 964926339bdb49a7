#!/bin/sh
# Proves the layer graph of docs/ARCHITECTURE.md for a finished build: sh scripts/layers.sh build/release
#
#  1. From the compiler's dependency files: a file includes, directly or through others, only headers of layers that its own may use.
#  2. From the sources: each third-party library is included by one layer.
#  3. From the undefined symbols of the domain's objects: it calls nothing but itself, the pure part of base, and pure libc.
#
# Then every file of tests/layers/<layer>/ is planted into a copy of the tree, one at a time, and must be found.
set -u
build=${1:?usage: layers.sh BUILD}
root=$(cd "$(dirname "$0")/.." && pwd) || exit 2
cd "$root" || exit 2

# The layers whose headers a layer may include. gen/sql.h counts as db; assets is gen/assets.h.
may_use() {
    case $1 in
    base) echo base ;;
    client) echo client base ;;
    domain) echo domain base ;;
    json) echo json domain base ;;
    db) echo db domain base assets ;;
    rules) echo rules json domain db base ;;
    books) echo books rules json domain db base ;;
    ingest) echo ingest books rules json domain db base ;;
    jobs) echo jobs client books rules json domain db base ;;
    api) echo api ingest client books rules json domain db base ;;
    http) echo http api base ;;
    simulate) echo simulate client base ;;
    main) echo main http client api ingest jobs simulate books rules json db domain base assets ;;
    esac
}

# The one layer that may include a third-party header.
owner_of() {
    case $1 in
    microhttpd.h) echo http ;;
    jansson.h) echo json ;;
    libpq-fe.h | libpq/*) echo db ;;
    openssl/*) echo base ;;
    curl/*) echo client ;;
    esac
}

# Pure libc: no I/O, no clock, no memory. Then what compilers and sanitizers call by themselves: wide arithmetic, checks, assert's end.
pure='mem(cpy|move|set|cmp|chr|rchr|mem|pcpy)|str(len|nlen|cmp|ncmp|casecmp|ncasecmp|chr|rchr|chrnul|spn|cspn|pbrk|str)'
pure="$pure|v?snprintf|qsort|qsort_r|bsearch|exp|log|log1p|floor|fmax|fmin|__(mem|str|v?snprintf)[a-z]*_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_"
pure="$pure|__u?(div|mod|mul|divmod)[dt]i[0-9]|__assert_fail"
pure="$pure|__(a|ub|t|l)san_[a-zA-Z0-9_]+|__sanitizer_[a-z0-9_]+|__tsan_[a-z0-9_]+"
# Objects of base that are not pure: the clock, the log, random numbers.
impure_base='/(clock|cond|log|digest)\.o$'

# Tree-relative headers of a dependency file, one a line.
headers_of() {
    tr ' \\' '\n\n' <"$1" | sed 's/:$//' | grep -E '\.h$' | grep -E '^(include|src)/|(^|/)gen/[a-z]+\.h$' | sort -u
}

# Sets $of: a process for each of some ten thousand headers would take minutes.
layer_of() {
    case $1 in
    include/*/* | src/*/*) of=${1#*/} of=${of%%/*} ;;
    *gen/sql.h) of=db ;;
    *gen/assets.h) of=assets ;;
    *) of=unknown ;;
    esac
}

# check_includes BUILD SOURCE…
check_includes() {
    deps_of=$1
    shift
    for source; do
        layer_of "$source"
        layer=$of
        allowed=" $(may_use "$layer") "
        [ "$allowed" != "  " ] || echo "$source: $layer is no layer"
        deps=$deps_of/${source%.c}.d
        if [ ! -f "$deps" ]; then
            echo "$source: has not been built ($deps)"
            continue
        fi
        headers_of "$deps" | while read -r header; do
            layer_of "$header"
            case $allowed in
            *" $of "*) ;;
            *) echo "$source: $layer may not include $header" ;;
            esac
        done
    done
}

check_third_party() {
    grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"](microhttpd|jansson|libpq|openssl/|curl/)' src include |
        while IFS=: read -r file line text; do
            header=$(printf '%s\n' "$text" | sed 's/.*[<"]\([^>"]*\)[>"].*/\1/')
            layer_of "$file"
            [ "$(owner_of "$header")" = "$of" ] || echo "$file:$line: $of may not include <$header>"
        done
}

# objects BUILD SOURCE…: of the sources that exist: a build folder may hold older ones.
objects() {
    objects_of=$1
    shift
    for source; do
        object=$objects_of/${source%.c}.o
        [ -f "$object" ] && echo "$object"
    done
}

# check_symbols BUILD DEFINED SOURCE…: DEFINED gets what the domain may call of the domain and base.
check_symbols() {
    # shellcheck disable=SC2046 # object names have no spaces
    nm -g --defined-only -P $(objects "$1" src/domain/*.c; objects "$1" src/base/*.c | grep -vE "$impure_base") |
        awk 'NF > 1 { print $1 }' | sort -u >"$2"
    symbols_of=$1 defined=$2
    shift 2
    for object in $(objects "$symbols_of" "$@" | grep '/src/domain/'); do
        nm -u -P "$object" | awk '{ print $1 }' | sort -u | comm -23 - "$defined" | grep -vxE "$pure" |
            sed "s|^|$object: domain may not call |"
    done
}

scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT INT TERM
LC_ALL=C
export LC_ALL

# check BUILD SOURCE…
check() {
    built=$1
    shift
    check_includes "$built" "$@"
    check_third_party
    check_symbols "$built" "$scratch/symbols" "$@"
}

check "$build" src/*/*.c >"$scratch/found"
if [ -s "$scratch/found" ]; then
    cat "$scratch/found"
    exit 1
fi
if [ ! -s "$scratch/symbols" ]; then
    echo "layers: no symbols of domain and base under $build"
    exit 2
fi

# --- the same on a tree with something planted ---

mkdir -p "$scratch/tree/b" || exit 2
cp -R include src "$scratch/tree" || exit 2
(cd "$build" && find gen src/domain src/base \( -name '*.h' -o -name '*.o' \) -exec cp --parents {} "$scratch/tree/b" \; &&
    find src -name '*.d' -exec cp --parents {} "$scratch/tree/b" \;) || exit 2
planted=0 missed=0
for plant in tests/layers/*/*.c; do
    expect=$(sed -n '1s/.*expect: //p' "$plant")
    layer=$(basename "$(dirname "$plant")")
    name=src/$layer/planted
    mkdir -p "$scratch/tree/src/$layer" "$scratch/tree/b/src/$layer"
    cp "$plant" "$scratch/tree/$name.c"
    (
        cd "$scratch/tree" || exit 2
        # shellcheck disable=SC2046 # compiler flags
        ${CC:-cc} -std=gnu17 -D_GNU_SOURCE -Iinclude -Isrc -Ib/gen $(pkg-config --cflags libpq) -MMD -MP -c -o "b/$name.o" "$name.c" || exit 2
        check b "$name.c"
    ) >"$scratch/found" 2>&1
    if ! grep -qF "planted" "$scratch/found" || ! grep -qF "$expect" "$scratch/found" || [ -z "$expect" ]; then
        echo "$plant: not found, expected: $expect"
        cat "$scratch/found"
        missed=$((missed + 1))
    fi
    rm -f "$scratch/tree/$name.c" "$scratch/tree/b/$name.o" "$scratch/tree/b/$name.d"
    planted=$((planted + 1))
done
[ "$missed" -eq 0 ] && [ "$planted" -gt 0 ] || exit 1
echo "layers: $(find src -name '*.c' | wc -l) files keep to their layers; $planted planted violations found"

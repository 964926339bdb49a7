# Turns src/db/sql/*.sql into C: one `const struct db_sql sql_<stem>` a file. The statements stay runnable in psql; comments and blank
# lines are dropped from what is sent.
function stem(path) { sub(/.*\//, "", path); sub(/\.sql$/, "", path); return path }
function finish() { if (name != "") printf "};\n" > source }
BEGIN {
    printf "/* generated from src/db/sql */\n#ifndef GEN_SQL_H\n#define GEN_SQL_H\n#include \"db/query.h\"\n" > header
    printf "/* generated from src/db/sql */\n#include \"sql.h\"\n" > source
}
FNR == 1 {
    finish(); name = stem(FILENAME)
    printf "extern const struct db_sql sql_%s;\n", name > header
    printf "const struct db_sql sql_%s = {\"%s\",\n", name, name > source
    empty = 1
}
{
    line = $0; sub(/^[ \t]*--.*/, "", line); sub(/[ \t]+--.*$/, "", line); sub(/[ \t]+$/, "", line); sub(/;$/, "", line)
    if (line == "") next
    gsub(/\\/, "\\\\\\\\", line); gsub(/"/, "\\\"", line)
    printf "    \"%s\\n\"\n", line > source
}
END { finish(); printf "#endif\n" > header }

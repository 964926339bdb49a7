# Turns migrations, policies and openapi.yaml into one C table of named texts: `assets[]`, ascending by name.
function finish() { if (open) printf "    },\n" > source }
BEGIN {
    printf "/* generated */\n#ifndef GEN_ASSETS_H\n#define GEN_ASSETS_H\n#include <stddef.h>\nstruct asset {\n    const char *name; /* path in the source tree */\n    const char *text;\n};\nextern const struct asset assets[];\nextern const size_t asset_count;\n#endif\n" > header
    printf "/* generated */\n#include \"assets.h\"\nconst struct asset assets[] = {\n" > source
}
FNR == 1 { finish(); printf "    {\"%s\",\n     \"\"\n", FILENAME > source; open = 1 }
{
    line = $0
    gsub(/\\/, "\\\\\\\\", line); gsub(/"/, "\\\"", line); gsub(/\t/, "\\t", line)
    printf "     \"%s\\n\"\n", line > source
}
END { finish(); printf "};\nconst size_t asset_count = sizeof assets / sizeof assets[0];\n" > source }

#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* vsnprintf cuts at any byte: takes the character away that it cut in two. */
static void drop_split_character(char *text, size_t len)
{
    size_t lead = len;
    while (lead > 0 && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead > 0 && !utf8_valid(text + lead - 1, len - (lead - 1)))
        text[lead - 1] = '\0';
}

void fault_set(struct fault *fault, const char *pointer, const char *format, ...)
{
    size_t len = strlen(pointer);
    size_t kept = utf8_cut(pointer, len, sizeof fault->pointer - 1);
    memmove(fault->pointer, pointer, kept);
    fault->pointer[kept] = '\0';

    va_list args;
    va_start(args, format);
    int written = vsnprintf(fault->detail, sizeof fault->detail, format, args);
    va_end(args);
    if (written < 0)
        fault->detail[0] = '\0';
    else if ((size_t)written >= sizeof fault->detail)
        drop_split_character(fault->detail, sizeof fault->detail - 1);
}

void pointer_push_name(char *pointer, size_t size, const char *name)
{
    size_t at = strlen(pointer);
    if (at + 1 >= size)
        return;
    pointer[at++] = '/';
    while (*name != '\0') {
        /* A whole character at a time, so that a full buffer never ends inside one. */
        char escaped[5] = {0};
        size_t used = 1;
        if (*name == '~') {
            memcpy(escaped, "~0", 2);
        } else if (*name == '/') {
            memcpy(escaped, "~1", 2);
        } else {
            while (used < 4 && ((unsigned char)name[used] & 0xc0) == 0x80)
                used++;
            memcpy(escaped, name, used);
        }
        size_t len = strlen(escaped);
        if (at + len >= size)
            break;
        memcpy(pointer + at, escaped, len);
        at += len;
        name += used;
    }
    pointer[at] = '\0';
}

void pointer_push_index(char *pointer, size_t size, size_t index)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%zu", index);
    pointer_push_name(pointer, size, text);
}

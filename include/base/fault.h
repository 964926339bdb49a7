/* Where and why an input breaks a rule: a JSON pointer (RFC 6901) and a sentence. A plain value. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stddef.h>

struct fault {
    char pointer[256]; /* "" is the whole document */
    char detail[192];
};

/* Sets both members; text beyond their size is cut at a character boundary. */
__attribute__((format(printf, 3, 4))) void fault_set(struct fault *fault, const char *pointer,
                                                     const char *format, ...);

/* Appends "/name" (escaped as RFC 6901 wants it) or "/index" to a pointer held in a buffer of
 * `size` bytes. */
void pointer_push_name(char *pointer, size_t size, const char *name);
void pointer_push_index(char *pointer, size_t size, size_t index);

#endif

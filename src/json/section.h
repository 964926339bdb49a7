/* One object of a policy document while it is being checked. Unlike a reader (json/doc.h), which
 * stops at the first fault, a section goes on and reports them all: who edits a policy wants to see
 * every mistake at once. Null counts as omitted. Private to src/json. */
#ifndef JSON_SECTION_H
#define JSON_SECTION_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "json/policy.h"

struct section {
    struct faults *faults;
    json_t *object;
    char pointer[192];
};

/* Adds a fault at a member; `name` may be NULL for the object itself. Beyond POLICY_FAULTS_MAX they
 * are dropped. */
__attribute__((format(printf, 3, 4))) void section_fault(const struct section *section,
                                                         const char *name, const char *format, ...);

/* The member as a section of its own; false when it is absent or no object (a fault). */
bool section_object(const struct section *section, const char *name, struct section *ret_child);

/* The array's length, min to max; 0 when it is absent or wrong (a fault). */
size_t section_array(const struct section *section, const char *name, size_t min, size_t max);

/* Element of a member that section_array has let through; false when it is no object (a fault). */
bool section_element(const struct section *section, const char *name, size_t index,
                     struct section *ret_child);

/* Faults every member that is not in the NULL-terminated list. "notes" may stand everywhere and
 * holds a string. */
void section_check_members(const struct section *section, const char *const *known);

/* Members. Where the member is absent or wrong, *value stays as it is: set it to the default first.
 * The result tells whether a good value was there; a member that is required and absent is a fault.
 */
enum presence { OPTIONAL, REQUIRED };

bool field_int(const struct section *section, const char *name, enum presence presence, int64_t min,
               int64_t max, int64_t *value);
bool field_bool(const struct section *section, const char *name, bool *value);
/* A member that can only be true: it stands there or it does not. */
bool field_true(const struct section *section, const char *name);
bool field_choice(const struct section *section, const char *name, enum presence presence,
                  const char *const *names, int *value);
/* An array of distinct choices, at least one: bit i stands for names[i]. */
bool field_set(const struct section *section, const char *name, enum presence presence,
               const char *const *names, unsigned *set);
/* A fixed-point number, as a decimal string or a JSON number. */
bool field_decimal(const struct section *section, const char *name, enum presence presence,
                   int decimals, int64_t min, int64_t max, int64_t *value);
/* A name of a metric, a factor, a service …: a-z, 0-9 and _. */
bool field_name(const struct section *section, const char *name, enum presence presence,
                char text[static POLICY_NAME_MAX + 1]);

/* Values that stand in an array: the fault goes to the place itself. */
bool decimal_value(const struct section *place, json_t *value, int decimals, int64_t min,
                   int64_t max, int64_t *scaled);
bool name_value(const struct section *place, json_t *value, char text[static POLICY_NAME_MAX + 1]);

/* Places without an object of their own, for faults at a member and at an element of an array. */
struct section section_place(const struct section *section, const char *name);
struct section section_place_at(const struct section *section, size_t index);

#endif

/* API keys in the database; for the API and for `windvane key`. A key is shown once, when it is
 * made: only its SHA-256 is stored. */
#ifndef API_KEYS_H
#define API_KEYS_H

#include <stddef.h>

#include "api/api.h"
#include "base/err.h"
#include "base/instant.h"

struct db;

#define KEY_NAME_MAX 200
#define KEY_ID_SIZE 17     /* 16 hex digits and a NUL */
#define KEY_SECRET_SIZE 48 /* "wv_", 32 random bytes in base64url, a NUL; a little room */

/* What a key may do. */
struct key_grant {
    enum api_role role;
    size_t store_count; /* at most API_STORES_MAX; 0: all stores */
    const char *const *stores;
    const char *name;
};

/* Names of the roles in the order of their bits, ended by NULL. */
extern const char *const role_names[];
const char *role_name(enum api_role role);

/* Makes a key and stores its hash. ret_id names it, ret_secret opens. */
MUST_CHECK enum err key_add(struct db *db, const struct key_grant *grant, struct instant now,
                            char ret_id[static KEY_ID_SIZE],
                            char ret_secret[static KEY_SECRET_SIZE]);

/* ERR_NOT_FOUND: there is none. */
MUST_CHECK enum err key_remove(struct db *db, const char *id);

#endif

/* The one error type of the program. It names decisions, not causes: what the caller can do. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err {
    ERR_OK = 0,
    ERR_INVALID,      /* the input breaks a rule; a struct fault says which and where */
    ERR_UNPARSABLE,   /* the input is not even in its format */
    ERR_UNAUTHORIZED, /* no key, or a wrong one */
    ERR_FORBIDDEN,    /* a valid key whose role may not do this */
    ERR_NOT_FOUND,    /* no such thing, or outside the key's stores */
    ERR_CONFLICT,     /* the thing is in a state that refuses this */
    ERR_TOO_LARGE,    /* over a stated limit */
    ERR_MEDIA_TYPE,   /* a content type that nothing here reads */
    ERR_REFUSED,      /* PostgreSQL refuses the data (SQLSTATE class 22 or 23) */
    ERR_TRANSIENT,    /* the same call may succeed at once (SQLSTATE class 40, lost connection) */
    ERR_UNAVAILABLE,  /* overload or no database: try again later */
    ERR_NOMEM,
    ERR_INTERNAL, /* a broken invariant of ours */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* For the log: "not_found"; "-" for ERR_OK. */
const char *err_name(enum err err);

#endif

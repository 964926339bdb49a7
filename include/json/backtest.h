/* What a backtest is asked for: the body of POST /v1/policies/{id}/backtest. */
#ifndef JSON_BACKTEST_H
#define JSON_BACKTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "domain/limits.h"
#include "domain/policy.h"
#include "json/policy.h"

#define BACKTEST_DAYS_MAX 92

struct backtest_request {
    char store[ID_MAX_BYTES + 1];
    int32_t from, to; /* days, both included, at most BACKTEST_DAYS_MAX */
    bool has_version; /* of the stored policy; without one the newest */
    int32_t version;
    bool has_document; /* a policy that is not stored, and has version 0 */
    struct policy document;
};

/* A document in it is checked as policy_decode does, its faults point below /document. Every fault
 * is reported. ERR_UNPARSABLE and ERR_TOO_LARGE (over POLICY_MAX_BYTES): one fault, pointer "".
 * ret_request is fit for use on ERR_OK only. */
MUST_CHECK enum err backtest_decode(const char *text, size_t len, const char *policy_id,
                                    struct backtest_request *ret_request,
                                    struct faults *reterr_faults);

#endif

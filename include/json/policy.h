/* The policy document: JSON in, struct policy out (format: docs/POLICIES.md). */
#ifndef JSON_POLICY_H
#define JSON_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fault.h"
#include "domain/policy.h"

#define POLICY_FAULTS_MAX 16

struct faults {
    struct fault items[POLICY_FAULTS_MAX];
    size_t count;
};

/* Decodes and checks a document. Every fault is reported (at most POLICY_FAULTS_MAX), each with
 * the pointer to the very member. `id`: the id that the document is stored under; a member "id"
 * that differs is a fault at /id (a missing one is fine, NULL accepts any and requires one).
 * Members "version" and "$schema" are accepted and ignored. Unknown members are faults, except
 * "notes" anywhere (text for people). ERR_UNPARSABLE and ERR_TOO_LARGE (over POLICY_MAX_BYTES): one
 * fault, pointer "". ret_policy is untouched on failure; its version is 0, the server assigns it.
 */
MUST_CHECK enum err policy_decode(const char *text, size_t len, const char *id,
                                  struct policy *ret_policy, struct faults *reterr_faults);

/* The document in canonical form (sorted keys, without id, version and $schema), by which equal
 * documents are known. */
MUST_CHECK enum err policy_canonical(const char *text, size_t len, struct buf *ret_canonical);

/* The document with "id" and "version" set, as GET answers it. */
MUST_CHECK enum err policy_document(const char *canonical, size_t len, const char *id,
                                    int32_t version, struct buf *ret_document);

#endif

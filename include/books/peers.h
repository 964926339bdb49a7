/* What is published about a category once the snapshots of all its stores are there: benchmarks of
 * the category, and each store's ranks in it. Published once, never rewritten. */
#ifndef BOOKS_PEERS_H
#define BOOKS_PEERS_H

#include <stddef.h>

#include "base/err.h"
#include "base/instant.h"
#include "domain/peers.h"
#include "domain/score.h"

struct db;
struct db_result;
struct rules;

/* Publishes ranks and benchmarks of every day, category and policy version that no snapshot is
 * missing of. No transaction may be open. */
MUST_CHECK enum err peers_publish(struct rules *rules, struct db *db);

/* What had been published about the store and its category at t under the policy version, the
 * newest; zeros when nothing was. Runs in the caller's transaction. */
MUST_CHECK enum err peers_at(struct db *db, const char *store, const struct policy *policy,
                             struct instant t, struct peers *ret_peers);

/* Reads the column benchmarks.numbers: one for each of a store's numbers (domain/peers.h). */
void benchmark_numbers(const struct db_result *result, int row, int column,
                       struct statistics ret_numbers[static PEER_NUMBERS_MAX]);

#endif

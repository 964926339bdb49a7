/* Pages of the lists; the rest stands in call.h. */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "call.h"

#define PAGE_LIMIT 100
#define PAGE_LIMIT_MAX 1000
#define PAGE_BYTES_MAX (8u * 1024 * 1024) /* where items can be large */

/* A part of the cursor that is an instant in microseconds; INSTANT_NEVER where there is no
 * cursor. */
MUST_CHECK enum err page_instant(struct call *call, const struct page *page, size_t part,
                                 struct instant *ret_instant);

/* The instant as such a part. */
#define PAGE_INSTANT_SIZE 24
void page_instant_text(struct instant t, char text[static PAGE_INSTANT_SIZE]);

/* How many of the rows are shown: a query asks for one more than the limit to learn whether
 * there is a next page. */
int page_shown(const struct page *page, const struct db_result *result);

/* Whether each exists and the caller's key covers it; ERR_INVALID with a fault at /stores/n. */
MUST_CHECK enum err call_stores(struct call *call, const char *const *stores, size_t count);

/* The same for one, with the fault at `pointer`. */
MUST_CHECK enum err call_named_store(struct call *call, const char *pointer, const char *store);

/* Arguments "all stores" and "those stores" of the caller's key. */
void arg_covered(struct db_args *args, const struct api_principal *principal);

#endif

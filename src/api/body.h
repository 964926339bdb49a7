/* Request bodies that are one JSON object. */
#ifndef API_BODY_H
#define API_BODY_H

#include "call.h"
#include "json/doc.h"

/* Media type application/json or none stated, else ERR_MEDIA_TYPE. */
MUST_CHECK enum err call_json(const struct call *call);

/* The body as a document; the caller ends it with doc_done. On failure the fault stands in
 * call->faults. */
MUST_CHECK enum err call_doc(struct call *call, struct doc *ret_doc);

/* A reader over the document that reports into call->faults; call_finish ends it. */
void call_reader(struct call *call, const struct doc *doc, struct reader *ret_reader);
MUST_CHECK enum err call_finish(struct call *call, struct reader *reader);

/* A text that may be empty, as the readers' texts may not: settings of which nothing is known
 * are answered with "", and a PUT of a GET's answer is accepted. `absent` where the member is
 * absent. */
const char *reader_label(struct reader *reader, const struct doc *doc, const char *name,
                         size_t max_bytes, const char *absent);

#endif

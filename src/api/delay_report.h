/* What the endpoints of delay reports share. */
#ifndef API_DELAY_REPORT_H
#define API_DELAY_REPORT_H

#include "call.h"
#include "json/report.h"

/* Writes the members of a report that was filed: of the open object. `by` is a key's id. */
void write_report(struct jsonw *json, const char *id, enum report_status status,
                  struct instant submitted, const struct report_request *request, const char *by);

/* Writes the whole report as an object, its history included. ERR_NOT_FOUND. */
MUST_CHECK enum err write_report_by_id(struct call *call, const char *store, const char *id);

/* The reports that excuse by a period at an instant, the earliest submission first. */
struct periods {
    size_t count;
    struct period {
        const char *report;
        struct instant from, to;
    } * items;
};
MUST_CHECK enum err periods_load(struct call *call, const char *store, enum report_scope scope,
                                 struct instant t, struct arena *arena,
                                 struct periods *ret_periods);
/* The one that covers t; NULL: none. */
const char *periods_find(const struct periods *periods, struct instant t);

/* Loads what was filed as that report, and when. ERR_NOT_FOUND. */
MUST_CHECK enum err filed_load(struct call *call, const char *store, const char *report,
                               struct arena *arena, struct report_filed *ret_filed,
                               struct instant *ret_submitted);

/* --- its effect (delay_report_effect.c) --- */

/* The backlog of now, and as it would be with everything that the report is about exempt. */
struct report_effect {
    struct asked asked;
    struct in_force in_force;
    struct backlog_reading before_reading, after_reading;
    struct backlog before, after;
    int64_t covered; /* orders, tickets that it would excuse, of those that are known */
};

/* Reads the backlog before, in the caller's snapshot transaction; after begins as its copy. */
MUST_CHECK enum err effect_begin(struct call *call, struct arena *arena,
                                 struct report_effect *effect);
/* What the period covers is made exempt in the reading after. */
MUST_CHECK enum err effect_of_period(struct call *call, const struct report_terms *terms,
                                     struct report_effect *effect);
MUST_CHECK enum err effect_end(struct report_effect *effect);
/* Writes members level and effect. */
void effect_write(struct jsonw *json, const struct report_effect *effect);

#endif

/* GET …/delay-reports/{id}/lines: what a report lists, with what became of each line when it was
 * filed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/decimal.h"
#include "csv.h"
#include "delay_report.h"
#include "ingest/reports.h"
#include "page.h"

struct listing {
    const char *store, *report;
    int result; /* -1: any */
    struct arena arena;
    struct report_line lines[REPORT_LINES_A_PART];
};

typedef enum err line_fn(void *arg, size_t number, const struct report_line *line, bool *ret_stop);

/* Gives the wanted lines from a number on, in order. */
static enum err each_line(struct call *call, struct listing *listing, size_t from, line_fn *take,
                          void *arg)
{
    bool stop = false;
    size_t count = 1;
    enum err err = ERR_OK;
    for (size_t part = from / REPORT_LINES_A_PART; err == ERR_OK && count > 0 && !stop; part++) {
        arena_clear(&listing->arena);
        err = report_load_lines(call->db, listing->store, listing->report, part, &listing->arena,
                                listing->lines, &count);
        for (size_t i = 0; err == ERR_OK && i < count && !stop; i++) {
            size_t number = part * REPORT_LINES_A_PART + i;
            const struct report_line *line = &listing->lines[i];
            if (number >= from && (listing->result < 0 || (int)line->result == listing->result))
                err = take(arg, number, line, &stop);
        }
    }
    return err;
}

/* --- a page --- */

struct paging {
    struct jsonw *json;
    int32_t left;
    bool more;
    size_t next;
};

static enum err take_for_page(void *arg, size_t number, const struct report_line *line,
                              bool *ret_stop)
{
    struct paging *paging = arg;
    if (paging->left == 0) {
        paging->more = *ret_stop = true;
        paging->next = number;
        return ERR_OK;
    }
    paging->left--;
    jsonw_object(paging->json, NULL);
    jsonw_int(paging->json, "line", (int64_t)number + 1);
    jsonw_string(paging->json, "subject", line->subject);
    jsonw_string(paging->json, "result", line_result_name(line->result));
    jsonw_end_object(paging->json);
    return ERR_OK;
}

static enum err answer_page(struct call *call, struct listing *listing)
{
    struct page page;
    int64_t from = 0;
    enum err err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 1, &page);
    const char *after = page.after[0];
    if (err == ERR_OK && after != NULL &&
        int_parse(after, strlen(after), 0, REPORT_LINES_MAX, &from) != ERR_OK)
        err = call_invalid(call, "", "query parameter cursor: is not a next_cursor of this list");
    if (err != ERR_OK)
        return err;
    struct paging paging = {.json = &call->json, .left = page.limit};
    jsonw_object(&call->json, NULL);
    jsonw_array(&call->json, "items");
    err = each_line(call, listing, (size_t)from, take_for_page, &paging);
    jsonw_end_array(&call->json);
    char next[24];
    snprintf(next, sizeof next, "%zu", paging.next);
    call_next_cursor(call, paging.more ? (const char *const[]){next} : NULL, paging.more);
    jsonw_end_object(&call->json);
    return err;
}

/* --- a table --- */

static enum err take_for_table(void *arg, size_t number, const struct report_line *line,
                               bool *ret_stop)
{
    struct csv *csv = arg;
    *ret_stop = false;
    csv_int(csv, (int64_t)number + 1);
    csv_text(csv, line->subject);
    csv_text(csv, line_result_name(line->result));
    return csv_end_row(csv);
}

static enum err answer_table(struct call *call, struct listing *listing)
{
    static const char *const names[] = {"line", "subject", "result"};
    char file[64];
    struct csv csv;
    enum err err = csv_prepare(call);
    if (err != ERR_OK)
        return err;
    snprintf(file, sizeof file, "delay-report-%.31s", listing->report);
    csv_begin(&csv, call, file, names, sizeof names / sizeof names[0]);
    return each_line(call, listing, 0, take_for_table, &csv);
}

/* --- both --- */

static enum err decode_result(struct call *call, int *ret_result)
{
    const char *result = api_query(call->req, "result");
    *ret_result = result == NULL ? -1 : line_result_find(result);
    if (result != NULL && *ret_result < 0)
        return call_invalid(call, "", "query parameter result: no such result of a line");
    return ERR_OK;
}

static enum err answer(struct call *call, struct listing *listing)
{
    bool csv;
    enum err err = call_store(call, &listing->store);
    if (err == ERR_OK)
        err = csv_wanted(call, &csv);
    if (err == ERR_OK)
        err = decode_result(call, &listing->result);
    if (err == ERR_OK)
        err = report_exists(call->db, listing->store, listing->report);
    if (err != ERR_OK)
        return err;
    return csv ? answer_table(call, listing) : answer_page(call, listing);
}

enum err delay_report_lines_get(struct call *call)
{
    AUTO_FREE struct listing *listing = calloc(1, sizeof *listing);
    if (listing == NULL)
        return ERR_NOMEM;
    listing->report = call->req->params[1];
    arena_init(&listing->arena);
    enum err err = answer(call, listing);
    arena_done(&listing->arena);
    return err;
}

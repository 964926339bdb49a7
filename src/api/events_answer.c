/* What became of each event, and the answer that says so. */
#include "events.h"

#include <stdlib.h>
#include <string.h>

#define RESULTS_MAX 1000

struct result {
    struct result *next;
    int64_t index;
    char *id; /* NULL when it could not be read */
    enum outcome outcome;
    struct fault fault;
};

/* --- keeping --- */

static void keep_result(struct api_stream *stream, int64_t index, const struct entry *entry)
{
    bool is_plain = entry->outcome == OUTCOME_ACCEPTED || entry->outcome == OUTCOME_DUPLICATE;
    if (stream->form == FORM_NDJSON && (is_plain || stream->result_count >= RESULTS_MAX))
        return;
    struct result *result = calloc(1, sizeof *result);
    if (result == NULL) {
        stream->err = ERR_NOMEM; /* 503: the repeat is a duplicate */
        return;
    }
    result->index = index;
    result->outcome = entry->outcome;
    result->fault = entry->fault;
    if (entry->event.id != NULL)
        result->id = strdup(entry->event.id);
    *stream->results_end = result;
    stream->results_end = &result->next;
    stream->result_count++;
}

void keep_results(struct api_stream *stream, const struct submission *piece)
{
    for (size_t i = 0; i < piece->count; i++) {
        stream->counts[piece->entries[i].outcome]++;
        keep_result(stream, stream->committed + (int64_t)i, &piece->entries[i]);
    }
    stream->committed += (int64_t)piece->count;
}

void free_results(struct api_stream *stream)
{
    while (stream->results != NULL) {
        struct result *result = stream->results;
        stream->results = result->next;
        free(result->id);
        free(result);
    }
}

/* --- the answer --- */

static void write_results(struct api_stream *stream, struct jsonw *json)
{
    jsonw_array(json, "results");
    for (const struct result *result = stream->results; result != NULL; result = result->next) {
        jsonw_object(json, NULL);
        jsonw_int(json, "index", result->index);
        jsonw_string(json, "id", result->id);
        jsonw_string(json, "status", outcome_name(result->outcome));
        if (result->outcome == OUTCOME_REJECTED) {
            jsonw_array(json, "errors");
            jsonw_object(json, NULL);
            jsonw_string(json, "pointer", result->fault.pointer);
            jsonw_string(json, "detail", result->fault.detail);
            jsonw_end_object(json);
            jsonw_end_array(json);
        }
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_outcomes(struct api_stream *stream, struct api_response *res)
{
    struct jsonw json;
    jsonw_init(&json, &res->body);
    jsonw_object(&json, NULL);
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
        jsonw_int(&json, outcome_name(outcome), stream->counts[outcome]);
    write_results(stream, &json);
    jsonw_end_object(&json);
}

void api_stream_answer(struct api_stream *stream, struct api_response *res)
{
    struct api_request req = {.now = stream->now};
    memcpy(req.id, stream->request_id, sizeof req.id);
    pthread_mutex_lock(&stream->mutex);
    bool alone = stream->form == FORM_STRUCTURED || stream->form == FORM_BINARY;
    bool is_fault =
        stream->err == ERR_INVALID || stream->err == ERR_UNPARSABLE || stream->err == ERR_TOO_LARGE;
    if (stream->err == ERR_OK && alone && stream->counts[OUTCOME_REJECTED] > 0) {
        api_problem(res, &req, ERR_INVALID, stream->results->fault.pointer,
                    stream->results->fault.detail);
    } else if (stream->err == ERR_OK) {
        write_outcomes(stream, res);
    } else if (is_fault) {
        api_problem(res, &req, stream->err, stream->fault.pointer, stream->fault.detail);
    } else {
        api_problem(res, &req, ERR_UNAVAILABLE, NULL, NULL);
        if (stream->form == FORM_NDJSON) { /* the problem document, with one member more */
            res->body.len--;
            buf_printf(&res->body, ",\"lines_committed\":%lld}", (long long)stream->committed);
        }
    }
    pthread_mutex_unlock(&stream->mutex);
}

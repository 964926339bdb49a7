#include "json/report.h"

#include <string.h>

#include "base/jsonw.h"
#include "domain/limits.h"
#include "json/parse.h"
#include "json/section.h"

#define REQUEST_MAX_BYTES (64 * 1024 * 1024) /* the route's own limit is the one that is met */

static const char *const scope_names[] = {"orders", "store", "tickets", "store_tickets", NULL};
static const char *const kind_names[] = {"emergency", "advance", "consent", NULL};

/* --- members --- */

static const char *keep(const struct section *section, const char *name, json_t *value, size_t max,
                        struct arena *arena)
{
    size_t len = json_string_length(value);
    if (json_is_string(value) && len >= 1 && len <= max)
        return arena_copy(arena, json_string_value(value), len);
    section_fault(section, name, "must be a string of 1 to %zu bytes", max);
    return NULL;
}

static const char *read_text(const struct section *section, const char *name, size_t max,
                             struct arena *arena)
{
    json_t *value = member(section->object, name);
    return value == NULL ? NULL : keep(section, name, value, max, arena);
}

static struct instant read_instant(const struct section *section, const char *name)
{
    json_t *value = member(section->object, name);
    const char *text = json_string_value(value), *why = "must be an RFC 3339 date-time";
    struct instant t;
    if (value == NULL)
        return INSTANT_NEVER;
    if (text != NULL && instant_parse(text, json_string_length(value), &t, &why) == ERR_OK)
        return t;
    section_fault(section, name, "%s", why);
    return INSTANT_NEVER;
}

static void require(const struct section *section, const char *name)
{
    if (member(section->object, name) == NULL)
        section_fault(section, name, "is required");
}

/* A web address, not more: it is shown to people, and opened by nobody here. */
static bool is_url(const char *text)
{
    return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
}

static void take_url(const struct section *section, const char *name, const char *url,
                     struct report_request *request)
{
    if (url == NULL)
        return; /* told already */
    if (is_url(url))
        request->evidence[request->evidence_count++] = url;
    else
        section_fault(section, name, "must be an http or https URL");
}

static void read_evidence(const struct section *root, struct arena *arena,
                          struct report_request *request)
{
    static const char *const known[] = {"url", NULL};
    size_t count = section_array(root, "evidence", 0, REPORT_EVIDENCE_MAX);
    for (size_t i = 0; i < count; i++) {
        struct section element;
        if (!section_element(root, "evidence", i, &element))
            continue;
        section_check_members(&element, known);
        require(&element, "url");
        take_url(&element, "url", read_text(&element, "url", REPORT_URL_MAX, arena), request);
    }
}

/* --- what it is about --- */

static void read_period(const struct section *root, struct report_terms *terms)
{
    static const char *const known[] = {"from", "to", NULL};
    struct section period;
    if (!section_object(root, "period", &period))
        return;
    section_check_members(&period, known);
    require(&period, "from");
    require(&period, "to");
    terms->period_from = read_instant(&period, "from");
    terms->period_to = read_instant(&period, "to");
}

static enum err read_subjects(const struct section *root, const char *name, struct arena *arena,
                              struct report_request *request)
{
    size_t count = section_array(root, name, 1, REPORT_LINES_MAX);
    request->subjects = arena_alloc(arena, (count + 1) * sizeof *request->subjects);
    if (request->subjects == NULL)
        return ERR_NOMEM;
    struct section array = section_place(root, name);
    for (size_t i = 0; i < count; i++) {
        struct section element = section_place_at(&array, i);
        json_t *value = json_array_get(member(root->object, name), i);
        request->subjects[request->subject_count++] =
            keep(&element, NULL, value, ID_MAX_BYTES, arena);
    }
    return ERR_OK;
}

/* What the scope asks for has to be there, and what it does not ask for must not. */
static enum err read_matter(const struct section *root, struct arena *arena,
                            struct report_request *request)
{
    enum report_scope scope = request->terms.scope;
    const char *wanted = scope == REPORT_ORDERS    ? "orders"
                         : scope == REPORT_TICKETS ? "tickets"
                                                   : "period";
    static const char *const matters[] = {"orders", "tickets", "period"};
    for (size_t i = 0; i < sizeof matters / sizeof matters[0]; i++) {
        if (strcmp(matters[i], wanted) == 0)
            require(root, wanted);
        else if (member(root->object, matters[i]) != NULL)
            section_fault(root, matters[i], "does not belong to scope %s",
                          report_scope_name(scope));
    }
    if (report_has_period(scope)) {
        read_period(root, &request->terms);
        return ERR_OK;
    }
    return read_subjects(root, wanted, arena, request);
}

/* --- the request --- */

static const struct report_request empty = {
    .terms = {.period_from = {INT64_MAX}, .period_to = {INT64_MAX}, .ship_by = {INT64_MAX}}};

/* What every way of filing says alike. */
static bool read_terms(const struct section *root, struct arena *arena,
                       struct report_request *request)
{
    int scope = 0, kind = 0;
    bool has_scope = field_choice(root, "scope", REQUIRED, scope_names, &scope);
    field_choice(root, "kind", REQUIRED, kind_names, &kind);
    request->terms.scope = (enum report_scope)(REPORT_ORDERS + scope);
    request->terms.kind = (enum report_kind)kind;
    request->terms.ship_by = read_instant(root, "promised_ship_by");
    require(root, "reason");
    request->reason = read_text(root, "reason", REPORT_REASON_MAX, arena);
    request->note = read_text(root, "note", REPORT_NOTE_MAX, arena);
    return has_scope;
}

enum err report_request_decode(const char *text, size_t len, struct arena *arena,
                               struct report_request *ret_request, struct faults *reterr_faults)
{
    static const char *const known[] = {"scope",   "kind",   "reason",   "orders",
                                        "tickets", "period", "evidence", "promised_ship_by",
                                        "note",    NULL};
    AUTO_JSON json_t *json = NULL;
    struct faults *faults = reterr_faults;
    enum err err = parse_document(text, len, REQUEST_MAX_BYTES, &json, &faults->items[0]);
    faults->count = err == ERR_OK ? 0 : 1;
    if (err != ERR_OK)
        return err;
    struct report_request request = empty;
    struct section root = {.faults = faults, .object = json};
    section_check_members(&root, known);
    if (read_terms(&root, arena, &request))
        err = read_matter(&root, arena, &request);
    read_evidence(&root, arena, &request);
    if (err == ERR_OK && faults->count > 0)
        err = ERR_INVALID;
    if (err == ERR_OK)
        *ret_request = request;
    return err;
}

enum err report_request_of(const struct report_parameters *parameters, struct arena *arena,
                           struct report_request *ret_request, struct faults *reterr_faults)
{
    const struct {
        const char *name, *value;
    } members[] = {
        {"scope", parameters->scope == NULL ? "orders" : parameters->scope},
        {"kind", parameters->kind == NULL ? "emergency" : parameters->kind},
        {"reason", parameters->reason},
        {"note", parameters->note},
        {"promised_ship_by", parameters->promised_ship_by},
        {"evidence", parameters->evidence},
    };
    AUTO_JSON json_t *json = json_object();
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (members[i].value != NULL &&
            json_object_set_new(json, members[i].name, json_string(members[i].value)) != 0)
            return ERR_NOMEM;
    struct report_request request = empty;
    struct section root = {.faults = reterr_faults, .object = json};
    reterr_faults->count = 0;
    bool has_scope = read_terms(&root, arena, &request);
    if (has_scope && report_has_period(request.terms.scope))
        section_fault(&root, "scope", "must be orders or tickets: a table lists them");
    if (parameters->evidence != NULL)
        take_url(&root, "evidence", read_text(&root, "evidence", REPORT_URL_MAX, arena), &request);
    if (reterr_faults->count > 0)
        return ERR_INVALID;
    *ret_request = request;
    return ERR_OK;
}

enum err report_note_decode(const char *text, size_t len, struct arena *arena,
                            const char **ret_note, struct faults *reterr_faults)
{
    static const char *const known[] = {"note", NULL};
    *ret_note = NULL;
    reterr_faults->count = 0;
    if (len == 0)
        return ERR_OK;
    AUTO_JSON json_t *json = NULL;
    enum err err = parse_document(text, len, REQUEST_MAX_BYTES, &json, &reterr_faults->items[0]);
    reterr_faults->count = err == ERR_OK ? 0 : 1;
    if (err != ERR_OK)
        return err;
    struct section root = {.faults = reterr_faults, .object = json};
    section_check_members(&root, known);
    *ret_note = read_text(&root, "note", REPORT_NOTE_MAX, arena);
    return reterr_faults->count > 0 ? ERR_INVALID : ERR_OK;
}

/* --- the log: writing --- */

static void begin(struct jsonw *json, const char *store, const char *report)
{
    jsonw_object(json, NULL);
    jsonw_string(json, "store", store);
    jsonw_string(json, "report", report);
}

static void write_if(struct jsonw *json, const char *name, struct instant t)
{
    if (!instant_is_never(t))
        jsonw_instant(json, name, t);
}

void report_write_filed(struct jsonw *json, const char *store, const char *report,
                        const struct report_request *request, const char *by)
{
    const struct report_terms *terms = &request->terms;
    begin(json, store, report);
    jsonw_string(json, "scope", report_scope_name(terms->scope));
    jsonw_string(json, "kind", report_kind_name(terms->kind));
    jsonw_string(json, "reason", request->reason);
    write_if(json, "promised_ship_by", terms->ship_by);
    write_if(json, "from", terms->period_from);
    write_if(json, "to", terms->period_to);
    jsonw_array(json, "evidence");
    for (size_t i = 0; i < request->evidence_count; i++)
        jsonw_string(json, NULL, request->evidence[i]);
    jsonw_end_array(json);
    if (request->note != NULL)
        jsonw_string(json, "note", request->note);
    jsonw_string(json, "by", by);
    jsonw_end_object(json);
}

void report_write_decision(struct jsonw *json, const char *store, const char *report,
                           const char *by, const char *note)
{
    begin(json, store, report);
    jsonw_string(json, "by", by);
    if (note != NULL)
        jsonw_string(json, "note", note);
    jsonw_end_object(json);
}

void report_write_lines(struct jsonw *json, const char *store, const char *report,
                        const struct report_line *lines, size_t count)
{
    begin(json, store, report);
    jsonw_array(json, "lines");
    for (size_t i = 0; i < count; i++) {
        jsonw_array(json, NULL);
        jsonw_string(json, NULL, lines[i].subject);
        jsonw_string(json, NULL, line_result_name(lines[i].result));
        jsonw_end_array(json);
    }
    jsonw_end_array(json);
    jsonw_end_object(json);
}

/* --- the log: reading --- */

static enum err copy(struct arena *arena, json_t *value, const char **ret_text)
{
    *ret_text = NULL;
    if (!json_is_string(value))
        return ERR_OK;
    *ret_text = arena_copy(arena, json_string_value(value), json_string_length(value));
    return *ret_text == NULL ? ERR_NOMEM : ERR_OK;
}

static enum err parse_own(const char *text, size_t len, json_t **ret_json)
{
    struct fault fault;
    enum err err = parse_json(text, len, JSON_MAX_DEPTH, ret_json, &fault);
    return err == ERR_UNPARSABLE ? ERR_INTERNAL : err;
}

static enum err read_urls(json_t *urls, struct arena *arena, struct report_request *request)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < json_array_size(urls) && i < REPORT_EVIDENCE_MAX; i++)
        err = copy(arena, json_array_get(urls, i), &request->evidence[request->evidence_count++]);
    return err;
}

enum err report_read_filed(const char *text, size_t len, struct arena *arena,
                           struct report_filed *ret_filed)
{
    AUTO_JSON json_t *json = NULL;
    enum err err = parse_own(text, len, &json);
    if (err != ERR_OK)
        return err;
    struct report_filed filed = {.request = empty};
    struct faults faults = {.count = 0};
    struct section root = {.faults = &faults, .object = json};
    (void)read_terms(&root, arena, &filed.request);
    filed.request.terms.period_from = read_instant(&root, "from");
    filed.request.terms.period_to = read_instant(&root, "to");
    if (faults.count > 0)
        return ERR_INTERNAL;
    err = read_urls(member(json, "evidence"), arena, &filed.request);
    if (err == ERR_OK)
        err = copy(arena, member(json, "by"), &filed.by);
    if (err == ERR_OK)
        *ret_filed = filed;
    return err;
}

enum err report_read_decision(const char *text, size_t len, struct arena *arena,
                              struct report_decided *ret_decided)
{
    AUTO_JSON json_t *json = NULL;
    enum err err = parse_own(text, len, &json);
    if (err == ERR_OK)
        err = copy(arena, member(json, "by"), &ret_decided->by);
    if (err == ERR_OK)
        err = copy(arena, member(json, "note"), &ret_decided->note);
    return err;
}

enum err report_read_lines(const char *text, size_t len, struct arena *arena,
                           struct report_line *ret_lines, size_t *ret_count)
{
    AUTO_JSON json_t *json = NULL;
    enum err err = parse_own(text, len, &json);
    if (err != ERR_OK)
        return err;
    json_t *lines = member(json, "lines");
    size_t count = json_array_size(lines);
    if (count > REPORT_LINES_A_PART)
        return ERR_INTERNAL;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        json_t *line = json_array_get(lines, i);
        const char *result = json_string_value(json_array_get(line, 1));
        int found = result == NULL ? -1 : line_result_find(result);
        if (found < 0)
            return ERR_INTERNAL;
        ret_lines[i].result = (enum line_result)found;
        err = copy(arena, json_array_get(line, 0), &ret_lines[i].subject);
        if (err == ERR_OK && ret_lines[i].subject == NULL)
            err = ERR_INTERNAL;
    }
    *ret_count = count;
    return err;
}

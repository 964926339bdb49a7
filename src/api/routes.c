#include <string.h>

#include "base/percent.h"
#include "call.h"
#include "domain/limits.h"
#include "json/calendar.h"

#define READERS (ROLE_ADMIN | ROLE_MERCHANT | ROLE_REVIEWER)
#define DECIDERS (ROLE_ADMIN | ROLE_REVIEWER)
#define REPORT_BODY (16 * 1024 * 1024) /* a table of 100,000 orders, as it is exported */
#define SUBSCRIBERS (ROLE_ADMIN | ROLE_MERCHANT)
#define SMALL_BODY (64 * 1024)
#define SIMULATE_BODY (1024 * 1024) /* two lists of a thousand ids */

const struct api_route api_routes[] = {
    {API_GET, "/livez", NULL, 0, 0, ROUTE_PLAIN},
    {API_GET, "/readyz", NULL, 0, 0, ROUTE_PLAIN},
    {API_GET, "/openapi.yaml", NULL, 0, 0, ROUTE_PLAIN},
    {API_POST, "/v1/events", NULL, ROLE_ADMIN | ROLE_INGEST, 0, ROUTE_EVENTS},
    {API_GET, "/v1/quarantine", quarantine_list, ROLE_ADMIN | ROLE_INGEST, 0, ROUTE_PLAIN},
    {API_GET, "/v1/stores", stores_list, READERS, 0, ROUTE_PLAIN},
    {API_GET, "/v1/stores/{store}", store_get, READERS, 0, ROUTE_PLAIN},
    {API_PUT, "/v1/stores/{store}", store_put, ROLE_ADMIN, SMALL_BODY, ROUTE_PLAIN},
    {API_GET, "/v1/stores/{store}/score", score_get, READERS, 0, ROUTE_SNAPSHOT},
    {API_GET, "/v1/stores/{store}/score/history", score_history_get, READERS, 0, ROUTE_SLOW},
    {API_GET, "/v1/stores/{store}/score/changes", score_changes_get, READERS, 0, ROUTE_SLOW},
    {API_GET, "/v1/stores/{store}/score/advice", advice_get, READERS, 0, ROUTE_PLAIN},
    {API_GET, "/v1/stores/{store}/metrics/{metric}", metric_get, READERS, 0, ROUTE_SLOW},
    {API_GET, "/v1/stores/{store}/metrics/{metric}/evidence", evidence_get, READERS, 0, ROUTE_SLOW},
    {API_GET, "/v1/stores/{store}/backlog", backlog_get, READERS, 0, ROUTE_SNAPSHOT},
    {API_GET, "/v1/stores/{store}/backlog/forecast", forecast_get, READERS, 0, ROUTE_SLOW},
    {API_POST, "/v1/stores/{store}/backlog/simulate", backlog_simulate, READERS, SIMULATE_BODY,
     ROUTE_SLOW},
    {API_GET, "/v1/stores/{store}/backlog/orders", backlog_orders_get, READERS, 0, ROUTE_PLAIN},
    {API_GET, "/v1/stores/{store}/verdicts", verdicts_get, READERS, 0, ROUTE_PLAIN},
    {API_POST, "/v1/stores/{store}/verdicts/recompute", verdicts_recompute, ROLE_ADMIN, SMALL_BODY,
     ROUTE_SLOW},
    {API_GET, "/v1/stores/{store}/restrictions", restrictions_get, READERS, 0, ROUTE_PLAIN},
    {API_GET, "/v1/stores/{store}/orders/{order}", order_get, READERS, 0, ROUTE_PLAIN},
    {API_GET, "/v1/stores/{store}/delay-reports", delay_reports_list, READERS, 0, ROUTE_PLAIN},
    {API_POST, "/v1/stores/{store}/delay-reports", delay_report_post, ROLE_ADMIN | ROLE_MERCHANT,
     REPORT_BODY, ROUTE_PLAIN},
    {API_GET, "/v1/stores/{store}/delay-reports/{id}", delay_report_get, READERS, 0, ROUTE_PLAIN},
    {API_GET, "/v1/stores/{store}/delay-reports/{id}/lines", delay_report_lines_get, READERS, 0,
     ROUTE_PLAIN},
    {API_POST, "/v1/stores/{store}/delay-reports/{id}/approve", delay_report_approve, DECIDERS,
     SMALL_BODY, ROUTE_PLAIN},
    {API_POST, "/v1/stores/{store}/delay-reports/{id}/reject", delay_report_reject, DECIDERS,
     SMALL_BODY, ROUTE_PLAIN},
    {API_POST, "/v1/stores/{store}/delay-reports/{id}/withdraw", delay_report_withdraw,
     ROLE_ADMIN | ROLE_MERCHANT, SMALL_BODY, ROUTE_PLAIN},
    {API_POST, "/v1/stores/{store}/delay-reports/{id}/revoke", delay_report_revoke, DECIDERS,
     SMALL_BODY, ROUTE_PLAIN},
    {API_GET, "/v1/stores/{store}/exemptions", exemptions_get, READERS, 0, ROUTE_PLAIN},
    {API_GET, "/v1/stores/{store}/notifications", notifications_list, READERS, 0, ROUTE_PLAIN},
    {API_POST, "/v1/stores/{store}/notifications/read", notifications_read, SUBSCRIBERS, SMALL_BODY,
     ROUTE_PLAIN},
    {API_GET, "/v1/stores/{store}/stream", stream_get, READERS, 0, ROUTE_PLAIN},
    {API_GET, "/v1/subscriptions", subscriptions_list, SUBSCRIBERS, 0, ROUTE_PLAIN},
    {API_POST, "/v1/subscriptions", subscription_post, SUBSCRIBERS, SMALL_BODY, ROUTE_PLAIN},
    {API_GET, "/v1/subscriptions/{id}", subscription_get, SUBSCRIBERS, 0, ROUTE_PLAIN},
    {API_PUT, "/v1/subscriptions/{id}", subscription_put, SUBSCRIBERS, SMALL_BODY, ROUTE_PLAIN},
    {API_DELETE, "/v1/subscriptions/{id}", subscription_delete, SUBSCRIBERS, 0, ROUTE_PLAIN},
    {API_POST, "/v1/subscriptions/{id}/rotate", subscription_rotate, SUBSCRIBERS, 0, ROUTE_PLAIN},
    {API_POST, "/v1/subscriptions/{id}/test", subscription_test, SUBSCRIBERS, SMALL_BODY,
     ROUTE_PLAIN},
    {API_POST, "/v1/subscriptions/{id}/redeliver", deliveries_redeliver, SUBSCRIBERS, SMALL_BODY,
     ROUTE_PLAIN},
    {API_GET, "/v1/subscriptions/{id}/deliveries", deliveries_list, SUBSCRIBERS, 0, ROUTE_PLAIN},
    {API_POST, "/v1/subscriptions/{id}/deliveries/{delivery}/redeliver", delivery_redeliver,
     SUBSCRIBERS, 0, ROUTE_PLAIN},
    {API_GET, "/v1/benchmarks", benchmarks_get, READERS, 0, ROUTE_PLAIN},
    {API_GET, "/v1/policies", policies_list, READERS, 0, ROUTE_PLAIN},
    {API_GET, "/v1/policies/{id}", policy_get, READERS, 0, ROUTE_PLAIN},
    {API_PUT, "/v1/policies/{id}", policy_put, ROLE_ADMIN, POLICY_MAX_BYTES, ROUTE_PLAIN},
    {API_GET, "/v1/policies/{id}/versions", policy_versions, READERS, 0, ROUTE_PLAIN},
    {API_POST, "/v1/policies/{id}/backtest", policy_backtest, READERS, POLICY_MAX_BYTES,
     ROUTE_SLOW},
    {API_GET, "/v1/calendar", calendar_get, READERS, 0, ROUTE_PLAIN},
    {API_PUT, "/v1/calendar", calendar_put, ROLE_ADMIN, CALENDAR_MAX_BYTES, ROUTE_PLAIN},
    {API_GET, "/v1/keys", keys_list, ROLE_ADMIN, 0, ROUTE_PLAIN},
    {API_POST, "/v1/keys", key_post, ROLE_ADMIN, SMALL_BODY, ROUTE_PLAIN},
    {API_GET, "/v1/keys/{id}", key_get, ROLE_ADMIN, 0, ROUTE_PLAIN},
    {API_DELETE, "/v1/keys/{id}", key_delete, ROLE_ADMIN, 0, ROUTE_PLAIN},
};
const size_t api_route_count = sizeof api_routes / sizeof api_routes[0];

/* The next character of a path, with %xx undone; moves on. A broken escape stays as it is (http
 * has refused it before). */
static char next_char(const char **path)
{
    char c;
    size_t used = percent_decode(*path, &c);
    *path += used == 0 ? 1 : used;
    return c;
}

/* Matches a path against a pattern, decoded; copies what stands at {…}. A segment ends at a
 * slash that is not escaped. */
static bool match(const char *pattern, const char *path, char *scratch,
                  const char *params[API_PARAMS_MAX])
{
    size_t count = 0;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            bool separates = *path == '/';
            if (*path == '\0' || separates != (*pattern == '/') || next_char(&path) != *pattern++)
                return false;
            continue;
        }
        pattern = strchr(pattern, '}') + 1;
        const char *start = scratch;
        while (*path != '\0' && *path != '/')
            *scratch++ = next_char(&path);
        if (scratch == start || count == API_PARAMS_MAX)
            return false;
        *scratch++ = '\0';
        params[count++] = start;
    }
    return *path == '\0';
}

const struct api_route *api_route_find(enum api_method method, const char *path, char *scratch,
                                       const char *params[API_PARAMS_MAX], unsigned *ret_allowed)
{
    *ret_allowed = 0;
    for (size_t i = 0; i < api_route_count; i++) {
        const struct api_route *route = &api_routes[i];
        for (size_t p = 0; p < API_PARAMS_MAX; p++)
            params[p] = NULL;
        if (!match(route->pattern, path, scratch, params))
            continue;
        *ret_allowed |= 1u << route->method;
        if (route->method == method)
            return route;
    }
    return NULL;
}

const char *api_route_pattern(const struct api_route *route)
{
    return route->pattern;
}

bool api_route_is_public(const struct api_route *route)
{
    return route->roles == 0;
}

bool api_route_is_events(const struct api_route *route)
{
    return route->kind == ROUTE_EVENTS;
}

size_t api_route_body_max(const struct api_route *route)
{
    return route->body_max;
}

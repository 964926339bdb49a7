#include "domain/review.h"

#include <string.h>

struct review_view review_at(const struct facts *facts, struct instant t)
{
    struct review_view view = {
        .at = INSTANT_NEVER,
        .excluded = facts_first(facts, FACT_EXCLUDED, t) != NULL,
    };
    const struct fact *first = facts_first(facts, FACT_REVIEWED, t);
    if (first == NULL)
        return view;

    const struct fact *holds = facts_last(facts, FACT_REVIEWED, t);
    view.known = true;
    view.at = holds->at;
    view.by_default = holds->by_default;
    memcpy(view.stars, holds->stars, sizeof view.stars);
    view.order = first->order;
    view.buyer = first->buyer;
    view.active = !view.by_default && !view.excluded;
    return view;
}

int review_compare(struct instant a_at, const char *a_id, struct instant b_at, const char *b_id)
{
    if (a_at.us != b_at.us)
        return a_at.us < b_at.us ? -1 : 1;
    return strcmp(a_id, b_id);
}

static bool is_poor(uint8_t stars)
{
    return stars == 1 || stars == 2;
}

bool review_is_negative(const struct review_view *view)
{
    return view->active &&
           (is_poor(view->stars[ASPECT_PRODUCT]) || is_poor(view->stars[ASPECT_SERVICE]));
}

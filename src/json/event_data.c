#include "json/event_data.h"

#include <string.h>

#include "domain/limits.h"
#include "json/parse.h"

#define LINES_MAX 1000
#define QUANTITY_MAX 1000000
#define AMOUNT_MAX INT64_C(1000000000000000)

/* A place in the document; its pointer is spelled only when something there is wrong. */
struct place {
    const struct place *parent; /* NULL: in `data` itself */
    const char *name;           /* NULL: element `index` of the parent */
    size_t index;
};

static void spell(const struct place *place, char *pointer, size_t size)
{
    if (place->parent != NULL)
        spell(place->parent, pointer, size);
    if (place->name != NULL)
        pointer_push_name(pointer, size, place->name);
    else
        pointer_push_index(pointer, size, place->index);
}

static enum err invalid(struct fault *fault, const struct place *place, const char *detail)
{
    fault_set(fault, "/data", "%s", detail);
    spell(place, fault->pointer, sizeof fault->pointer);
    return ERR_INVALID;
}

static enum err check_id(json_t *value, const struct place *place, struct fault *fault)
{
    size_t len = json_string_length(value); /* 0 for other types */
    if (len < 1 || len > ID_MAX_BYTES)
        return invalid(fault, place, "must be a string of 1 to 200 bytes");
    return ERR_OK;
}
_Static_assert(ID_MAX_BYTES == 200, "the sentence above says 200");

static enum err check_text(json_t *value, const struct place *place, struct fault *fault)
{
    return json_is_string(value) ? ERR_OK : invalid(fault, place, "must be a string");
}

static enum err check_whole(json_t *value, int64_t min, int64_t max, const struct place *place,
                            struct fault *fault)
{
    int64_t number;
    if (whole_number(value, &number) && number >= min && number <= max)
        return ERR_OK;
    enum err err = invalid(fault, place, "");
    fault_set(fault, fault->pointer, "must be a whole number from %lld to %lld", (long long)min,
              (long long)max);
    return err;
}

static enum err check_choice(json_t *value, const char *const *names, const struct place *place,
                             struct fault *fault)
{
    const char *text = json_string_value(value);
    if (text != NULL && name_index(names, text) >= 0)
        return ERR_OK;
    char known[NAMES_TEXT_SIZE];
    names_text(names, known);
    enum err err = invalid(fault, place, "");
    fault_set(fault, fault->pointer, "must be one of: %s", known);
    return err;
}

/* No kind of fact has more words than there are kinds of tickets. */
#define WORDS_MAX (TICKET_KINDS - 1)

/* The words of a fact's value as a list of names: that of value 1 first. */
static void list_words(enum fact_kind kind, const char *ret_words[static WORDS_MAX + 1])
{
    size_t count = 0;
    const char *word;
    while (count < WORDS_MAX && (word = fact_word(kind, (int32_t)count + 1)) != NULL)
        ret_words[count++] = word;
    ret_words[count] = NULL;
}

static enum err check_word(json_t *value, enum fact_kind kind, const struct place *place,
                           struct fault *fault)
{
    const char *words[WORDS_MAX + 1];
    list_words(kind, words);
    return check_choice(value, words, place, fault);
}

static enum err check_instant(json_t *value, struct instant latest, const struct place *place,
                              struct fault *fault)
{
    if (!json_is_string(value))
        return invalid(fault, place, "must be an RFC 3339 date-time as a string");
    struct instant t;
    const char *why;
    if (instant_parse(json_string_value(value), json_string_length(value), &t, &why) != ERR_OK)
        return invalid(fault, place, why);
    if (instant_before(latest, t))
        return invalid(fault, place, "lies more than 5 minutes ahead of the clock");
    return ERR_OK;
}

static enum err check_review_stars(json_t *stars, const struct place *place, struct fault *fault)
{
    if (!json_is_object(stars))
        return invalid(fault, place, "must be an object");
    for (int i = 0; i < ASPECTS; i++) {
        const char *name = aspect_name((enum aspect)i);
        json_t *value = member(stars, name);
        struct place here = {.parent = place, .name = name};
        if (value != NULL) {
            enum err err = check_whole(value, 1, STARS_MAX, &here, fault);
            if (err != ERR_OK)
                return err;
        }
    }
    return ERR_OK;
}

static enum err check_line(json_t *line, const struct place *place, struct fault *fault)
{
    if (!json_is_object(line))
        return invalid(fault, place, "must be an object");
    json_t *sku = member(line, "sku");
    json_t *quantity = member(line, "quantity");
    json_t *supplier = member(line, "supplier");
    enum err err = ERR_OK;
    if (sku != NULL)
        err = check_id(sku, &(struct place){.parent = place, .name = "sku"}, fault);
    if (err == ERR_OK && quantity != NULL) {
        err = check_whole(quantity, 1, QUANTITY_MAX,
                          &(struct place){.parent = place, .name = "quantity"}, fault);
    }
    if (err == ERR_OK && supplier != NULL)
        err = check_text(supplier, &(struct place){.parent = place, .name = "supplier"}, fault);
    return err;
}

static enum err check_lines(json_t *lines, const struct place *place, struct fault *fault)
{
    if (!json_is_array(lines))
        return invalid(fault, place, "must be an array");
    size_t count = json_array_size(lines);
    if (count > LINES_MAX)
        return invalid(fault, place, "must have at most 1000 lines");
    for (size_t i = 0; i < count; i++) {
        struct place here = {.parent = place, .index = i};
        enum err err = check_line(json_array_get(lines, i), &here, fault);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}
_Static_assert(LINES_MAX == 1000, "the sentence above says 1000");

/* ISO 4217: three capital letters. */
static bool is_currency(json_t *value)
{
    const char *text = json_string_value(value);
    if (text == NULL || json_string_length(value) != 3)
        return false;
    for (size_t i = 0; i < 3; i++) {
        if (text[i] < 'A' || text[i] > 'Z')
            return false;
    }
    return true;
}

static enum err check_cost(json_t *cost, const struct place *place, struct fault *fault)
{
    if (!json_is_object(cost))
        return invalid(fault, place, "must be an object");
    json_t *amount = member(cost, "amount");
    json_t *currency = member(cost, "currency");
    if (amount != NULL) {
        struct place here = {.parent = place, .name = "amount"};
        enum err err = check_whole(amount, 0, AMOUNT_MAX, &here, fault);
        if (err != ERR_OK)
            return err;
    }
    if (currency != NULL && !is_currency(currency)) {
        return invalid(fault, &(struct place){.parent = place, .name = "currency"},
                       "must be three capital letters");
    }
    return ERR_OK;
}

static enum err check_member(const struct member_rule *rule, enum fact_kind kind, json_t *value,
                             struct instant latest, struct fault *fault)
{
    const struct place place = {.name = rule->name};
    if (value == NULL)
        return rule->required ? invalid(fault, &place, "is required") : ERR_OK;
    switch (rule->kind) {
    case MEMBER_ID:
        return check_id(value, &place, fault);
    case MEMBER_TEXT:
        return check_text(value, &place, fault);
    case MEMBER_BOOL:
        return json_is_boolean(value) ? ERR_OK : invalid(fault, &place, "must be true or false");
    case MEMBER_COUNT:
        return check_whole(value, 1, rule->max, &place, fault);
    case MEMBER_CHOICE:
        return check_choice(value, rule->names, &place, fault);
    case MEMBER_WORD:
        return check_word(value, kind, &place, fault);
    case MEMBER_INSTANT:
        return check_instant(value, INSTANT_NEVER, &place, fault);
    case MEMBER_PAST:
        return check_instant(value, latest, &place, fault);
    case MEMBER_REVIEW_STARS:
        return check_review_stars(value, &place, fault);
    case MEMBER_LINES:
        return check_lines(value, &place, fault);
    case MEMBER_COST:
        return check_cost(value, &place, fault);
    }
    return ERR_INTERNAL;
}

enum err event_data_check(const struct event_type *type, json_t *data, struct instant latest,
                          struct fault *reterr_fault)
{
    for (const struct member_rule *rule = type->members; rule->name != NULL; rule++) {
        enum err err =
            check_member(rule, type->fact, member(data, rule->name), latest, reterr_fault);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

const char *data_text(json_t *data, const char *name)
{
    return json_string_value(member(data, name));
}

struct instant data_instant(json_t *data, const char *name)
{
    json_t *value = member(data, name);
    struct instant t;
    if (value == NULL ||
        instant_parse(json_string_value(value), json_string_length(value), &t, NULL) != ERR_OK)
        return INSTANT_NEVER;
    return t;
}

int data_choice(json_t *data, const char *name, const char *const *names, int absent)
{
    const char *text = data_text(data, name);
    return text == NULL ? absent : name_index(names, text);
}

int32_t data_word(json_t *data, const char *name, enum fact_kind kind)
{
    const char *words[WORDS_MAX + 1];
    list_words(kind, words);
    return 1 + data_choice(data, name, words, -1);
}

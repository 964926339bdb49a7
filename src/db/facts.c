#include "db/facts.h"

#include <string.h>

#include "base/decimal.h"

/* What a fact may say behind its kind, instant, source and id, in the order in which it is written.
 * Names and order are stored: they only ever grow. */
enum member_type {
    MEMBER_INSTANT,
    MEMBER_TEXT,
    MEMBER_FLAG,
    MEMBER_PARCELS,
    MEMBER_UNITS,
    MEMBER_STARS,
    MEMBER_VALUE,
    MEMBER_PAYMENT,
    MEMBER_FULFILMENT,
};

static const struct member {
    const char *name;
    enum member_type type;
    size_t offset; /* in struct fact, for the types that several members have */
} members[] = {
    {"retracted", MEMBER_INSTANT, offsetof(struct fact, retracted_at)},
    {"says", MEMBER_VALUE, 0},
    {"paid", MEMBER_INSTANT, offsetof(struct fact, paid_at)},
    {"presale", MEMBER_INSTANT, offsetof(struct fact, presale_until)},
    {"promised", MEMBER_INSTANT, offsetof(struct fact, promised_at)},
    {"deliver_by", MEMBER_INSTANT, offsetof(struct fact, deliver_by)},
    {"payment", MEMBER_PAYMENT, 0},
    {"fulfilment", MEMBER_FULFILMENT, 0},
    {"test", MEMBER_FLAG, offsetof(struct fact, test)},
    {"parcels", MEMBER_PARCELS, 0},
    {"units", MEMBER_UNITS, 0},
    {"parcel", MEMBER_TEXT, offsetof(struct fact, parcel)},
    {"waybill", MEMBER_FLAG, offsetof(struct fact, waybill)},
    {"order", MEMBER_TEXT, offsetof(struct fact, order)},
    {"buyer", MEMBER_TEXT, offsetof(struct fact, buyer)},
    {"left_message", MEMBER_FLAG, offsetof(struct fact, left_message)},
    {"product", MEMBER_STARS, offsetof(struct fact, stars[ASPECT_PRODUCT])},
    {"description", MEMBER_STARS, offsetof(struct fact, stars[ASPECT_DESCRIPTION])},
    {"service", MEMBER_STARS, offsetof(struct fact, stars[ASPECT_SERVICE])},
    {"courier", MEMBER_STARS, offsetof(struct fact, stars[ASPECT_COURIER])},
    {"logistics", MEMBER_STARS, offsetof(struct fact, stars[ASPECT_LOGISTICS])},
    {"default", MEMBER_FLAG, offsetof(struct fact, by_default)},
    {"urge", MEMBER_FLAG, offsetof(struct fact, urge)},
    {"report", MEMBER_TEXT, offsetof(struct fact, report)},
    {"ship_by", MEMBER_INSTANT, offsetof(struct fact, ship_by)},
    {"from", MEMBER_INSTANT, offsetof(struct fact, period_from)},
    {"to", MEMBER_INSTANT, offsetof(struct fact, period_to)},
};
#define MEMBERS (sizeof members / sizeof members[0])
#define STARS_MAX 5

static const void *get(const struct fact *fact, const struct member *member)
{
    return (const char *)fact + member->offset;
}

static void *place(struct fact *fact, const struct member *member)
{
    return (char *)fact + member->offset;
}

/* What a fact of the kind says where it states nothing, so that need not be written. */
static struct fact unstated(enum fact_kind kind)
{
    return (struct fact){
        .kind = kind,
        .retracted_at = INSTANT_NEVER,
        .parcels = kind == FACT_PLACED ? 1 : 0,
        .units = kind == FACT_PLACED ? 1 : 0,
        .paid_at = INSTANT_NEVER,
        .presale_until = INSTANT_NEVER,
        .promised_at = INSTANT_NEVER,
        .deliver_by = INSTANT_NEVER,
        .ship_by = INSTANT_NEVER,
        .period_from = INSTANT_NEVER,
        .period_to = INSTANT_NEVER,
    };
}

/* --- encode --- */

static void put_text(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\t')
            buf_puts(out, "\\t");
        else if (*text == '\n')
            buf_puts(out, "\\n");
        else if (*text == '\\')
            buf_puts(out, "\\\\");
        else
            buf_putc(out, *text);
    }
}

static void put_word(struct buf *out, const struct member *member, const char *word)
{
    buf_putc(out, '\t');
    buf_puts(out, member->name);
    buf_putc(out, '=');
    put_text(out, word);
}

static void put_number(struct buf *out, const struct member *member, int64_t number)
{
    put_word(out, member, "");
    buf_put_int(out, number);
}

static void put_value(struct buf *out, const struct member *member, const struct fact *fact)
{
    const char *word = fact_word(fact->kind, fact->value);
    if (word != NULL)
        put_word(out, member, word);
    else if (fact->value != 0)
        put_number(out, member, fact->value);
}

static void put_member(struct buf *out, const struct member *member, const struct fact *fact,
                       const struct fact *blank)
{
    const void *at = get(fact, member);
    switch (member->type) {
    case MEMBER_INSTANT:
        if (!instant_is_never(*(const struct instant *)at))
            put_number(out, member, ((const struct instant *)at)->us);
        break;
    case MEMBER_TEXT:
        if (*(const char *const *)at != NULL)
            put_word(out, member, *(const char *const *)at);
        break;
    case MEMBER_FLAG:
        if (*(const bool *)at)
            put_word(out, member, "true");
        break;
    case MEMBER_PARCELS:
        if (fact->parcels != blank->parcels)
            put_number(out, member, fact->parcels);
        break;
    case MEMBER_UNITS:
        if (fact->units != blank->units)
            put_number(out, member, fact->units);
        break;
    case MEMBER_STARS:
        if (*(const uint8_t *)at != 0)
            put_number(out, member, *(const uint8_t *)at);
        break;
    case MEMBER_VALUE:
        put_value(out, member, fact);
        break;
    case MEMBER_PAYMENT:
        if (fact->payment != blank->payment)
            put_word(out, member, payment_name(fact->payment));
        break;
    case MEMBER_FULFILMENT:
        if (fact->fulfilment != blank->fulfilment)
            put_word(out, member, fulfilment_name(fact->fulfilment));
        break;
    }
}

static void put_fact(struct buf *out, const struct fact *fact)
{
    buf_puts(out, fact_kind_name(fact->kind));
    buf_putc(out, '\t');
    buf_put_int(out, fact->at.us);
    buf_putc(out, '\t');
    put_text(out, fact->source);
    buf_putc(out, '\t');
    put_text(out, fact->id);
    const struct fact blank = unstated(fact->kind);
    for (size_t i = 0; i < MEMBERS; i++)
        put_member(out, &members[i], fact, &blank);
    buf_putc(out, '\n');
}

void facts_encode(const struct facts *facts, struct buf *out)
{
    for (size_t i = 0; i < facts->count; i++)
        put_fact(out, &facts->items[i]);
}

/* --- decode --- */

/* Cuts the next part off, up to a tab or the line's end, and undoes the escapes in place. */
static char *next_part(char **line)
{
    if (*line == NULL)
        return NULL;
    char *start = *line, *to = start, *from = start;
    for (; *from != '\0' && *from != '\t'; from++) {
        if (*from == '\\' && from[1] != '\0') {
            from++;
            *to++ = *from == 't' ? '\t' : *from == 'n' ? '\n' : *from;
        } else {
            *to++ = *from;
        }
    }
    *line = *from == '\t' ? from + 1 : NULL;
    *to = '\0';
    return start;
}

static bool read_number(const char *text, int64_t min, int64_t max, int64_t *ret_number)
{
    return int_parse(text, strlen(text), min, max, ret_number) == ERR_OK;
}

static bool read_instant(const char *text, struct instant *ret_instant)
{
    return read_number(text, INT64_MIN, INT64_MAX, &ret_instant->us);
}

static bool read_kind(const char *text, enum fact_kind *ret_kind)
{
    for (int i = 0; i < FACT_KINDS; i++) {
        if (strcmp(fact_kind_name((enum fact_kind)i), text) == 0) {
            *ret_kind = (enum fact_kind)i;
            return true;
        }
    }
    return false;
}

static bool read_fulfilment(const char *text, enum fulfilment *ret_fulfilment)
{
    for (int i = 0; i <= FULFILMENT_VIRTUAL; i++) {
        if (strcmp(fulfilment_name((enum fulfilment)i), text) == 0) {
            *ret_fulfilment = (enum fulfilment)i;
            return true;
        }
    }
    return false;
}

/* A kind whose values have words is never stored with a number. */
static bool read_value(const char *text, enum fact_kind kind, int32_t *ret_value)
{
    const char *word;
    for (int32_t value = 1; (word = fact_word(kind, value)) != NULL; value++) {
        if (strcmp(word, text) == 0) {
            *ret_value = value;
            return true;
        }
    }
    int64_t number = 0;
    bool good = fact_word(kind, 1) == NULL && read_number(text, 1, INT32_MAX, &number);
    *ret_value = (int32_t)number;
    return good;
}

static bool read_member(const struct member *member, const char *text, struct fact *fact)
{
    void *at = place(fact, member);
    int64_t number = 0;
    bool good = false;
    switch (member->type) {
    case MEMBER_INSTANT:
        good = read_instant(text, at);
        break;
    case MEMBER_TEXT:
        good = true;
        *(const char **)at = text;
        break;
    case MEMBER_FLAG:
        good = strcmp(text, "true") == 0;
        *(bool *)at = good;
        break;
    case MEMBER_PARCELS:
        good = read_number(text, 1, UINT32_MAX, &number);
        fact->parcels = (uint32_t)number;
        break;
    case MEMBER_UNITS:
        good = read_number(text, 1, INT64_MAX, &fact->units);
        break;
    case MEMBER_STARS:
        good = read_number(text, 1, STARS_MAX, &number);
        *(uint8_t *)at = (uint8_t)number;
        break;
    case MEMBER_VALUE:
        good = read_value(text, fact->kind, &fact->value);
        break;
    case MEMBER_PAYMENT:
        good = strcmp(text, payment_name(PAYMENT_COD)) == 0;
        fact->payment = PAYMENT_COD;
        break;
    case MEMBER_FULFILMENT:
        good = read_fulfilment(text, &fact->fulfilment);
        break;
    }
    return good;
}

/* `part`: "name=text". */
static bool read_part(char *part, struct fact *fact)
{
    char *text = strchr(part, '=');
    if (text == NULL)
        return false;
    *text++ = '\0';
    for (size_t i = 0; i < MEMBERS; i++) {
        if (strcmp(members[i].name, part) == 0)
            return read_member(&members[i], text, fact);
    }
    return false;
}

static bool read_fact(char *line, struct fact *fact)
{
    const char *kind_text = next_part(&line), *at = next_part(&line);
    const char *source = next_part(&line), *id = next_part(&line);
    enum fact_kind kind;
    if (id == NULL || !read_kind(kind_text, &kind))
        return false;
    *fact = unstated(kind);
    fact->source = source;
    fact->id = id;
    bool good = read_instant(at, &fact->at);
    while (good && line != NULL)
        good = read_part(next_part(&line), fact);
    return good;
}

enum err facts_decode(const char *text, size_t len, struct arena *arena, struct facts *ret_facts)
{
    *ret_facts = (struct facts){NULL, 0};
    size_t lines = 0;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    char *copy = arena_copy(arena, text, len);
    struct fact *facts = arena_alloc(arena, (lines + 1) * sizeof *facts);
    if (copy == NULL || facts == NULL)
        return ERR_NOMEM;
    size_t count = 0;
    for (char *line = copy; *line != '\0';) {
        char *end = strchr(line, '\n');
        if (end == NULL)
            return ERR_INTERNAL;
        *end = '\0';
        if (!read_fact(line, &facts[count]))
            return ERR_INTERNAL;
        count++;
        line = end + 1;
    }
    *ret_facts = (struct facts){facts, count};
    return ERR_OK;
}

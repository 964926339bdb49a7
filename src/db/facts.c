#include "db/facts.h"

#include <inttypes.h>
#include <string.h>

#include "base/decimal.h"

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

static void put_instant(struct buf *out, const char *name, struct instant t)
{
    if (instant_is_never(t))
        return;
    buf_putc(out, '\t');
    buf_puts(out, name);
    buf_putc(out, '=');
    buf_put_int(out, t.us);
}

static void put_word(struct buf *out, const char *name, const char *word)
{
    buf_putc(out, '\t');
    buf_puts(out, name);
    buf_putc(out, '=');
    put_text(out, word);
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
    put_instant(out, "retracted", fact->retracted_at);
    put_instant(out, "paid", fact->paid_at);
    put_instant(out, "presale", fact->presale_until);
    put_instant(out, "promised", fact->promised_at);
    if (fact->kind == FACT_PLACED) {
        if (fact->payment != PAYMENT_PREPAID)
            put_word(out, "payment", payment_name(fact->payment));
        if (fact->fulfilment != FULFILMENT_MERCHANT)
            put_word(out, "fulfilment", fulfilment_name(fact->fulfilment));
        if (fact->test)
            put_word(out, "test", "true");
        if (fact->parcels != 1) {
            buf_puts(out, "\tparcels=");
            buf_put_int(out, fact->parcels);
        }
    }
    if (fact->parcel != NULL)
        put_word(out, "parcel", fact->parcel);
    if (fact->by != ACTOR_NONE)
        put_word(out, "by", actor_name(fact->by));
    buf_putc(out, '\n');
}

void facts_encode(const struct order *order, struct buf *out)
{
    for (size_t i = 0; i < order->count; i++)
        put_fact(out, &order->facts[i]);
}

/* --- decode --- */

/* Cuts the next member off, up to a tab or the line's end, and undoes the escapes in place. */
static char *next_member(char **line)
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

static bool read_instant(const char *text, struct instant *ret_instant)
{
    return int_parse(text, strlen(text), INT64_MIN, INT64_MAX, &ret_instant->us) == ERR_OK;
}

/* The index of `word` among `count` names, or -1. */
static int name_index(const char *word, const char *(*name)(int), int count)
{
    for (int i = 0; i < count; i++)
        if (name(i) != NULL && strcmp(name(i), word) == 0)
            return i;
    return -1;
}

static const char *kind_at(int i)
{
    return fact_kind_name((enum fact_kind)i);
}

static const char *fulfilment_at(int i)
{
    return fulfilment_name((enum fulfilment)i);
}

static const char *actor_at(int i)
{
    return actor_name((enum actor)i);
}

static bool read_member(struct fact *fact, const char *name, const char *value)
{
    int64_t number;
    int index;
    if (strcmp(name, "retracted") == 0)
        return read_instant(value, &fact->retracted_at);
    if (strcmp(name, "paid") == 0)
        return read_instant(value, &fact->paid_at);
    if (strcmp(name, "presale") == 0)
        return read_instant(value, &fact->presale_until);
    if (strcmp(name, "promised") == 0)
        return read_instant(value, &fact->promised_at);
    if (strcmp(name, "payment") == 0) {
        fact->payment = PAYMENT_COD;
        return strcmp(value, payment_name(PAYMENT_COD)) == 0;
    }
    if (strcmp(name, "fulfilment") == 0) {
        index = name_index(value, fulfilment_at, FULFILMENT_VIRTUAL + 1);
        fact->fulfilment = index < 0 ? FULFILMENT_MERCHANT : (enum fulfilment)index;
        return index >= 0;
    }
    if (strcmp(name, "test") == 0) {
        fact->test = true;
        return true;
    }
    if (strcmp(name, "parcels") == 0) {
        if (int_parse(value, strlen(value), 1, UINT32_MAX, &number) != ERR_OK)
            return false;
        fact->parcels = (uint32_t)number;
        return true;
    }
    if (strcmp(name, "parcel") == 0) {
        fact->parcel = value;
        return true;
    }
    if (strcmp(name, "by") == 0) {
        index = name_index(value, actor_at, ACTOR_PLATFORM + 1);
        fact->by = index < 0 ? ACTOR_NONE : (enum actor)index;
        return index >= 0;
    }
    return false;
}

static bool read_fact(char *line, struct fact *fact)
{
    *fact = (struct fact){
        .retracted_at = INSTANT_NEVER,
        .paid_at = INSTANT_NEVER,
        .presale_until = INSTANT_NEVER,
        .promised_at = INSTANT_NEVER,
    };
    const char *kind = next_member(&line), *at = next_member(&line);
    fact->source = next_member(&line);
    fact->id = next_member(&line);
    if (fact->id == NULL || !read_instant(at, &fact->at))
        return false;
    int index = name_index(kind, kind_at, FACT_KINDS);
    if (index < 0)
        return false;
    fact->kind = (enum fact_kind)index;
    fact->parcels = fact->kind == FACT_PLACED ? 1 : 0;
    while (line != NULL) {
        char *name = next_member(&line);
        char *value = strchr(name, '=');
        if (value == NULL)
            return false;
        *value++ = '\0';
        if (!read_member(fact, name, value))
            return false;
    }
    return true;
}

enum err facts_decode(const char *text, size_t len, size_t room, struct arena *arena,
                      struct fact **ret_facts, size_t *ret_count)
{
    size_t lines = 0;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    char *copy = arena_copy(arena, text, len);
    struct fact *facts = arena_alloc(arena, (lines + room + 1) * sizeof *facts);
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
    *ret_facts = facts;
    *ret_count = count;
    return ERR_OK;
}

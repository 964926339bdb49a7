/* RFC 3339 by hand: strptime and sscanf accept too much, and timegm knows nothing of what we
 * refuse. Civil dates are counted with the shifted-year method (the year begins in March, so that
 * the leap day is its last). */
#include "base/instant.h"

#define DAYS_PER_ERA 146097 /* 400 years */
#define EPOCH_DAY 719468    /* 1970-01-01 counted from 0000-03-01 */
#define SECONDS_PER_DAY 86400

int32_t date_from_civil(int year, int month, int day)
{
    year -= month <= 2;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - EPOCH_DAY;
}

void date_to_civil(int32_t date, int *ret_year, int *ret_month, int *ret_day)
{
    int shifted = date + EPOCH_DAY;
    int era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int day_of_era = shifted - era * DAYS_PER_ERA;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (5 * day_of_year + 2) / 153;
    *ret_day = day_of_year - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads exactly `count` digits. */
static bool digits(const char *text, size_t count, int *ret_value)
{
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(text[i]))
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *ret_value = value;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* "2024-01-31"; the text holds at least ten bytes. */
static bool parse_date(const char *text, int32_t *ret_date)
{
    int year;
    int month;
    int day;
    if (!digits(text, 4, &year) || text[4] != '-' || !digits(text + 5, 2, &month) ||
        text[7] != '-' || !digits(text + 8, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *ret_date = date_from_civil(year, month, day);
    return true;
}

/* "10:00:00"; returns NULL or what is wrong with it. */
static const char *parse_time(const char *text, int *ret_seconds)
{
    int hour;
    int minute;
    int second;
    if (!digits(text, 2, &hour) || text[2] != ':' || !digits(text + 3, 2, &minute) ||
        text[5] != ':' || !digits(text + 6, 2, &second))
        return "must be an RFC 3339 date-time such as 2024-01-31T10:00:00+08:00";
    if (second == 60)
        return "must not be a leap second";
    if (hour > 23 || minute > 59 || second > 59)
        return "must be a time of day that exists";
    *ret_seconds = (hour * 60 + minute) * 60 + second;
    return NULL;
}

/* The part after the seconds: "Z" or "+hh:mm". */
static const char *parse_offset(const char *text, size_t len, int *ret_seconds)
{
    if (len == 0)
        return "must have an offset from UTC (Z or +hh:mm)";
    if (len == 1 && (text[0] == 'Z' || text[0] == 'z')) {
        *ret_seconds = 0;
        return NULL;
    }
    int hours;
    int minutes;
    if (len != 6 || (text[0] != '+' && text[0] != '-') || !digits(text + 1, 2, &hours) ||
        text[3] != ':' || !digits(text + 4, 2, &minutes) || hours > 23 || minutes > 59)
        return "must end with an offset from UTC (Z or +hh:mm)";
    int seconds = (hours * 60 + minutes) * 60;
    *ret_seconds = text[0] == '-' ? -seconds : seconds;
    return NULL;
}

static const char *parse(const char *text, size_t len, struct instant *ret_instant)
{
    static const size_t seconds_end = sizeof "2024-01-31T10:00:00" - 1;
    if (len < seconds_end || (text[10] != 'T' && text[10] != 't'))
        return "must be an RFC 3339 date-time such as 2024-01-31T10:00:00+08:00";
    int32_t date;
    if (!parse_date(text, &date))
        return "must have a date that exists, written YYYY-MM-DD";
    int seconds;
    const char *why = parse_time(text + 11, &seconds);
    if (why != NULL)
        return why;

    size_t at = seconds_end;
    int fraction_us = 0;
    if (at < len && text[at] == '.') {
        at++;
        size_t from = at;
        int unit = 100000;
        for (; at < len && is_digit(text[at]); at++) {
            fraction_us += (text[at] - '0') * unit;
            unit /= 10; /* 0 from the seventh digit on: finer digits are cut */
        }
        if (at == from)
            return "must have digits after the decimal point";
    }

    int offset;
    why = parse_offset(text + at, len - at, &offset);
    if (why != NULL)
        return why;

    int64_t utc_seconds = (int64_t)date * SECONDS_PER_DAY + seconds - offset;
    struct instant t = {utc_seconds * US_PER_SECOND + fraction_us};
    if (instant_before(t, INSTANT_MIN) || !instant_before(t, INSTANT_END))
        return "must lie in the years 2000 to 2100";
    *ret_instant = t;
    return NULL;
}

enum err instant_parse(const char *text, size_t len, struct instant *ret_instant,
                       const char **reterr_why)
{
    const char *why = parse(text, len, ret_instant);
    if (why == NULL)
        return ERR_OK;
    if (reterr_why != NULL)
        *reterr_why = why;
    return ERR_INVALID;
}

/* Writes `count` decimal digits of a value that is not negative and returns the place after them.
 */
static char *put_digits(char *at, int value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

static char *put_date(char *at, int32_t date)
{
    int year;
    int month;
    int day;
    date_to_civil(date, &year, &month, &day);
    at = put_digits(at, year, 4);
    *at++ = '-';
    at = put_digits(at, month, 2);
    *at++ = '-';
    return put_digits(at, day, 2);
}

size_t instant_format(struct instant t, char text[static INSTANT_TEXT_SIZE])
{
    const int64_t us_per_day = SECONDS_PER_DAY * US_PER_SECOND;
    int64_t day = t.us / us_per_day;
    int64_t us = t.us % us_per_day;
    if (us < 0) {
        us += us_per_day;
        day--;
    }
    int seconds = (int)(us / US_PER_SECOND);
    int fraction = (int)(us % US_PER_SECOND);

    char *at = put_date(text, (int32_t)day);
    *at++ = 'T';
    at = put_digits(at, seconds / 3600, 2);
    *at++ = ':';
    at = put_digits(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, seconds % 60, 2);
    if (fraction != 0) {
        *at++ = '.';
        bool millis = fraction % 1000 == 0;
        at = millis ? put_digits(at, fraction / 1000, 3) : put_digits(at, fraction, 6);
    }
    *at++ = 'Z';
    *at = '\0';
    return (size_t)(at - text);
}

void date_format(int32_t date, char text[static DATE_TEXT_SIZE])
{
    *put_date(text, date) = '\0';
}

enum err date_parse(const char *text, size_t len, int32_t *ret_date)
{
    if (len != DATE_TEXT_SIZE - 1 || !parse_date(text, ret_date))
        return ERR_INVALID;
    return ERR_OK;
}

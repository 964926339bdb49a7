#include "jobs/outbox.h"

#include "db/query.h"
#include "sql.h"

enum err outbox_due(struct db *db, struct instant now, const struct outbox_room *room,
                    struct db_result **ret_due)
{
    struct db_args *args = db_args_new();
    db_arg_instant(args, now);
    db_arg_int32(args, room->each);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < room->busy_count; i++)
        db_add_text(args, room->busy[i]);
    db_arg_int32(args, room->all);
    db_arg_int32(args, room->silent);
    return db_query(db, &sql_deliveries_due, args, ret_due);
}

enum err outbox_claim(struct db *db, const struct db_result *due, int row, struct instant now,
                      struct instant until)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, db_text(due, row, 0));
    db_arg_int(args, db_int(due, row, 1));
    db_arg_text(args, db_text(due, row, 2));
    db_arg_instant(args, db_instant(due, row, 3));
    db_arg_instant(args, now);
    db_arg_instant(args, until);
    return db_pipeline_add(db, &sql_delivery_claim, args);
}

bool outbox_attempt(const struct db_result *claimed, struct attempt *ret_attempt)
{
    enum { ID, ATTEMPTS, URL, SECRET, OLD_SECRET, SEQ, TYPE, AT, RECORDED_AT, DATA };
    if (db_rows(claimed) == 0)
        return false;
    *ret_attempt = (struct attempt){
        .id = db_text(claimed, 0, ID),
        .number = db_int(claimed, 0, ATTEMPTS),
        .url = db_text(claimed, 0, URL),
        .secret = db_text(claimed, 0, SECRET),
        .secret_len = db_len(claimed, 0, SECRET),
        .old_secret = db_text(claimed, 0, OLD_SECRET),
        .old_secret_len = db_len(claimed, 0, OLD_SECRET),
        .notification =
            {
                .seq = db_int(claimed, 0, SEQ),
                .type = db_text(claimed, 0, TYPE),
                .at = db_instant(claimed, 0, AT),
                .recorded_at = db_instant(claimed, 0, RECORDED_AT),
                .data = db_text(claimed, 0, DATA),
                .data_len = db_len(claimed, 0, DATA),
            },
    };
    return true;
}

/* Arguments 1 to 3. */
static struct db_args *key_args(const struct delivery_key *key)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, key->store);
    db_arg_int(args, key->seq);
    db_arg_text(args, key->subscription);
    return args;
}

enum err outbox_delivered(struct db *db, const struct delivery_key *key, struct instant now,
                          int status)
{
    struct db_args *args = key_args(key);
    db_arg_instant(args, now);
    db_arg_int32(args, status);
    return db_query(db, &sql_delivery_delivered, args, NULL);
}

enum err outbox_failed(struct db *db, const struct delivery_key *key, struct instant until,
                       struct instant now, const struct failure *failure)
{
    struct db_args *args = key_args(key);
    db_arg_instant(args, until);
    db_arg_instant(args, now);
    db_arg_int32(args, failure->status);
    db_arg_text(args, failure->error);
    db_arg_instant(args, failure->next);
    return db_query(db, &sql_delivery_failed, args, NULL);
}

static enum err run_for_receiver(struct db *db, const struct db_sql *sql, struct db_args *args,
                                 bool *ret_holds)
{
    struct db_result *result = NULL;
    enum err err = db_query(db, sql, args, &result);
    if (err == ERR_OK)
        *ret_holds = db_rows(result) > 0;
    db_result_free(result);
    return err;
}

enum err outbox_answers(struct db *db, const struct receiver *receiver, bool answers)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, receiver->subscription);
    db_arg_text(args, receiver->url);
    db_arg_bool(args, answers);
    return db_query(db, &sql_subscription_answers, args, NULL);
}

enum err outbox_gone(struct db *db, const struct receiver *receiver, const char *reason,
                     bool *ret_holds)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, receiver->subscription);
    db_arg_text(args, reason);
    db_arg_text(args, receiver->url);
    return run_for_receiver(db, &sql_subscription_gone, args, ret_holds);
}

enum err outbox_rest(struct db *db, const struct receiver *receiver, struct instant until,
                     bool *ret_holds)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, receiver->subscription);
    db_arg_instant(args, until);
    db_arg_text(args, receiver->url);
    return run_for_receiver(db, &sql_subscription_rests, args, ret_holds);
}

/* Transactions. */
#include <string.h>

#include "db/conn.h"
#include "db/query.h"
#include "db/result.h"

enum err db_begin(struct db *db, enum db_isolation isolation)
{
    switch (isolation) {
    case DB_READ_COMMITTED:
        return conn_exec(db, "begin", "begin isolation level read committed read write");
    case DB_SNAPSHOT:
        return conn_exec(db, "begin", "begin isolation level repeatable read read only");
    case DB_SNAPSHOT_WRITE:
        return conn_exec(db, "begin", "begin isolation level repeatable read read write");
    }
    return ERR_INTERNAL;
}

enum err db_commit(struct db *db)
{
    enum err err = conn_check(db, "commit");
    if (err != ERR_OK)
        return err;
    AUTO_PGRESULT PGresult *result = PQexec(db->pg, "commit");
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        err = conn_failed(db, "commit", result);
        return db->broken ? ERR_UNAVAILABLE : err;
    }
    /* PostgreSQL answers the commit of a transaction that has failed with success and the tag
     * ROLLBACK. */
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        conn_note(db, "commit", "the transaction had failed before");
        return ERR_INTERNAL;
    }
    return ERR_OK;
}

void db_rollback(struct db *db)
{
    db_pipeline_clear(db);
    if (db->broken)
        return;
    switch (PQtransactionStatus(db->pg)) {
    case PQTRANS_IDLE:
        return;
    case PQTRANS_INTRANS:
    case PQTRANS_INERROR:
        /* Without a rollback, ending the connection ends the transaction. */
        if (conn_exec(db, "rollback", "rollback") != ERR_OK)
            db->broken = true;
        return;
    case PQTRANS_ACTIVE:
    case PQTRANS_UNKNOWN:
        db->broken = true;
        return;
    }
}

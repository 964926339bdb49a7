-- $1 store: takes what is known to have changed
delete from verdicts_changed where store_id = $1 returning day, cause;

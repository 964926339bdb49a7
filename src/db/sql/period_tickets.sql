-- $1 store, $2 from, $3 to: the tickets that a report can excuse, opened in [from, to)
select facts from tickets where store_id = $1 and kind between 1 and 5 and opened_at >= $2 and opened_at < $3;

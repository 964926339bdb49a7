-- $1 store, $2 tickets: sessions that follow another one
update tickets set recontact = true where store_id = $1 and ticket_id = any ($2::text[]);

-- $1 hour: rows at zero that began before it. Needs no lock: a writer that meets a removed row makes it anew.
delete from waiting where open = 0 and hour < $1;

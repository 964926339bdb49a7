/* `windvane simulate`: events of a believable store, written as NDJSON or posted to a service. */
#ifndef SIMULATE_SIMULATE_H
#define SIMULATE_SIMULATE_H

/* argv[0] is the subcommand's name. Returns the exit status: 0 done, 1 writing or posting
 * failed, 2 wrong usage. */
int simulate_command(int argc, char **argv);

#endif

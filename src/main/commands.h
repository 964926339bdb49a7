/* The subcommands. Each returns the process's exit status; argv[0] is the subcommand's name. */
#ifndef MAIN_COMMANDS_H
#define MAIN_COMMANDS_H

int serve_command(int argc, char **argv);
int migrate_command(int argc, char **argv);
int policy_command(int argc, char **argv);
int key_command(int argc, char **argv);
int verify_command(int argc, char **argv);
int rebuild_command(int argc, char **argv);

/* Whether the arguments ask for help, which is then printed. */
int asks_for_help(int argc, char **argv, const char *help);

#endif

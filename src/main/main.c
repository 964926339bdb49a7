/* windvane: live store scores and backlog warnings. Finds the subcommand; everything else is
 * its. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "simulate/simulate.h"
#include "json/doc.h"
#include <stdbool.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
} commands[] = {
    {"serve", serve_command, "serve the HTTP API"},
    {"migrate", migrate_command,
     "bring the database to this program's schema, load the shipped policies"},
    {"policy", policy_command, "list, show and check policies"},
    {"key", key_command, "create, list and delete API keys"},
    {"verify", verify_command,
     "prove that orders, tallies and waiting counts follow from the events"},
    {"rebuild", rebuild_command, "make orders, tallies and waiting counts anew from the events"},
    {"simulate", simulate_command, "write or post the events of a believable store"},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static void usage(FILE *out)
{
    fprintf(out, "windvane %s\nusage: windvane COMMAND [OPTIONS]\n\n", WINDVANE_VERSION);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].what);
    fprintf(out, "\nwindvane COMMAND --help tells the options. Settings: see README.md.\n");
}

int asks_for_help(int argc, char **argv, const char *help)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(help, stdout);
            return 1;
        }
    return 0;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    json_init(); /* before any thread starts */
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        puts(WINDVANE_VERSION);
        return 0;
    }
    for (size_t i = 0; argc >= 2 && i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    bool wanted = argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    usage(wanted ? stdout : stderr);
    return wanted ? 0 : 2;
}

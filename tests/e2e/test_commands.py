#!/usr/bin/env python3
"""The command line: what each subcommand says, what it refuses, and with which exit status."""

import json
import os
import re
import subprocess
import tempfile

import harness
from harness import Service, new_database, psql

COMMANDS = ("serve", "migrate", "policy", "key", "verify", "rebuild", "simulate")
WITH_DATABASE = (["serve"], ["migrate"], ["verify"], ["rebuild"], ["key", "list"],
                 ["policy", "list"], ["policy", "show", "jd"])
NOWHERE = "postgresql://somebody:pass-word-of-somebody@127.0.0.1:1/nothing?connect_timeout=2"


def run(*args, uri=None, **settings):
    """A subcommand with exactly these settings."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("WINDVANE_")}
    if uri is not None:
        env["WINDVANE_DATABASE_URL"] = uri
    env.update(settings)
    return subprocess.run([str(harness.WINDVANE), *args], env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60)


def migrated():
    uri = new_database()
    done = run("migrate", uri=uri)
    assert done.returncode == 0, done
    return uri


# --- Help and usage ---------------------------------------------------------------------------


def test_help_of_everything():
    whole = run("--help")
    assert whole.returncode == 0 and whole.stderr == "", whole
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\w", whole.stdout, re.MULTILINE), (command, whole.stdout)
        done = run(command, "--help")
        assert done.returncode == 0 and done.stderr == "", done
        assert done.stdout.lower().startswith(f"usage: windvane {command}"), done.stdout
    assert run("-h").stdout == whole.stdout


def test_help_names_every_setting_of_serve():
    told = set(re.findall(r"WINDVANE_[A-Z_]+", run("serve", "--help").stdout))
    text = (harness.REPOSITORY / "docs/OPERATIONS.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(WINDVANE_[A-Z_]+)` \|", text, re.MULTILINE))
    assert told == documented and len(told) >= 12, told ^ documented


def test_version():
    done = run("--version")
    version = (harness.REPOSITORY / "VERSION").read_text("utf-8").strip()
    assert (done.returncode, done.stdout.strip()) == (0, version), done


def test_wrong_usage_is_status_2():
    for args in ([], ["fly"], ["--fly"], ["migrate", "--fly"], ["migrate", "--down"],
                 ["migrate", "--down", "0"], ["migrate", "--down", "x"], ["verify", "--fly"],
                 ["verify", "--store"], ["rebuild", "s1"], ["key"], ["key", "fly"],
                 ["key", "delete"], ["key", "list", "x"], ["policy"], ["policy", "check"],
                 ["policy", "list", "x"], ["policy", "show"], ["simulate", "--fly"]):
        done = run(*args, uri=NOWHERE)
        assert done.returncode == 2 and done.stdout == "" and done.stderr, (args, done)


# --- Settings ---------------------------------------------------------------------------------


def expect_faults(done, names):
    """One line for each name, nothing else, and no start."""
    assert done.returncode not in (0, None) and done.stdout == "", done
    told = sorted(re.findall(r"^windvane: (WINDVANE_\w+): \S", done.stderr, re.MULTILINE))
    assert told == sorted(names) == sorted(set(names)), (names, done.stderr)
    assert len(done.stderr.splitlines()) == len(names), done.stderr


def test_all_faults_of_settings_are_told_at_once():
    secret, password = "short-secret", "pass-word-of-the-database"
    bad = {
        "WINDVANE_DATABASE_URL": f"postgresql://u:{password}@host/db?colour=red",
        "WINDVANE_LISTEN": "localhost:8080",
        "WINDVANE_ADMIN_KEY": secret,
        "WINDVANE_CLOCK_START": "2024-01-01T00:00:00",
        "WINDVANE_WORKERS": "0",
        "WINDVANE_SLOW_WORKERS": "two",
        "WINDVANE_HTTP_THREADS": "-1",
        "WINDVANE_MAX_CONNECTIONS": "1.5",
        "WINDVANE_REQUEST_TIMEOUT_S": "99999",
        "WINDVANE_QUEUE_MAX": "0x10",
        "WINDVANE_LOG_LEVEL": "loud",
    }
    done = run("serve", **bad)
    expect_faults(done, bad)
    assert secret not in done.stderr and password not in done.stderr, done.stderr
    expect_faults(run("serve"), ["WINDVANE_DATABASE_URL"])
    for args in WITH_DATABASE:
        expect_faults(run(*args), ["WINDVANE_DATABASE_URL"])


def test_listen_addresses():
    for listen in ("127.0.0.1", ":8080", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:", "[::1]",
                   "::1", "[::1:8080", "256.0.0.1:80", "127.0.0.1:80x"):
        expect_faults(run("serve", uri=NOWHERE, WINDVANE_LISTEN=listen), ["WINDVANE_LISTEN"])


def test_admin_key_settings():
    key = "a-key-of-24-characters-00"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "key")
        both = {"WINDVANE_ADMIN_KEY": key, "WINDVANE_ADMIN_KEY_FILE": path}
        absent = run("serve", uri=NOWHERE, WINDVANE_ADMIN_KEY_FILE=path)
        expect_faults(absent, ["WINDVANE_ADMIN_KEY_FILE"])
        for content in ("", "\n", "short\n"):
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
            done = run("serve", uri=NOWHERE, WINDVANE_ADMIN_KEY_FILE=path)
            expect_faults(done, ["WINDVANE_ADMIN_KEY_FILE"])
        with open(path, "w", encoding="utf-8") as file:
            file.write(key + "\r\n")
        expect_faults(run("serve", uri=NOWHERE, **both), ["WINDVANE_ADMIN_KEY"])
        with Service(new_database(), env={**both, "WINDVANE_ADMIN_KEY": ""}) as service:
            assert service.get("/v1/keys", key=key).status == 200
            assert service.get("/v1/keys", key=harness.ADMIN_KEY).status == 401
            assert key not in service.log()
    expect_faults(run("serve", uri=NOWHERE, WINDVANE_ADMIN_KEY=key[:23]), ["WINDVANE_ADMIN_KEY"])


def test_serve_that_cannot_work_ends():
    empty = new_database()
    for uri in (NOWHERE, empty):
        done = run("serve", uri=uri, WINDVANE_LISTEN="127.0.0.1:0")
        assert done.returncode == 1 and "database" in done.stderr, done
        assert "pass-word" not in done.stdout + done.stderr, done
    with Service(new_database()) as service:
        listen = f"127.0.0.1:{service.port}"
        done = run("serve", uri=service.uri, WINDVANE_LISTEN=listen)
        assert done.returncode == 1 and listen in done.stderr, done


def test_no_database_is_told_without_its_password():
    for args in WITH_DATABASE[1:]:
        done = run(*args, uri=NOWHERE)
        assert (done.returncode, done.stdout) == (2, "") and "database" in done.stderr, done
        assert "pass-word" not in done.stderr, (args, done)


# --- migrate ----------------------------------------------------------------------------------


def test_migrate_twice_down_and_up():
    uri = new_database()
    first = run("migrate", uri=uri)
    assert first.returncode == 0, first
    applied = int(re.search(r"^(\d+) migrations applied$", first.stdout, re.MULTILINE)[1])
    assert applied >= 1 and "policy jd is at version 1\n" in first.stdout, first.stdout
    tables = psql(uri, "select count(*) from pg_tables where schemaname = 'public'")
    again = run("migrate", uri=uri)
    assert (again.returncode, again.stdout) == (0, "0 migrations applied\n"), again
    shipped = psql(uri, "select policy_id, version from policies order by 1")
    assert shipped == [["amazon", "1"], ["jd", "1"], ["tmall", "1"]], shipped
    down = run("migrate", "--down", str(applied), uri=uri)
    assert (down.returncode, down.stdout) == (0, f"{applied} migrations reverted\n"), down
    assert run("verify", uri=uri).returncode == 2, "not at this program's schema"
    up = run("migrate", uri=uri)
    assert (up.returncode, up.stdout) == (0, first.stdout), up
    assert psql(uri, "select count(*) from pg_tables where schemaname = 'public'") == tables
    assert run("verify", uri=uri).returncode == 0


def test_a_migration_that_was_changed_is_not_run_over():
    uri = migrated()
    psql(uri, "update schema_migrations set checksum = '00'")
    done = run("migrate", uri=uri)
    assert done.returncode == 1 and "0001" in done.stderr, done


# --- key --------------------------------------------------------------------------------------


def test_keys():
    with Service(new_database()) as service:
        service.put_store("s1")
        service.put_store("s2")
        made = run("key", "create", "--role", "merchant", "--store", "s1", "--name", "Li's board",
                   uri=service.uri)
        assert made.returncode == 0 and made.stderr == "", made
        id, secret = made.stdout.split()
        assert service.get("/v1/stores/s1/score", key=secret).status == 200
        assert service.get("/v1/stores/s2/score", key=secret).status == 404
        shown = service.get(f"/v1/keys/{id}").json()
        assert (shown["role"], shown["stores"], shown["name"]) == ("merchant", ["s1"],
                                                                  "Li's board"), shown
        every = run("key", "create", "--role", "admin", uri=service.uri)
        assert service.get("/v1/keys", key=every.stdout.split()[1]).status == 200

        listed = run("key", "list", uri=service.uri)
        assert listed.returncode == 0 and len(listed.stdout.splitlines()) == 2, listed
        assert f"{id} merchant s1 Li's board" in listed.stdout, listed.stdout
        assert secret not in listed.stdout and secret[3:] not in listed.stdout

        gone = run("key", "delete", id, uri=service.uri)
        assert (gone.returncode, gone.stdout, gone.stderr) == (0, "", ""), gone
        assert service.get(f"/v1/keys/{id}").status == 404
        twice = run("key", "delete", id, uri=service.uri)
        assert twice.returncode == 1 and id in twice.stderr, twice


def test_keys_must_be_well_formed():
    uri = migrated()
    for args in ([], ["--role", "owner"], ["--role"], ["--role", "merchant"],
                 ["--role", "ingest", "--colour", "red"], ["--role", "ingest", "s1"]):
        done = run("key", "create", *args, uri=uri)
        assert done.returncode == 2 and done.stdout == "", (args, done)
    assert psql(uri, "select count(*) from api_keys") == [["0"]]


# --- policy -----------------------------------------------------------------------------------


def check(document):
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(document if isinstance(document, str) else json.dumps(document))
        file.flush()
        done = run("policy", "check", file.name)
        return done, file.name


def test_policy_check():
    for path in sorted((harness.REPOSITORY / "policies").glob("*.json")):
        done = run("policy", "check", str(path))
        assert done.returncode == 0 and "no faults" in done.stdout, done
    bad = {"id": "x", "novice": {"days": 0}, "colour": "red",
           "backlog": {"marks": [{"hours": 0, "level": "warning", "over_percent": 10}]}}
    done, path = check(bad)
    lines = sorted(line.split(": ")[1] for line in done.stdout.splitlines())
    assert done.returncode == 1 and lines == ["/backlog/marks/0/hours", "/colour",
                                              "/novice/days"], done
    assert all(line.startswith(path + ": ") for line in done.stdout.splitlines()), done
    for text in ("", "{", "[]", "7"):
        done, path = check(text)
        assert done.returncode == 1 and done.stdout.startswith(f"{path}: /: "), (text, done)
    absent = run("policy", "check", path + ".absent")
    assert absent.returncode == 2 and absent.stdout == "", absent


def test_the_worked_example_of_the_documents_is_a_policy():
    text = (harness.REPOSITORY / "docs/POLICIES.md").read_text("utf-8")
    example = re.search(r"```json\n(.*?)```", text, re.DOTALL)[1]
    done, _ = check({"id": "example", **json.loads(example)})
    assert done.returncode == 0, done


def test_policy_list_and_show():
    uri = migrated()
    listed = run("policy", "list", uri=uri)
    assert (listed.returncode, listed.stdout) == (0, "amazon 1\njd 1\ntmall 1\n"), listed
    newest = run("policy", "show", "jd", uri=uri)
    assert newest.returncode == 0, newest
    document = json.loads(newest.stdout)
    assert (document["id"], document["version"]) == ("jd", 1), document
    shipped = json.loads((harness.REPOSITORY / "policies/jd.json").read_text("utf-8"))
    assert {**shipped, "version": 1} == document
    assert run("policy", "show", "jd@1", uri=uri).stdout == newest.stdout
    for name, status in (("jd@2", 1), ("nobody", 1), ("jd@0", 2), ("jd@", 2), ("jd@x", 2)):
        done = run("policy", "show", name, uri=uri)
        assert (done.returncode, done.stdout) == (status, "") and done.stderr, (name, done)


if __name__ == "__main__":
    harness.main()

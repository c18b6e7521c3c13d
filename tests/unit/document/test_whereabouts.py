"""What words, columns and notes say is typed on another machine is not offered to run here."""

from __future__ import annotations

import pytest

from runbook_tui.document.reader import read


def command(text, code):
    (found,) = (one for one in read(f"# T\n\n## Do\n\n{text}\n".encode(), "t.md").commands if one.text == code)
    return found


def fenced(lead):
    return command(f"{lead}\n\n```bash\nsystemctl stop app\n```", "systemctl stop app")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("| Step | Command (on sbc-01) |\n|---|---|\n| Stop | `systemctl stop app` |", "sbc-01"),
        ("| Step | Run on db2 |\n|---|---|\n| Stop | `systemctl stop app` |", "db2"),
        ("| Step | On the standby |\n|---|---|\n| Stop | `systemctl stop app` |", None),
        ("| Step | Host | Command |\n|---|---|---|\n| Stop | mx1 | `systemctl stop app` |", "mx1"),
        ("| Where | Command |\n|---|---|\n| standby | `systemctl stop app` |", "standby"),
        ("| Node | Command |\n|---|---|\n| each of the three | `systemctl stop app` |", None),
        ("Carried out by the network team on mx1: `systemctl stop app`, then the VM is shut down.", "mx1"),
        ("1. Teo on the jump host: `systemctl stop app`", None),
        ("on the new box:\n`systemctl stop app`", None),
        ("Then on s2 and s3: `systemctl stop app` and wait.", None),
        ("6.3 Procedure. On new idm4 `systemctl stop app`, then go on.", None),
        ("- [ ] On each pgbouncer again: `systemctl stop app`", None),
        ("- [ ] Servers stopped (`systemctl stop app` on `mes01`)", "mes01"),
        ("Choose the old bootbank. Then `systemctl stop app` in the host shell.", None),
        ("**Bots?** Look on an edge: `systemctl stop app`", None),
        ("Start the batch server again (on `pasbatch1`): `systemctl stop app`", None),
        ("- [ ] nothing listens after `systemctl stop app` (run on gpu06)", None),
    ],
)
def test_a_command_that_is_typed_there_is_not_offered_here(text, host):
    found = command(text, "systemctl stop app")
    assert not found.runnable or found.why_not is not None
    assert host is None or found.said_target == host


@pytest.mark.parametrize(
    "lead",
    [
        "Swap the host. On the old one (`ssh kfk-old-0N`):",
        "On the new one:",
        "Stop the app on web-01:",
        "Drop the dead replica (run it on the survivor)",
        "Run on both MX, logged in as root:",
        "On cp1 only:",
        "Downgrade a server (on it):",
        "Then, after it is up (same box)",
        "To be executed by the database administrator on host ledg-01, not from the release workstation:",
        "On each shield node that still has the event's config (list from `steer status`):",
    ],
)
def test_a_block_under_such_words_is_typed_there(lead):
    assert fenced(lead).why_not == "session"


@pytest.mark.parametrize(
    "lead",
    [
        "From here on you're root on mgmt1.",
        "All commands are executed from the DR bastion's tmux session `dr`, so that everybody can follow.",
        "everything here on mossy as root, inside tmux so that a bad link does not kill it",
        "From now on everything happens on the bastion.",
        "Stay logged in on db-2 for the rest of the night.",
        "All `ceph` commands in this document are typed in that shell.",
    ],
)
def test_what_is_said_of_all_that_follows_lasts_until_one_is_back(lead):
    text = f"{lead}\n\n- [ ] `systemctl stop app`\n\nBack on your laptop:\n\n- [ ] `systemctl start app`"
    assert command(text, "systemctl stop app").why_not == "session"
    assert command(text, "systemctl start app").why_not is None


@pytest.mark.parametrize(
    "text",
    [
        "| Step | Command |\n|---|---|\n| Stop | `systemctl stop app` |",
        "| Where | Command |\n|---|---|\n| your laptop | `systemctl stop app` |",
        "| Host | Command |\n|---|---|\n| - | `systemctl stop app` |",
        "| Host | Command |\n|---|---|\n| local | `systemctl stop app` |",
        "| Step | Command on failure |\n|---|---|\n| Stop | `systemctl stop app` |",
        "- [ ] On each deploy: `systemctl stop app`",
        "- [ ] On every failed attempt `systemctl stop app`",
        "- [ ] Take it down in eu-west-1: `systemctl stop app`",
        "From here on it is quick: `systemctl stop app`",
        "From this point on traffic is on the new nodes.\n\n- [ ] `systemctl stop app`",
    ],
)
def test_what_names_no_other_machine_is_offered(text):
    assert command(text, "systemctl stop app").why_not is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- [ ] Lag on db-2: `psql -h db-2 -c 'select 1'`", "psql -h db-2 -c 'select 1'"),
        (
            "Lag on db-2:\n\n```bash\nmysql -h db-2 -e 'show replica status'\n```",
            "mysql -h db-2 -e 'show replica status'",
        ),
        ("- [ ] Lag on the standby: `redis-cli -h cache.example info`", "redis-cli -h cache.example info"),
        ("| Host | Command |\n|---|---|\n| node-7 | `kubectl drain node-7` |", "kubectl drain node-7"),
        ("- [ ] Pods on the node: `kubectl get pods -A`", "kubectl get pods -A"),
    ],
)
def test_what_speaks_to_a_machine_from_here_is_offered(text, code):
    assert command(text, code).why_not is None


@pytest.mark.parametrize(
    "words", ["on a-" + "a-" * 3000, "on a1" + "a1" * 3000, "from here on " * 900, "on db-1, " * 900]
)
def test_words_without_end_hang_nothing(words):
    found = command(f"{words}: `systemctl stop app`", "systemctl stop app")
    assert found.text == "systemctl stop app"

"""What words put on another machine is not offered here; what they put on one's own is, whatever session is open."""

import pytest

from runbook_tui.document import elsewhere
from runbook_tui.document.reader import read


def said(text):
    return [(c.text, c.why_not, c.said_target) for c in read(("# Plan\n\n" + text).encode(), "plan.md").commands]


def block(lead, *rows, label="bash"):
    return "## Work\n\n" + lead + "\n\n```" + label + "\n" + "\n".join(rows) + "\n```\n"


@pytest.mark.parametrize(
    ("lead", "host"),
    [
        ("On `press-1`:", "press-1"),
        ("On **press-1** (the old one):", "press-1"),
        ("Promote it. On `press-b`:", "press-b"),
        ("On ink04 as `printer`:", "ink04"),
        ("Run on `mill2` (flour server):", "mill2"),
        ("On the host mill2.example.org:", "mill2.example.org"),
        ("On **press-1** and **press-2**:", None),
        ("On the standby:", None),
        ("On every tide gauge node:", None),
        ("On each lock host, as root, swap the settings:", None),
        ("One gate only, on that node as root:", None),
        ("Daemon on the same node:", None),
        ("Measure twice. On the measuring box:", None),
        ("Log in to the pump server as root, then:", None),
        ("Inside the container:", None),
        ("In the journal (on the node):", None),
        ("Look at its journal (only on the leader):", None),
        ("The list is printed on `press-1` by the night shift:", "press-1"),
        ("Log in to the press host and", None),
        ("Log on to each press node in turn and type", None),
        ("You are now on press-1. Then:", "press-1"),
        ("We're still logged in to the standby. Again:", None),
    ],
)
def test_words_over_a_block_that_put_it_on_another_machine(lead, host):
    assert said(block(lead, "systemctl restart press")) == [("systemctl restart press", "session", host)]


LOOSELY = [
    "Stop the rollers on all three ink machines:",
    "Restart the service on the standby:",
    "Now start the daemon again on every node, slowly:",
    "Then oil it on each of the presses:",
    "For each press:",
    "Per node:",
    "Node by node:",
    "All brokers:",
    "Start them again, all nodes:",
    "While still on the node:",
    "Over SSH on the node:",
    "From the node itself:",
    "With a shell open on the host:",
]


@pytest.mark.parametrize("lead", LOOSELY)
def test_words_that_speak_of_machines_over_what_administers_one(lead):
    assert said(block(lead, "sudo systemctl stop press", "pressctl oil")) == [
        ("sudo systemctl stop press", "session", None),
        ("pressctl oil", "session", None),
    ]


@pytest.mark.parametrize("lead", LOOSELY[:-2])
@pytest.mark.parametrize(
    "row", ["ansible presses -m ping", "pressctl stop --all", "systemctl -H press-1 stop press", "kubectl get nodes"]
)
def test_words_that_speak_of_machines_over_what_reaches_them_from_here(lead, row):
    assert said(block(lead, row)) == [(row, None, None)]


@pytest.mark.parametrize(
    "lead",
    [
        "From your laptop, stop the rollers on all nodes:",
        "On each release:",
        "For every deploy:",
        "Based on the node:",
        "Both times:",
        "Swap the image of the node:",
        "In the end:",
    ],
)
def test_words_that_name_no_machine_to_type_on(lead):
    assert said(block(lead, "sudo systemctl stop press")) == [("sudo systemctl stop press", None, None)]


def test_what_opens_a_shell_there_is_typed_here():
    lead = "Look at the card on the pod:"
    rows = ["kubectl -n $NS exec -it deploy/press -- bash", "nvidia-smi -q"]
    assert [why for _, why, _ in said(block(lead, *rows))] == [None, "session"]


@pytest.mark.parametrize(
    "lead",
    [
        "On failure:",
        "On the main branch:",
        "On release-12:",
        "On Monday:",
        "On the dashboard you see it. Then:",
        "On your laptop:",
        "On this machine:",
        "Depending on the node:",
        "Look at the disk on the node first. Then look here:",
        "From the jump host:",
        "On the second day:",
        "On ubuntu-22:",
        "In production:",
    ],
)
def test_words_that_only_look_like_a_machine(lead):
    assert said(block(lead, "systemctl restart press")) == [("systemctl restart press", None, None)]


def test_what_only_speaks_to_a_service_is_typed_here():
    assert said(block("On each node:", "kubectl get nodes")) == [("kubectl get nodes", None, None)]
    mixed = said(block("On each node:", "kubectl get nodes", "systemctl restart kubelet"))
    assert [why for _, why, _ in mixed] == ["session", "session"]


@pytest.mark.parametrize("title", ["Swap the package (on the node)", "On `press-1`", "Step 2 – on each broker"])
def test_a_heading_puts_all_below_it_there(title):
    assert said(f"## {title}\n\n```bash\nsystemctl stop press\n```\n")[0][1] == "session"


@pytest.mark.parametrize("title", ["Act on alerts", "Rollback (on failure)", "Carry on", "Depends on the broker list"])
def test_a_heading_that_only_looks_like_it(title):
    assert said(f"## {title}\n\n```bash\nsystemctl stop press\n```\n")[0][1] is None


def test_from_ones_own_machine_while_a_session_is_open():
    text = (
        "## Work\n\n```bash\nssh press-1\n```\n\nNow stop it:\n\n```bash\nsystemctl stop press\n```\n\n"
        "Copy the plates from your own machine:\n\n```bash\nscp press-1:/plates .\n```\n\nThen there:\n\n"
        "```bash\nsystemctl start press\nexit\n```\n"
    )
    assert [(one, why) for one, why, _ in said(text) if "scp" in one or "start" in one] == [
        ("scp press-1:/plates .", None),
        ("systemctl start press", "session"),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Then run `systemctl reload press` on both lock hosts.",
        "On each node, stop the service with `systemctl reload press`.",
        "- [ ] Plates moved: `systemctl reload press` (from the node)",
        "1. Stop it with `systemctl reload press` (as root, on mill2).",
        "1. On mill2, `systemctl reload press`.",
        "The same on `mill1`, then `mill2`, but with `systemctl reload press`.",
    ],
)
def test_a_sentence_that_puts_a_command_on_another_machine(sentence):
    assert [why for text, why, _ in said(f"## Work\n\n{sentence}\n") if "reload" in text] == ["session"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Then run `systemctl reload press` on Monday.",
        "- [ ] Plates moved: `systemctl reload press` (from your laptop)",
        "If the light is on, run `systemctl reload press`.",
    ],
)
def test_a_sentence_that_does_not(sentence):
    assert [why for text, why, _ in said(f"## Work\n\n{sentence}\n") if "reload" in text] == [None]


def test_the_prompt_of_a_host_that_was_entered_is_in_that_session():
    text = (
        "## Work\n\n1. Look:\n\n   ```console\n   $ ssh mill@press-2\n   mill@press-2 ~ $ df -h /plates\n   ```\n\n"
        "2. Full:\n\n   ```console\n   mill@press-2 ~ $ sudo rm -rf /plates/old\n   ```\n"
    )
    assert [why for _, why, _ in said(text)] == [None, "session", "session"]
    other = text.replace("mill@press-2 ~ $ sudo", "mill@press-3 ~ $ sudo")
    assert [why for _, why, _ in said(other)] == [None, "session", None]


def test_all_that_follows_may_be_typed_elsewhere():
    words = "Everything below is typed on the pump host, not on your laptop."
    text = (
        f"## Work\n\n{words}\n\n```bash\nkubectl get pods\n```\n\nOn your laptop:\n\n```bash\nkubectl get nodes\n```\n"
    )
    assert [why for _, why, _ in said(text)] == ["session", None]
    assert [why for _, why, _ in said(text.replace(", not on your laptop", " or on your laptop"))] == [None, None]


def test_nothing_is_said_by_words_without_a_place():
    assert elsewhere.spot("") is None
    assert elsewhere.spot("Restart it:") is None


@pytest.mark.parametrize(
    "text",
    [
        "- [ ] Both packages are there (`rpm -q` on both)",
        "- [ ] `pg_upgrade --check` clean within the last 24 h",
        "The mill is moved in place with `pg_upgrade --link`.",
        "| # | Item | Done |\n|---|---|---|\n| 1 | `pg_upgrade --check` finds nothing | [ ] |",
    ],
)
def test_a_program_named_with_options_alone_is_nothing_to_run(text):
    assert not any(why is None for _, why, _ in said(f"## Work\n\n{text}\n"))


@pytest.mark.parametrize(
    "code", ["df -h", "rpm -q mill", "nginx -t", "ls -l", "pg_upgrade --check --jobs=4 -d /a -D /b"]
)
def test_a_program_that_needs_no_more_is(code):
    assert said(f"## Work\n\n- [ ] Look: `{code}`\n") == [(code, None, None)]


@pytest.mark.parametrize(
    ("lead", "comment"),
    [
        ("Please don't do what we did in March:", "a note"),
        ("Never repeat the command of 2021:", "a note"),
        ("This is what took the mill down:", "a note"),
        ("What we saw:", "NO! this empties every bin"),
        ("What we saw:", "NOT THIS, it empties every bin"),
    ],
)
def test_what_went_wrong_once_is_not_offered(lead, comment):
    assert said(block(lead, f"# {comment}", "rm -rf /srv/mill"))[0][1] == "forbidden"


@pytest.mark.parametrize(
    ("lead", "comment"),
    [
        ("If the change took the mill down:", "a note"),
        ("As soon as something broke the mill:", "No errors may show"),
    ],
)
def test_what_is_done_after_it_went_wrong_is(lead, comment):
    assert said(block(lead, f"# {comment}", "systemctl restart mill"))[0][1] is None


@pytest.mark.parametrize(
    ("code", "blank"),
    [
        ("cloudctl key off AKIA________________", "AKIA________________"),
        ("heroku ps:stop run.NNNN -a mill", "NNNN"),
        ("millctl set --version NEW_VERSION", "NEW_VERSION"),
        ("export RELEASE=2024.__.0", "__"),
    ],
)
def test_what_is_left_open_in_other_ways(code, blank):
    (command,) = read(f"# P\n\n```bash\n{code}\n```\n".encode(), "p.md").commands
    assert (command.why_not, command.placeholders) == ("placeholder", (blank,))


@pytest.mark.parametrize("code", ["python -c 'import a.__init__'", "env OLD_VERSION=1 make all", "echo $NEW_VERSION"])
def test_what_is_not(code):
    (command,) = read(f"# P\n\n```bash\n{code}\n```\n".encode(), "p.md").commands
    assert command.placeholders == ()


@pytest.mark.parametrize("copy", ["rsync -a /srv/app/ /mnt/backup/", "scp /etc/app.conf db-2:/etc/", "sftp db-2"])
def test_what_copies_files_of_another_machine_is_not_offered_here(copy):
    text = f"# Move\n\n## Copy\n\nOn `db-1`:\n\n```bash\n{copy}\n```\n"
    (command,) = read(text.encode(), "x.md").commands
    assert command.why_not == "session"


@pytest.mark.parametrize(
    ("lead", "host"),
    [
        ("This one is on the mill box, `ssh mill-07`, as root:", None),
        ("How, always on mill-prod as root:", "mill-prod"),
        ("All of this is on the old controller:", None),
    ],
)
def test_more_words_that_put_a_block_on_another_machine(lead, host):
    assert said(block(lead, "systemctl restart press"))[-1] == ("systemctl restart press", "session", host)


def test_a_machine_the_document_has_gone_to_is_known_by_its_name_alone():
    gone = block("Look first:", "ssh miller@oldmill uptime")
    assert said(gone + "1. On oldmill: `sudo systemctl enable --now press`\n")[-1][1:] == ("session", "oldmill")
    assert (
        said(gone + "- [ ] no bag left, `presscheck` says so, `squeue -a` on oldmill shows none\n")[-1][1] == "session"
    )
    assert said(gone + block("On oldmill:", "systemctl start press"))[-1][1:] == ("session", "oldmill")
    assert said(gone + "1. On newmill: `sudo systemctl enable --now press`\n")[-1][1] is None
    assert said("1. On failure: `sudo systemctl enable --now press`\n")[-1][1] is None


@pytest.mark.parametrize("after", [" on each", " on both", " on all three", " on each of them", ", on `mill-07`"])
def test_code_that_is_typed_on_each(after):
    assert said(f"- [ ] both gates are shut (`touch /etc/nologin`{after})\n")[-1][1] == "session"


def test_all_commands_are_on_another_machine():
    words = "All commands in chapters 3 to 5 are executed on `mon01` as root, if not written otherwise.\n\n"
    assert [one[1] for one in said(words + "Compare with `ceph -s` first.\n")] == ["session"]
    assert [one[1] for one in said("All commands are on one page.\n\nCompare with `ceph -s` first.\n")] == [None]
    rows = "| Step | Action |\n|---|---|\n| 4.1 | `ceph -s` |\n"
    assert [one[1] for one in said("All commands in section 4 are entered on the node.\n\n" + rows)] == ["session"]


def rows(*lines):
    return [(text.partition("  #")[0], why) for text, why, _ in said(block("Mend it:", *lines))]


@pytest.mark.parametrize(
    "comment",
    [
        "# on the jammed press host",
        "# on press-1:",
        "# Then, on the leader",
        "# as root on the host",
        "# run this on each node",
        "# the list, and oil (on the node)",
        "# log in to the press host",
        "# ssh to the press host, then",
        "# do the same on press-1",
    ],
)
def test_a_comment_puts_what_follows_on_another_machine(comment):
    there = [("pressctl oil", "session"), ("pressctl wipe", "session"), ("pressctl list", "session")]
    assert rows(comment, "pressctl oil", "pressctl wipe", "# once more", "pressctl list") == there
    assert rows("pressctl oil", "# back to work", comment, "pressctl wipe")[0] == ("pressctl oil", None)


def test_a_comment_of_ones_own_machine_ends_it():
    lines = [
        "# on press-1",
        "pressctl oil",
        "# on your laptop",
        "pressctl list",
        "# on press-2",
        "pressctl oil --twice",
    ]
    found = said(block("Mend it:", *lines))
    assert [(why, host) for _, why, host in found] == [("session", "press-1"), (None, None), ("session", "press-2")]


def test_a_comment_behind_a_command_puts_that_one_there():
    lines = [
        "pressctl oil  # on the jammed press host",
        "pressctl wipe  # (on each press host)",
        "mixctl list  # takes a minute",
    ]
    assert [why for _, why in rows(*lines)] == ["session", "session", None]


@pytest.mark.parametrize(
    "comment",
    [
        "# on failure",
        "# on the main branch",
        "# takes a while on the press host",
        "# look at all nodes",
        "# oil the press",
        "# node 2",
        "# on monday",
        "# on the laptop",
    ],
)
def test_a_comment_that_puts_nothing_elsewhere(comment):
    assert rows(comment, "pressctl oil") == [("pressctl oil", None)]


def test_a_comment_that_speaks_of_machines_over_what_administers_one():
    assert rows("# stop it on the jammed host", "sudo systemctl stop press") == [
        ("sudo systemctl stop press", "session")
    ]
    assert rows("# stop it on all presses", "ansible presses -m stop") == [("ansible presses -m stop", None)]


def test_a_comment_behind_a_command_is_no_part_of_it():
    assert rows("cp list.txt old.txt  # keep it, it is what we need to go back") == [("cp list.txt old.txt", None)]


@pytest.mark.parametrize("prompt", ["paper-filer>", "store1::>", "sw1>", "sw-core-1(config)>", "filer>"])
@pytest.mark.parametrize("label", ["", "bash", "console"])
def test_what_is_typed_at_a_device_is_not_run_here(prompt, label):
    found = said(block("The snapshot:", f"{prompt} snap create vol_paper before", label=label))
    assert found == [("snap create vol_paper before", "session", None)]


def test_what_is_written_to_a_file_is_not_typed_at_a_device():
    row = "./list-presses --all> presses.txt"
    assert said(block("The list:", row)) == [(row, None, None)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- is an oiling under way? `systemctl status oiler`. Ends at 03:40, wait for it.", "systemctl status oiler"),
        ("Is one jammed? `pressctl list`. Stops by itself.", "pressctl list"),
        ("or, to go to a certain list, `./bin/print.sh june`.", "./bin/print.sh june"),
        ("Alternatively, when nobody prints, `systemctl stop oiler`.", "systemctl stop oiler"),
    ],
)
def test_commands_in_sentences_that_ask_for_them(text, code):
    assert (code, None, None) in said(f"## Work\n\nStop.\n\n{text}\n")


@pytest.mark.parametrize(
    ("around", "comment"),
    [
        ("On the production host:\n\n", ""),
        ("", "# on the production host\n"),
        ("Log in:\n\n```bash\nssh prod-1\n```\n\nThere:\n\n", ""),
        ("From here on everything is typed on prod-1.\n\n", ""),
    ],
)
def test_a_block_that_is_given_a_target_goes_there_whatever_the_words_say(around, comment):
    for open_, mark in (("```bash {target=prod-1}", ""), ("```bash", "<!-- rbt: target=prod-1 -->\n")):
        text = f"# T\n\n{around}{mark}{open_}\n{comment}touch x\n```\n"
        command = read(text.encode(), "t.md").commands[-1]
        assert (command.text, command.runnable, command.target) == ("touch x", True, "prod-1"), text


def test_a_session_opened_in_a_block_with_a_target_is_still_one():
    text = "# T\n\n```bash {target=prod-1}\nssh db1\nrm -rf /data\n```\n"
    command = read(text.encode(), "t.md").commands[-1]
    assert (command.runnable, command.in_session) == (False, True)

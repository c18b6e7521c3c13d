"""What is no reason to go back, "reverse" among the words for it, and a session that is opened above a prompt."""

from __future__ import annotations

import pytest

from runbook_tui.document.reader import read

LISTED = "- premiums differ by more than 2 %\n- the count is off by 10 %\n"


def told(text):
    return [(trigger.text, str(trigger.polarity)) for trigger in read(text.encode(), "a.md").triggers]


def beside(sentence):
    return told(f"# A\n\n## Pull the release if\n\n- more than 5 % fail\n\n{sentence}\n")[1:]


@pytest.mark.parametrize(
    "sentence",
    [
        "No need to pull it for units that were offline before, they catch up within a week",
        "There is no need to reverse it for missing labels",
        "Don't pull it for a single complaint",
        "Never back out over a single red box",
        "Do not yank this because of two late units",
        "We do not drop it on account of a cold cache",
        "It's fine to carry on with a single flaky job, that's life",
        "It is fine to continue with one slow shard",
        "Fine to proceed even if the dashboard is empty",
        "It's perfectly okay to go on despite two late replicas",
        "OK to keep going with some stale tiles",
        "Don't reverse only because documents failed",
        "We will not pull the plug over angry tweets",
        "We won't roll back because of slow charts",
        "One slow host does not void the exercise",
        "A missing label never stops the release",
        "Two late units will not make us go back",
    ],
)
def test_something_seen_is_no_reason(sentence):
    assert beside(f"{sentence}.") == [(sentence, "dont")]


@pytest.mark.parametrize(
    "sentence",
    [
        "It's fine to carry on with the next ring.",
        "It is safe to continue with step 4.",
        "Fine to proceed with phase two.",
        "It's okay to go on with restarting the workers.",
        "It's fine to go ahead with the deployment of the docs.",
        "Don't pull it for now.",
        "It is not okay to go on with a single red shard.",
        "It is never safe to continue with two late replicas.",
        "Do not withdraw it for the moment.",
        "Step 6 is the point of no return for a plain restart.",
        "List the hosts in reverse order if unsure.",
        "Reverse the proxy setting when done.",
    ],
)
def test_going_on_and_waiting_are_no_conditions(sentence):
    assert beside(sentence) == []


@pytest.mark.parametrize(
    "lead",
    [
        "Reverse the run if:",
        "Reverse the batch when any of these is seen:",
        "Reverse it if:",
        "We reverse the import if:",
    ],
)
def test_reversing_is_going_back(lead):
    assert [polarity for _, polarity in told(f"# A\n\n## Backing the run out\n\n{lead}\n\n{LISTED}")] == ["do", "do"]


@pytest.mark.parametrize("lead", ["Reverse the order of the hosts if:", "Reverse the lookup zone if:"])
def test_another_thing_is_reversed(lead):
    assert told(f"# A\n\n## Backing the run out\n\n{lead}\n\n{LISTED}") == []


@pytest.mark.parametrize(
    ("lead", "polarity"),
    [
        ("We stay on v9 despite:", "dont"),
        ("Stay on the new cluster in spite of these:", "dont"),
        ("Carry on regardless of:", "dont"),
        ("We proceed even with any of these:", "dont"),
        ("Go back despite:", "do"),
    ],
)
def test_staying_in_spite_of_something(lead, polarity):
    text = f"# A\n\n## Way back\n\nRoll back if:\n\n- p95 above 3 s\n\n{lead}\n\n- Single slow queries\n- Late mails\n"
    assert [said for _, said in told(text)] == ["do", polarity, polarity]
    if polarity == "dont":  # the same in bold, as headings of their own
        bold = text.replace("Roll back if:", "**Roll back if:**").replace(lead, f"**{lead}**")
        assert [said for _, said in told(bold)] == ["do", polarity, polarity]


@pytest.mark.parametrize(
    "opener",
    [
        "aws ssm start-session --target <instance-id>",
        "ssh app01",
        "gcloud compute ssh vm-1",
        "docker exec -it web bash",
    ],
)
def test_what_is_typed_at_a_prompt_below_a_login_belongs_to_it(opener):
    found = read(f"# A\n\n## Do\n\n```bash\n{opener}\n$ sudo docker system prune -af\n```\n".encode(), "a.md").commands
    assert [(command.text, command.in_session) for command in found] == [
        (opener, False),
        ("sudo docker system prune -af", True),
    ]
    assert not found[1].runnable


@pytest.mark.parametrize("above", ["Connected to ssh app01", "ssh app01 uptime", "kubectl get pods"])
def test_what_opens_no_session_leaves_the_prompt_at_home(above):
    found = read(f"# A\n\n## Do\n\n```bash\n{above}\n$ sudo docker system prune -af\n```\n".encode(), "a.md").commands
    assert [(command.text, command.in_session) for command in found] == [("sudo docker system prune -af", False)]


@pytest.mark.parametrize(
    "head",
    [
        "**Project:** TOS-7.2 · **Estate:** 41,800 terminals (A80)\n**Impact:** yes (new key block) · **Class:** Major",
        "**Owner:** Jo · **Plan:** cancel (draft)",
        "**System:** core | **Outage:** full stop",
        "**Change:** 4711 · **Freeze:** none",
    ],
)
@pytest.mark.parametrize("section", ["Do", "Rollback triggers"])
def test_facts_about_the_document_are_no_conditions(head, section):
    assert told(f"# A\n\n## {section}\n\n{head}\n") == []


@pytest.mark.parametrize("row", ["**Stop:** errors > 5 % · crash loops", "**Rollback:** p95 above 2 s · lost writes"])
def test_conditions_in_a_row_are_no_facts(row):
    assert [polarity for _, polarity in told(f"# A\n\n## Rollback triggers\n\n{row}\n")] == ["do", "do"]


def boxed(heading, *tasks):
    text = f"# A\n\n## {heading}\n\n" + "".join(f"- [ ] {task}\n" for task in tasks)
    return [str(step.role) for step in read(text.encode(), "a.md").steps if step.box]


@pytest.mark.parametrize(
    "tasks",
    [
        ("Decision after verification", "Change stays in production", "Change backed out"),
        ("Outcome", "Implemented as planned", "Rolled back"),
        ("Result of the change", "Successful", "Unsuccessful, backed out"),
        ("Closure", "Release kept", "Release withdrawn"),
        ("Final verdict", "New version remains live", "Reverted to 3.1", "Postponed to next window"),
        ("Outcome", "Completed", "Completed with deviations", "Aborted"),
    ],
)
def test_ways_in_which_it_ended_are_a_choice(tasks):
    assert set(boxed(*tasks)) == {"option"}


@pytest.mark.parametrize(
    "tasks",
    [
        ("Verify", "Change stays in production", "Change backed out"),
        ("Result", "Backup complete", "Deploy complete"),
        ("Decision", "Team informed", "Change rolled back"),
        ("Result", "Check that the old release was rolled back", "Check that the site is live", "Post the result"),
    ],
)
def test_things_to_do_are_no_choice(tasks):
    assert set(boxed(*tasks)) == {"todo"}


@pytest.mark.parametrize(
    ("rows", "typed"),
    [
        ("# hold\nctm run job::hold P/1\nctm run job::hold P/2\nctm run job::hold P/3", 3),
        ("vaulty put kv/a one\nvaulty put kv/b one", 2),
        ("frobctl set a=1 now\nfrobctl set a=2 now", 2),
        ("kubectl get pods\nweb ready ns/1\nweb ready ns/2", 1),
        ("kubectl get pods\nweb run ns/1\nweb run ns/2", 1),
        ("ls\nimage loaded a/b\nimage loaded a/c", 1),
    ],
)
def test_rows_alike_are_typed_alike(rows, typed):
    found = read(f"# A\n\n## Do\n\n```bash\n{rows}\n```\n".encode(), "a.md").commands
    assert len(found) == typed


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("It needs the OK of the duty manager. Get it:\n\nDuty manager ______ Time ______", [7]),
        ("Get the approval of the DBA first.\n\nDBA: ______ Date: ____", [7]),
        ("Get the approval of the DBA first.\n\nRelease manager: ______ Date: ____", [5, 7]),
        ("It needs the OK of the duty manager.\n\n## Next\n\nDuty manager: ______ Date: ____", [5, 9]),
        ("It needs the OK of the duty manager.", [5]),
    ],
)
def test_an_assent_with_a_place_below_is_asked_for_once(text, lines):
    found = read(f"# A\n\n## Reversal\n\n{text}\n".encode(), "a.md").signoffs
    assert [slot.line for slot in found] == lines


@pytest.mark.parametrize("mark", ["", "[ ] "])
@pytest.mark.parametrize("section", ["Go / No-Go", "No-go criteria", "Rollback triggers", "Phase 3"])
@pytest.mark.parametrize(
    "lead",
    [
        "**GO only if:**",
        "GO only if:",
        "We GO only if:",
        "Go only when all of these hold:",
        "Proceed only if:",
        "Continue only when:",
        "Go live only once:",
        "### GO only if",
    ],
)
def test_what_must_hold_before_one_goes_on_sends_nobody_back(lead, section, mark):
    listed = f"- {mark}all boxes are ticked\n- {mark}p95 is below 3 s\n"
    text = f"# A\n\n## {section}\n\n{lead}\n\n{listed}\n**NO-GO if:**\n\n- lag above 5 s\n- an open P1\n"
    runbook = read(text.encode(), "a.md")
    assert [(trigger.text, str(trigger.polarity)) for trigger in runbook.triggers] == [
        ("lag above 5 s", "do"),
        ("an open P1", "do"),
    ]
    assert [str(step.role) for step in runbook.steps if step.box] == (["todo", "todo"] if mark else [])

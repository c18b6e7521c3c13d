"""Conditions below words that only hint at going back: what is listed decides, and words after a list count too."""

import pytest

from runbook_tui.document.reader import read

BAD = "- more than 5 % of devices fail to boot\n- telemetry stops for ten minutes\n"
FACTS = "- the tablet shows the menu\n- the readers are warm\n"
STEPS = "- put the old image back\n- restart the agent\n"


def told(text):
    found = read(f"# T\n\n## Work\n\n{text}\n".encode(), "hinted.md").triggers
    return [(trigger.line - 4, str(trigger.polarity)) for trigger in found]


def moods(text):
    return [mood for _, mood in told(text)]


LEADS = [
    "Return the fleet to firmware 3.1 if either",
    "We leave the window and restore the old state if by 03:00:",
    "Up to step 4 we return to v1 on any of the following:",
    "Flip the kill switch if:",
    "The old cluster stays warm. We re-route to it if",
    "Reasons we would cut the migration short:",
    "When to give up for tonight",
    "Pull the cord:",
    "Take the exit if:",
    "Should one of these come true before 06:00, the old system is reactivated:",
    "Automatic halt:",
]


@pytest.mark.parametrize("lead", LEADS)
def test_a_weak_word_over_what_went_wrong_is_enough(lead):
    assert moods(f"{lead}\n\n{BAD}") == ["do", "do"]


@pytest.mark.parametrize(
    "lead", ["Return the fleet to firmware 3.1 if either", "Flip the switch if:", "Swap it out when:"]
)
def test_a_weak_word_over_what_did_not_is_not(lead):
    assert moods(f"{lead}\n\n{FACTS}") == []


LOOK_ALIKES = [
    "Notify the owner if:",
    "Restart the worker if:",
    "Return to step 3 if:",
    "After we returned to v1:",
    "If the swap back fails:",
    "Known problems of the way back:",
    "What going back loses:",
    "Return to normal operation when:",
    "How to switch back:",
]


@pytest.mark.parametrize("lead", LOOK_ALIKES)
def test_words_that_hint_at_something_else(lead):
    assert moods(f"{lead}\n\n{BAD}") == []


@pytest.mark.parametrize("lead", LEADS[:5])
def test_orders_below_such_words_are_no_conditions(lead):
    assert moods(f"{lead}\n\n{STEPS}") == []


@pytest.mark.parametrize(
    "after",
    [
        "Any of these → roll back.",
        "If one of the above is true, we go back.",
        "Any one = abort.",
        "These mean we revert.",
    ],
)
def test_words_right_after_a_list_say_what_it_was_for(after):
    assert told(f"{BAD}\n{after}") == [(1, "do"), (2, "do")]


@pytest.mark.parametrize(
    "after", ["Any of these: call the desk.", "All of these are fine.", "Then roll back the rest."]
)
def test_other_words_after_a_list_do_not(after):
    assert [line for line, _ in told(f"{BAD}\n{after}") if line < 3] == []


@pytest.mark.parametrize(
    ("before", "mood"),
    [
        ("Talk to the commander first:", "consider"),
        ("Think about it, together with the model owner, if", "consider"),
        ("What would not:", "dont"),
        ("Stay the course:", "dont"),
        ("Noise, ignore it:", "dont"),
    ],
)
def test_few_words_between_lists_of_conditions(before, mood):
    text = f"Roll back if:\n\n- data is lost\n- login is broken\n\n{before}\n\n- a single tenant is slow\n- p95 is up\n"
    assert moods(text) == ["do", "do", mood, mood]


@pytest.mark.parametrize("before", ["Who decides:", "Steps:", "Two people have to approve, not counting the author:"])
def test_few_words_that_lead_away_from_them(before):
    text = (
        f"Roll back if:\n\n- data is lost\n- login is broken\n\n{before}\n\n- the duty manager\n- the lead of the day\n"
    )
    assert moods(text) == ["do", "do"]


@pytest.mark.parametrize(
    ("heading", "mood"),
    [
        ("Ask the commander to weigh a rollback", "consider"),
        ("Stay on v4 and fix forward for", "dont"),
        ("Not a reason to go back", "dont"),
    ],
)
def test_a_heading_after_one_over_conditions(heading, mood):
    text = f"### Revert at once if\n\n- data is lost\n- login is broken\n\n### {heading}\n\n- p95 is up\n- labels are wrong\n"
    assert moods(text) == ["do", "do", mood, mood]


def test_a_question_answered_by_each_entry():
    text = "### Abort?\n\n- Yes: replication is broken\n- Yes: the disk is full\n- No: the import is slow\n"
    assert moods(text) == ["do", "do", "dont"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**We revert on:** failed logins > 4 % · crash loop · missing invoices", ["do"] * 3),
        ("Rollback triggers: error rate > 5 %; p99 > 3 s; data loss", ["do"] * 3),
        ("Kill criteria for the pilot: churn > 2 %, NPS below 20", ["do"] * 2),
        (
            "Worth a rollback: wrong invoices, lost sessions. Not worth a rollback: slow avatars, stale badges.",
            ["do"] * 2 + ["dont"] * 2,
        ),
        ("**Go back to blue if:** errors of green are above those of blue + 1 %", ["do"]),
        ("Rollback trigger: error rate > 5 %, sustained for five minutes", ["do"]),
        ("Rollback contacts: Ana, Tom, Eva", []),
        ("Rollback takes: ten minutes, more on Mondays", []),
        ("GO if: all boxes are ticked and both approvers are there", []),
    ],
)
def test_conditions_in_a_row_behind_a_label(text, expected):
    assert moods(text) == expected


def test_rules_in_a_block_of_text():
    code = "IF error_rate > 5% FOR 5m THEN rollback\np95 > 900 ms → abort\nIF cpu > 80% THEN add a node\n"
    assert told(f"```text\n{code}```") == [(2, "do"), (3, "do")]


def test_a_lead_in_in_a_block_of_text():
    assert told("```\nROLLBACK IF:\n  - error rate > 5%\n  - data loss\n\nCONTACT: ops\n```") == [(3, "do"), (4, "do")]


def test_a_program_is_no_rule():
    assert told('```\nif [ "$errors" -gt 5 ]; then\n  rollback\nfi\n```') == []
    assert told("```python\nif errors > 5: rollback()\n```") == []


def test_lists_under_a_key_of_yaml():
    code = "deploy:\n  rollback_when:\n    - error_rate > 0.05\n    - p99_ms > 1500\n  replicas: 3\n"
    assert told(f"```yaml\n{code}```") == [(4, "do"), (5, "do")]
    assert told("```yaml\nbackup:\n  back_up_conditions:\n    - x > 1\n  stop: true\n```") == []


def test_a_condition_in_an_alert():
    assert told(
        "> [!IMPORTANT]\n> If the replay reports a lower NDCG than production, stop here and hand it back."
    ) == [(2, "do")]


def test_a_sentence_that_points_at_the_list_is_no_condition_of_its_own():
    text = f"### Tripwires\n\n{BAD}\nHitting a tripwire means an automatic rollback.\n"
    assert moods(text) == ["do", "do"]


def test_a_condition_over_what_is_typed_then():
    code = "\n\n```shell\n$ helm rollback web 3\n```"
    assert told(f"If a new controller version is the writer, undo it:{code}") == [(1, "do")]
    assert told(f"Switch it back and scale down when it is over:{code}") == []
    assert told(f"If database updates were run, restore the backup as well:{code}") == []


def test_leaving_the_others_alone_is_an_end():
    assert moods("If the size of the first member has not gone down, leave the other two alone.") == ["do"]
    assert moods("If only the probe complains, leave it alone.") == ["dont"]


def test_a_step_that_is_over_is_no_end_of_the_work():
    assert moods("Step 5.5 is over when the active controller logs no error.") == []


def test_a_line_for_each_light():
    assert moods("⛔ Rollback if p99 > 2s for 5m\n⚠️ Think about rollback if p99 > 1s") == ["do", "consider"]

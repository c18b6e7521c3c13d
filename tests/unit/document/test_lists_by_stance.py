"""Lists below headings and leads whose stance is told by a verb, a shrug or a pronoun; and what only stands near."""

import pytest

from runbook_tui.document.reader import read

BAD = "- more than 5 % of the gates fail\n- payments are lost\n"


def told(text):
    found = read(f"# Release of the shop\n\n## Steps\n\n- [ ] Deploy\n\n{text}\n".encode(), "list.md").triggers
    return [str(trigger.polarity) for trigger in found]


@pytest.mark.parametrize(
    ("over", "polarity"),
    [
        ("## Stop and restore", "do"),
        ("## Pull-the-plug list", "do"),
        ("## Triggers → previous image", "do"),
        ("## Abandon & revert (phase 1 only)", "do"),
        ("## Emergency rollback\n\n**Execute immediately when:**", "do"),
        ("## Backing out\n\nInvoke this plan if any of these occurs:", "do"),
        ("**We go back to R21 as soon as the desk sees one of these:**", "do"),
        ("## Night\n\nNO-GO — stop here and switch back to the old hall:", "do"),
        ("## Rollback – yes or no?\n\n**Yes, without asking:**", "do"),
        ("## Night\n\nAny on-call may roll back without asking when", "do"),
        ("## Put the old one back\n\nWe do this when", "do"),
        ("## When we freeze\n\n### Freeze the rollout and prepare a hotfix if", "do"),
        (
            "## When to pull the release\n\nPull it when:\n\n- an outage\n\nTalk it over with the lead before deciding if:",
            "consider",
        ),
        ("## Rollback criteria\n\n- an outage\n\n## Worth a discussion with the cluster lead", "consider"),
        ("## Night\n\nRegress to version 8.4 if, by Sunday 16:00:", "do"),
        ("## Possible rollback (the bridge decides)", "consider"),
        ("## Worth a rollback conversation\n\nGrab the captain and make the call within ten minutes.", "consider"),
        ("## What might send us back\n\nNone of these is enough alone; Ulla weighs them up.", "consider"),
        ("## Night\n\nEvaluate reverting (captain and PM):", "consider"),
        ("## Night\n\nA rollback should at least be on the table where", "consider"),
        ("## We tolerate (no rollback)", "dont"),
        ("## Keep going, even if …", "dont"),
        ("## Night\n\nNone of the below is a reason to go back:", "dont"),
        ("## Night\n\nNone of the following leads to a rollback:", "dont"),
        ("## Night\n\nThe rollout simply continues despite", "dont"),
        ("## Rollback criteria\n\nDo not halt for:", "dont"),
        ("## Rollback criteria\n\n- an outage\n\nDon't bother for", "dont"),
        ("## Night\n\nPrefer a hotfix over a rollback when", "dont"),
    ],
)
def test_what_stands_over_it_tells(over, polarity):
    assert told(f"{over}\n\n{BAD}")[-2:] == [polarity, polarity]


@pytest.mark.parametrize(
    "over",
    [
        "## Rollback is finished when",
        "## Night\n\nGO if all hold:",
        "## GO if all hold",
        "## Release criteria for the next ring\n\nMove to ring 2 when",
        "## Night\n\nRenew when any of these apply:",
        "## Night\n\nWe ship a hotfix when",
        "## Calendar\n\nNo deployments",
        "## Known limits",
        "## Success criteria\n\nNo payments lost until the end of the window.",
        "**GO if:**\n\n- [ ] No open Sev1 incident\n\n**NO-GO later:**\n\nNothing.\n\n## Else",
    ],
)
def test_what_only_sounds_alike(over):
    assert told(f"{over}\n\n- the checks passed on 24 of 24 hosts\n- the lag is under 5 s\n") == []


def test_go_if_beside_its_counterpart_is_no_reason_to_go_back():
    text = "**GO if:**\n\n- error budget > 30 %\n\n**NO-GO if:**\n\n- any open Sev1\n"
    assert told(text) == ["dont", "do"]


def test_the_words_over_a_list_are_no_condition_of_their_own():
    assert told(f"Take the dist-tag back if somebody reports\n{BAD}") == ["do", "do"]


@pytest.mark.parametrize("mark", ["(i) (ii)", "a. b.", "5.1 5.2", "… …"])
def test_lists_with_marks_of_their_own(mark):
    one, two = mark.split()
    assert told(f"**Roll back if:**\n\n{one} Gates fail at 5 sites\n\n{two} Payments are lost\n") == ["do", "do"]


def test_entries_that_answer_for_themselves():
    text = (
        "- errors above 2 %: roll back\n- between 1 and 2 %: call the lead and decide together\n- below 1 %: carry on\n"
    )
    assert told(text) == ["do", "consider", "dont"]
    text = "**Hard stops**\n\n- the plan destroys a database → abort\n- a timeout of the gateway → not a stop, go on\n"
    assert told(text) == ["do", "dont"]


def test_one_tick_points_at_the_list():
    assert told(f"## Tick to trigger a rollback\n\n{BAD}\nOne tick = roll back. No exceptions.") == ["do", "do"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Revert if errors exceed 2 %. One red probe is fine, ignore it.", ["do", "dont"]),
        (
            "If the search is not green after 30 min, point the alias back. Yellow for a while is normal.",
            ["do", "dont"],
        ),
        ("A back-out is not required where one client rejects the certificate.", ["dont"]),
        ("Backout may also be considered where queries take twice as long.", ["consider"]),
        ("Was a rollback needed, and if so why?", []),
        ("02:00 the rollback takes no longer than 10 minutes.", []),
        ("If a professor asks, take the number and call back after 14:00.", []),
        ("From here there is no way back, so a second person looks at it.", []),
    ],
)
def test_sentences(text, said):
    assert told(f"## Night\n\n{text}") == said


def test_a_box_may_be_a_condition():
    runbook = read(
        b"# T\n\n## Do\n\n- [ ] Enable it\n- [ ] If a payment is booked twice, stop and go to Rollback.\n", "box.md"
    )
    assert [str(step.role) for step in runbook.steps] == ["todo", "trigger"]

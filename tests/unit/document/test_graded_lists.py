"""Lists of conditions under headings that grade them, and what people say of turning back without a condition."""

import pytest

from runbook_tui.document.reader import read

GRADES = [
    ("🔥 Kill it immediately when you see", "Talk about it first", "Keep going, these are known"),
    ("Roll back if", "Ask the owner first", "Ignore these"),
    ("Abort at once if", "Discuss before you decide", "Carry on"),
    ("Rollback triggers", "Consult the DBA first", "Continue anyway"),
]


def told(text):
    runbook = read(f"# T\n\n## Watch\n\n{text}\n".encode(), "graded.md")
    return [str(trigger.polarity) for trigger in runbook.triggers]


@pytest.mark.parametrize("heads", GRADES)
@pytest.mark.parametrize("mark", ["**{}**", "### {}"])
def test_each_heading_grades_the_list_below_it(heads, mark):
    facts = ("queue depth above 5000", "cache hits below 60 %", "first requests are slow")
    text = "\n\n".join(f"{mark.format(head)}\n\n- {fact}" for head, fact in zip(heads, facts, strict=True))
    assert told(text) == ["do", "consider", "dont"]


def test_a_row_of_lights_grades_too():
    lights = [("🔴 Rollback triggers", "a"), ("🟡 Grey zone", "b"), ("🟢 Known", "c")]
    assert told("\n\n".join(f"**{head}**\n\n- queue {fact} grows" for head, fact in lights)) == [
        "do",
        "consider",
        "dont",
    ]


@pytest.mark.parametrize("light", "🟢🟡🟠🔴")
def test_one_light_is_an_ornament(light):
    assert told(f"**{light} Rollback triggers**\n\n- queue grows\n- any node is lost") == ["do", "do"]


@pytest.mark.parametrize(
    "after",
    [
        "Continue with stage 3",
        "Proceed to the next ring",
        "Check the basics first",
        "Call list",
        "Known issues",
        "Next steps",
        "🟡 Known issues",
    ],
)
def test_what_else_follows_conditions_is_none(after):
    assert told(f"**Rollback triggers**\n\n- queue grows\n\n**{after}**\n\n- first requests are slow") == ["do"]
    assert told(f"### Rollback triggers\n\n- queue grows\n\n### {after}\n\n- first requests are slow") == ["do"]


@pytest.mark.parametrize(
    "words",
    [
        "Anybody may abort.",
        "Anyone can call it off at any time.",
        "The shift lead may always abort.",
        "Any of us can stop the rollout.",
        "Past this point there is no way back.",
        "Once the old disks are wiped there is no going back.",
    ],
)
def test_a_right_and_a_last_moment_are_no_conditions(words):
    assert told(words) == []


@pytest.mark.parametrize(
    "words", ["If the queue grows, anybody may abort.", "The shift lead may abort if the queue grows."]
)
def test_a_right_with_a_condition_is_one(words):
    assert len(told(words)) == 1


@pytest.mark.parametrize(
    "words", ["A single slow node is not a reason.", "Late mails are no reason.", "One failed retry isn't grounds."]
)
def test_no_reason_is_said_where_the_words_around_speak_of_going_back(words):
    assert told(f"Abort if the queue grows. {words}")[-1:] == ["dont"]
    assert told(f"The report is late. {words}") == []


def test_what_does_not_lead_to_an_end_is_harmless():
    assert "do" not in told("The following do not lead to an abort: slow reports, missing favourites.")

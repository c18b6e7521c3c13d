"""Lists over which it is said whether one goes on, not what is taken back."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.document.runbook import StepRole
from tests.unit.document.stance import polarities

BAD = "- the backlog is over 200 carts\n- two stalls report wrong prices\n"
GATES = "- all stalls are green\n- backup verified\n"


@pytest.mark.parametrize(
    "lead",
    [
        "We don't switch over if any of this is true:",
        "Do not start the next ring if any of these is true for the last one:",
        "Don't cut over when",
        "NO-GO (one is enough):",
        "It's a no-go when",
        "Automatic no-go with:",
        "The drill is to be deferred if:",
        "The release is postponed when any of these is seen:",
        "Rehearsal gets moved to the next weekend if:",
        "We postpone if:",
        "Reasons not to start:",
        "Grounds for waiting:",
        "What blocks the release:",
        "Not ready if:",
        "Start only if none of these is true:",
        "We go unless:",
        "Proceed unless you see:",
        "Deal breakers:",
        "Veto points:",
        "What would stop us:",
        "Any of these sends us home:",
        "The upgrade waits if:",
        "Not today if:",
        "On fait le retour arrière si :",
        "Abbruch, wenn:",
        "Volvemos atrás cuando:",
    ],
)
def test_what_bars_the_work(lead):
    assert polarities(f"{lead}\n\n{BAD}") == ["do", "do"]
    boxed = read(f"# M\n\n{lead}\n\n{BAD.replace('- ', '- [ ] ')}".encode(), "m.md")
    assert [step.role for step in boxed.steps] == [StepRole.TRIGGER] * 2


@pytest.mark.parametrize(
    "lead",
    [
        "It is still a go with",
        "It's OK to continue when:",
        "Fine to proceed if:",
        "You may still go on when:",
        "We open anyway with:",
        "Not blocking:",
        "These may stay open during the move:",
        "Known and OK:",
        "Don't worry about:",
        "You're allowed to ignore:",
        "We can live with:",
        "It can go ahead even if:",
    ],
)
def test_what_does_not_bar_it(lead):
    assert polarities(f"{lead}\n\n{BAD}") == ["dont", "dont"]


@pytest.mark.parametrize(
    "lead",
    [
        "It's OK to continue when:",
        "Fine to start if:",
        "Go if:",
        "Decision: GO / NO-GO",
        "We start when:",
        "Do not forget:",
    ],
)
def test_gates_are_no_conditions(lead):
    assert polarities(f"{lead}\n\n{GATES}") == []


def test_failing_over_is_the_work_or_the_way_back():
    assert polarities(f"## Fail over to the second hall\n\nDon't fail over when\n\n{BAD}") == ["do", "do"]
    assert polarities(f"## Alert\n\nFail over if:\n\n- the hall is dark\n\nDo not fail over if:\n\n{BAD}") == [
        "do",
        "dont",
        "dont",
    ]


def test_not_going_back_stays_what_it_is():
    assert polarities(f"We do NOT go back for:\n\n{BAD}") == ["dont", "dont"]
    assert polarities(f"Don't take it out again for\n\n{BAD}") == ["dont", "dont"]

"""What the policy calls an intent, and what nobody has to be asked for."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.run import intents as i
from runbook_tui.run.authority import Deed
from runbook_tui.run.events import Outcome
from runbook_tui.run.warding import deed_of

RUNBOOK = read(b"# R\n\n- [ ] Look\n\n## Sign-off\n\n- [ ] **QA Lead**: ____ Date: ____\n", "r.md")
LOOK, SIGN = (step.id for step in RUNBOOK.steps)


@pytest.mark.parametrize(
    ("intent", "deed"),
    [
        (i.RunStep(step=LOOK), Deed.DRIVE),
        (i.Tick(step=LOOK), Deed.DRIVE),
        (i.Tick(step=LOOK, automatic=True), None),
        (i.Skip(step=LOOK, reason="x"), Deed.DRIVE),
        (i.Skip(step=SIGN, reason="x"), Deed.OVERRIDE),
        (i.Override(step=LOOK, reason="x"), Deed.OVERRIDE),
        (i.RollBack(reason="x"), Deed.ROLL_BACK),
        (i.RollBack(reason="x", automatic=True), None),
        (i.AbortTraffic(reason="x"), Deed.ROLL_BACK),
        (i.Finish(outcome=Outcome.ABORTED, reason="x"), Deed.DRIVE),
        (i.AddNote(step=LOOK, text="x"), None),
        (i.CancelJob(), None),
        (i.Hold(reason="x"), None),
        (i.FireTrigger(step=LOOK), None),
        (i.ProveIdentity(), None),
    ],
)
def test_each_intent_is_the_deed_that_a_policy_speaks_of(intent, deed) -> None:
    assert deed_of(intent, RUNBOOK) is deed

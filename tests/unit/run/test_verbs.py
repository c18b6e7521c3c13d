"""Hold, abort, roll back, override: four verbs with four meanings."""

from datetime import timedelta

import pytest

from runbook_tui.run import events as e
from runbook_tui.run import intents as i
from runbook_tui.run.fold import fold
from runbook_tui.run.policy import Refused, check
from runbook_tui.run.state import RunState
from tests.unit.run.documents import START, records, with_way_back


def test_while_held_one_may_look_and_not_change() -> None:
    held = fold(records(e.RunHeld(reason="the database migrates")))
    book = with_way_back()
    check(i.RunStep(step="look"), book, held, START)
    with pytest.raises(Refused, match="ana@bastion holds this run \\(the database migrates\\)"):
        check(i.RunStep(step="up"), book, held, START)
    with pytest.raises(Refused, match="holds this run already"):
        check(i.Hold(reason="again"), book, held, START)
    check(i.RollBack(reason="errors"), book, held, START)
    released = fold(records(e.RunHeld(reason="x"), e.RunReleased()))
    check(i.RunStep(step="up"), book, released, START)
    with pytest.raises(Refused, match="nobody holds"):
        check(i.Release(), book, released, START)


@pytest.mark.parametrize("intent", [i.Hold(reason=" "), i.Override(step="up", reason="")])
def test_each_wants_a_reason(intent) -> None:
    with pytest.raises(Refused, match="wants a reason"):
        check(intent, with_way_back(), RunState(), START)


def test_an_override_ends_by_itself_and_changes_no_verdict() -> None:
    until = START + timedelta(hours=1)
    state = fold(records(e.GateOverridden(step="up", reason="agreed", until=until)))
    over = state.overrides["up"]
    assert over.by == "ana@bastion"
    assert over.holds(START)
    assert not over.holds(until)
    assert state.step("up").phase.value == "pending"
    assert "gate overridden: agreed" in state.step("up").notes[0].text


def test_an_override_may_be_of_an_item_of_the_plan_also_after_the_end() -> None:
    over = fold(records(e.RunFinished(outcome=e.Outcome.COMPLETED)))
    check(i.Override(step="recorded:capacity:1", reason="the hotfix may go"), with_way_back(), over, START)

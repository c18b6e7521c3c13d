"""A canary on the screen: it is under way, or what became of it is said, also when its run ended it."""

from datetime import UTC, datetime, timedelta

import pytest

from runbook_tui.run.events import CanaryStage, Outcome
from runbook_tui.run.state import CanaryState, GateState, RollbackState, RunState
from runbook_tui.tui.canary_rows import canary_rows

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BACK = RollbackState(reason="errors", by="ana", started=START, items=())


def rows(run=None, **canary):
    """The rows as text, halfway through its stage of 25 %."""
    stages = (CanaryStage(weight=25, seconds=60.0), CanaryStage(weight=100, seconds=300.0))
    at = CanaryState(
        step="s", stages=stages, every=1.0, started=START, stage=0, weight=25,
        deadline=START + timedelta(seconds=60), checks=9, **canary,
    )  # fmt: skip
    state = RunState(gates=GateState(canary=at), **(run or {}))
    return ["".join(text for text, _ in row).strip() for row in canary_rows(state, START + timedelta(seconds=30))]


def test_one_that_is_under_way_has_a_bar_and_the_time_left():
    assert rows() == [
        "canary  ▶ 25 % of the traffic  30 s left",
        "▶  25 %  1 min   ████████████░░░░░░░░░░░░  9 checks passed",
        "○ 100 %  5 min",
    ]


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ({"outcome": Outcome.ROLLED_BACK, "rollback": BACK}, "◁ taken back with the run"),
        ({"rollback": BACK}, "◁ left at 25 %: the run is taken back"),
        ({"outcome": Outcome.ABORTED}, "◁ left at 25 %"),
    ],
)
def test_one_that_its_run_has_ended_gets_no_traffic_any_more(run, said):
    head, here, _ = rows(run)
    assert head == f"canary  {said}"
    assert here == "◁  25 %  1 min"


def test_its_own_end_is_told_before_that_of_the_run():
    head, here, rest = rows({"outcome": Outcome.ABORTED}, outcome="aborted", reason="Error rate < 5%: 12 %")
    assert head == "canary  ◁ aborted  Error rate < 5%: 12 %"
    assert (here, rest) == ("◁  25 %  1 min", "○ 100 %  5 min")


def test_each_thing_a_check_looked_at_has_a_line_and_how_long_all_were_good():
    found = rows(
        last="pass", checked=START, good_since=START - timedelta(seconds=20), holding=60.0,
        detail="Error rate < 5%: 0 %; p95 latency < 500ms: 9.56 ms",
    )  # fmt: skip
    assert found[3].endswith("pass  good for 20 s of 1 min")
    assert found[4:] == ["Error rate < 5%: 0 %", "p95 latency < 500ms: 9.56 ms"]

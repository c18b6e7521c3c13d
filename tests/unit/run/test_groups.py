"""A command on many hosts, as the fold sees it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run import events as e
from runbook_tui.run.fold import fold
from runbook_tui.run.state import RunState, StepPhase

HOSTS = ("w1", "w2", "w3")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def after(*events: e.AnyEvent) -> RunState:
    return fold(
        e.Record(run="r", seq=n, at=NOW, actor="ana@here", epoch=1, event=event, prev="", hash=str(n))
        for n, event in enumerate(events, 1)
    )


def group(name: str = "g", todo: tuple[str, ...] = HOSTS) -> e.FleetStarted:
    return e.FleetStarted(group=name, step="s", command="c", fleet="web", hosts=HOSTS, todo=todo)


def started(host: str, name: str = "g") -> e.JobStarted:
    return e.JobStarted(job=f"{name}.{host}", step="s", command="c", text="true", shown="true", target=host, group=name)


def ended(host: str, exit_: int = 0, name: str = "g") -> e.JobFinished:
    return e.JobFinished(job=f"{name}.{host}", exit=exit_)


ALL_GOOD = (*(started(h) for h in HOSTS), *(ended(h) for h in HOSTS))


def test_the_step_runs_until_no_further_host_will_start() -> None:
    assert after(group(), *ALL_GOOD).step("s").phase is StepPhase.RUNNING
    state = after(group(), *ALL_GOOD, e.FleetFinished(group="g"))
    assert state.step("s").phase is StepPhase.PENDING
    assert state.step("s").reason is None
    assert state.groups["g"].jobs == {h: f"g.{h}" for h in HOSTS}


def test_one_failure_among_successes_fails_the_step_and_says_how_many() -> None:
    state = after(
        group(), *(started(h) for h in HOSTS), ended("w2", 3), ended("w1"), ended("w3"), e.FleetFinished(group="g")
    )
    assert state.step("s").phase is StepPhase.FAILED
    assert state.step("s").reason == "failed on 1 of 3 hosts of web"


def test_hosts_that_were_never_reached_are_not_run_and_not_failed() -> None:
    refused = e.JobResolved(job="g.w2", resolution=e.Resolution.NOT_RUN, reason="unreachable")
    state = after(
        group(),
        started("w1"),
        started("w2"),
        refused,
        ended("w1"),
        e.FleetFinished(group="g", stopped="more than 0 stops"),
    )
    assert state.step("s").phase is StepPhase.FAILED
    assert state.step("s").reason == "not run on 2 of 3 hosts of web (more than 0 stops)"


def test_running_again_where_it_failed_makes_the_whole_good() -> None:
    state = after(
        group(),
        *(started(h) for h in HOSTS),
        ended("w1"),
        ended("w2", 1),
        ended("w3"),
        e.FleetFinished(group="g"),
        group("again", ("w2",)),
        started("w2", "again"),
        ended("w2", 0, "again"),
        e.FleetFinished(group="again"),
    )
    assert state.step("s").phase is StepPhase.PENDING
    assert state.last_group("s", "c").group == "again"
    assert state.last_job_on("s", "c", "w2").job == "again.w2"


def test_an_unknown_outcome_outweighs_a_failure_until_a_person_has_spoken() -> None:
    events = (
        group(),
        *(started(h) for h in HOSTS),
        ended("w1"),
        ended("w2", 1),
        e.JobLost(job="g.w3", reason="restarted"),
        e.FleetFinished(group="g"),
    )
    assert after(*events).step("s").phase is StepPhase.UNKNOWN
    said = e.JobResolved(job="g.w3", resolution=e.Resolution.SUCCEEDED, reason="looked")
    assert after(*events, said).step("s").phase is StepPhase.FAILED


@given(st.lists(st.tuples(st.sampled_from(HOSTS), st.integers(0, 2)), max_size=3, unique_by=lambda pair: pair[0]))
def test_only_all_hosts_at_zero_are_a_success(outcomes: list[tuple[str, int]]) -> None:
    events: list[e.AnyEvent] = [group()]
    for host, exit_ in outcomes:
        events += [started(host), ended(host, exit_)]
    state = after(*events, e.FleetFinished(group="g"))
    good = len(outcomes) == len(HOSTS) and all(exit_ == 0 for _, exit_ in outcomes)
    assert (state.step("s").phase is StepPhase.PENDING) == good

"""One row a host, as the state and the links have it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runbook_tui.run import events as e
from runbook_tui.run.host_rows import HostPhase, again, headline, host_rows
from runbook_tui.run.ports import Standing, StandingPhase
from tests.unit.run.test_groups import NOW, after, ended, group, started

LATER = NOW + timedelta(seconds=30)


def rows(*events, standings=None, group_="g"):
    state = after(*events)
    return host_rows(state, state.groups[group_], now=LATER, standings=standings, last_line=str.encode)


def phases(*events, **more):
    return [row.phase for row in rows(*events, **more)]


def test_waiting_connecting_running_done_and_failed():
    standings = {"w2": Standing(phase=StandingPhase.CONNECTING), "w3": Standing(phase=StandingPhase.OPEN)}
    assert phases(group(), standings=standings) == [HostPhase.WAITING, HostPhase.CONNECTING, HostPhase.WAITING]
    found = rows(group(), started("w1"), started("w2"), started("w3"), ended("w2", 3), ended("w3"))
    assert [row.phase for row in found] == [HostPhase.RUNNING, HostPhase.FAILED, HostPhase.DONE]
    assert [row.exit for row in found] == [None, 3, 0]
    assert found[0].seconds == 30.0
    assert found[0].last == b"g.w1"


@pytest.mark.parametrize("phase", [StandingPhase.LOST, StandingPhase.RECONNECTING, StandingPhase.UNREACHABLE])
def test_a_lost_link_is_said_of_what_runs_and_of_nothing_else(phase):
    standings = {host: Standing(phase=phase) for host in ("w1", "w2")}
    found = rows(group(), started("w1"), started("w2"), ended("w2"), standings=standings)
    assert found[0].phase is HostPhase.RUNNING
    assert "goes on over there" in found[0].note
    assert found[1].note == ""


def test_unknown_stopped_timed_out_and_never_begun():
    found = rows(
        group(),
        started("w1"),
        started("w2"),
        e.JobLost(job="g.w1", reason="the machine was restarted"),
        e.JobFinished(job="g.w2", exit=None, timed_out=True, seconds=9.0, leftover=2),
        e.FleetFinished(group="g", stopped="1 of 3 hosts failed, and any failure stops"),
    )
    assert [row.phase for row in found] == [HostPhase.UNKNOWN, HostPhase.TIMED_OUT, HostPhase.LEFT_OUT]
    assert found[0].note == "the machine was restarted"
    assert found[1].note == "2 of its processes could not be stopped"
    state = after(group(), started("w1"), e.JobResolved(job="g.w1", resolution=e.Resolution.NOT_RUN, reason="x"))
    assert host_rows(state, state.groups["g"], now=LATER)[0].phase is HostPhase.LEFT_OUT


def test_where_it_had_succeeded_before_it_is_done_and_not_run_again():
    events = (
        group(), started("w1"), ended("w1"), started("w2"), ended("w2", 1), e.FleetFinished(group="g"),
        group("h", ("w2", "w3")), started("w2", "h"),
    )  # fmt: skip
    assert phases(*events, group_="h") == [HostPhase.DONE, HostPhase.RUNNING, HostPhase.WAITING]


def test_the_headline_and_where_to_run_again():
    events = (
        group(), started("w1"), ended("w1"), started("w2"), ended("w2", 1),
        e.FleetFinished(group="g", stopped="1 of 3 hosts failed, and any failure stops"),
    )  # fmt: skip
    found = rows(*events)
    said = headline(found, after(*events).groups["g"])
    assert said == "1 of 3 done · 1 failed · 1 not started · 1 of 3 hosts failed, and any failure stops"
    assert again(found) == ("w2", "w3")


def test_an_unknown_outcome_is_never_among_those_to_run_again():
    assert again(rows(group(), started("w1"), e.JobLost(job="g.w1", reason="x"))) == ()

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.gates.canary import DEFAULT, Act, BadCanary, decide, plan_of, stages_of, wanted, weighed
from runbook_tui.run import events as e
from runbook_tui.run.gate_fold import gates_after
from runbook_tui.run.state import GateState

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Walk:
    """A canary walked on a clock of its own; every event goes through the fold."""

    def __init__(self, stages=DEFAULT, every=30.0, allowed=0, holding=0.0):
        self.now, self.gates, self.seq, self.allowed = START, GateState(), 0, allowed
        self.weights, self.entered = [], []
        self.say(e.CanaryStarted(step="s", stages=tuple(stages), every=every, holding=holding))

    def say(self, event):
        self.seq += 1
        record = e.Record(run="r", seq=self.seq, at=self.now, actor="a", epoch=1, event=event, prev="", hash="")
        self.gates = gates_after(event, record, self.gates)

    @property
    def canary(self):
        return self.gates.canary

    def step(self, verdict):
        """One decision, carried out; `verdict` is what a check says now (None: nobody is there to check)."""
        following = decide(self.canary, self.now, allowed=self.allowed)
        if following.act is Act.ENTER:
            stage = self.canary.stages[following.stage]
            self.say(
                e.CanaryStageEntered(
                    stage=following.stage, weight=stage.weight, deadline=self.now + timedelta(seconds=stage.seconds)
                )
            )
            self.weights.append(stage.weight)
            self.entered.append(self.now)
        elif following.act is Act.CHECK and verdict is not None:
            self.say(e.CanaryChecked(stage=self.canary.stage, verdict=verdict))
        elif following.act is Act.ABORT:
            self.say(e.CanaryEnded(outcome="aborted"))
        elif following.act is Act.PROMOTE:
            self.say(e.CanaryEnded(outcome="promoted"))
        return following.act

    def walk(self, says, seconds=7200):
        while self.canary.outcome is None and self.now < START + timedelta(seconds=seconds):
            since = (self.now - START).total_seconds()
            for _ in range(3):
                self.step(says(since))
            self.now += timedelta(seconds=1)
        return self.canary.outcome, (self.now - START).total_seconds()


def test_a_healthy_canary_takes_the_declared_time():
    walk = Walk()
    outcome, seconds = walk.walk(lambda _: "pass")
    assert outcome == "promoted"
    assert seconds == pytest.approx(300 + 600 + 900, abs=5)
    assert walk.weights == [5, 25, 100]


def test_a_failing_check_aborts_at_once():
    outcome, seconds = Walk().walk(lambda since: "pass" if since < 400 else "fail")
    assert outcome == "aborted"
    assert seconds < 400 + 30 + 2


def test_one_bad_check_may_be_allowed():
    assert Walk(allowed=1).walk(lambda since: "fail" if 100 <= since < 130 else "pass")[0] == "promoted"
    assert Walk(allowed=1).walk(lambda since: "fail" if since >= 100 else "pass")[0] == "aborted"


@pytest.mark.parametrize("between", ["no_data", "error", "insufficient"])
def test_what_says_nothing_does_not_take_back_a_failure(between):
    """With one failure allowed, every second check failing is no good version because the others say nothing."""
    assert Walk(allowed=1).walk(lambda since: "fail" if since // 30 % 2 else between)[0] == "aborted"
    assert Walk(allowed=1).walk(lambda since: "fail" if since // 30 % 2 else "pass")[0] == "promoted"


@pytest.mark.parametrize("verdict", ["no_data", "error", "insufficient"])
def test_no_data_never_advances_and_never_aborts(verdict):
    walk = Walk()
    assert walk.walk(lambda _: verdict, seconds=4000)[0] is None
    assert walk.weights == [5]
    assert walk.walk(lambda _: "pass", seconds=9000)[0] == "promoted"


def test_a_crash_neither_restarts_a_soak_nor_skips_it():
    """Nobody is there from second 100 to 250 of the first stage: it ends when enough checks have passed."""
    walk = Walk()
    walk.walk(lambda since: None if 100 <= since < 250 else "pass")
    first = (walk.entered[1] - walk.entered[0]).total_seconds()
    assert wanted(DEFAULT[0].seconds, 30) == 8
    assert 300 <= first <= 300 + 150, first
    walk = Walk()
    walk.walk(lambda since: None if 100 <= since < 3000 else "pass", seconds=9000)
    first = (walk.entered[1] - walk.entered[0]).total_seconds()
    assert first >= 3000, "an outage longer than the stage is no soak"
    assert first < 3000 + 300


def test_a_held_canary_stays_and_is_still_checked():
    walk = Walk()
    walk.step(None)
    walk.say(e.CanaryHeld(reason="wait"))
    walk.walk(lambda _: "pass", seconds=1000)
    assert (walk.canary.weight, walk.canary.outcome) == (5, None)
    assert walk.canary.checks > 20
    walk.say(e.CanaryResumed())
    assert walk.walk(lambda _: "pass")[0] == "promoted"
    held = Walk()
    held.step(None)
    held.say(e.CanaryHeld(reason="wait"))
    assert held.walk(lambda _: "fail")[0] == "aborted"


def test_a_stage_is_left_once_its_checks_were_good_for_as_long_as_they_say():
    """Five minutes at 10 %, a check that must be good for ten: counted from the first that passed, in each stage."""
    stages = stages_of("10% 300s, 100% 300s")
    walk = Walk(stages, holding=600.0)
    assert walk.walk(lambda _: "pass") == ("promoted", pytest.approx(2 * 630, abs=5))
    missing = Walk(stages, holding=600.0)
    assert missing.walk(lambda since: "no_data" if since // 30 in (4, 11) else "pass")[1] == pytest.approx(1260, abs=5)
    failed = Walk(stages, holding=600.0, allowed=1)
    failed.walk(lambda since: "fail" if 400 <= since < 430 else "pass")
    assert (failed.entered[1] - failed.entered[0]).total_seconds() == pytest.approx(450 + 600, abs=35)
    silent = Walk(stages, holding=600.0)
    silent.walk(lambda since: "no_data" if 300 <= since < 1500 else "pass")
    assert (silent.entered[1] - silent.entered[0]).total_seconds() >= 1500 + 0.8 * 600 - 35, "silence is no observation"


def test_the_time_of_the_checks_goes_on_after_a_crash():
    stages = stages_of("10% 300s, 100% 300s")
    walk = Walk(stages, holding=600.0)
    walk.walk(lambda since: None if 200 <= since < 290 else "pass")
    assert (walk.entered[1] - walk.entered[0]).total_seconds() == pytest.approx(630, abs=35)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(["pass", "pass", "pass", "fail", "no_data", None]), min_size=20, max_size=400))
def test_no_stage_is_left_before_its_checks_were_good_for_their_time(script):
    """Against the slow way: the values of the last 60 s, one by one."""
    walk = Walk(stages_of("10% 20s, 50% 20s, 100% 20s"), every=10.0, allowed=10**6, holding=60.0)
    told, entered = [], 0
    while walk.canary.outcome is None and walk.now < START + timedelta(seconds=1500):
        before = walk.canary.checked
        verdict = script[int((walk.now - START).total_seconds()) % len(script)]
        act = walk.step(verdict)
        if walk.canary.checked != before and act is Act.CHECK:
            told.append((walk.now, verdict))
        if act in (Act.ENTER, Act.PROMOTE):
            if entered:
                trail = [said for at, said in told if at > told[-1][0] - timedelta(seconds=60)]
                since_bad = [at for at, said in told if said == "pass" and at > last_bad(told)]
                assert (told[-1][0] - since_bad[0]).total_seconds() >= 60
                assert trail.count("pass") >= 5
            told, entered = [], entered + 1
        walk.now += timedelta(seconds=1)


def last_bad(told):
    return max((at for at, said in told if said == "fail"), default=START - timedelta(days=1))


VERDICTS = st.sampled_from(["pass", "pass", "pass", "fail", "no_data", "error", None])


@settings(max_examples=150, deadline=None)
@given(st.lists(VERDICTS, min_size=20, max_size=400))
def test_no_stage_is_left_early_or_unchecked(script):
    stages = stages_of("10% 60s, 50% 60s, 100% 60s")
    walk = Walk(stages, every=10.0)
    walk.walk(lambda since: script[int(since) % len(script)], seconds=600)
    for before, after in zip(walk.entered, walk.entered[1:], strict=False):
        assert (after - before).total_seconds() >= 60
    assert walk.weights == sorted(set(walk.weights))
    if walk.canary.outcome == "promoted":
        assert walk.weights == [10, 50, 100]


@pytest.mark.parametrize(
    ("said", "weights", "seconds"),
    [
        ("5% 300s, 25% 600s, 100% 900s", [5, 25, 100], [300, 600, 900]),
        ("10/25/50/100", [10, 25, 50, 100], [300] * 4),
        (["5% 5m", "100% 1h"], [5, 100], [300, 3600]),
        ([{"weight": 20, "for": "30s"}, {"weight": 100}], [20, 100], [30, 300]),
        ("100", [100], [300]),
    ],
)
def test_stages_as_written(said, weights, seconds):
    stages = stages_of(said)
    assert ([stage.weight for stage in stages], [stage.seconds for stage in stages]) == (weights, seconds)


@pytest.mark.parametrize(
    "said", ["", "5%", "50, 25, 100", "0, 100", "101", "5 five, 100", [], 7, "5, 5, 100", [{"weight": True}]]
)
def test_stages_that_cannot_be(said):
    with pytest.raises(BadCanary):
        stages_of(said)


def test_traffic_splitters():
    assert weighed(plan_of({"lab": True}).command, 25) == "rbt lab weights v1=75 v2=25"
    assert weighed(plan_of({"command": "split {weight} {stable}"}).command, 5) == "split 5 95"
    ingress = weighed(plan_of({"ingress": "web", "namespace": "prod"}).command, 25)
    assert ingress == "rbt traffic weight ingress/web canary=25 -n prod"
    route = weighed(plan_of({"httproute": "web", "stable": "v1", "canary": "v2"}).command, 25)
    assert route == "rbt traffic weight httproute/web v2=25"
    for bad in ({}, {"httproute": "web"}, {"ingress": "web; rm -rf /"}, {"ingress": "web", "namespace": "$(x)"}):
        with pytest.raises(BadCanary):
            plan_of(bad)


def test_a_person_promotes_or_aborts_whatever_the_checks_say():
    for to, act in (("promote", Act.PROMOTE), ("abort", Act.ABORT)):
        walk = Walk()
        walk.step(None)
        walk.say(e.CanarySteered(to=to))
        assert walk.step(None) is act


@pytest.mark.parametrize("said", [{"lab": True}, {"lab": True, "stages": [{"weight": 100, "for": 30}], "every": 5}])
def test_a_plan_can_be_recorded(said):
    """The journal refuses what would read back as something else, such as 300 for 300.0."""
    plan = plan_of(said)
    event = e.CanaryStarted(step="s", stages=plan.stages, every=plan.every)
    assert msgspec.json.decode(msgspec.json.encode(event), type=e.CanaryStarted) == event
    assert all(isinstance(stage.seconds, float) for stage in plan.stages)
    assert isinstance(plan.every, float)


def test_checks_that_follow_each_other_too_soon_to_leave_a_stage_are_refused():
    with pytest.raises(BadCanary, match="too often"):
        plan_of({"lab": True, "every": "0.1s"})
    assert plan_of({"lab": True, "every": "0.2s"}).every == 0.2

"""The condition machine: stories of the contract, and the same answers as a slow, obvious reference."""

from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_tui.gates.condition import OPPOSITE, Check, Machine, Phase, Reading
from runbook_tui.gates.verdict import Verdict

ERRORS = Check(id="errors", text="Error rate > 10% for 5+ minutes", breach=">", threshold=10, lasting=300, interval=30)


def watch(check, values, *, every=30.0, start=0.0):
    """Feed one value an interval; None is a lost one, a Verdict the trouble there was instead."""
    machine = Machine(check, start=start)
    at = start
    for value in values:
        if isinstance(value, Verdict):
            machine.feed(Reading(at=at, trouble=value))
        elif value is not None:
            machine.feed(Reading(at=at, value=float(value)))
        standing = machine.look(at)
        at += every
    return standing


# --- stories ---


def test_five_minutes_of_errors_trip():
    assert watch(ERRORS, [12] * 10).verdict is Verdict.PASS
    almost = watch(ERRORS, [12] * 10)
    assert (almost.breaching, almost.trips_in) == (270, 30)
    assert watch(ERRORS, [12] * 11).verdict is Verdict.FAIL


def test_one_good_value_starts_the_clock_again():
    assert watch(ERRORS, [*[12] * 10, 2, *[12] * 10]).verdict is Verdict.PASS
    assert watch(ERRORS, [*[12] * 10, 2, *[12] * 11]).verdict is Verdict.FAIL


def test_two_of_twenty_missing_do_not_save_it():
    ten_minutes = msgspec.structs.replace(ERRORS, lasting=600)
    values = [12] * 21
    values[5] = values[12] = None
    assert watch(ten_minutes, values).verdict is Verdict.FAIL


def test_five_of_twenty_missing_are_no_data():
    ten_minutes = msgspec.structs.replace(ERRORS, lasting=600)
    values = [12] * 21
    for lost in (3, 6, 9, 12, 15):
        values[lost] = None
    standing = watch(ten_minutes, values)
    assert standing.verdict is Verdict.NO_DATA
    assert "5 of 20 values are missing" in standing.detail


def test_a_crash_loop_does_not_avoid_the_alert():
    """Prometheus forgets a pending alert at one empty evaluation; here a gap does not clear the timer."""
    values = [12, 12, 12, 12, Verdict.NO_DATA] * 4
    assert watch(ERRORS, [*values, 12]).verdict is Verdict.FAIL


def test_a_gap_does_not_complete_the_timer():
    assert watch(ERRORS, [12, *[None] * 20, 12]).verdict is Verdict.NO_DATA
    assert watch(ERRORS, [12, *[None] * 20, *[12] * 9]).verdict is Verdict.FAIL


@pytest.mark.parametrize("trouble", [Verdict.NO_DATA, Verdict.ERROR])
def test_trouble_is_never_a_pass(trouble):
    assert watch(ERRORS, [1, 1, trouble]).verdict is trouble
    assert watch(ERRORS, [trouble]).verdict is trouble


def test_silence_becomes_no_data():
    assert watch(ERRORS, [1, None, None]).verdict is Verdict.PASS
    standing = watch(ERRORS, [1, None, None, None])
    assert standing.verdict is Verdict.NO_DATA
    assert standing.detail == "nothing was heard for 90 s"
    assert watch(ERRORS, [None] * 3).phase is Phase.PENDING
    assert watch(ERRORS, [None] * 4).verdict is Verdict.NO_DATA


def test_flapping_is_damped_by_a_clear_threshold():
    check = msgspec.structs.replace(ERRORS, clear=5.0, keep=60.0)
    tripped = [12] * 11
    assert watch(check, [*tripped, 9, 9, 9]).verdict is Verdict.FAIL
    assert watch(check, [*tripped, 4, 4]).verdict is Verdict.FAIL
    assert watch(check, [*tripped, 4, 4, 9, 4, 4]).verdict is Verdict.FAIL
    assert watch(check, [*tripped, 4, 4, 4]).verdict is Verdict.PASS


def test_a_trip_is_not_cleared_by_silence():
    standing = watch(ERRORS, [*[12] * 11, *[None] * 20])
    assert standing.verdict is Verdict.FAIL
    assert standing.age == 600


def test_what_clears_must_not_lie_beyond_what_trips():
    with pytest.raises(ValueError, match="lies beyond"):
        Check(id="x", text="x", breach=">", threshold=10, clear=12)


def test_nothing_is_decided_in_the_warm_up():
    check = msgspec.structs.replace(ERRORS, warmup=120, lasting=0)
    assert watch(check, [50, 50, 50, 50]).phase is Phase.WARMUP
    assert watch(check, [50, 50, 50, 50, 1]).verdict is Verdict.PASS
    assert watch(check, [50, 50, 50, 50, 50]).verdict is Verdict.FAIL


GATE = Check(id="g", text="Error rate < 1% for 5 minutes", breach=">=", threshold=1, observe=300, interval=30)


def test_a_gate_comes_to_one_verdict():
    assert watch(GATE, [0.1] * 10).verdict is None
    passed = watch(GATE, [0.1] * 11)
    assert (passed.verdict, passed.phase) == (Verdict.PASS, Phase.DECIDED)
    assert watch(GATE, [0.1, 0.1, 3]).verdict is Verdict.FAIL
    assert watch(GATE, [0.1, 0.1, 3, *[0.1] * 20]).verdict is Verdict.FAIL
    assert watch(GATE, [*[0.1] * 11, 3, 3]).verdict is Verdict.PASS


def test_a_gate_wants_its_values():
    few = [0.1, None, None, 0.1, None, None, 0.1, None, None, 0.1, 0.1]
    assert watch(GATE, few).verdict is Verdict.NO_DATA
    assert watch(GATE, [Verdict.ERROR if value is None else value for value in few]).verdict is Verdict.ERROR
    assert watch(GATE, [*[0.1] * 10, Verdict.NO_DATA]).verdict is Verdict.NO_DATA
    assert watch(GATE, [0.1, 0.1, *[None] * 9]).verdict is Verdict.NO_DATA
    assert watch(GATE, [None] * 11).verdict is Verdict.NO_DATA
    assert watch(msgspec.structs.replace(GATE, least=100), [0.1] * 11).verdict is Verdict.INSUFFICIENT


def test_a_gate_that_breaches_at_the_end_does_not_pass():
    check = msgspec.structs.replace(GATE, lasting=120)
    assert watch(check, [*[0.1] * 9, 3, 3]).verdict is Verdict.INSUFFICIENT
    assert watch(check, [*[0.1] * 6, *[3] * 5]).verdict is Verdict.FAIL


HELD = Check(id="h", text="Error rate < 1% for 5 minutes", breach=">=", threshold=1, holding=300, interval=30)


def test_a_criterion_with_a_time_is_watched_for_that_long():
    first = watch(HELD, [0.1])
    assert (first.verdict, first.phase, first.passes_in) == (Verdict.INSUFFICIENT, Phase.OBSERVING, 300)
    almost = watch(HELD, [0.1] * 10)
    assert (almost.verdict, almost.passes_in, almost.detail) == (
        Verdict.INSUFFICIENT,
        30,
        "it must stay good for 300 s",
    )
    passed = watch(HELD, [0.1] * 11)
    assert (passed.verdict, passed.passes_in) == (Verdict.PASS, None)
    assert watch(HELD, [0.1] * 40).verdict is Verdict.PASS


def test_one_bad_value_begins_its_time_again():
    assert watch(HELD, [*[0.1] * 10, 3]).verdict is Verdict.FAIL
    assert watch(HELD, [*[0.1] * 20, 3]).verdict is Verdict.FAIL
    again = watch(HELD, [*[0.1] * 20, 3, 0.1])
    assert (again.verdict, again.passes_in) == (Verdict.INSUFFICIENT, 300)
    assert watch(HELD, [*[0.1] * 20, 3, *[0.1] * 10]).verdict is Verdict.INSUFFICIENT
    assert watch(HELD, [*[0.1] * 20, 3, *[0.1] * 11]).verdict is Verdict.PASS


def test_its_time_is_neither_cleared_nor_completed_by_a_gap():
    two, five = [0.1] * 11, [0.1] * 11
    two[3] = two[7] = None
    five[2] = five[3] = five[5] = five[7] = five[8] = None
    assert watch(HELD, two).verdict is Verdict.PASS
    short = watch(HELD, five)
    assert (short.verdict, short.detail) == (Verdict.NO_DATA, "it holds, but 5 of 10 values are missing")
    assert watch(HELD, [0.1, *[None] * 20, 0.1]).verdict is Verdict.NO_DATA
    assert watch(HELD, [0.1, *[None] * 20, *[0.1] * 8]).verdict is Verdict.PASS


@pytest.mark.parametrize("trouble", [Verdict.NO_DATA, Verdict.ERROR])
def test_one_missing_answer_ends_no_observation_and_many_are_told(trouble):
    assert watch(HELD, [0.1, 0.1, trouble]).verdict is Verdict.INSUFFICIENT
    assert watch(HELD, [0.1, 0.1, trouble, trouble, trouble]).verdict is trouble
    assert watch(HELD, [*[0.1] * 20, trouble]).verdict is trouble
    assert watch(HELD, [trouble]).verdict is trouble


def test_a_change_begins_its_time_again():
    machine = Machine(HELD, start=0.0)
    for number in range(11):
        machine.feed(Reading(at=30.0 * number, value=0.1))
    assert machine.look(300).verdict is Verdict.PASS
    machine.renew()
    renewed = machine.look(310)
    assert (renewed.verdict, renewed.passes_in) == (Verdict.INSUFFICIENT, 300)
    machine.feed(Reading(at=330.0, value=0.1))
    assert machine.look(340).passes_in == 290


def test_opposites():
    for sign, opposite in OPPOSITE.items():
        assert OPPOSITE[opposite] == sign


# --- the law ---


def reference(check, start, readings, now):
    """The contract read aloud: every question is asked of the whole history again."""
    begin = start + check.warmup
    end = begin + check.observe if check.observe is not None else float("inf")
    over, now = now >= end, min(now, end)
    heard = []
    for reading in readings:
        if (not heard or reading.at > heard[-1].at) and reading.at <= end:
            heard.append(reading)
    counted = [r for r in heard if r.value is not None and r.at >= begin]

    def expected(window):
        return max(1, int(window / check.interval))

    def enough(count, window):
        return count >= 1 and count >= check.coverage * expected(window) - 1e-9

    def breaching_since(upto):
        """The first of the unbroken breaching values that end with number `upto`."""
        since = None
        for r in counted[: upto + 1]:
            since = (r.at if since is None else since) if check.breaches(r.value) else None
        return since

    def in_window(upto):
        at = counted[upto].at
        return [r for r in counted[: upto + 1] if r.at > at - check.lasting or r is counted[upto]]

    def trips(upto):
        since = breaching_since(upto)
        long_enough = since is not None and counted[upto].at - since >= check.lasting
        return long_enough and enough(len([r for r in in_window(upto) if r.at >= since]), check.lasting)

    tripped = False
    for number in range(len(counted)):
        if trips(number):
            tripped, after = True, number
        elif tripped and check.observe is None:
            good = []
            for r in counted[after + 1 : number + 1]:
                good = [*good, r] if check.good_again(r.value) else []
            if good and good[-1].at - good[0].at >= check.keep:
                tripped = False

    if now < begin:
        return None
    newest = heard[-1] if heard else None
    if newest is None and now - begin <= check.stale_after and not over:
        return None
    last = len(counted) - 1
    since = breaching_since(last) if counted else None
    holding = check.holding if check.observe is None else 0.0
    good = []
    for r in counted:
        good = [] if check.breaches(r.value) else [*good, r]
    held = bool(good) and good[-1].at - good[0].at >= holding
    valued = [r for r in heard if r.value is not None]
    fresh = bool(valued) and now - valued[-1].at <= check.stale_after
    observed = holding > 0 and since is None and not held
    if tripped:
        verdict = Verdict.FAIL
    elif newest is None or now - newest.at > check.stale_after:
        verdict = Verdict.NO_DATA
    elif newest.value is None and not (observed and fresh):
        verdict = newest.trouble
    elif since is not None and newest.at - since >= check.lasting:
        verdict = Verdict.NO_DATA
    elif holding > 0 and not held:
        verdict = Verdict.INSUFFICIENT
    elif holding > 0 and not enough(len([r for r in good if r.at > good[-1].at - holding]), holding):
        verdict = Verdict.NO_DATA
    else:
        verdict = Verdict.PASS
    if check.observe is None or verdict is Verdict.FAIL:
        return verdict
    if not over:
        return None
    if newest is None or verdict is not Verdict.PASS:
        return verdict
    if not enough(len(counted), check.observe):
        return Verdict.ERROR if any(r.trouble is Verdict.ERROR and r.at >= begin for r in heard) else Verdict.NO_DATA
    if len(counted) < check.least or since is not None:
        return Verdict.INSUFFICIENT
    return Verdict.PASS


KINDS = (1.0, 5.0, 9.0, 12.0, 12.0, 15.0, None, Verdict.NO_DATA, Verdict.ERROR)
JITTER = (0, 0, 0, 5, -10, -40)
STREAMS = st.binary(min_size=2, max_size=24)
CHOICES = {
    "breach": [">", ">="],
    "threshold": [9.0, 10.0, 12.0],
    "clear": [None, None, 5.0],
    "lasting": [0.0, 30.0, 90.0, 150.0, 300.0],
    "holding": [0.0, 0.0, 60.0, 150.0],
    "interval": [10.0, 30.0],
    "coverage": [0.5, 0.8, 1.0],
    "warmup": [0.0, 0.0, 60.0],
    "observe": [None, None, 120.0, 300.0],
    "least": [1, 3],
    "keep": [0.0, 60.0],
}
CHECKS = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in CHOICES.items()})


@settings(max_examples=2_000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(CHECKS, STREAMS)
def test_generated_streams_agree_with_the_reference(fields, stream):
    agrees(Check(id="c", text="c", **fields), stream)


@settings(max_examples=800, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_ten_streams_of_a_seed_agree_with_the_reference(seed):
    """With the two thousand above: ten thousand."""
    random = Random(seed)
    for _ in range(10):
        fields = {name: random.choice(values) for name, values in CHOICES.items()}
        agrees(Check(id="c", text="c", **fields), random.randbytes(random.randint(2, 24)))


def agrees(check, stream):
    machine, readings, decided = Machine(check, start=0.0), [], None
    for number, byte in enumerate(stream):
        at = number * 30.0
        kind, jitter = KINDS[byte % len(KINDS)], JITTER[byte // len(KINDS) % len(JITTER)]
        if kind is not None:
            value, trouble = (None, kind) if isinstance(kind, Verdict) else (kind, None)
            reading = Reading(at=at + jitter, value=value, trouble=trouble)
            readings.append(reading)
            machine.feed(reading)
        if byte < 160 and number < len(stream) - 1:
            continue  # the reference is slow; asked now and then, and at the end
        if decided is None:
            expected = reference(check, 0.0, readings, at + 5)
            standing = machine.look(at + 5)
            assert standing.verdict is expected, (number, standing)
            if check.observe is not None and expected is not None:
                decided = expected
        else:
            assert machine.look(at + 5).verdict is decided

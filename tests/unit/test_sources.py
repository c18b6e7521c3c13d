"""What is said of signals: a mistake is told in a sentence, and never leaves a condition unwatched in silence."""

import pytest

from runbook_tui.document.lint import lint
from runbook_tui.document.reader import read
from runbook_tui.gates.canary import BadCanary, plan_of
from runbook_tui.gates.stated import Timing
from runbook_tui.sources import BadMapping, Sources, measured_hosts, of_runbook, settings

DOCUMENT = (
    b"# R\n\n## Rollback\n\nRoll back if:\n\n- [ ] Error rate > 10% for 5 minutes\n- [ ] p95 latency > 1.5x baseline\n"
)
URL = "http://127.0.0.1:1/"


def found(signals, **said):
    said = {"signals": signals, **said}
    return of_runbook(read(DOCUMENT, "r.md"), said, Sources(said))


@pytest.mark.parametrize(
    "spec",
    [
        {"http": URL, "status": "2xx"},
        {"http": URL, "status": []},
        {"http": URL, "status": {"ok": 200}},
        {"http": URL, "deadline": "soon"},
        {"text": URL, "query": "errors", "least": "many"},
        {"text": URL, "query": "errors", "clear": "low"},
        {"text": URL, "query": "errors", "clear": [1]},
        {"text": URL, "query": "errors", "clear": float("nan")},
        {"text": URL, "query": "errors", "every": 0},
        {"text": URL, "query": "errors", "every": -5},
        {"text": URL, "query": "errors", "every": float("nan")},
        {"text": URL, "query": "errors", "every": [15]},
        {"text": URL, "query": "errors", "keep": -1},
        {"text": URL, "query": "errors", "stale": "old"},
        {"host": "weather"},
        {"weather": "rain"},
        {"gpu": "utilization", "take": 7, "host": 7},
        5,
        None,
        [],
    ],
    ids=str,
)
def test_a_mistake_in_a_signal_is_told(spec):
    with pytest.raises(BadMapping):
        found({"error rate": spec})


@pytest.mark.parametrize("baseline", ["fast", [1], True, float("inf")])
def test_a_baseline_that_is_no_number_is_told(baseline):
    with pytest.raises(BadMapping, match="baseline"):
        found({"p95 latency": {"text": URL, "query": "latency", "baseline": baseline}})


@pytest.mark.parametrize("signals", [["error rate"], "error rate", 7])
def test_signals_that_are_no_mapping_are_told(signals):
    with pytest.raises(BadMapping, match="`signals` names each signal"):
        found(signals)
    for front, sidecar in (
        ({"rbt": {"signals": signals}}, None),
        ({"rbt": {"signals": {"a": "b"}}}, {"signals": signals}),
    ):
        said = settings(front, sidecar)
        assert measured_hosts(said) == set()
        with pytest.raises(BadMapping):
            of_runbook(read(DOCUMENT, "r.md"), said, Sources(said))


@pytest.mark.parametrize("every", [0, "0s", -1, "soon", float("inf")])
def test_an_interval_that_is_none_is_told(every):
    with pytest.raises(BadMapping):
        found({"error rate": {"text": URL, "query": "errors"}}, every=every)


def test_what_is_right_is_taken_as_written():
    (watched, manual) = found(
        {
            "Error-Rate": {"text": URL, "query": "errors", "unit": "%", "every": "2s", "clear": "8", "least": "3"},
            "p95 latency": {"text": URL, "query": "latency", "baseline": "0.2"},
        }
    )
    assert not manual
    assert [(one.check.threshold, one.check.interval, one.check.clear) for one in watched] == [
        (10, 2, 8),
        (pytest.approx(0.3), 15, None),
    ]
    found({"error rate": {"http": URL, "take": "latency", "status": ["200", 204]}})


def test_the_sidecar_s_words_go_first():
    said = settings({"rbt": {"signals": {"a": "1", "b": "2"}, "every": "1s"}}, {"signals": {"b": "3"}})
    assert (said["signals"], said["every"]) == ({"a": "1", "b": "3"}, "1s")


@pytest.mark.parametrize(
    ("signals", "why"),
    [
        ({"error rate": {"text": URL, "query": "errors", "unit": "ms"}}, "it speaks of %, the signal is in ms"),
        ({"p95 latency": {"text": URL, "query": "latency"}}, "it compares with a baseline, and none is given"),
    ],
)
def test_a_signal_that_cannot_answer_its_condition_is_a_mistake_and_no_person_s_business(signals, why):
    _, manual = found(signals)
    assert [(one.why, one.mistaken) for one in manual if "no signal" not in one.why] == [(why, True)]
    assert [one.mistaken for one in manual if "no signal" in one.why] == [False]


ERRORS = {"text": URL, "query": "errors", "unit": "%"}
KILLED = b"# R\n\n## Rollback\n\nRoll back if:\n\n- [ ] Error rate > 10%\n- [ ] Pods are killed (OOM)\n"


@pytest.mark.parametrize(
    ("text", "signals", "names", "line"),
    [
        (DOCUMENT, {"Eror rate": ERRORS}, "eror rate", 7),
        (DOCUMENT, {"Error rate": ERRORS, "p96 latency": ERRORS}, "p96 latency", 8),
        (KILLED, {"error rate": ERRORS, "pods get killed": {**ERRORS, "fires": "> 0"}}, "pods get killed", 8),
        (KILLED, {"error rate": ERRORS, "killed": {**ERRORS, "fires": "> 0"}}, "killed", 8),
        (KILLED, {"error rate": ERRORS, "pods are killed": ERRORS}, "pods are killed", 8),
    ],
    ids=["trigger", "the other", "in words", "too short", "without its measure"],
)
def test_a_misspelt_signal_is_a_mistake_and_no_person_s_business(text, signals, names, line):
    said = {"signals": signals, "canary": {"checks": ["Canary errors < 5%"]}}
    _, manual = of_runbook(read(text, "r.md"), said, Sources(said))
    (wrong,) = [one for one in manual if one.mistaken]
    assert f"nothing asks for the signal “{names}”: name it as the condition" in wrong.why
    assert wrong.condition.line == line
    for sidecar in (said, {"rbt": said}):
        findings = [one for one in lint(read(text, "r.md", sidecar)) if one.code == "RB217"]
        assert [(one.line, one.severity, f"“{names}”" in one.message) for one in findings] == [(line, "error", True)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DOCUMENT, {"signals": {"error rate": ERRORS}}),
        (DOCUMENT, {"signals": {"error rate": ERRORS, "p95 latency": {**ERRORS, "unit": "ms"}, "disk": ERRORS}}),
        (
            DOCUMENT,
            {"signals": {"Canary errors": ERRORS, "asked": ERRORS},
             "canary": {"checks": ["Canary errors < 5%"], "requests": "asked"}},
        ),
        (KILLED, {"signals": {"pods are killed": {**ERRORS, "fires": "> 0"}}}),
    ],
    ids=["one is a person's", "every condition has its own", "the canary asks", "in words"],
)  # fmt: skip
def test_a_condition_that_nobody_named_a_signal_for_stays_a_person_s(text, said):
    assert not any(
        one.mistaken for one in of_runbook(read(text, "r.md"), said, Sources(said))[1] if "baseline" not in one.why
    )
    assert not [one for one in lint(read(text, "r.md", said)) if one.code == "RB217"]


@pytest.mark.parametrize(
    "said", [{"least": "many"}, {"least": float("nan")}, {"least": -1}, {"allowed": "one"}, {"allowed": [1]}]
)
def test_a_mistake_in_the_canary_is_told(said):
    with pytest.raises(BadCanary):
        plan_of({"lab": True, **said})


@pytest.mark.parametrize(("said", "other"), [("10s", 10), (20, 20), ("15m", 900), ("5m", None), (None, None)])
def test_another_time_than_the_document_says_is_told(said, other):
    """It may trip sooner or later than the document says: that stands in the lint and beside each verdict."""
    spec = {"text": URL, "query": "errors", "unit": "%"} | ({"for": said} if said is not None else {})
    (watched, _) = found({"Error_Rate": spec})
    assert watched[0].check.lasting == (other or 300)
    note = f"here it must hold for {other} s, where the document says 300 s" if other else ""
    assert watched[0].check.note == note
    for sidecar in ({"signals": {"Error_Rate": spec}}, {"rbt": {"signals": {"Error_Rate": spec}}}):
        findings = [one for one in lint(read(DOCUMENT, "r.md", sidecar)) if one.code == "RB216"]
        assert [one.line for one in findings] == ([7] if other else [])
        assert all(note in one.message for one in findings)


@pytest.mark.parametrize(("said", "told"), [("1s", True), ("10m", False), (None, False)])
def test_another_time_than_the_checks_of_a_canary_say_is_told(said, told):
    canary = {"lab": True, "checks": ["error rate < 5% for 10 minutes"]} | ({"for": said} if said else {})
    findings = [one for one in lint(read(DOCUMENT, "r.md", {"rbt": {"canary": canary}})) if one.code == "RB216"]
    assert [one.message.count("`for` of its canary") for one in findings] == ([1] if told else [])


@pytest.mark.parametrize(("said", "seconds"), [({}, 1800), ({"for": "10s"}, 10), ({"for": 0}, 0)])
def test_a_criterion_with_a_time_is_held_to_it_in_a_run_and_by_the_gate(said, seconds):
    text = b"# R\n\n## Success Criteria\n\n- [ ] Error rate < 1% for 30 minutes\n"
    spec = {"signals": {"error rate": {**ERRORS, **said}}}
    (running,), _ = of_runbook(read(text, "r.md"), spec, Sources(spec), triggers=False, gates=True)
    assert (running.check.holding, running.check.observe) == (seconds, None)
    once = Timing(observe=0.0)
    (asked,), _ = of_runbook(read(text, "r.md"), spec, Sources(spec), triggers=False, gates=True, timing=once)
    assert (asked.check.holding, asked.check.observe) == (0, seconds)


def test_a_time_that_is_none_is_told():
    with pytest.raises(BadMapping, match="is no time"):
        found({"error rate": {"text": URL, "query": "errors", "for": "long"}})

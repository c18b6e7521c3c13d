"""Pods as one value: what is not known is not told, and restarts are counted over a time, never made up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui import sources
from runbook_tui.document.conditions import read
from runbook_tui.document.reader import read as read_document
from runbook_tui.gates.stated import Timing
from runbook_tui.run.ports import SignalError
from runbook_tui.run.workloads import PodSeen, Workload, WorkloadSeen
from runbook_tui.signals.kubernetes import UNITS, KubernetesSignal, Restarts, workload_of

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
API = Workload(kind="Deployment", name="api")


def at(seconds):
    return START + timedelta(seconds=seconds)


def pod(uid="a", *, ready=True, failing="", restarts=(0,), made=-86400, ended=None, newest=True):
    return PodSeen(
        uid=uid,
        ready=ready,
        failing=failing,
        newest=newest,
        made=at(made),
        restarts=restarts,
        restarted=tuple(None if ended is None else at(ended) for _ in restarts),
    )


class Cluster:
    def __init__(self, *pods, desired=4, available=4, behind=False, when=0):
        self.seen = WorkloadSeen(at=at(when), desired=desired, available=available, behind=behind, pods=pods)

    async def look(self, at):
        return self.seen

    async def close(self):
        pass


async def value(take, *pods, **how):
    (sample,) = await KubernetesSignal(Cluster(*pods, **how), API, take).read()
    assert sample.at == at(0)
    return sample.value


FOUR = (pod("a"), pod("b"), pod("c", ready=False, failing="CrashLoopBackOff"), pod("d", ready=False))


@pytest.mark.parametrize(
    ("take", "expected"),
    [
        ("ready", 2),
        ("ready_share", 50),
        ("desired", 4),
        ("available", 4),
        ("unavailable", 0),
        ("failing", 25),
        ("failing_pods", 1),
    ],
)
async def test_what_is_told_of_four_pods(take, expected):
    assert await value(take, *FOUR) == expected


async def test_pods_that_were_never_made_fail_and_extra_ones_do_not_hide_it():
    assert await value("failing", pod("a"), desired=4) == 75
    old = [pod(name) for name in "abcd"]
    new = [pod(name, ready=False, failing="ImagePullBackOff") for name in "ef"]
    assert await value("failing", *old, *new, desired=4) == pytest.approx(100 / 3)
    assert await value("ready_share", *old, pod("e"), desired=4) == 100


async def test_nothing_wanted_and_a_controller_that_has_not_looked_are_not_known():
    for take in ("failing", "ready_share"):
        assert await value(take, desired=0, available=0) is None
    for take in UNITS.keys() - {"desired", "restarts", "restart_rate"}:
        assert await value(take, *FOUR, behind=True) is None


async def test_no_such_workload_is_an_empty_answer():
    cluster = Cluster()
    cluster.seen = None
    assert await KubernetesSignal(cluster, API, "ready").read() == []


async def test_since_the_rollout_only_the_newest_pods_count():
    pods = [pod("a", restarts=(7,), newest=False), pod("b", restarts=(1, 2))]
    assert await value("restarts_since_rollout", *pods) == 3
    assert await value("restarts_since_rollout", pod("a", newest=False)) is None


def counted(*looks, over=600.0):
    restarts = Restarts(over)
    for when, pods in looks:
        restarts.take(WorkloadSeen(at=at(when), desired=1, available=1, pods=pods))
    return restarts.count


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (pod(restarts=(0,)), 0),
        (pod(restarts=(4,), made=-300), 4),  # all of its life is within
        (pod(restarts=(9,), ended=-700), 0),  # the last one is older
        (pod(restarts=(1,), ended=-10), 1),
        (pod(restarts=(9,), ended=-10), None),  # 1 to 9 of them
        (pod(restarts=(9,)), None),
    ],
)
def test_the_first_look_tells_only_what_can_be_known(seen, expected):
    assert counted((0, [seen])) == expected


def test_restarts_are_counted_and_leave_the_window_again():
    looks = [(0, [pod(restarts=(2,), ended=-900)]), (60, [pod(restarts=(3,))]), (120, [pod(restarts=(5,))])]
    assert counted(*looks) == 3
    assert counted(*looks, (500, [pod(restarts=(5,))])) == 3
    assert counted(*looks, (661, [pod(restarts=(5,))])) == 2
    assert counted(*looks, (700, [])) == 2  # pods that went away restarted all the same
    assert counted(*looks, (200, [pod("b", made=150, restarts=(1,))])) == 4


def test_what_was_not_known_is_known_once_the_window_was_watched():
    looks = [(when, [pod(restarts=(9,), ended=-10)]) for when in range(0, 600, 60)]
    assert counted(*looks) is None
    assert counted(*looks, (600, [pod(restarts=(10,))])) == 1


def test_after_a_long_silence_nothing_is_made_up():
    assert counted((0, [pod(restarts=(2,), ended=-900)]), (5000, [pod(restarts=(8,), ended=4990)])) is None


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 3)), min_size=1, max_size=40))
def test_restarts_against_a_plain_count(steps):
    when, total, happened, looks = 0, 0, [], [(0, [pod(restarts=(0,))])]
    for gap, more in steps:
        when, total = when + gap, total + more
        happened.append((when, more))
        looks.append((when, [pod(restarts=(total,))]))
    assert counted(*looks) == sum(more for at_, more in happened if at_ >= when - 600)


@pytest.mark.parametrize("said", ["api", "pod/x", "deployment/", "deployment/a/b", ""])
def test_what_names_no_workload_is_refused(said):
    with pytest.raises(SignalError):
        workload_of(said)
    with pytest.raises(sources.BadMapping):
        sources.Sources(workloads=Cluster()).signal("x", {"kubernetes": said})


def test_short_names_are_understood():
    assert workload_of("sts/db", namespace="shop") == Workload(kind="StatefulSet", name="db", namespace="shop")


DOCUMENT = """---
rbt:
  signals:
    pods failing: {kubernetes: deployment/api, take: failing}
    pod restarts: {kubernetes: deployment/api, take: restarts}
---
# Release

## Rollback Triggers

Immediately roll back if:

- More than 50% of pods failing
- Pod restarts > 3 in 10 minutes
"""


async def test_sentences_of_a_document_are_asked_of_the_cluster():
    runbook = read_document(DOCUMENT.encode(), "r.md")
    there = sources.Sources(workloads=Cluster(*FOUR))
    watched, manual = sources.of_runbook(runbook, sources.settings(runbook.front_matter), there)
    assert not manual
    failing, restarts = (one.check for one in watched)
    assert (failing.breach, failing.threshold, failing.unit) == (">", 50, "%")
    assert (restarts.breach, restarts.threshold, restarts.lasting) == (">", 3, 0)


def test_a_stage_may_say_how_long_a_condition_must_hold():
    runbook = read_document(b"# R\n\n## Rollback\n\nRoll back if:\n\n- Error rate > 10% for 5 minutes\n", "r.md")
    said = {"signals": {"error rate": {"text": "http://127.0.0.1:1/", "query": "errors", "unit": "ratio", "for": "2s"}}}
    ((watched,), manual) = sources.of_runbook(runbook, said, sources.Sources(said))
    assert not manual
    assert (watched.check.lasting, watched.check.threshold) == (2, 0.1)


@pytest.mark.parametrize(
    ("text", "over"),
    [
        ("Pod restarts > 3 in 5 minutes", 300),
        ("more than 3 pod restarts within 2 minutes", 120),
        ("pod restarts > 3", None),
    ],
)
def test_a_time_that_restarts_are_stated_for_is_what_they_are_counted_over(text, over):
    condition, spec = sources._counted(read(text, 1), {"kubernetes": "deploy/api", "take": "restarts"})
    assert condition.duration is None
    assert spec.get("over") == over
    condition, spec = sources._counted(read(text, 1), {"kubernetes": "deploy/api", "take": "restarts", "over": "1h"})
    assert spec["over"] == "1h"


def test_other_takes_keep_their_time():
    condition, _ = sources._counted(read("Available replicas < 2 for 5 minutes", 1), {"take": "available"})
    assert condition.duration == 300
    assert Timing().every == 15

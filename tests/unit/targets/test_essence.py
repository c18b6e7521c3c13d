"""Putting back what this run changed, and nothing else."""

import copy

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.targets.kubernetes.essence import Verdict, decide, differences, digest, essence, pointer

VALUES = st.one_of(st.integers(0, 3), st.sampled_from(["a", "b", ""]))
SPEC = st.dictionaries(st.sampled_from(["replicas", "paused", "template", "strategy"]), VALUES, max_size=4)
DATA = st.dictionaries(st.sampled_from(["a.yml", "b/c", "d~e"]), VALUES, max_size=3)
NOTES = st.dictionaries(st.sampled_from(["x", "y/z"]), VALUES, max_size=2)


@st.composite
def essences(draw):
    return {
        "spec": draw(SPEC),
        "data": draw(DATA),
        "metadata": {"labels": draw(NOTES), "annotations": draw(NOTES)},
    }


def patched(thing, patch):
    """RFC 6902, add and remove only."""
    out = copy.deepcopy(thing)
    for operation in patch:
        *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"][1:].split("/")]
        place = out
        for part in parents:
            place = place[part]
        if operation["op"] == "add":
            place[last] = operation["value"]
        else:
            del place[last]
    return out


def overlaid(thing, ours, other):
    """`thing` with what `other` has at places that `ours` and `thing` do not differ in."""
    return patched(
        thing,
        [
            {"op": "add", "path": pointer(path), "value": "foreign"}
            for path in other
            if path not in ours
        ],
    )  # fmt: skip


@given(essences(), essences())
def test_what_this_run_changed_becomes_what_it_was(before, after):
    decision = decide(before, [after], after)
    if before == after:
        assert decision.verdict is Verdict.ALREADY
    else:
        assert decision.verdict is Verdict.PATCH
        assert patched(after, decision.patch) == before


@given(essences(), essences())
def test_it_is_done_once_and_a_second_time_does_nothing(before, after):
    again = patched(after, decide(before, [after], after).patch)
    assert decide(before, [after], again).verdict is Verdict.ALREADY


@given(essences(), essences(), st.sampled_from([("spec", "strategy"), ("data", "a.yml"), ("metadata", "labels", "x")]))
def test_somebody_elses_place_is_never_written(before, after, place):
    now = patched(after, [{"op": "add", "path": pointer(place), "value": "theirs"}])
    decision = decide(before, [after], now)
    if place in differences(before, after):
        assert decision.verdict is Verdict.CONFLICT
        assert decision.paths == (place,)
    else:
        assert place not in decision.paths
        out = patched(now, decision.patch)
        for key in place:
            out = out[key]
        assert out == "theirs"


@given(essences(), essences(), essences())
def test_by_force_it_becomes_what_it_was_whoever_changed_it(before, after, now):
    decision = decide(before, [after], now, force=True)
    out = patched(now, decision.patch)
    for path in differences(before, after):
        assert path not in differences(before, out)


def test_what_was_made_is_removed_and_what_was_deleted_is_made_again():
    assert decide(None, [{"data": {}}], {"data": {}}).verdict is Verdict.DELETE
    assert decide(None, [{"data": {}}], {"data": {"theirs": "1"}}).verdict is Verdict.CONFLICT
    assert decide({"data": {}}, [None], None).verdict is Verdict.CREATE
    assert decide({"data": {}}, [{"data": {"a": 1}}], None).verdict is Verdict.CONFLICT
    assert decide(None, [{"data": {}}], None).verdict is Verdict.ALREADY


def test_what_nobody_saw_afterwards_is_taken_for_this_runs_doing():
    assert decide({"data": {"a": 1}}, [], {"data": {"a": 2}}).verdict is Verdict.PATCH


def test_an_essence_holds_no_secret_and_nothing_the_cluster_writes():
    secret = {
        "kind": "Secret",
        "metadata": {
            "uid": "u",
            "resourceVersion": "5",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"k":"aHVudGVyMg=="}}'},
        },
        "data": {"k": "aHVudGVyMg=="},
        "stringData": {"k": "hunter2"},
    }
    kept = essence(secret)
    assert "hunter2" not in str(kept)
    assert "aHVudGVyMg" not in str(kept)
    other = essence({**secret, "data": {"k": "b3RoZXI="}})
    assert digest(kept) != digest(other)
    deployment = {
        "kind": "Deployment",
        "metadata": {
            "resourceVersion": "1",
            "annotations": {"deployment.kubernetes.io/revision": "3", "oncall": "ana"},
        },
        "spec": {"replicas": 3},
        "status": {"replicas": 3},
    }
    assert essence(deployment) == {
        "spec": {"replicas": 3},
        "metadata": {"labels": {}, "annotations": {"oncall": "ana"}},
    }
    assert essence(deployment, autoscaled=True)["spec"] == {}

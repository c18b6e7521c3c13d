"""Patches that move traffic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.targets.kubernetes.traffic import NotSplit, aborted, canaried, split_of, switched, weighted
from tests.unit.targets.test_essence import patched


def route(*weights):
    backends = [
        {"name": f"b{n}"} if weight is None else {"name": f"b{n}", "weight": weight} for n, weight in enumerate(weights)
    ]
    return {"metadata": {"name": "r", "uid": "u"}, "spec": {"rules": [{"backendRefs": backends}]}}


def applied(thing, patch):
    """The patch, its tests held against the thing first."""
    for operation in patch:
        if operation["op"] == "test":
            place = thing
            for part in operation["path"][1:].split("/"):
                part = part.replace("~1", "/").replace("~0", "~")
                place = place[int(part)] if isinstance(place, list) else place[part]
            assert place == operation["value"]
    out = thing
    for operation in patch:
        if operation["op"] != "test" and "backendRefs" in operation["path"]:
            *_, rule, _, number, _ = operation["path"].split("/")
            out["spec"]["rules"][int(rule)]["backendRefs"][int(number)]["weight"] = operation["value"]
    return out


@given(st.lists(st.one_of(st.none(), st.integers(0, 1000)), min_size=2, max_size=4), st.floats(0, 100))
def test_a_backend_gets_its_share_and_nobody_is_lost(weights, percent) -> None:
    thing = route(*weights)
    names = [one["name"] for one in thing["spec"]["rules"][0]["backendRefs"]]
    after = applied(thing, weighted(thing, "b1", percent))
    split = split_of("HTTPRoute", after)
    assert [name for name, _ in split.shares] == names
    assert split.share("b1") == pytest.approx(percent, abs=0.06)
    assert sum(share for _, share in split.shares) == pytest.approx(100, abs=0.01)


def test_what_divides_nothing_is_refused() -> None:
    with pytest.raises(NotSplit):
        weighted(route(1), "b0", 50)
    with pytest.raises(NotSplit):
        weighted(route(1, 1), "other", 50)
    with pytest.raises(NotSplit):
        canaried({"metadata": {"name": "i", "uid": "u", "annotations": {}}}, 5)


def test_a_canary_of_ingress_nginx_has_its_weight_as_text() -> None:
    note = "nginx.ingress.kubernetes.io/canary"
    thing = {"metadata": {"name": "i", "uid": "u", "annotations": {note: "true", f"{note}-weight": "5"}}}
    patch = canaried(thing, 25)
    assert patch[-1]["value"] == "25"
    assert {
        "op": "test",
        "path": "/metadata/annotations/nginx.ingress.kubernetes.io~1canary-weight",
        "value": "5",
    } in patch


def test_a_second_switch_does_nothing() -> None:
    service = {"metadata": {"name": "s", "uid": "u"}, "spec": {"selector": {"app": "api", "color": "blue"}}}
    patch = switched(service, {"color": "green"})
    assert patch[1:] == [
        {"op": "test", "path": "/spec/selector/color", "value": "blue"},
        {"op": "replace", "path": "/spec/selector/color", "value": "green"},
    ]
    assert switched({**service, "spec": {"selector": {"app": "api", "color": "green"}}}, {"color": "green"}) == []


def test_abort_takes_the_new_side_to_nothing() -> None:
    before, now = route(100, 0), route(75, 25)
    after = applied(now, aborted("HTTPRoute", {"spec": before["spec"]}, now))
    assert split_of("HTTPRoute", after).share("b1") == 0
    assert patched({"a": {}}, []) == {"a": {}}

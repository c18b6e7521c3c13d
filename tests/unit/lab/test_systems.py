"""The programs of the five systems, as far as they are pure; the rest is walked in tests/integration/systems."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.lab.systems.bem import Breaker
from runbook_tui.lab.systems.layout import SYSTEMS, NoSuchSystem, lay_out
from runbook_tui.lab.systems.pods import shares
from runbook_tui.lab.systems.ppo import check, schedule
from runbook_tui.lab.systems.stage import Failed

RUNBOOKS = Path(__file__).parents[3] / "runbooks"


def pod(image: str, *, ready: bool = True, leaving: bool = False) -> dict:
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    meta = {"deletionTimestamp": "now"} if leaving else {}
    return {"metadata": meta, "spec": {"containers": [{"image": image}]}, "status": {"conditions": [condition]}}


def test_traffic_goes_to_ready_pods_by_their_number():
    assert shares([pod("old")] * 3, "old") == (0, "")
    assert shares([pod("old"), pod("new"), pod("new"), pod("new", ready=False)], "old") == (67, "new")
    assert shares([pod("old", leaving=True), pod("new")], "old") == (100, "new")


def test_the_breaker_opens_after_five_refuses_at_once_and_lets_one_decide():
    now = [0.0]
    breaker = Breaker(now=lambda: now[0])
    for _ in range(4):
        breaker.call(lambda: False)
    assert breaker.state == "closed"
    breaker.call(lambda: False)
    with pytest.raises(Failed, match="open"):
        breaker.call(lambda: pytest.fail("it was tried"))
    now[0] = 60.0
    assert breaker.state == "half open"
    breaker.call(lambda: False)
    assert breaker.state == "open"
    now[0] = 120.0
    breaker.call(lambda: True)
    assert breaker.state == "closed"


JOBS = st.lists(
    st.builds(
        dict, release=st.floats(0, 100), minutes=st.floats(0.1, 50), weight=st.floats(0, 1), id=st.integers(0, 10**6)
    ),
    unique_by=lambda job: job["id"],
    max_size=40,
)


@given(JOBS, st.booleans())
def test_every_schedule_keeps_its_constraints(jobs, by_policy):
    check(jobs, schedule(jobs, {"minutes": 1.0, "weight": 2.0} if by_policy else None))


def test_a_schedule_that_breaks_one_is_refused():
    jobs = [{"id": n, "release": 0.0, "minutes": 5.0, "weight": 0.0} for n in (1, 2)]
    with pytest.raises(Failed, match="share machine 0"):
        check(jobs, {1: (0, 0.0, 5.0), 2: (0, 4.0, 9.0)})
    with pytest.raises(Failed, match="1 of 2"):
        check(jobs, {1: (0, 0.0, 5.0)})


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_program_that_a_runbook_calls_is_in_its_project(system, tmp_path):
    lay_out(system, tmp_path)
    text = (RUNBOOKS / f"{system}.md").read_text()
    fences = "\n".join(re.findall(r"^ *```bash[^\n]*\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL))
    called = set(re.findall(r"(?:python3?|uv run python) ([\w./]+\.py)", fences)) | set(
        re.findall(r"^ *\./([\w./]+\.sh)", fences, re.MULTILINE)
    )
    missing = {name for name in called if not (tmp_path / name).is_file()} - {"bem/kernels/build.py"}
    assert not missing


def test_what_is_there_is_not_written_over(tmp_path):
    lay_out("mlsdm", tmp_path)
    (tmp_path / "config" / "production-ready.yaml").write_text("mine")
    assert lay_out("mlsdm", tmp_path) == []
    assert (tmp_path / "config" / "production-ready.yaml").read_text() == "mine"
    with pytest.raises(NoSuchSystem, match="bem-fleet"):
        lay_out("nothing", tmp_path)

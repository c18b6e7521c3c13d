"""Faults of the lab, by keys: only where a run is on it."""

import pytest

from runbook_tui.lab import control, faults
from tests.e2e.test_every_screen import fits_and_reads

ON_LAB = "# Release\n\n## Go\n\n```bash\n# Half of the traffic\nrbt lab weights v1=50 v2=50\n```\n\n- [ ] Look\n"
ELSEWHERE = "# Release\n\n## Go\n\n- [ ] Look\n"


@pytest.fixture
def lab(tmp_path, monkeypatch):
    folder = tmp_path / "state" / "lab"
    monkeypatch.setenv("RBT_STATE", str(folder.parent))
    monkeypatch.setenv("RBT_LAB_PORT", "0")
    control.up(folder, port=0)
    yield folder
    control.down(folder)


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_what_goes_wrong_is_switched_by_keys_seen_and_noted(lab, document, opened, size):
    path = document(ON_LAB)
    faults.switch_on(lab, faults.chosen("crash", step="Look"))
    async with opened(path, size=size) as ana:
        await ana.reads("0/")
        await ana.press("X")
        await ana.reads("Faults of the lab", "error-rate", "30 %", "no-metrics", "waits for “Look”")
        fits_and_reads(ana, size, "faults")
        await ana.press("enter")
        await ana.reads("error-rate 30 % from now on, of v2")
        assert [one.name for one in faults.read(lab) if one.since] == ["error-rate"]
        await ana.press("down", "down", "down", "space")
        await ana.reads("lab: slow-start")
        await ana.press("enter")
        await ana.reads("slow-start is off")
        await ana.press("x")
        await ana.reads("lab: off with")
        assert faults.read(lab) == ()
        faults.switch_on(lab, faults.chosen("disk-full"))  # another terminal
        await ana.reads("● on    disk-full")
        await ana.press("x", "escape")
        await ana.until(lambda: "lab: off with" in str(ana.state.steps), "the note")


async def test_a_run_that_is_not_on_the_lab_has_none(lab, document, opened):
    async with opened(document(ELSEWHERE)) as ana:
        await ana.reads("0/")
        await ana.press("X")
        await ana.reads("this run is not on the lab")
        assert ana.app.screen is ana.walk
    control.down(lab)
    async with opened(document(ON_LAB, "other.md")) as ana:
        await ana.reads("0/")
        await ana.press("X")
        await ana.reads("this run is not on the lab")

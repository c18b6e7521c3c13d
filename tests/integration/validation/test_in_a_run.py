"""A step that prints a kernel validation: its verdict decides, and stays in the record."""

from __future__ import annotations

import json

import pytest

from runbook_tui import records
from runbook_tui.run import intents as i
from runbook_tui.run.policy import Refused
from runbook_tui.run.state import StepPhase
from runbook_tui.run.summary import summary
from tests.integration.run.desk import Stage, step
from tests.unit.validation.test_reading import GOOD, case, end, start, text

DOCUMENT = """\
# Release

## Kernels

```bash
# Prove the kernels
cat lines.json; exit $(cat status)
```

- [ ] The kernels are proven

  ```bash
  cat lines.json
  ```
"""


@pytest.fixture
def stage(tmp_path, monkeypatch):
    monkeypatch.setenv("RBT_STATE", str(tmp_path / "state"))
    return lambda document=DOCUMENT: Stage(tmp_path, document)


def prints(stage: Stage, *lines, status: int = 0) -> None:
    (stage.folder / "lines.json").write_bytes(text(*lines))
    (stage.folder / "status").write_text(str(status))


async def run(conductor, title: str):
    there = step(conductor, title)
    await conductor.perform(i.RunStep(step=there.id, confirmed=True))
    return conductor.state.step(there.id)


async def test_a_pass_ticks_the_step_and_stands_in_the_record(stage):
    play = stage()
    prints(play, *GOOD)
    async with play.new_run() as conductor:
        assert (await run(conductor, "Prove")).phase is StepPhase.DONE
        job = conductor.state.step(step(conductor, "Prove").id).jobs[-1]
        assert [one.case for one in conductor.live_kernels(job).cases] == ["odd", "even"]
    async with records.open_journal(read_only=True) as journal:
        state, runbook = await records.load(journal, await records.find_run(journal, None))
    told = summary(runbook, state, driven=False)
    kernels = next(job["kernels"] for one in told["steps"] for job in one["jobs"])
    assert (kernels["verdict"], kernels["cases"], kernels["device"], kernels["evidence_sha256"]) == (
        "pass",
        2,
        "H200",
        "ab",
    )
    assert {"condition": "kernels validated in “Prove the kernels”", "state": "pass", "value": 2}.items() <= told[
        "gates"
    ][-1].items()


@pytest.mark.parametrize(
    ("lines", "status", "says"),
    [
        ((start(), case(), case("even", ok=False), end("fail")), 1, "kernels failed: 1 of 2 cases failed"),
        ((start(), case(), case("even", ok=False), end()), 0, "kernels failed: 1 of 2 cases failed"),
        (
            (start(on="interpreter"), case(), case("even"), end("not_validated", "interpreter", reason="no card")),
            0,
            "kernels not validated: no card",
        ),
        (GOOD[:-1], 0, "kernels not validated: it ended without a verdict"),
    ],
)
async def test_what_is_no_pass_fails_the_step_whatever_its_exit_status(stage, lines, status, says):
    play = stage()
    prints(play, *lines, status=status)
    async with play.new_run() as conductor:
        after = await run(conductor, "Prove")
        assert after.phase is StepPhase.FAILED
        assert after.reason.startswith(says)


async def test_a_box_cannot_be_ticked_over_a_verdict_but_skipped_with_a_reason(stage):
    play = stage()
    prints(play, start(1), case(ok=False), end("fail"))
    async with play.new_run() as conductor:
        box = step(conductor, "The kernels are proven")
        await conductor.perform(i.RunStep(step=box.id, confirmed=True))
        with pytest.raises(Refused, match=r"kernels failed.*skip the step with a reason"):
            await conductor.perform(i.Tick(step=box.id))
        prints(play, *GOOD)
        await conductor.perform(i.RunStep(step=box.id, confirmed=True))
        await conductor.perform(i.Tick(step=box.id))
        assert conductor.state.step(box.id).phase is StepPhase.DONE


async def test_a_step_with_the_gate_wants_a_validation_and_not_only_an_exit_status(stage):
    play = stage(
        "# R\n\n```bash {gate=kernels}\n# Prove it\ntrue\n```\n\n<!-- rbt: gate=kernels -->\n- [ ] Proven by hand\n"
    )
    async with play.new_run() as conductor:
        after = await run(conductor, "Prove it")
        assert after.phase is StepPhase.FAILED
        assert "printed nothing of a kernel validation" in after.reason
        box = step(conductor, "Proven by hand")
        if box.annotations.get("gate") == "kernels":
            with pytest.raises(Refused, match="wants kernels validated"):
                await conductor.perform(i.Tick(step=box.id))


async def test_the_record_is_read_again_by_whoever_only_watches(stage):
    from runbook_tui.desk import LocalDesk

    play = stage()
    prints(play, *GOOD)
    async with play.new_run() as conductor:
        await run(conductor, "Prove")
        name = conductor.state.run
    desk = LocalDesk()
    watched = await desk.watch(name)
    job = next(iter(watched.state.jobs))
    assert watched.live_kernels(job) is None
    assert len((await watched.kept_kernels(job)).cases) == 2
    assert watched.state.jobs[job].kernels.passed
    await watched.close()
    await desk.close()


def test_status_says_it(stage, tmp_path, capsys):
    from runbook_tui.cli import main

    play = stage()
    prints(play, start(1), case(ok=False), end("fail"))
    assert main(["run", str(play.path), "--headless", "--yes", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    job = told["steps"][0]["jobs"][0]
    assert job["kernels"]["verdict"] == "fail"
    assert "instead of 0.75" in job["kernels"]["failures"][0]

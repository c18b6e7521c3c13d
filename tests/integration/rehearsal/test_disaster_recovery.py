"""The disaster recovery drill, walked on the lab: what is lost comes back in time, and it goes wrong as it should."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

RUNBOOK = Path(__file__).parents[3] / "runbooks" / "disaster-recovery.md"
RTO, RPO = 300, 3600  # seconds; BEM v1.3: 5 minutes, 1 hour


def drill(rehearse, *words):
    return rehearse(RUNBOOK.read_text(), *words, sidecar=RUNBOOK.with_suffix(".runbook.yaml").read_text())


def test_what_was_lost_comes_back_within_rto_and_rpo(rehearse, tmp_path):
    done = drill(rehearse)
    assert (done.code, done.report["ending"]) == (0, "completed"), done.said
    assert all(one["act"] == "run" for one in done.report["commands"])
    said = outputs(tmp_path, "Measure")
    rto, rpo = (int(re.search(rf"{name}[ =](\d+)", said)[1]) for name in ("RTO", "rpo"))
    print(f"RTO {rto} s of {RTO} s, RPO {rpo} s of {RPO} s")
    assert 0 <= rto <= RTO
    assert 0 <= rpo <= RPO
    assert re.search(r"5[12] jobs are kept", outputs(tmp_path, "What is written now")), "the 50 saved, and the new one"
    assert done.report["rollback"]["succeeded"]


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        ("disk-full", "Something worth keeping"),
        ("bad-image@The new machine", "The new machine of the service, without traffic"),
        ("error-rate=100@Look", "Look"),
    ],
)
def test_it_ends_as_the_document_says(rehearse, fault, step):
    done = drill(rehearse, "--fault", fault)
    report = done.report
    assert (done.code, report["ending"]) == (0, "rolled back"), (report["reasons"], done.said)
    assert report["rollback"]["succeeded"]
    stopped = next(one["title"] for one in report["steps"] if one["id"] == report["stopped_at"])
    assert stopped == step or report["rollback"]["by"] == "the document's conditions", done.said


def outputs(tmp_path, title):
    """What the steps whose title begins so have printed."""
    code = f"""
import asyncio
from runbook_tui.records import load, open_journal
async def main():
    async with open_journal(read_only=True) as journal:
        run = (await journal.runs())[0].run
        state, runbook = await load(journal, run)
        for step in runbook.steps:
            if step.title.startswith({title!r}):
                for job in state.step(step.id).jobs:
                    print(b"".join(p.data for p in await journal.read_output(run, job)).decode())
asyncio.run(main())
"""
    environ = {**os.environ, "RBT_STATE": str(tmp_path / "state")}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True).stdout

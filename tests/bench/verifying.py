"""Verifying a run: 100,000 events, 10,000 events with 200 MB of outputs, one signature; beside a bare chain of hashes."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from runbook_tui.run import events as e
from runbook_tui.run.chain import genesis, link
from runbook_tui.signing.keygen import Presented, judge, sign
from runbook_tui.signing.names import SIGN_OFF
from runbook_tui.signing.verification import verify
from tests.bench.figures import tell
from tests.integration.signing.bed import Run, Team

EVENTS = 100_000
OUTPUTS, OUTPUT = 200, 1_000_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        team = Team(Path(folder))
        _signature(team)
        long = Run(team, walked=False)
        while len(long.rows) < EVENTS - 3:
            step = f"deploy/step-{len(long.rows) % 500}"
            job = f"j{len(long.rows)}"
            long.add(
                e.JobStarted(job=job, step=step, command=f"{step}.1", text="ls", shown="ls -l /srv", target="local")
            )
            long.add(e.JobFinished(job=job, exit=0, seconds=0.1))
            long.add(e.StepTicked(step=step))
            long.add(e.StepReopened(step=step, reason="again"))
        long.sign("ana", "Engineering Lead")
        _verified(f"verify {len(long.rows):,} events, one signature", long, "aim: seconds")
        heavy = Run(team, walked=False)
        step = heavy.runbook.steps[0].id
        for _ in range(OUTPUTS):
            heavy.job(step, f"{step}.1", output=os.urandom(OUTPUT))
        while len(heavy.rows) < 10_000:
            heavy.add(e.StepTicked(step=step))
        _verified("verify 10,000 events with 200 MB of outputs", heavy, "aim < 2 s")


def _verified(name: str, run: Run, aim: str) -> None:
    evidence = run.evidence()
    times, bare = [], []
    for _ in range(3):
        at = time.perf_counter()
        found = verify(evidence)
        times.append(time.perf_counter() - at)
        assert not found.violated, found.findings
        at = time.perf_counter()
        prev = genesis(run.name)
        for row in evidence.events:
            prev = link(prev, row.body.encode())
        bare.append(time.perf_counter() - at)
    tell(name, f"{min(times):.2f} s, {min(times) / min(bare):.1f}× the bare chain ({min(bare):.2f} s)", aim)


def _signature(team: Team) -> None:
    from datetime import UTC, datetime

    text = b"x" * 5000
    made, judged = [], []
    for _ in range(20):
        at = time.perf_counter()
        signature = sign(text, namespace=SIGN_OFF, key=str(team.folder / "ana"))
        made.append(time.perf_counter() - at)
        presented = Presented(
            text=text, signature=signature, namespace=SIGN_OFF, principal="ana@example.org",
            signers=team.signers("ana"), at=datetime.now(UTC),
        )  # fmt: skip
        at = time.perf_counter()
        assert judge(presented) is None
        judged.append(time.perf_counter() - at)
    tell("one signature made / judged by ssh-keygen", f"{min(made) * 1000:.1f} ms / {min(judged) * 1000:.1f} ms")

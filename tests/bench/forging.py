"""10,000 random edits of a signed statement and of its signature, half of them under an ECDSA key: all refused."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

from runbook_tui.signing.offering import NotSigned, taken
from tests.bench.figures import tell
from tests.integration.signing.bed import Team, judge
from tests.integration.signing.forging import edited
from tests.integration.signing.test_forging import of_kind

EDITS = 10_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        team = Team(Path(folder))
        for kind in ("ed25519", "ecdsa-256"):
            _forge(team, kind, EDITS // 2)


def _forge(team: Team, kind: str, edits: int) -> None:
    run, good, others = of_kind(team, kind)
    case, chance = run.case(), random.Random(2026)
    refused, at = 0, time.perf_counter()
    for _ in range(edits):
        data, signature = edited(good, others, chance)
        try:
            taken(case, data, signature, how="detached", at=run.now, judged_by=judge)
        except NotSigned:
            refused += 1
        else:
            print(f"TAKEN: {data!r}\n{signature!r}")
    seconds = time.perf_counter() - at
    tell(
        f"{kind}: edits of a signed statement or its signature, refused",
        f"{refused} of {edits} in {seconds:.0f} s",
        "all",
    )
    assert refused == edits

"""200 power cuts of each kind, and a control that must lose; every call of the journal failing in turn."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import tell
from tests.disk import build_shim, ext4, no_compiler
from tests.disk.examine import Cut
from tests.disk.replay import cuts, record

CUTS = 200
CONTROLS = 20
RECORDINGS = 4


def _tell(name: str, found: Sequence[Cut], aim: str) -> None:
    owed = sum(cut.acknowledged for cut in found)
    bad = sum(not cut.holds for cut in found)
    tell(f"{len(found)} × {name}", f"{sum(cut.lost for cut in found)} lost of {owed} acknowledged", aim)
    tell("  cuts with a loss or something half, journals broken", f"{bad}, {sum(bool(cut.broken) for cut in found)}")
    tell("  committed but not acknowledged", str(sum(cut.unsaid for cut in found)))


def _computed(shim: Path, synchronous: str, count: int) -> list[Cut]:
    found: list[Cut] = []
    for seed in range(RECORDINGS):
        with tempfile.TemporaryDirectory() as folder:
            told = record(Path(folder), shim, synchronous=synchronous, seed=seed, appends=300)
            found += cuts(told, Path(folder), count=count // RECORDINGS, seed=100 + seed)
    return found


def main() -> None:
    if reason := no_compiler():
        tell("power cuts, computed", f"not taken: {reason}")
    else:
        with tempfile.TemporaryDirectory() as folder:
            shim = build_shim(Path(folder))
            _tell("cut, what was not synced lost or torn", _computed(shim, "full", CUTS), "aim 0")
            _tell("the same, synchronous=OFF", _computed(shim, "off", CONTROLS), "must lose")
            _errors(shim)
    if reason := ext4.cannot():
        tell("power cuts, ext4 shut down", f"not taken: {reason}")
        return
    with tempfile.TemporaryDirectory() as folder:
        _tell("ext4 shut down without flushing its log", ext4.cuts("full", CUTS, 1, Path(folder)), "aim 0")
        _tell("the same, synchronous=OFF", ext4.cuts("off", CONTROLS, 1, Path(folder)), "must lose")


def _errors(shim: Path) -> None:
    from tests.integration.journal.test_disk_errors import stories

    for error in (errno.EIO, errno.ENOSPC):
        with tempfile.TemporaryDirectory() as folder:
            told = stories(shim, Path(folder), error, "journal", 1)
        bad = [one for one in told if one["broken"] or one["went_on"] or one["events"] < one["acknowledged"]]
        half = [one for one in told if any(sum(s.startswith(f"{n}.") for s in one["ticked"]) % 3 for n in "123")]
        tell(
            f"{errno.errorcode[error]} at each of {len(told) - 1} calls: lost or gone on, half",
            f"{len(bad)}, {len(half)}",
            "aim 0, 0",
        )


if __name__ == "__main__":
    main()

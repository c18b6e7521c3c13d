"""Lays a system's project out in a folder: the files that its runbook names, and what its stage says of signals."""

from __future__ import annotations

from pathlib import Path

from runbook_tui.lab.systems import bci, bem, fleet, mlsdm, ppo
from runbook_tui.run.ports import OperatorError

SYSTEMS = {
    "bci2token": bci.FILES,
    "bem-fleet": fleet.FILES,
    "bem-v13": bem.FILES,
    "mlsdm": mlsdm.FILES,
    "ppo-scheduler": ppo.FILES,
}


class NoSuchSystem(OperatorError):
    """The lab has no project of that name; nothing was written."""


def lay_out(system: str, folder: Path) -> list[Path]:
    """Write what is not there yet; the paths. Raises NoSuchSystem."""
    if system not in SYSTEMS:
        raise NoSuchSystem(f"there is no project {system!r} here: {', '.join(SYSTEMS)}")
    written = []
    for name, text in SYSTEMS[system].items():
        path = folder / name
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        if text.startswith("#!"):
            path.chmod(0o755)
        written.append(path)
    return written

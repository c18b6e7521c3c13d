"""The table of a preflight: the same cells for the screen and for `rbt preflight`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from runbook_tui.run.preflight import HostKey, Level, Preflight, Probe, Sudo, Verdict, size

HEADINGS = ("host", "verdict", "key", "answer", "sudo", "sessions", "clock", "free", "ssh")
WORDS = {Level.PASS: "pass", Level.WARN: "warning", Level.BLOCK: "cannot"}
GLYPHS = {Level.PASS: "✔", Level.WARN: "!", Level.BLOCK: "✖"}
UNKNOWN = "–"
_SUDO = {Sudo.NOT_NEEDED: UNKNOWN, Sudo.FREE: "yes", Sudo.PASSWORD: "asks", Sudo.REFUSED: "no", Sudo.MISSING: "none"}


class Row(NamedTuple):
    """One host: a cell for each heading, and why, which may be long."""

    level: Level
    cells: tuple[str, ...]
    why: str


def rows(preflight: Preflight) -> tuple[Row, ...]:
    """In the fleet's order."""
    return tuple(Row(verdict.level, _cells(verdict), verdict.why) for verdict in preflight.verdicts)


def widths(table: Sequence[Row]) -> tuple[int, ...]:
    """Characters each column wants."""
    every = [HEADINGS, *(row.cells for row in table)]
    return tuple(max(len(cells[at]) for cells in every) for at in range(len(HEADINGS)))


def as_text(preflight: Preflight) -> str:
    """What `rbt preflight` prints: the table, each reason once with its hosts, one sentence."""
    table = rows(preflight)
    wide = widths(table)
    lines = ["  " + _line(HEADINGS, wide)]
    lines += [f"{GLYPHS[row.level]} {_line(row.cells, wide)}" for row in table]
    told = preflight.told_together
    if told:
        lines += [
            "",
            *(f"{GLYPHS[level] if level is not Level.PASS else ' '} {hosts}: {text}" for level, hosts, text in told),
        ]
    return "\n".join([*lines, "", preflight.summary]) + "\n"


def _cells(verdict: Verdict) -> tuple[str, ...]:
    probe = verdict.probe
    return (
        probe.host,
        WORDS[verdict.level],
        UNKNOWN if probe.key is HostKey.UNSEEN else probe.key.value,
        f"{probe.latency * 1000:.0f} ms" if probe.reachable and probe.latency is not None else UNKNOWN,
        _SUDO[probe.sudo] if probe.answered else UNKNOWN,
        UNKNOWN if probe.sessions is None or not probe.reachable else str(probe.sessions),
        _clock(probe),
        size(probe.free) if probe.answered and probe.free is not None and probe.folder else UNKNOWN,
        probe.openssh.removeprefix("SSH-2.0-").replace("OpenSSH_", "").split(" ")[0][:14] or UNKNOWN,
    )


def _clock(probe: Probe) -> str:
    if probe.skew is None or not probe.answered:
        return UNKNOWN
    if abs(probe.skew) <= probe.doubt:
        return "right"
    return f"{probe.skew:+.1f} s" if abs(probe.skew) < 1000 else f"{probe.skew / 3600:+.1f} h"


def _line(cells: Sequence[str], wide: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, wide, strict=True)).rstrip()

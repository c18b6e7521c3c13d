"""The table of the five systems: what the tests that walked them have seen, put together at the end of a session."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields

import pytest


@dataclass
class Row:
    """What was seen of one system; an empty cell was not seen."""

    system: str
    walked: str = ""
    gated: str = ""
    rolled_back: str = ""
    resumed: str = ""
    signed: str = ""
    verified: str = ""


CELLS = tuple(field.name for field in fields(Row))[1:]


def merged(rows: Iterable[Row]) -> list[Row]:
    """One row a system: what any of its tests has seen."""
    found: dict[str, Row] = {}
    for row in rows:
        one = found.setdefault(row.system, Row(system=row.system))
        for name in CELLS:
            setattr(one, name, getattr(one, name) or getattr(row, name))
    return list(found.values())


def table(rows: Iterable[Row]) -> str:
    """Markdown."""
    lines = [["system", *(name.replace("_", " ") for name in CELLS)], ["---"] * (len(CELLS) + 1)]
    lines += [[row.system, *(getattr(row, name) or "–" for name in CELLS)] for row in merged(rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = {report.nodeid for report in terminalreporter.stats.get("passed", [])}
    rows = [
        Row(**json.loads(str(value)))
        for report in terminalreporter.stats.get("", [])  # what a fixture notes when the test is over
        if getattr(report, "when", "") == "teardown" and report.nodeid in passed
        for name, value in report.user_properties
        if name == "system"
    ]
    if rows:
        terminalreporter.section("the five systems")
        terminalreporter.write_line(table(rows))

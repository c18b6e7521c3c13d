"""Plain text on standard output: what `rbt show`, `lint`, `runs` and `status` print."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from runbook_tui import __version__
from runbook_tui.document.codes import CODES
from runbook_tui.document.runbook import Command, Finding, Runbook, Step
from runbook_tui.run.preflight import Preflight
from runbook_tui.run.preflight_table import as_text

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_GLYPHS = {
    "done": "✔",
    "running": "▶",
    "failed": "✖",
    "skipped": "–",
    "unknown": "?",
    "blocked": "⊘",
    "rolled_back": "↩",
}


def clean(text: str) -> str:
    """Text without characters that a terminal would obey."""
    return _CONTROL.sub("�", text)


def print_runbook(runbook: Runbook) -> None:
    """The document as understood: sections, steps, commands, and what was noticed."""
    boxes = sum(len(step.boxes) for step in runbook.steps)
    runnable = sum(command.runnable for command in runbook.commands)
    counts = [
        f"{boxes} boxes",
        f"{len(runbook.commands)} commands ({runnable} runnable)",
        f"{len(runbook.triggers)} rollback triggers",
        f"{len(runbook.signoffs)} sign-offs",
    ]
    _say(runbook.title)
    _say("  " + ", ".join(counts) + (", broken encoding repaired" if runbook.encoding_repaired else ""))
    by_section: dict[str, list[Step]] = {}
    for step in runbook.steps:
        by_section.setdefault(step.section, []).append(step)
    for section in runbook.sections:
        role = "" if section.role == "phase" else f"  [{section.role.value}]"
        _say(f"{'  ' * section.level}{section.title}{role}")
        for step in by_section.get(section.id, []):
            _print_step(runbook, step, "  " * (section.level + 1 + step.depth))
    if runbook.findings:
        _say("")
        for finding in runbook.findings:
            _say(f"  {finding.severity.value}: line {finding.line}: {finding.message} ({finding.code})")


def _print_step(runbook: Runbook, step: Step, indent: str) -> None:
    glyph = {"trigger": "!", "signoff": "✍", "option": "◇"}.get(step.role.value, "○")
    _say(f"{indent}{glyph} {step.title}")
    for command_id in step.commands:
        _print_command(runbook.command_by_id[command_id], indent + "    ")
    for command_id in step.back:
        _say(f"{indent}    taken back by:")
        _print_command(runbook.command_by_id[command_id], indent + "      ")


def _print_command(command: Command, indent: str) -> None:
    mark = command.effect.value if command.runnable else f"not run: {command.why_not}"
    first, *rest = command.text.splitlines() or [""]
    _say(f"{indent}$ {first}   ({mark})")
    for line in rest:
        _say(f"{indent}  {line}")


def print_findings(found: Mapping[str, Sequence[Finding]]) -> None:
    """One line each, as compilers print them, so that editors can jump there."""
    for file, findings in found.items():
        for finding in findings:
            _say(f"{file}:{finding.line}: {finding.severity.value}: {finding.message} [{finding.code}]")
    every = [finding for findings in found.values() for finding in findings]
    files = "1 file" if len(found) == 1 else f"{len(found)} files"
    if not every:
        _say(f"{files}, nothing found")
        return
    counts = [(level, sum(finding.severity == level for finding in every)) for level in ("error", "warning", "info")]
    number = "1 finding" if len(every) == 1 else f"{len(every)} findings"
    _say(f"{number} in {files}: " + ", ".join(f"{count} {level}" for level, count in counts if count))


def findings_as_json(found: Mapping[str, Sequence[Finding]]) -> dict[str, Any]:
    return {
        "schema": "runbook-tui/lint@1",
        "files": [
            {
                "source": file,
                "findings": [
                    {"code": f.code, "severity": f.severity.value, "line": f.line, "message": f.message}
                    for f in findings
                ],
            }
            for file, findings in found.items()
        ],
    }


def findings_as_sarif(found: Mapping[str, Sequence[Finding]]) -> dict[str, Any]:
    """SARIF 2.1.0 (OASIS), the form code hosts show beside the lines."""
    levels = {"error": "error", "warning": "warning", "info": "note"}
    codes = sorted({finding.code for findings in found.values() for finding in findings})
    results = [
        {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": levels[finding.severity.value],
            "message": {"text": finding.message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": _uri(file)},
                        "region": {"startLine": max(finding.line, 1)},
                    }
                }
            ],
        }
        for file, findings in found.items()
        for finding in findings
    ]
    rules = [{"id": code, "shortDescription": {"text": CODES.get(code, code)}} for code in codes]
    driver = {"name": "rbt lint", "version": __version__, "rules": rules}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _uri(file: str) -> str:
    """A file's name as a URI reference: relative ones stay relative to where the report is read."""
    path = quote(file.replace("\\", "/"))
    return f"file://{path}" if path.startswith("/") else path


def print_json(value: object) -> None:
    """One JSON value, for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_preflight(found: Preflight) -> None:
    """The table of the hosts, each reason once, one sentence."""
    for line in as_text(found).splitlines():
        print(clean(line))


def print_runs(rows: Sequence[Mapping[str, Any]]) -> None:
    """The runs as a table."""
    if not rows:
        _say("no runs yet")
        return
    wide = max(len(row["run"]) for row in rows)
    for row in rows:
        done = row["progress"]
        count = f"{done['done'] + done['skipped']}/{done['total']}"
        word = "rehearsal" if row["rehearsal"] else row["outcome"]
        ticket = f" · {row['ticket']}" if row["ticket"] else ""
        _say(f"{row['run']:<{wide}}  {word:<11} {count:>8}  {(row['started'] or '')[:16]:16}  {row['title']}{ticket}")


_SIGNED = {
    "signed": "✔ signed",
    "partly": "· signed, more have to",
    "void": "✖ VOID",
    "rejected": "✖ says NO",
    "name_only": "· name only, not signed",
}


def print_status(run: Mapping[str, Any]) -> None:
    """A run, step by step."""
    done = run["progress"]
    _say(f"{run['run']} · {run['title']}")
    counts = f"{done['done']} done, {done['skipped']} skipped, {done['failed']} failed of {done['total']}"
    _say(f"  {'a rehearsal, ' if run['rehearsal'] else ''}{run['outcome']}, {counts}")
    if run["ticket"]:
        _say(f"  ticket {run['ticket']}")
    if run["waiting_for"]:
        _say(f"  next: {run['waiting_for']}")
    if run["driver"]:
        _say(f"  driven by {run['driver']}")
    for step in run["steps"]:
        glyph = _GLYPHS.get(step["state"], "○")
        by = f"  {step['by']} {step['at'][11:19]}" if step["by"] and step["at"] else ""
        reason = f"  ({step['reason']})" if step["reason"] else ""
        _say(f"  {glyph} {step['title']}{by}{reason}")
        for note in step.get("notes", ()):
            _say(f"      {note['by']} {note['at'][11:19]}: {note['text']}")
    for one in run.get("restored", ()):
        _say(
            f"  ! the record was put back from {one['source']} by {one['by']}: {one['lost']} events before it are gone"
        )
    for sign in run.get("signoffs", ()):
        if sign["state"] != "open":
            _say(f"  {_SIGNED[sign['state']]}  {sign['role']}: {sign['by']}, “{sign['meaning']}”")
    _say(f"  way back: {run['rollback']['state']}")


def _say(text: str) -> None:
    print("\n".join(map(clean, text.split("\n"))))

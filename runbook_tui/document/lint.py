"""What an author should know before the night it is needed.

Codes are stable: RB1xx come from reading, RB2xx from judging what was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_tui.document.runbook import Effect, Finding, Runbook, SectionRole, Severity

_LIVE = re.compile(r"\b(?:prod|production|live|deploy\w*|release|rollout|go-live)\b", re.IGNORECASE)


def lint(runbook: Runbook) -> tuple[Finding, ...]:
    """All findings of a document, in the order of its lines."""
    found = {(finding.line, finding.code, finding.message): finding for finding in runbook.findings}
    for judge in (_empty, _destructive, _placeholders, _signoffs, _rollback):
        for finding in judge(runbook):
            found.setdefault((finding.line, finding.code, finding.message), finding)
    return tuple(found[key] for key in sorted(found))


def _empty(runbook: Runbook) -> Iterator[Finding]:
    if not runbook.steps:
        yield Finding(
            code="RB205",
            severity=Severity.WARNING,
            line=1,
            message="The document holds nothing to do: write steps as task boxes or shell blocks.",
        )


def _destructive(runbook: Runbook) -> Iterator[Finding]:
    for command in runbook.commands:
        if command.effect is Effect.DESTROY and not (command.undo or command.confirm or command.rollback):
            yield Finding(
                code="RB201",
                severity=Severity.WARNING,
                line=command.line,
                message=(
                    "A destructive command says neither how it is undone nor that it wants confirmation: "
                    "annotate rollback or confirm."
                ),
            )


def _placeholders(runbook: Runbook) -> Iterator[Finding]:
    for placeholder in runbook.placeholders:
        yield Finding(
            code="RB202",
            severity=Severity.INFO,
            line=placeholder.first_line,
            message=(
                f"{placeholder.text} is asked for before its commands run ({placeholder.count} time(s) in the "
                "document)."
            ),
        )


def _signoffs(runbook: Runbook) -> Iterator[Finding]:
    for slot in runbook.signoffs:
        if not slot.role:
            yield Finding(
                code="RB150",
                severity=Severity.WARNING,
                line=slot.line,
                message="A sign-off line names no role, so nobody can be asked to sign it: write who signs.",
            )


def _rollback(runbook: Runbook) -> Iterator[Finding]:
    sections = [section for section in runbook.sections if section.role is SectionRole.ROLLBACK]
    for section in sections:
        if section.parent is not None and runbook.section_by_id[section.parent].role is SectionRole.ROLLBACK:
            continue
        if not any(section.line <= step.line <= section.end_line for step in runbook.steps):
            yield Finding(
                code="RB203",
                severity=Severity.WARNING,
                line=section.line,
                message="The rollback section gives no step or command to take back with: write it out.",
            )
    changing = next(
        (
            command
            for command in runbook.commands
            if command.effect in {Effect.CHANGE, Effect.DESTROY} and not command.undo
        ),
        None,
    )
    live = _LIVE.search(runbook.title) or any(_LIVE.search(section.title) for section in runbook.sections)
    if changing is not None and live and not sections:
        yield Finding(
            code="RB204",
            severity=Severity.WARNING,
            line=changing.line,
            message="Commands change something and no section says how to roll back: add a rollback procedure.",
        )

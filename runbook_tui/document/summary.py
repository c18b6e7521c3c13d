"""A runbook as the JSON of `rbt show --json`. The names are a contract: docs/json.md."""

from __future__ import annotations

from typing import Any

from runbook_tui.document.lint import lint
from runbook_tui.document.runbook import Command, Condition, Runbook, Section, Step

SCHEMA = "runbook-tui/show@1"


def summary(runbook: Runbook) -> dict[str, Any]:
    """Plain values only; fields may be added, none is taken away."""
    return {
        "schema": SCHEMA,
        "title": runbook.title,
        "source": runbook.source,
        "sha256": runbook.sha256,
        "encoding_repaired": runbook.encoding_repaired,
        "sections": [_section(section) for section in runbook.sections],
        "steps": [_step(step) for step in runbook.steps],
        "commands": [_command(command) for command in runbook.commands],
        "rollback": {
            "sections": list(runbook.rollback_sections),
            "commands": list(runbook.rollback_commands),
            "triggers": [_condition(trigger) for trigger in runbook.triggers],
        },
        "conditions": [
            {**_condition(condition), "severity": condition.severity or "gate"} for condition in runbook.conditions
        ],
        "signoffs": [
            {
                "role": slot.role,
                "line": slot.line,
                "section": slot.section,
                "fields": list(slot.fields),
                "step": slot.step,
            }
            for slot in runbook.signoffs
        ],
        "fields": [
            {
                "label": field.label,
                "line": field.line,
                "choices": list(field.choices) if field.choices else None,
                "step": field.step,
            }
            for field in runbook.fields
        ],
        "placeholders": [
            {"text": blank.text, "kind": blank.kind, "count": blank.count, "first_line": blank.first_line}
            for blank in runbook.placeholders
        ],
        "windows": [
            {
                "text": window.text,
                "line": window.line,
                "start": window.start,
                "end": window.end,
                "duration": window.duration,
            }
            for window in runbook.windows
        ],
        "targets": runbook.targets,
        "findings": [
            {"code": finding.code, "severity": str(finding.severity), "line": finding.line, "message": finding.message}
            for finding in lint(runbook)
        ],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "id": section.id,
        "title": section.title,
        "level": section.level,
        "line": section.line,
        "parent": section.parent,
        "phase": section.phase,
        "role": str(section.role),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "kind": str(step.kind),
        "title": step.title,
        "line": step.line,
        "section": step.section,
        "parent": step.parent,
        "depth": step.depth,
        "box": step.box,
        "boxes": [role.value for role in step.boxes],
        "role": str(step.role),
        "checked": step.checked,
        "optional": step.optional,
        "commands": list(step.commands),
        "back": list(step.back),
        "options": list(step.options),
    }


def _command(command: Command) -> dict[str, Any]:
    return {
        "id": command.id,
        "text": command.text,
        "line": command.line,
        "end_line": command.end_line,
        "language": command.language,
        "step": command.step,
        "section": command.section,
        "source": str(command.source),
        "runnable": command.runnable,
        "why_not": command.why_not,
        "prompt": command.prompt,
        "placeholders": list(command.placeholders),
        "effect": str(command.effect),
        "behaviour": str(command.behaviour) if command.behaviour else None,
        "opens_session": command.opens_session,
        "in_session": command.in_session,
        "rollback": command.rollback,
        "target": command.target,
        "said_target": command.said_target,
        "cwd": command.cwd,
        "timeout": command.timeout,
        "expect": command.expect,
    }


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "text": condition.text,
        "line": condition.line,
        "polarity": str(condition.polarity),
        "metric": condition.metric,
        "op": condition.op,
        "value": condition.value,
        "unit": condition.unit,
        "for": condition.duration,
        "baseline_factor": condition.baseline_factor,
        "step": condition.step,
    }

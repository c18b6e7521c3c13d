"""The one entry: bytes of a Markdown document in, a Runbook out."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

import msgspec

from runbook_tui.document import (
    annotation,
    answers,
    approvals,
    collecting,
    compat,
    declared,
    fences,
    house,
    links,
    losses,
    mapped,
    markdown,
    outline,
    pasted,
    placeholders,
    references,
    roles,
    sessions,
    steps,
    tallies,
    unplaced,
    ways_back,
)
from runbook_tui.document import sidecar as sidecars
from runbook_tui.document import text as texts
from runbook_tui.document.draft import Draft, Place, StepDraft
from runbook_tui.document.errors import Unreadable
from runbook_tui.document.ids import Names
from runbook_tui.document.markdown import Block
from runbook_tui.document.outline import Part
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Finding, Runbook, Section, SectionRole, Severity, StepKind, StepRole

__all__ = ["Unreadable", "read"]

TEMPLATE = 3  # lines with tags of a template engine that make a document a template
_OPEN = expression(r"\[\[\s*(?!_TOC_)[A-Za-z][^\[\]|#]*\]\](?!\()|\{%-?\s*\w|<%|\{\{<")

_VARIABLE = expression(r"\$\{?([A-Za-z_]\w*)")


def read(data: bytes, source: str, sidecar: dict[str, Any] | None = None) -> Runbook:
    """Read a document once. Raises Unreadable for what is no text; every other surprise is a finding."""
    try:
        with collecting.put_off():
            return _read(data, source, sidecar or {})
    except RecursionError:
        raise Unreadable(f"{source} is nested too deeply to be a runbook, so it was not opened.") from None


def _read(data: bytes, source: str, beside: dict[str, Any]) -> Runbook:
    text = texts.decode(data, source)
    lines = text.lines
    findings: list[Finding] = list(text.findings)
    front_text, front_end, blocks = markdown.parse(lines)
    pasted.read(blocks, lines)
    front = _front_matter(front_text, findings)
    title = _title(front, blocks, source)
    names = Names()
    parts = outline.outline(blocks, title, len(lines), names, findings)
    compat.prepare(parts, blocks, lines, _reporter(findings))
    draft = Draft(
        lines=lines,
        hidden=text.hidden,
        used=_uses(blocks),
        defaults={**annotation.document_wide(front), **annotation.document_wide(beside)},
        sidecar=beside,
        names=names,
        findings=findings,
        declared=declared.read(lines),
        tools=set(house.tools(lines)),
        addresses=links.defined(lines),
        ways=references.labels(parts),
    )
    if isinstance(front.get("rbt"), dict):
        own = {key: value for key, value in front["rbt"].items() if key not in annotation.DOCUMENT_WIDE}
        outline.report_unknown(own, 1, findings)
    for part in parts:
        steps.walk(draft, part)
    draft.steps.sort(key=lambda step: step.line)  # after a ruler the text belongs to the heading above again
    draft.commands.sort(key=lambda command: command.line)
    sessions.by_variables(draft)
    unplaced.settle(draft)
    draft.triggers.sort(key=lambda trigger: trigger.line)
    _choices(draft, parts)
    _settle_roles(draft, parts)
    ways_back.settle(draft, parts)
    _beside(draft, parts, front)
    tallies.count(draft)
    losses.report(draft, blocks, front_end)
    _template(draft, title, front_end)
    targets = _targets(front, beside, findings)
    return _frozen(
        draft, parts, title=title, source=source, data=data, front=front, repaired=text.repaired, targets=targets
    )


def _front_matter(text: str | None, findings: list[Finding]) -> dict[str, Any]:
    if text is None:
        return {}
    front = annotation.front_matter(text)
    if front is None:
        message = "The front matter is not a plain YAML mapping and was not used: correct it."
        findings.append(Finding(code="RB110", severity=Severity.WARNING, line=1, message=message))
        return {}
    return front


def _targets(front: Mapping[str, Any], beside: Mapping[str, Any], findings: list[Finding]) -> dict[str, Any]:
    """The hosts named by the document, and by the file beside it, which wins."""
    found: dict[str, Any] = {}
    for values, where in ((front, "front matter"), (beside, "sidecar")):
        said = annotation.targets(values)
        if said is None:
            message = f"“targets” of the {where} is no mapping and was not used: write names with their hosts."
            findings.append(Finding(code="RB114", severity=Severity.WARNING, line=1, message=message))
        else:
            found.update({str(name): hosts for name, hosts in said.items()})
    return found


def _reporter(findings: list[Finding]) -> compat.Report:
    def report(code: str, line: int, message: str) -> None:
        findings.append(Finding(code=code, severity=Severity.INFO, line=line, message=message))

    return report


def _beside(draft: Draft, parts: list[Part], front: Mapping[str, Any]) -> None:
    """Say what the sidecar speaks of in vain, and which conditions get no signal, or another time than they say."""
    values = (front, draft.sidecar)
    draft.findings += mapped.overruled(values, (*draft.triggers, *draft.conditions))
    draft.findings += mapped.unnamed(values, draft.triggers, draft.conditions)
    if not draft.sidecar:
        return
    known = {
        "sections": sidecars.names(*(text for part in parts for text in (part.id, part.title))),
        "steps": sidecars.names(*(text for step in draft.steps for text in (step.id, step.title))),
        "commands": sidecars.names(*(text for command in draft.commands for text in (command.id, command.text))),
    }
    for code, message in sidecars.problems(draft.sidecar, known):
        draft.find(code, Severity.WARNING, 1, message)


def _title(front: Mapping[str, Any], blocks: list[Block], source: str) -> str:
    written = front.get("title")
    if isinstance(written, str) and written.strip():
        return " ".join(written.split())
    return outline.document_title(blocks) or PurePath(source).stem or source


def _uses(blocks: list[Block]) -> dict[str, int]:
    """The last line on which shell code expands each variable."""
    used: dict[str, int] = {}
    stack = list(blocks)
    while stack:
        block = stack.pop()
        stack += block.children
        if block.kind == "fence" and fences.is_shell(annotation.info_string(block.info)[0]) and "$" in block.raw:
            for offset, row in enumerate(block.raw.split("\n")):
                for name in _VARIABLE.findall(row):
                    used[name] = max(used.get(name, 0), block.line + 1 + offset)
    return used


def _choices(draft: Draft, parts: list[Part]) -> None:
    """One step per family of options: choose one. The steps stand in the order of their lines."""
    families: dict[int, tuple[Part, list[Part]]] = {}
    for part in parts:
        if part.role is SectionRole.OPTION and part.parent is not None:
            families.setdefault(id(part.parent), (part.parent, []))[1].append(part)
    for part, options in families.values():
        if len(options) < 2:
            continue
        at = bisect_left(draft.steps, options[0].line, key=_line)
        between = at > bisect_right(draft.steps, part.line, key=_line)
        line = options[0].line if between else part.line
        step = draft.step(StepKind.CHOICE, part.title, line, line, Place(part))
        step.options = tuple(option.id for option in options)
        draft.steps.pop()
        draft.steps.insert(at, step)


def _line(step: StepDraft) -> int:
    return step.line


def _settle_roles(draft: Draft, parts: list[Part]) -> None:
    """A sign-off heading without slots, or a reference with tasks, is an ordinary section."""
    decided = [field.line for field in draft.fields if field.choices] + [trigger.line for trigger in draft.triggers]
    decided += [step.line for step in draft.steps if step.role is StepRole.OPTION]
    working = _with_parents(step.part for step in draft.steps)
    signing = _with_parents(step.part for step in draft.steps if step.kind is StepKind.SIGNOFF)
    tasks = {id(step.part) for step in draft.steps if step.box}
    for part in parts:
        part.phase = part.phase and (id(part) in working or not roles.around(part.title))
        if part.role is SectionRole.SIGNOFF and id(part) not in signing:
            part.role = SectionRole.PHASE
            if part.own_role and not any(part.line < line <= part.end_line for line in decided):
                draft.find(
                    "RB151",
                    Severity.INFO,
                    part.line,
                    "A sign-off heading has no lines to sign: name the roles below it.",
                )
        elif part.role is SectionRole.REFERENCE and id(part) in tasks:
            part.role = SectionRole.PHASE


def _with_parents(parts: Iterable[Part]) -> set[int]:
    found: set[int] = set()
    for part in parts:
        above: Part | None = part
        while above is not None and id(above) not in found:
            found.add(id(above))
            above = above.parent
    return found


def _template(draft: Draft, title: str, front_end: int) -> None:
    """A document to be copied and filled in says so by its title or by what it leaves open."""
    marked = [
        number
        for number, line in enumerate(draft.lines, 1)
        if ("[[" in line or "{" in line or "<%" in line) and number > front_end and _OPEN.search(line)
    ]
    if len(marked) >= TEMPLATE or re.search(r"\btemplate\b", title, re.IGNORECASE):
        draft.find(
            "RB160",
            Severity.INFO,
            marked[0] if marked else 1,
            "The document is a template: fill it in for the occasion before it is run.",
        )


def _frozen(
    draft: Draft,
    parts: list[Part],
    *,
    title: str,
    source: str,
    data: bytes,
    front: dict[str, Any],
    repaired: bool,
    targets: dict[str, Any],
) -> Runbook:
    rollback = tuple(part.id for part in parts if part.role is SectionRole.ROLLBACK)
    runbook = Runbook(
        title=title,
        source=source,
        sha256=hashlib.sha256(data).hexdigest(),
        encoding_repaired=repaired,
        lines=tuple(draft.lines),
        sections=tuple(_section(part) for part in parts),
        steps=tuple(step.freeze(draft.sidecar) for step in draft.steps),
        commands=tuple(draft.commands),
        triggers=tuple(draft.triggers),
        rollback_sections=rollback,
        rollback_commands=tuple(command.id for command in draft.commands if command.rollback),
        conditions=tuple(draft.conditions),
        signoffs=tuple(draft.signoffs),
        fields=tuple(draft.fields),
        placeholders=placeholders.count(((command.line, command.text) for command in draft.commands), draft.declared),
        windows=tuple(draft.windows),
        findings=tuple(sorted(draft.findings, key=lambda finding: (finding.line, finding.code))),
        front_matter=front,
        targets=targets,
        gates=annotation.names(draft.defaults.get("gate", ())),
    )
    return msgspec.structs.replace(
        runbook,
        waiting=approvals.waiting_for(runbook),
        alternatives=answers.alternatives(runbook.steps, runbook.lines),
    )


def _section(part: Part) -> Section:
    return Section(
        id=part.id,
        title=part.title,
        level=part.level,
        line=part.line,
        end_line=part.end_line,
        parent=part.parent.id if part.parent else None,
        phase=part.phase,
        role=part.role,
        beside=part.beside,
        prose="\n\n".join(text for _, text in part.prose),
        passages=tuple(part.prose),
        annotations=part.annotations,
    )

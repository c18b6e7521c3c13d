"""Sections: headings, bold lines that serve as headings, their roles, and which of them are the phases."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from runbook_tui.document import annotation, markdown, signoffs, windows
from runbook_tui.document.conditions import ROLL
from runbook_tui.document.ids import Names, slug
from runbook_tui.document.markdown import Block
from runbook_tui.document.runbook import Finding, SectionRole, Severity

LONGEST_TITLE = 80  # characters of a bold line that may still be a heading

_NUMBERING = re.compile(
    r"^\s*(?:\(?(?:\d+(?:\.\d+)*|[A-Za-z])[.)]\s+|\d+(?:\.\d+)*\s+|(?:step|phase|stage|part"
    r"|section)\s+[\dA-Z]+(?:\.\d+)*\s*[:.)–—-]*\s*)",
    re.IGNORECASE,
)
_LEADING_MARKS = re.compile(r"^[^\w\[(<\"'`]+")
_STRONG = re.compile(r"^(?:\*\*|__)(?P<label>(?:[^*_]|(?<=\w)_(?=\w)|(?<![*])\*(?![*]))+)(?:\*\*|__)(?P<rest>.*)$")
_NOT_A_HEADING = re.compile(
    r"^(?:note|warning|tip|important|caution|danger|info|attention|nb|hint|todo|example|author"
    r"|date|version|status|last updated|owner|system)\b",
    re.IGNORECASE,
)
_OPTION = re.compile(
    r"^(?:option|alternative|method|approach|variant|strategy)\s+(?:[0-9]{1,2}|[A-H]|I{1,3}|IV)\b", re.IGNORECASE
)
_ROLLED = re.compile(rf"\b{ROLL}\b", re.IGNORECASE)
_TRIGGERS = re.compile(
    rf"\b{ROLL}\b.*\b(?:triggers?|criteria|conditions?|decision|matrix|if|when|scenarios)\b"
    rf"|\b(?:triggers?|criteria|conditions?|when|if|do not|don't)\b.*\b{ROLL}\b"
    r"|^(?:abort|no-?go) (?:criteria|conditions|triggers|if)\b",
    re.IGNORECASE,
)
_NOT_TRIGGERS = re.compile(
    rf"complete\b.*when|\bif (?:{ROLL} )?(?:is )?(?:needed|necessary|required)\b|\bif {ROLL}|success criteria",
    re.IGNORECASE,
)
_NO_PROCEDURE = re.compile(
    r"\b(?:post|after|prepar\w*|approv\w*|transactions?|systems?|managers?|mechanism|buffer|tests?"
    r"|tested|testing|complete|completed|occurs|safety|update|monitoring|communication|notes?)\b",
    re.IGNORECASE,
)
_EMERGENCY = re.compile(
    r"\b(?:emergency|troubleshoot\w*|disaster|incident response|common (?:issues|problems|errors)|known issues)\b",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"^(?:table of contents|contents|toc|.*\bcontacts?|(?:additional |useful |helpful |other "
    r"|related |external )?(?:resources|links)|.*\breferences?|further reading"
    r"|(?:version|revision|change|document) history|change ?log|glossary|see also"
    r"|related (?:documents|documentation|runbooks)|definitions|about|.*\bcontact information)$",
    re.IGNORECASE,
)
_PROCEDURE = re.compile(
    r"\b(?:steps|procedures?|how to|playbook|instructions|mitigation|resolution|remediation"
    r"|workflow|process|go[ -]live|actions?|checklist|recovery|runbook|sequence)\b",
    re.IGNORECASE,
)
_INHERITED = frozenset(
    {SectionRole.ROLLBACK, SectionRole.TRIGGERS, SectionRole.EMERGENCY, SectionRole.REFERENCE, SectionRole.SIGNOFF}
)


@dataclass(slots=True)
class Part:
    """A section in the making: its heading and the blocks that stand directly in it."""

    id: str
    title: str
    level: int
    line: int
    end_line: int
    parent: Part | None
    pseudo: bool = False
    implicit: bool = False
    phase: bool = False
    role: SectionRole = SectionRole.PHASE
    own_role: bool = False  # named so by its own heading
    procedure: bool = False  # its ordered lists are steps to do
    lead: str = ""  # the words after a bold label
    blocks: list[Block] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    annotations: dict[str, Any] = field(default_factory=dict)
    takes: dict[int, dict[str, Any]] = field(default_factory=dict)  # annotations of blocks, by line


def heading_words(title: str) -> str:
    """The title without numbers, emoji and "Step 3:" in front."""
    words = _LEADING_MARKS.sub("", title)
    words = re.sub(r"^\S*[^\x00-\x7f]\S*\s+(?=[A-Z])", "", words)  # remains of a broken emoji
    shorter = _NUMBERING.sub("", words, count=1)
    shorter = _LEADING_MARKS.sub("", shorter) or words
    return shorter.strip().rstrip(":").strip()


def outline(blocks: list[Block], title: str, last_line: int, names: Names, findings: list[Finding]) -> list[Part]:
    """The sections of a document in order, each with its own blocks."""
    parts: list[Part] = []
    stack: list[Part] = []
    pending: dict[str, Any] = {}
    for index, block in enumerate(blocks):
        if block.kind == "html" and (said := _said(block, findings)) is not None:
            pending.update(said)
            continue
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if block.kind == "heading" and block.text:
            while stack and (stack[-1].pseudo or stack[-1].implicit or stack[-1].level >= block.level):
                stack.pop().end_line = block.line - 1
            _open(parts, stack, block.text, level=block.level, line=block.line, names=names)
        elif (bold := _bold_heading(block, following)) is not None:
            while stack and stack[-1].pseudo:
                stack.pop().end_line = block.line - 1
            level = stack[-1].level + 1 if stack else 2
            part = _open(parts, stack, bold[0], level=level, line=block.line, names=names)
            part.pseudo = True
            part.lead = bold[1]
        else:
            if block.kind == "rule":
                while stack and stack[-1].pseudo:
                    stack.pop().end_line = block.line - 1
            if not stack:
                part = _open(parts, stack, title, level=1, line=block.line, names=names)
                part.implicit = True
            stack[-1].blocks.append(block)
            if pending and block.kind != "rule":
                stack[-1].takes[block.line] = pending
                pending = {}
            continue
        stack[-1].annotations.update(pending)
        pending = {}
    for part in stack:
        part.end_line = last_line
    for part in parts:
        _give_role(part)
    _mark_options(parts)
    _mark_phases(parts)
    return parts


def document_title(blocks: list[Block]) -> str | None:
    """The first heading, when it is one of the first level."""
    first = next((block for block in blocks if block.kind == "heading" and block.text), None)
    return first.text if first is not None and first.level == 1 else None


def _open(parts: list[Part], stack: list[Part], title: str, *, level: int, line: int, names: Names) -> Part:
    parent = stack[-1] if stack else None
    path = [slug(title)]
    above = parent
    while above is not None:
        if above is not parts[0] or above.level > 1:  # the document's title is in no path
            path.append(slug(above.title))
        above = above.parent
    part = Part(names.claim("/".join(reversed(path))), title, level, line, line, parent)
    parts.append(part)
    stack.append(part)
    return part


def _said(block: Block, findings: list[Finding]) -> dict[str, Any] | None:
    """What the annotation comments of an HTML block say; None when it holds something else too."""
    said: dict[str, Any] | None = None
    for text in markdown.comments(block):
        if (values := annotation.comment(text)) is not None:
            said = {**(said or {}), **values}
            report_unknown(values, block.line, findings)
    return said


def report_unknown(values: dict[str, Any], line: int, findings: list[Finding]) -> None:
    for key in annotation.unknown(values):
        message = f"The annotation key “{key}” is not known to rbt and was kept without effect: check its spelling."
        findings.append(Finding(code="RB111", severity=Severity.WARNING, line=line, message=message))


def _bold_heading(block: Block, following: Block | None) -> tuple[str, str] | None:
    """The title a bold line gives to what follows, and the words after it."""
    if block.kind != "paragraph" or "\n" in block.raw or not block.raw.startswith(("**", "__")):
        return None
    match = _STRONG.match(block.raw)
    if match is None or len(match["label"]) > LONGEST_TITLE or match["label"].rstrip().endswith((".", "!", ";")):
        return None
    label, rest = markdown.plain(match["label"]).rstrip(":").strip(), match["rest"].strip()
    if (
        not label
        or not any(char.isalpha() for char in label)
        or signoffs.has_blank(rest)
        or _NOT_A_HEADING.match(label)
    ):
        return None
    if following is None or following.kind in {"heading", "rule"}:
        return None
    if not rest or rest == ":":
        return label, ""
    if re.fullmatch(r"\([^()]*\):?", rest):
        return f"{label} {markdown.plain(rest).rstrip(':')}", ""
    if (
        (rest.startswith((":", "-", "–", "—")) or match["label"].rstrip().endswith(":"))
        and following.kind == "list"
        and windows.names_window(label)
    ):
        return label, markdown.plain(rest.lstrip(":-–— "))
    return None


def _give_role(part: Part) -> None:
    words = heading_words(part.title)
    role = _role_of(words)
    if role is None and part.parent is not None and part.parent.role in _INHERITED:
        part.role = part.parent.role
    elif role is not None:
        part.role = role
        part.own_role = True
    part.procedure = (
        part.role in {SectionRole.ROLLBACK, SectionRole.EMERGENCY}
        or bool(_PROCEDURE.search(words))
        or (part.parent is not None and part.parent.procedure and part.parent.level > 1)
    ) and part.role is not SectionRole.REFERENCE


def _role_of(words: str) -> SectionRole | None:
    if _REFERENCE.match(words):
        return SectionRole.REFERENCE
    if _TRIGGERS.search(words) and not _NOT_TRIGGERS.search(words):
        return SectionRole.TRIGGERS
    if _ROLLED.search(words):
        joined = re.search(r"\band\b|&|/|\+", words)
        leads = re.match(rf"^(?:\w+ ){{0,2}}{ROLL}\b", words, re.IGNORECASE) is not None
        if not _NO_PROCEDURE.search(words) and (
            not joined or (leads and joined.start() > 3 and re.match(rf"^{ROLL}", words, re.IGNORECASE))
        ):
            return SectionRole.ROLLBACK
        return None
    if signoffs.is_heading(words):
        return SectionRole.SIGNOFF
    if _OPTION.match(words):
        return SectionRole.OPTION
    if windows.names_window(words):
        return SectionRole.WINDOW
    if _EMERGENCY.search(words):
        return SectionRole.EMERGENCY
    return None


def _mark_options(parts: list[Part]) -> None:
    """Two or more options under one heading make it a choice; one alone is an ordinary section."""
    by_parent: dict[int, list[Part]] = {}
    for part in parts:
        if part.role is SectionRole.OPTION:
            by_parent.setdefault(id(part.parent), []).append(part)
    for family in by_parent.values():
        parent = family[0].parent
        if len(family) < 2 or parent is None:
            for part in family:
                part.role = SectionRole.PHASE
        elif parent.role is SectionRole.PHASE:
            parent.role = SectionRole.OPTIONS


def _mark_phases(parts: list[Part]) -> None:
    real = [part for part in parts if not part.pseudo and not part.implicit]
    if real and real[0].level == 1:
        real = real[1:]
    levels = sorted({part.level for part in real})
    level = next(
        (level for level in levels if sum(1 for part in real if part.level == level) > 1), levels[0] if levels else None
    )
    candidates = [part for part in real if part.level == level] or [part for part in parts if part.pseudo]
    for part in candidates:
        part.phase = part.role is not SectionRole.REFERENCE

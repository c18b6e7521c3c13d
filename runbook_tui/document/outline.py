"""Sections: headings, bold lines that serve as headings, their roles, and which of them are the phases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from runbook_tui.document import annotation, barriers, boxes, markdown, roles, signoffs, triggers, windows
from runbook_tui.document.ids import Names, slug
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Finding, Polarity, SectionRole, Severity

LONGEST_TITLE = 80  # characters of a bold line that may still be a heading

_STRONG = expression(r"^(?:\*\*|__)(?P<label>(?:[^*_]|(?<=\w)_(?=\w)|(?<![*])\*(?![*]))+)(?:\*\*|__)(?P<rest>.*)$")
_NOT_A_HEADING = expression(
    r"^(?:note|warning|tip|important|caution|danger|info|attention|nb|hint|todo|example|author"
    r"|date|version|status|last updated|owner|system)\b",
    re.IGNORECASE,
)
_EMOJI_FIRST = expression(r"^[^\x00-\x7f]{1,4}\s*(?=\*\*)")
_WAY = expression(r"\b(?:how|steps?|procedures?|process|execution|commands?|method|plan|scripts?)\b", re.IGNORECASE)
_GLUED = expression(r"^(?P<marks>#{2,6})(?P<title>[^\s#][^\n]*)(?:\n(?P<rest>.+))?$", re.DOTALL)
_ELLIPTIC = expression(r"^(?:what|but|not|these|those|nor)\b.*\bnot\b[^:]*:$|^(?:but\s+)?not\b", re.IGNORECASE)
_ANNOUNCES_TITLE = expression(r"^(?:step|phase|stage|part)\s+(?:\d+(?:\.\d+)*|[A-Z]|[IVX]+)\b", re.IGNORECASE)


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
    plain: bool = False  # a line of text that serves as a heading where there are no others
    procedure: bool = False  # its ordered lists are steps to do
    signing: bool = False  # people sign in it
    optional: bool = False  # need not be done
    beside: bool = False  # a way back among the steps it takes back, under no heading
    mood: Polarity | None = None  # what is asked for below its conditions, told by the heading before it
    box: boxes.Box | None = None  # a heading to tick off
    asked: bool = False  # "YES, roll back if:" was said, so that a "NO, …" answers
    lead: str = ""  # the words after a bold label
    blocks: list[Block] = field(default_factory=list)
    prose: list[tuple[int, str]] = field(default_factory=list)  # with the lines they begin at
    annotations: dict[str, Any] = field(default_factory=dict)
    takes: dict[int, dict[str, Any]] = field(default_factory=dict)  # annotations of blocks, by line


def outline(blocks: list[Block], title: str, last_line: int, names: Names, findings: list[Finding]) -> list[Part]:
    """The sections of a document in order, each with its own blocks."""
    parts: list[Part] = []
    stack: list[Part] = []
    pending: dict[str, Any] = {}
    blocks = _numbered(_mended(blocks, findings))
    bare = sum(1 for block in blocks if block.kind == "heading" and block.text) < 2
    for index, block in enumerate(blocks):
        if block.kind == "html" and (said := _said(block, findings)) is not None:
            pending.update(said)
            continue
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if block.kind == "heading" and block.text:
            while stack and (stack[-1].pseudo or stack[-1].implicit or stack[-1].level >= block.level):
                stack.pop().end_line = block.line - 1
            box = boxes.match(block.raw) if parts else None  # "### [ ] Drain the node"; the title is no task
            name = (f"{box.label} {markdown.plain(box.rest)}".strip() if box is not None else "") or block.text
            _open(parts, stack, name, level=block.level, line=block.line, names=names).box = box
        elif (
            named := _bold_heading(block, following) or (_plain_heading(block, following) if bare else None)
        ) is not None:
            while stack and (stack[-1].pseudo or (bare and stack[-1].implicit)):
                stack.pop().end_line = block.line - 1
            if bare and not parts and named == (title, ""):
                _open(parts, stack, title, level=1, line=block.line, names=names).implicit = True
                continue
            level = stack[-1].level + 1 if stack else 2
            part = _open(parts, stack, named[0], level=level, line=block.line, names=names)
            part.pseudo = True
            part.lead = named[1]
            part.plain = not block.raw.startswith(("**", "__"))
        else:
            if block.kind == "rule" or (block.kind == "html" and block.raw.lstrip().startswith("</details>")):
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
    _give_roles(parts)
    _mark_options(parts)
    _mark_phases(parts)
    return parts


# what is folded away, with nothing of it in the same block
_SUMMARY = re.compile(r"<summary>\s*(?P<title>[^\n]{2,80}?)\s*</summary>\s*$")


def _mended(blocks: list[Block], findings: list[Finding]) -> list[Block]:
    """Headings that Markdown makes or misses by accident, as their writers saw them."""
    mended: list[Block] = []
    for block in blocks:
        if block.kind == "heading" and block.setext and _is_text(block.raw):
            # a ruler right below a paragraph: Markdown makes all of it one heading
            mended.append(Block("paragraph", block.line, block.end_line - 1, raw=block.raw))
            mended.append(Block("rule", block.end_line, block.end_line))
        elif block.kind == "paragraph" and (match := _GLUED.match(block.raw)) is not None:
            message = (
                "A heading without a blank after its # is text for Markdown; it was read as a heading: add the blank."
            )
            findings.append(Finding(code="RB115", severity=Severity.INFO, line=block.line, message=message))
            level, title = len(match["marks"]), match["title"].rstrip(" #")
            mended.append(Block("heading", block.line, block.line, raw=title, level=level))
            if match["rest"]:
                mended.append(Block("paragraph", block.line + 1, block.end_line, raw=match["rest"]))
        elif (
            block.kind == "paragraph"
            and block.raw.startswith(("**", "__"))
            and "\n" in block.raw
            and (tasks := boxes.rows_of(block.raw.split("\n"))) is not None
            and tasks[0] == 1
        ):  # a bold line glued to its tasks is their heading
            title, rest = block.raw.split("\n", 1)
            mended.append(Block("paragraph", block.line, block.line, raw=title))
            mended.append(Block("paragraph", block.line + 1, block.end_line, raw=rest))
        elif block.kind == "html" and "<summary>" in block.raw and (match := _SUMMARY.search(block.raw)) is not None:
            mended.append(Block("html", block.line, block.line, raw="<details>"))
            title = re.sub(r"<[^<>]*>", "", match["title"]).strip().rstrip(":")
            mended.append(Block("paragraph", block.end_line, block.end_line, raw=f"**{title}**"))
        else:
            mended.append(block)
    return mended


def _numbered(blocks: list[Block]) -> list[Block]:
    """Plain text whose headings are numbered capitals, "1. PRE-CHECKS": lists of one item for Markdown."""
    if any(block.kind == "heading" for block in blocks):
        return blocks
    shouted = {id(block): raw for block in blocks if (raw := _shouted(block)) is not None}
    if len(shouted) < 2:
        return blocks
    found: list[Block] = []
    for block in blocks:
        if id(block) in shouted:
            found.append(Block("paragraph", block.line, block.line, raw=shouted[id(block)]))
            found += block.children[0].children[1:]
        else:
            found.append(block)
    return found


def _shouted(block: Block) -> str | None:
    """The numbered capitals that a list of one item is."""
    if block.kind != "list" or not block.ordered or len(block.children) != 1 or not block.children[0].children:
        return None
    raw = block.children[0].children[0].raw
    letters = [char for char in raw if char.isalpha()]
    if len(letters) < 4 or raw.upper() != raw or "\n" in raw or len(raw.split()) > 8 or raw.endswith("."):
        return None
    return f"{block.children[0].info}. {raw}" if block.children[0].children[0].kind == "paragraph" else None


def _is_text(raw: str) -> bool:
    text = raw.strip()
    return (
        "\n" in text
        or signoffs.has_blank(text)
        or text.endswith((".", ";", ","))
        or len(text) > LONGEST_TITLE * 2
        or boxes.inside(text) > 0
        or re.match(r"^\*\*[^*]+:?\*\*:?\s+\S", text) is not None
    )


def _plain_heading(block: Block, following: Block | None) -> tuple[str, str] | None:
    """Where nobody wrote headings: "Step 1: Drain", "PHASE 2 - CUTOVER", "Before you start:"."""
    text = block.raw.strip()
    if block.kind != "paragraph" or "\n" in text or len(text) > LONGEST_TITLE or following is None:
        return None
    if text.endswith((".", "!", ";", ",")) or signoffs.has_blank(text) or boxes.inside(text) or "`" in text:
        return None
    if _NOT_A_HEADING.match(text) or following.kind in {"heading", "rule"}:
        return None
    label = block.text.rstrip(":").strip()
    letters = [char for char in label if char.isalpha()]
    shouted = len(letters) > 3 and label.upper() == label and len(label.split()) < 10
    if _ANNOUNCES_TITLE.match(label) or shouted:
        return label, ""
    if text.endswith(":") and len(label.split()) <= 6 and ":" not in label:
        if triggers.announced(label) is not None or signoffs.is_lead(text) or _ELLIPTIC.match(text):
            return None
        return label, ""
    return None


def document_title(blocks: list[Block]) -> str | None:
    """The first heading, when it is one of the first level; without any heading a short first line."""
    first = next((block for block in blocks if block.kind == "heading" and block.text), None)
    if first is not None:
        return first.text if first.level == 1 and not (first.setext and _is_text(first.raw)) else None
    opening = next((block for block in blocks if block.kind != "html"), None)
    if opening is None or opening.kind != "paragraph" or "\n" in opening.raw or len(opening.raw) > LONGEST_TITLE:
        return None
    if opening.raw.rstrip().endswith((".", ":", "!", "?", ",")) or signoffs.has_blank(opening.raw):
        return None
    words = opening.text
    return words if len(words.split()) > 1 and not boxes.inside(opening.raw) and "`" not in opening.raw else None


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
    raw = _EMOJI_FIRST.sub("", block.raw)
    if block.kind != "paragraph" or "\n" in raw or not raw.startswith(("**", "__")):
        return None
    match = _STRONG.match(raw)
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


def _ticked(blocks: Sequence[Block]) -> bool:
    """Whether boxes stand in a section."""
    return any(
        (not block.children and boxes.match(block.raw) is not None) or _ticked(block.children) for block in blocks
    )


def _give_roles(parts: list[Part]) -> None:
    title = parts[0] if parts and _is_title(parts) else None
    alert = roles.explains_alert([part.title for part in parts])
    refused = any(triggers.no_go_if(part.title) for part in parts)
    before: Part | None = None
    for part in parts:
        words = roles.heading_words(part.title)
        role = roles.of(words)
        if role is SectionRole.TRIGGERS and triggers.go_if(words) and not (refused and not _ticked(part.blocks)):
            role = None  # what must hold before one goes on
        elif role in {None, SectionRole.ROLLBACK} and part.pseudo:
            part.mood = triggers.announced(f"{part.title}:")
            role = SectionRole.TRIGGERS if part.mood is not None else role
        above = part.parent
        if alert and roles.explanation(part.title):
            role = SectionRole.REFERENCE
        if role in {None, SectionRole.ROLLBACK} and before is not None and before.role is SectionRole.TRIGGERS:
            if part.mood is None and (part.pseudo or part.level == before.level):
                part.mood = triggers.graded(part.title, words, before.title)
            answers = part.pseudo and triggers.conditional(words) and triggers.answers(words) is not None
            role = SectionRole.TRIGGERS if part.mood is not None or answers else role
        if role is None and above is not None and above.role is SectionRole.SIGNOFF:  # "No-go: …" below "Go / no-go"
            part.mood = barriers.over(f"{words.partition(':')[0]}:")
            role = SectionRole.TRIGGERS if part.mood is not None else None
        before = part
        if (
            above is not None
            and above.role is SectionRole.TRIGGERS
            and role is SectionRole.ROLLBACK
            and not _WAY.search(words)
        ):
            role = None  # among the triggers "Immediate rollback" stands over its conditions
        if above is not None and above.role is SectionRole.ROLLBACK and triggers.under_rollback(words):
            role = SectionRole.TRIGGERS
        if role is None and above is not None and above.role in roles.INHERITED:
            part.role = above.role
            if above.role is SectionRole.TRIGGERS and triggers.aside(words):
                # who decides and how stands among the conditions, and is none
                part.role = SectionRole.ROLLBACK if _WAY.search(words) else SectionRole.REFERENCE
        elif role is not None and part is not title:  # "Incident response runbook": the title says what all of it is
            part.role = role
            part.own_role = True
        part.optional = roles.optional(part.title) or (above is not None and above.optional)
        part.signing = (role is SectionRole.SIGNOFF and not (part is title and len(parts) > 1)) or (
            above is not None
            and above.signing
            and part.role in {SectionRole.SIGNOFF, SectionRole.PHASE, SectionRole.TRIGGERS}
        )
        part.procedure = (
            part.role in {SectionRole.ROLLBACK, SectionRole.EMERGENCY}
            or roles.procedure(words)
            or (part.plain and _ANNOUNCES_TITLE.match(part.title) is not None)
            or (above is not None and above.procedure and above is not title)
        ) and part.role is not SectionRole.REFERENCE


def _is_title(parts: list[Part]) -> bool:
    """Whether the first section is the document's title: alone on its level, with others below."""
    first = parts[0]
    return first.implicit or (
        first.level == 1 and not first.pseudo and not any(part.level == 1 and not part.pseudo for part in parts[1:])
    )


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
    firsts = [part for part in real if part.level == 1]
    if firsts and firsts[0] is real[0] and (len(firsts) == 1 or not _holds_work(parts, real[0])):
        real = real[1:]
    levels = sorted({part.level for part in real})
    level = next(
        (level for level in levels if sum(1 for part in real if part.level == level) > 1), levels[0] if levels else None
    )
    candidates = [part for part in real if part.level == level]
    if not candidates:
        pseudo = [part for part in parts if part.pseudo]
        numbered = [part for part in pseudo if _ANNOUNCES_TITLE.match(part.title)]
        candidates = numbered if len(numbered) > 1 else pseudo
    for part in candidates:
        part.phase = part.role is not SectionRole.REFERENCE


def _holds_work(parts: list[Part], top: Part) -> bool:
    """Whether a first heading of several has more below it than words of welcome."""
    for part in parts[parts.index(top) :]:
        if part is not top and part.level == 1 and not part.pseudo:
            return False
        if part is not top and not part.pseudo:
            return True
        if any(block.kind in {"list", "fence", "indented", "table"} for block in part.blocks):
            return True
    return False

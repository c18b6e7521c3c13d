"""A runbook in the making: what the walk over the blocks has found so far."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from runbook_tui.document import ids, links, sidecar, windows
from runbook_tui.document.ids import Names
from runbook_tui.document.outline import Part
from runbook_tui.document.runbook import (
    Command,
    Condition,
    Field,
    Finding,
    Polarity,
    Severity,
    SignOff,
    Step,
    StepKind,
    StepRole,
    Window,
)


@dataclass(slots=True, eq=False)
class StepDraft:
    """A step that still collects its commands and prose."""

    id: str
    kind: StepKind
    title: str
    line: int
    end_line: int
    part: Part
    parent: StepDraft | None = None
    depth: int = 0
    box: bool = False
    boxes: tuple[StepRole, ...] = ()
    role: StepRole = StepRole.TODO
    checked: bool = False
    optional: bool = False
    commands: list[str] = dataclasses.field(default_factory=list)
    back: list[str] = dataclasses.field(default_factory=list)
    returns: str = ""  # the words that announced it as part of a way back
    prose: list[str] = dataclasses.field(default_factory=list)
    links: tuple[tuple[str, str], ...] = ()
    signoff: int | None = None
    field: int | None = None
    options: tuple[str, ...] = ()
    annotations: dict[str, Any] = dataclasses.field(default_factory=dict)

    def freeze(self, beside: Mapping[str, Any]) -> Step:
        """`beside` is the sidecar; what it says of this step counts for more than what stands in the document."""
        return Step(
            id=self.id,
            kind=self.kind,
            title=self.title,
            line=self.line,
            end_line=self.end_line,
            section=self.part.id,
            parent=self.parent.id if self.parent else None,
            depth=self.depth,
            box=self.box,
            boxes=self.boxes,
            role=self.role,
            checked=self.checked,
            optional=self.optional,
            commands=tuple(self.commands),
            back=tuple(self.back),
            prose="\n\n".join(self.prose),
            links=self.links,
            signoff=self.signoff,
            field=self.field,
            options=self.options,
            annotations={**self.annotations, **sidecar.said(beside, "steps", self.id, self.title)},
        )


class Place(msgspec.Struct, eq=False):
    """Where the walk is: the section, the enclosing step, and what the words before have announced."""

    part: Part
    parent: StepDraft | None = None
    depth: int = 0
    polarity: Polarity | None = None  # set: what stands here are triggers
    announced: bool = False  # said right before: "Rollback if:"
    ask: str = ""  # the words right before, for a choice
    ticks: bool = False  # among open boxes, ✅ is a done one
    option: bool = False  # these boxes are a choice of one
    filled: bool = False  # what stands beside the item above is to be filled in
    picked: frozenset[int] = frozenset()  # the lines of boxes that are, among others
    signing: bool = False
    everyone: bool = False  # whatever stands in a box is somebody who signs
    hand: str = ""  # who signs each box
    thumbs: Mapping[int, str] = {}  # by line, whose thumb a box waits for
    procedure: bool = False
    returns: str = ""  # the words that announced what stands here as a way back
    only_then: bool = False  # it is for a failure: "If the pods do not come up:"
    severity: str | None = None  # of the thresholds that stand here
    lead: str = ""
    verdicts: Mapping[int, Polarity] = {}  # by line, what follows from an entry that says so itself
    said: dict[str, Any] = {}  # annotations for the next block

    def below(self, ask: str) -> Place:
        """The place inside an item, whose words ask for what is listed in it."""
        return msgspec.structs.replace(
            self, lead="", ask=ask, ticks=False, option=False, picked=frozenset(), announced=False, verdicts={}, said={}
        )


@dataclass(slots=True)
class Draft:
    lines: list[str]
    hidden: Mapping[int, str]
    used: Mapping[str, int]  # variable -> last line that expands it
    defaults: Mapping[str, Any]
    sidecar: Mapping[str, Any]
    names: Names
    command_names: Names = dataclasses.field(default_factory=Names)
    steps: list[StepDraft] = dataclasses.field(default_factory=list)
    commands: list[Command] = dataclasses.field(default_factory=list)
    triggers: list[Condition] = dataclasses.field(default_factory=list)
    conditions: list[Condition] = dataclasses.field(default_factory=list)
    signoffs: list[SignOff] = dataclasses.field(default_factory=list)
    fields: list[Field] = dataclasses.field(default_factory=list)
    windows: list[Window] = dataclasses.field(default_factory=list)
    findings: list[Finding] = dataclasses.field(default_factory=list)
    declared: tuple[str, ...] = ()  # values that the prose says to replace
    ways: frozenset[str] = frozenset()  # numbers of the sections that are the way back
    # left open by a section's last block: what opened it, whether as its end, and where it leads
    session: tuple[Part, str, bool, str | None, int] | None = None  # its last item: the line of the opener
    away: bool = False  # all that follows is typed on another machine, the words say
    here: set[int] = dataclasses.field(default_factory=set)  # lines typed on the operator's own machine, as words say
    back: list[int] = dataclasses.field(default_factory=list)  # lines whose words say that one is back there
    rooted: tuple[str, str | None] | None = None  # what opened a session with root's prompt, and where it leads
    tools: set[str] = dataclasses.field(default_factory=set)  # programs of the house, typed in a block
    taken: set[int] = dataclasses.field(default_factory=set)  # lines whose box was taken
    addresses: Mapping[str, str] = dataclasses.field(default_factory=dict)  # what `[words][name]` leads to

    def step(self, kind: StepKind, title: str, line: int, end_line: int, place: Place) -> StepDraft:
        """A new step at a place, with its id and the windows its title names."""
        title = title.rstrip(" :").strip() or title or "(no text)"
        parent = place.parent
        above = parent.id if parent is not None and parent.part is place.part else place.part.id
        draft = StepDraft(
            id=self.names.claim(f"{above}/{ids.slug(title)}"),
            kind=kind,
            title=title,
            line=line,
            end_line=end_line,
            part=place.part,
            parent=parent,
            depth=place.depth,
            optional=place.part.optional or place.only_then,
            returns=place.returns,
            links=() if kind is StepKind.COMMAND else links.of_item(self.lines, line, end_line, self.addresses),
        )
        self.steps.append(draft)
        self.windows += windows.find(title, line)
        return draft

    def prose(self, place: Place, first: int, last: int) -> None:
        """Keep some lines for the reader."""
        rows = self.lines[first - 1 : last]
        shared = min((len(row) - len(row.lstrip(" ")) for row in rows if row.strip()), default=0)
        text = "\n".join(row[shared:].rstrip() for row in rows).strip("\n")
        if text := links.resolved(text, self.addresses):
            if place.parent is not None:
                place.parent.prose.append(text)
            else:
                place.part.prose.append((first, text))

    def find(self, code: str, severity: Severity, line: int, message: str, *, boxes: int = 0) -> None:
        self.findings.append(Finding(code=code, severity=severity, line=line, message=message, boxes=boxes))

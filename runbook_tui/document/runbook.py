"""The Runbook: what a Markdown document says, as an immutable tree of values.

Lines are 1-based physical lines of the file (front matter counted, CRLF one line end).
The field names follow docs/json.md, which is a contract.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Any

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all document values: frozen, keyword-only."""


class SectionRole(StrEnum):
    PHASE = "phase"
    OPTIONS = "options"
    OPTION = "option"
    ROLLBACK = "rollback"
    TRIGGERS = "triggers"
    SIGNOFF = "signoff"
    WINDOW = "window"
    EMERGENCY = "emergency"
    REFERENCE = "reference"


class StepKind(StrEnum):
    CHECK = "check"
    COMMAND = "command"
    SIGNOFF = "signoff"
    FIELD = "field"
    CHOICE = "choice"


class StepRole(StrEnum):
    TODO = "todo"
    TRIGGER = "trigger"
    SIGNOFF = "signoff"
    OPTION = "option"


class Effect(StrEnum):
    READ = "read"
    CHANGE = "change"
    DESTROY = "destroy"
    UNKNOWN = "unknown"


class Behaviour(StrEnum):
    INTERACTIVE = "interactive"
    ENDLESS = "endless"


class Source(StrEnum):
    """Where in the document a command was written."""

    FENCE = "fence"
    INDENTED = "indented"
    INLINE = "inline"
    TABLE = "table"
    DIRECTIVE = "directive"


class Polarity(StrEnum):
    DO = "do"
    CONSIDER = "consider"
    DONT = "dont"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Section(Value, frozen=True, kw_only=True):
    """A heading and what stands under it, up to the next heading of its level."""

    id: str
    title: str
    level: int
    line: int
    end_line: int
    parent: str | None = None
    phase: bool = False  # a top-level stage a person would name; the title is not one
    role: SectionRole = SectionRole.PHASE
    beside: bool = False  # a way back that stands among the steps it takes back, under no heading
    prose: str = ""  # Markdown that stands in the section before or between its steps
    passages: tuple[tuple[int, str], ...] = ()  # the same in its parts, each with the line it begins at
    annotations: dict[str, Any] = {}


class Step(Value, frozen=True, kw_only=True):
    """One thing to do or decide, in document order."""

    id: str
    kind: StepKind
    title: str  # plain text, one line
    line: int
    end_line: int
    section: str
    parent: str | None = None
    depth: int = 0  # enclosing boxes
    box: bool = False
    role: StepRole = StepRole.TODO
    boxes: tuple[StepRole, ...] = ()  # of its line: its own, or one for each value that it offers
    checked: bool = False
    optional: bool = False
    commands: tuple[str, ...] = ()
    back: tuple[str, ...] = ()  # commands that the document says take this step back; not part of doing it
    prose: str = ""  # Markdown shown with the step
    links: tuple[tuple[str, str], ...] = ()  # of its own words: what they say, and the address
    signoff: int | None = None  # index into Runbook.signoffs
    field: int | None = None  # index into Runbook.fields
    options: tuple[str, ...] = ()  # section ids, for a choice
    annotations: dict[str, Any] = {}


class Command(Value, frozen=True, kw_only=True):
    """One thing typed at a prompt: continuation lines, heredocs, compounds and pipelines are one."""

    id: str
    text: str  # prompt and common indentation removed, line breaks kept
    line: int
    end_line: int
    language: str
    section: str
    step: str | None = None
    source: Source = Source.FENCE
    runnable: bool = True
    why_not: str | None = None  # placeholder, env-file, output, config, not-shell, session, unlabelled, forbidden
    prompt: str | None = None
    placeholders: tuple[str, ...] = ()  # as written, each once, in order
    effect: Effect = Effect.CHANGE
    behaviour: Behaviour | None = None
    opens_session: bool = False
    in_session: bool = False
    rollback: bool = False  # stands in the rollback procedure
    target: str | None = None
    said_target: str | None = None  # where the text says it is typed, or else what it hands its work to; never obeyed
    cwd: str | None = None
    timeout: float | None = None  # seconds
    expect: str | None = None  # what the document says should come out
    undo: str | None = None  # the command that takes this one back (annotation `rollback`)
    confirm: bool = False
    secrets: tuple[str, ...] = ()  # names of variables whose values must never be kept
    env: dict[str, str] = {}
    annotations: dict[str, Any] = {}


class Condition(Value, frozen=True, kw_only=True):
    """A threshold or trigger: parsed only when certain, the sentence always as written."""

    text: str
    line: int
    polarity: Polarity = Polarity.DO
    metric: str | None = None
    op: str | None = None  # > >= < <= ==
    value: float | None = None
    unit: str | None = None
    duration: float | None = None  # seconds; "for" in JSON
    baseline_factor: float | None = None
    severity: str | None = None  # critical warning info gate
    step: str | None = None


class SignOff(Value, frozen=True, kw_only=True):
    role: str
    line: int
    section: str
    fields: tuple[str, ...] = ()
    step: str | None = None


class Field(Value, frozen=True, kw_only=True):
    label: str
    line: int
    choices: tuple[str, ...] | None = None
    step: str | None = None


class Placeholder(Value, frozen=True, kw_only=True):
    text: str
    kind: str  # angle, brace, bracket, mustache, your, x, date, blank, changeme
    count: int
    first_line: int


class Window(Value, frozen=True, kw_only=True):
    text: str
    line: int
    start: float | None = None  # seconds
    end: float | None = None
    duration: float | None = None


class Finding(Value, frozen=True, kw_only=True):
    """Something seen and not taken, or taken with a doubt."""

    code: str  # stable, e.g. RB101
    severity: Severity
    line: int
    message: str
    boxes: int = 0  # lines with boxes that were seen and not taken


_OTHER_MOMENTS = frozenset({SectionRole.ROLLBACK, SectionRole.EMERGENCY})
_NEVER_WALKED = frozenset({SectionRole.TRIGGERS, SectionRole.REFERENCE})


class Runbook(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A document read once; nothing in it knows about runs."""

    title: str
    source: str
    sha256: str  # of the bytes
    encoding_repaired: bool
    lines: tuple[str, ...]  # the repaired text, control characters made visible
    sections: tuple[Section, ...]
    steps: tuple[Step, ...]
    commands: tuple[Command, ...]
    triggers: tuple[Condition, ...]
    rollback_sections: tuple[str, ...]
    rollback_commands: tuple[str, ...]
    conditions: tuple[Condition, ...]
    signoffs: tuple[SignOff, ...]
    fields: tuple[Field, ...]
    placeholders: tuple[Placeholder, ...]
    windows: tuple[Window, ...]
    findings: tuple[Finding, ...]
    front_matter: dict[str, Any] = {}
    waiting: dict[str, tuple[str, ...]] = {}  # step -> sign-offs that the document says come before it
    alternatives: dict[str, tuple[str, ...]] = {}  # step -> all answers to the question that it is one answer to
    targets: dict[str, Any] = {}  # hosts named by front matter or sidecar, as written
    gates: tuple[str, ...] = ()  # what everything that changes something waits for

    @cached_property
    def step_by_id(self) -> dict[str, Step]:
        return {step.id: step for step in self.steps}

    @cached_property
    def command_by_id(self) -> dict[str, Command]:
        return {command.id: command for command in self.commands}

    @cached_property
    def placed_commands(self) -> tuple[Command, ...]:
        """Those that the document gives a target, or says are typed somewhere."""
        return tuple(command for command in self.commands if command.target or command.said_target)

    @cached_property
    def section_by_id(self) -> dict[str, Section]:
        return {section.id: section for section in self.sections}

    @cached_property
    def roles_off_path(self) -> frozenset[SectionRole]:
        """Sections whose steps are for other moments than the walk: done by hand, or by the rollback plan.

        In a document that has no other steps (a rollback runbook, a troubleshooting guide) they are the walk.
        """
        roles = _NEVER_WALKED | _OTHER_MOMENTS
        for step in self.steps:
            if step.role is not StepRole.TRIGGER and not any(s.role in roles for s in self.section_path(step.section)):
                return roles
        return _NEVER_WALKED

    def section_path(self, section_id: str) -> tuple[Section, ...]:
        """The section and its ancestors, outermost first."""
        path: list[Section] = []
        current: str | None = section_id
        while current is not None:
            section = self.section_by_id[current]
            path.append(section)
            current = section.parent
        return tuple(reversed(path))

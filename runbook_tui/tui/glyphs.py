"""How states, kinds and effects look: always a glyph and a word, so that colour is never needed."""

from __future__ import annotations

from typing import NamedTuple

from runbook_tui.document.runbook import Effect, Step, StepKind, StepRole
from runbook_tui.run.state import StepPhase


class Mark(NamedTuple):
    """A glyph one cell wide, its word, and the name of its colour in the theme."""

    glyph: str
    word: str
    colour: str


_PHASES = {
    StepPhase.DONE: Mark("✔", "done", "success"),
    StepPhase.RUNNING: Mark("▶", "running", "accent"),
    StepPhase.PENDING: Mark("○", "open", ""),
    StepPhase.FAILED: Mark("✖", "failed", "error"),
    StepPhase.SKIPPED: Mark("–", "skipped", "quiet"),
    StepPhase.UNKNOWN: Mark("?", "outcome unknown", "warning"),
    StepPhase.BLOCKED: Mark("⊘", "not taken", "quiet"),
    StepPhase.ROLLED_BACK: Mark("◁", "rolled back", "quiet"),
}
_FIRED = Mark("!", "condition holds", "error")
_TRIGGER = Mark("!", "watch for", "quiet")
_FIELD = Mark("✎", "to fill in", "")
_SIGNOFF = Mark("§", "to sign", "")
_CHOICE = Mark("◇", "to choose", "")

_EFFECTS = {
    Effect.READ: Mark("", "reading", "success"),
    Effect.CHANGE: Mark("", "changing", "warning"),
    Effect.DESTROY: Mark("", "destroying", "error"),
    Effect.UNKNOWN: Mark("", "effect unknown, taken as changing", "warning"),
}
_OUTCOMES = {
    None: Mark("▸", "open", "accent"),
    "completed": Mark("✔", "completed", "success"),
    "aborted": Mark("–", "aborted", "quiet"),
    "rolled_back": Mark("◁", "rolled back", "quiet"),
    "failed": Mark("✖", "rollback failed", "error"),
}
_WHY_NOT = {
    "placeholder": "wants a value first",
    "env-file": "these are settings of a file, not a command",
    "output": "this is sample output",
    "config": "this is configuration, not a command",
    "not-shell": "this is not written for a shell",
    "not-a-transfer": "a line here reads FROM -> TO, with sha256= and mode= if wished",
    "session": "it is for a session or another host: run it there by hand, then tick the step",
    "mentioned": "the text only mentions it: copy it with {copy} to run it by hand",
    "commented": "it is commented out",
    "broken-line": "its lines are broken in the document: put them together by hand",
    "other-shell": "it is written for another shell than ours",
    "control-characters": "it holds characters that are not seen: look at it closely",
    "forbidden": "the document says not to run it",
    "manual": "the document wants it run by hand",
    "unlabelled": "nothing says that this is a command: copy it with {copy} if it is one",
}


def of_step(step: Step, phase: StepPhase, *, fired: bool, passed_over: bool = False) -> Mark:
    """The mark of a step as it stands; one that is passed over has another answer to its question."""
    if passed_over:
        return _PHASES[StepPhase.BLOCKED]
    if step.role is StepRole.TRIGGER:
        return _FIRED if fired else _TRIGGER
    if phase is StepPhase.PENDING and step.role is StepRole.OPTION and step.kind is StepKind.CHECK:
        return _CHOICE
    if phase is StepPhase.PENDING:
        return {StepKind.FIELD: _FIELD, StepKind.SIGNOFF: _SIGNOFF, StepKind.CHOICE: _CHOICE}.get(
            step.kind, _PHASES[phase]
        )
    return _PHASES[phase]


def of_phase(phase: StepPhase) -> Mark:
    return _PHASES[phase]


def of_effect(effect: Effect) -> Mark:
    return _EFFECTS[effect]


def of_outcome(outcome: str | None) -> Mark:
    return _OUTCOMES.get(outcome, Mark("·", outcome or "", "quiet"))


def why_not(code: str | None, copy: str) -> str:
    """Why a command cannot be run here, in words; `copy` is the key that copies it."""
    said = _WHY_NOT.get(code or "")
    return said.format(copy=copy) if said is not None else code or "it is not run by machine"


def legend() -> str:
    """All marks with their words."""
    marks = [*_PHASES.values(), _FIRED, _FIELD, _SIGNOFF, _CHOICE]
    return "  " + "   ".join(f"{mark.glyph} {mark.word}" for mark in marks) + "   $ runs a command"

"""What was done by hand, taken back and marked, in the past tense. Fields are stored: add with defaults only."""

from __future__ import annotations

from typing import ClassVar

from runbook_tui.run.event import Event


class HandEvent(Event, frozen=True, kw_only=True):
    """Base of what a person did without a command of ours."""


class DoneByHand(HandEvent, tag=True, frozen=True, kw_only=True):
    """A person carried out a step elsewhere and says what came of it. No exit status: nobody here saw one."""

    step: str
    succeeded: bool
    commands: tuple[str, ...] = ()  # ids of those that were done
    shown: tuple[str, ...] = ()  # as they were shown, resolved, secrets masked
    target: str = ""  # where they should have gone
    said: str = ""
    result: str = ""  # as it was pasted, masked; the end of it when it was long
    result_bytes: int = 0  # of all that was pasted


class NoteWithdrawn(HandEvent, tag=True, frozen=True, kw_only=True):
    """A note no longer holds; it stays in the record."""

    step: str
    note: int  # its place among the notes of the step, from 0


class StepMarked(HandEvent, tag=True, frozen=True, kw_only=True):
    """A bookmark was put on a step, or taken off."""

    material: ClassVar[bool] = False

    step: str
    on: bool = True


AnyHandEvent = DoneByHand | NoteWithdrawn | StepMarked

"""What stands on the screen, whether a key changed it, and whether the way out is open."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from textual.app import App
from textual.screen import Screen
from textual.widgets import Input

from runbook_tui.tui.bars import Hint, KeyBar
from runbook_tui.tui.keys import NAMES
from runbook_tui.tui.library import Library
from runbook_tui.tui.walk import Walk
from tests.e2e import posed

NO_CLOCKS = str.maketrans("", "", "0123456789⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")  # what moves without a key
BY_SHOWN = {shown: name for name, shown in NAMES.items()}


def stack(app: App[Any]) -> tuple[Screen[Any], ...]:
    return tuple(app.screen_stack) if app._screen_stacks.get("_default") else ()


def names(screens: tuple[Screen[Any], ...]) -> str:
    return " > ".join(type(screen).__name__ for screen in screens)


@dataclass(frozen=True)
class Look:
    """The screen at one moment; two are the same when nobody would see a difference, clocks aside."""

    screens: tuple[Screen[Any], ...]
    seen: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Look) and (self.screens, self.seen) == (other.screens, other.seen)

    def __hash__(self) -> int:
        return self.seen


def look(app: App[Any]) -> Look:
    screens = stack(app)
    if not screens:
        return Look((), 0)
    for box in app.screen.query(Input):
        box.cursor_blink = False
    rows = [
        (segment.text.translate(NO_CLOCKS), segment.style)
        for strip in app.screen._compositor.render_strips()
        for segment in strip
    ]
    typed = tuple((box.value, box.cursor_position) for box in app.screen.query(Input))
    told = (len(app._notifications), app.theme, app.clipboard, len(posed.PERFORMED))
    return Look(screens, hash((tuple(rows), id(app.focused), typed, told)))


def hints(app: App[Any]) -> list[Hint]:
    """The keys of the footer that is seen."""
    return [hint for bar in app.screen.query(KeyBar) if bar.display for hint, *_ in bar._fitting() if hint.action]


def pressed(hint: Hint) -> str:
    return BY_SHOWN.get(hint.key, hint.key)


def is_home(app: App[Any]) -> bool:
    """Where escape leads to nothing further: the run, the library, or out."""
    return bool(app._exit) or len(app.screen_stack) == 1 or isinstance(app.screen, (Walk, Library))


def told(app: App[Any]) -> str:
    """The screens, what waits in them, what has the keys, what is under way, and what is to be read."""
    lines = []
    for screen in stack(app):
        waiting = f"{screen._message_queue.qsize()} messages wait" if screen._running else "does not run"
        lines.append(f"{type(screen).__name__} {sorted(screen.classes)}: focus on {screen.focused!r}, {waiting}")
    lines.append(f"the app: {app._message_queue.qsize()} messages wait, exit {app._exit}, driving {app._driving!r}")
    lines += [f"{worker!r} of {worker.node!r}" for worker in app.workers]
    lines += [f"{task.get_name()}: {_where(task)}" for task in asyncio.all_tasks() if "message pump" in task.get_name()]
    if stack(app):
        lines += ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
    return "\n".join(lines)


def _where(task: asyncio.Task[Any]) -> str:
    """Where a task stands, from its outermost call to the innermost."""
    at: Any = task.get_coro()
    calls = []
    while at is not None:
        frame = getattr(at, "cr_frame", None) or getattr(at, "gi_frame", None)
        if frame is None:
            break
        calls.append(f"{frame.f_code.co_name}:{frame.f_lineno}")
        at = getattr(at, "cr_await", None) or getattr(at, "gi_yieldfrom", None)
    return " > ".join(calls)


@dataclass
class Story:
    """What was pressed and what came of it."""

    keys: int = 0
    living: int = 0  # keys in bursts that changed something
    single: int = 0  # keys that were pressed alone
    single_living: int = 0
    ways_home: int = 0
    ways_out: int = 0
    visits: Counter[str] = field(default_factory=Counter)  # bursts, by the screen they met
    entered: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)  # keys of footers: screen, action
    did: Counter[tuple[str, str]] = field(default_factory=Counter)
    two_at_once: Counter[str] = field(default_factory=Counter)  # screens that one key took away together
    quiet: int = 0  # keys since the last that changed anything

    def took(self, keys: list[str], before: Look, after: Look, shown: list[Hint]) -> str:
        """Count a burst; why something must be wrong, or nothing."""
        self.keys += len(keys)
        lived = before != after
        self.quiet = 0 if lived else self.quiet + len(keys)
        self.living += len(keys) * lived
        top = type(before.screens[-1]).__name__ if before.screens else "none"
        self.visits[top] += 1
        if after.screens and after.screens[-1:] != before.screens[-1:]:
            self.entered[type(after.screens[-1]).__name__] += 1
        if len(keys) > 1:
            return ""
        self.single += 1
        self.single_living += lived
        for hint in shown:
            if pressed(hint) == keys[0]:
                self.tried[top, hint.action] += 1
                self.did[top, hint.action] += lived
        gone = [screen for screen in before.screens if screen not in after.screens]
        if gone and after.screens and before.screens[-1] in after.screens:
            return f"{keys[0]} took {names(tuple(gone))} away from below: {names(before.screens)}"
        if len(gone) > 1 and after.screens:
            self.two_at_once[f"{names(before.screens)} by {keys[0]}"] += 1
        return ""

    @property
    def idle_hints(self) -> list[str]:
        """Keys of footers that never did anything, with how often they were pressed."""
        return [f"{s}.{a} ({n})" for (s, a), n in sorted(self.tried.items()) if not self.did[s, a]]

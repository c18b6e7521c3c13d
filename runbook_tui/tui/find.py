"""Find a step by its title, the heading above, a command, a note, or what its commands printed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input

from runbook_tui.run.ports import OperatorError
from runbook_tui.tui import glyphs
from runbook_tui.tui.background import in_background
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.questions import MOST, Question, keyed
from runbook_tui.tui.rows import Part, RowList, spread
from runbook_tui.tui.standing import Standing
from runbook_tui.tui.terminal_text import plain, safe, searchable

MOST_OUTPUTS = 60  # newest jobs whose output is looked through
INPUT = 3  # rows of the line to type in
SHORTEST = 2  # letters from which on outputs are looked through


class Hit(NamedTuple):
    step: str
    where: str  # "", in for a heading above, $ for a command, note, output
    line: str = ""


class Found(NamedTuple):
    """The step to go to, and all that hold what was searched for, in the order of the document."""

    step: str
    needle: str
    steps: tuple[str, ...]


class Hits(RowList, can_focus=False):
    """Steps that match; the cursor is moved from the line above."""

    def __init__(self, view: RunView, standing: Standing) -> None:
        super().__init__()
        self._view = view
        self._standing = standing
        self.hits: list[Hit] = []
        self.most = MOST

    def look_for(self, needle: str) -> None:
        """Every word must stand in the title, in one line of a command, in a note, or in the heading above.

        A heading is found by the first step below it; the case does not matter.
        """
        words = needle.lower().split()
        commands = self._view.runbook.command_by_id
        self.hits = []
        passed: set[str] = set()  # sections
        for step in self._view.runbook.steps:
            begun = [one for one in self._view.runbook.section_path(step.section) if one.id not in passed]
            passed.update(one.id for one in begun)
            if all(word in step.title.lower() for word in words):
                self.hits.append(Hit(step.id, ""))
                continue
            headed = next((one for one in begun if all(word in one.title.lower() for word in words)), None)
            if headed is not None and headed.title != self._view.runbook.title:
                self.hits.append(Hit(step.id, "in", safe(headed.title)))
                continue
            lines = [line for command in (*step.commands, *step.back) for line in commands[command].text.split("\n")]
            notes = [note.text for note in self._view.state.step(step.id).notes]
            for where, texts in (("$", lines), ("note", notes)):
                line = next((line for line in texts if all(word in line.lower() for word in words)), None)
                if line is not None:
                    self.hits.append(Hit(step.id, where, safe(line.strip())))
                    break
        self.cursor = 0
        self.scroll_to(y=0, animate=False)
        self._fit()

    def add(self, hit: Hit) -> None:
        """One more, found in an output."""
        if all(hit.step != one.step for one in self.hits):
            self.hits.append(hit)
            self._fit()

    def fit(self, most: int) -> None:
        """Show so many at once, no more."""
        self.most = most
        self._fit()

    def _fit(self) -> None:
        self.styles.height = max(1, min(self.most, len(self.hits)))
        self.changed()

    def count(self) -> int:
        return len(self.hits)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        hit = self.hits[index]
        step = self._view.runbook.step_by_id[hit.step]
        passed_over = hit.step in self._standing.passed_over
        mark = glyphs.of_step(step, self._standing.phases[hit.step], fired=False, passed_over=passed_over)
        pointer = "▌" if index == self.cursor else " "
        left = [(pointer, "accent"), (f"{mark.glyph} ", mark.colour)]
        title = f"{step.title}  {hit.where} {hit.line}" if hit.where else step.title
        return spread(left, (title, ""), [(f"line {step.line} ", "quiet")], width)


class Find(Question[Found]):
    """Type to narrow the list, arrows to choose, enter to go there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
    ]

    def __init__(self, view: RunView, standing: Standing, needle: str = "") -> None:
        super().__init__("Find a step, a command, a note or an output")
        self._view = view
        self._needle = needle
        self._hits = Hits(view, standing)
        self._outputs: dict[str, bytes] = {}  # by job, without colours, in small letters

    def accepts(self, event: events.Event) -> bool:  # noqa: ARG002
        """Always: what is typed here is looked for, and answers nothing."""
        return True

    def fit_answers(self, rows: int) -> int:
        most = max(1, min(MOST, rows - INPUT - 1))
        if most != self._hits.most:
            self._hits.fit(most)
        return INPUT + 1 + most

    def answers(self) -> ComposeResult:
        yield Input(self._needle, placeholder="words of a title, a heading, a command, a note or an output")
        yield self._hits

    def hint(self) -> Content:
        keymap = keymap_of(self.app)
        on, back = keymap.shown("walk", "note"), keymap.shown("walk", "hit_before")
        return keyed(("↑ ↓", "choose"), ("enter", "go there"), ("esc", "stay"), (f"{on} {back}", "go on afterwards"))

    def on_mount(self) -> None:
        super().on_mount()
        self._look_for(self._needle)
        self.set_focus(self.query_one(Input))

    def action_move(self, count: int) -> None:
        self._hits.go(self._hits.cursor + count)

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self._look_for(event.value)

    def _say_if_none(self) -> None:
        """At once: who types on would else not know that there is nothing."""
        self.trouble("" if self._hits.hits else "nothing matches")

    def _look_for(self, needle: str) -> None:
        self._hits.look_for(needle)
        self._say_if_none()
        in_background(self, partial(self._look_into_outputs, needle.strip()), group="outputs", exclusive=True)

    async def _look_into_outputs(self, needle: str) -> None:
        """One job after the other, newest first; typing on ends it."""
        if len(needle) < SHORTEST:
            return
        raw = needle.lower().encode()
        jobs = [job for job in reversed(self._view.state.jobs.values()) if job.step in self._view.runbook.step_by_id]
        for job in jobs[:MOST_OUTPUTS]:
            if job.job not in self._outputs:
                try:
                    kept = await self._view.kept_output(job.job)
                except OperatorError:
                    continue
                self._outputs[job.job] = searchable(kept)[-1_000_000:]
            data = self._outputs[job.job]
            at = data.lower().find(raw)
            if at >= 0:
                start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
                self.trouble("")
                self._hits.add(Hit(job.step, "output", plain(data[start : end if end >= 0 else None][:400]).strip()))

    @on(Input.Submitted)
    def _go(self, event: events.Event) -> None:
        event.stop()
        if self._hits.hits:
            self._leave(self._hits.cursor)

    @on(RowList.Chosen)
    def _clicked(self, event: RowList.Chosen) -> None:
        if event.index == self._hits.cursor < len(self._hits.hits):  # what is typed meanwhile leaves other hits
            self._leave(event.index)

    def _leave(self, index: int) -> None:
        needle = self.query_one(Input).value.strip()
        order = {step.id: n for n, step in enumerate(self._view.runbook.steps)}
        steps = sorted((hit.step for hit in self._hits.hits), key=order.__getitem__) if needle else []
        self.dismiss(Found(self._hits.hits[index].step, needle, tuple(steps)))

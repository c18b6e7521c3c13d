"""What is watched: every condition with its value and its course, the canary, the breakers, the windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from runbook_tui.document.runbook import Runbook, Step
from runbook_tui.run.events import AnyGateEvent, CanaryHeld, CanaryResumed, CanarySteered
from runbook_tui.run.gauges import Gauge, figure
from runbook_tui.run.intents import GateSaid
from runbook_tui.run.state import CanaryState, RunState
from runbook_tui.tui import keys
from runbook_tui.tui.background import one_question
from runbook_tui.tui.bars import Bar, KeyBar
from runbook_tui.tui.canary_rows import canary_rows
from runbook_tui.tui.footer import hint
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.overriding import override_form, override_of
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.questions import Confirm, Seen
from runbook_tui.tui.rows import Part, RowList, cut, spread
from runbook_tui.tui.spans import of_seconds
from runbook_tui.tui.steering import Steering
from runbook_tui.tui.terminal_text import safe
from runbook_tui.tui.walk_lines import value_line

_MARKS = {
    "pass": ("●", "good", "success"),
    "insufficient": ("?", "too few", "warning"),
    "no_data": ("?", "no data", "warning"),
    "error": ("!", "error", "warning"),
    "fail": ("✖", "holds", "error"),
    None: ("○", "waiting", "quiet"),
}
_BARS = "▁▂▃▄▅▆▇█"
COURSE = 24  # values drawn
WIDE = 100  # columns from which there is room for them
SOON, NOW = 16, 12  # columns there of what becomes of a condition, and of its value


def course(history: Sequence[float | None]) -> str:
    """The newest values as a row of bars; a gap where there was none."""
    shown = list(history)[-COURSE:]
    known = [value for value in shown if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    span = high - low
    return "".join(
        " " if value is None else _BARS[0 if span == 0 else min(7, int((value - low) / span * 8))] for value in shown
    )


def other_rows(state: RunState) -> list[list[Part]]:
    """Breakers that are not closed, and the windows that are over."""
    rows: list[list[Part]] = []
    for target, breaker in state.gates.breakers.items():
        if breaker.state != "closed":
            until = f", a probe from {breaker.until:%H:%M:%S} UTC on" if breaker.until else ""
            rows.append([("breaker ", "strong"), (f"⊘ {target} {breaker.state}", "warning"),
                         (f"  {breaker.failures} failures{until}: {breaker.reason}", "quiet")])  # fmt: skip
    for name, window in state.gates.windows.items():
        glyph, _, pen = _MARKS.get(window.verdict, _MARKS[None])
        rows.append([("window  ", "strong"), (f"{glyph} {name}", pen), (f"  {window.detail}", "quiet")])
    return rows


def places(gauges: Sequence[Gauge], runbook: Runbook) -> dict[str, str]:
    """Condition -> where its step stands, for those whose words are those of another one too."""
    told = Counter(gauge.text for gauge in gauges)
    steps = {
        g.condition: runbook.step_by_id[g.step] for g in gauges if told[g.text] > 1 and g.step in runbook.step_by_id
    }
    named = {condition: _place(step, runbook) for condition, step in steps.items()}
    often = Counter((steps[condition].title, place) for condition, place in named.items())
    return {
        condition: place if often[steps[condition].title, place] == 1 else f"{place}, line {steps[condition].line}"
        for condition, place in named.items()
    }


def _place(step: Step, runbook: Runbook) -> str:
    parent = runbook.step_by_id.get(step.parent or "")
    section = runbook.section_by_id.get(step.section)
    return safe(parent.title if parent is not None else section.title if section is not None else "")


def _soon(gauge: Gauge) -> str:
    """What becomes of it when nothing changes."""
    if gauge.manual:
        return ""
    if gauge.passes_in is not None:
        return f"observing, {of_seconds(gauge.passes_in)} left"
    return f"trips in {of_seconds(gauge.trips_in)}" if gauge.trips_in is not None else ""


def _now(gauge: Gauge) -> str:
    return "" if gauge.manual or gauge.value is None else figure(gauge.value, gauge.unit)


class Conditions(RowList):
    """One row a condition; the rest of the gates below."""

    def __init__(self, view: RunView) -> None:
        super().__init__()
        self._view = view
        self.gauges: list[Gauge] = []
        self.places: dict[str, str] = {}
        self._rest: list[list[Part]] = []

    def follow(self) -> None:
        self.gauges = list(self._view.gauges())
        self.places = places(self.gauges, self._view.runbook)
        state = self._view.state
        rest = [*canary_rows(state, datetime.now(UTC)), *other_rows(state)]
        self._rest = [[], *rest] if rest else []
        self.changed()

    @property
    def gauge(self) -> Gauge | None:
        return self.gauges[self.cursor] if self.cursor < len(self.gauges) else None

    def count(self) -> int:
        return len(self.gauges) + len(self._rest)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        if index >= len(self.gauges):
            return [("  ", ""), *self._rest[index - len(self.gauges)]]
        gauge = self.gauges[index]
        glyph, word, pen = _MARKS[gauge.verdict] if not gauge.manual else ("✎", "by hand", "quiet")
        if gauge.gate:
            word = {"holds": "not met", "good": "met"}.get(word, word)
        if gauge.passes_in is not None:
            glyph, word, pen = "○", "not yet", "quiet"
        if self._view.state.outcome is not None:  # nothing follows from it any more: no alarm
            pen = "quiet"
        pointer = "▌" if index == self.cursor else " "
        right: list[Part] = []
        if not gauge.manual:
            soon, now = _soon(gauge), _now(gauge)
            narrow = width < WIDE  # the words of a condition need what no other row needs either
            columns = [max(map(cell_len, map(of, self.gauges))) for of in (_soon, _now)] if narrow else (SOON, NOW)
            right = [(f"{soon:>{columns[0]}}  ", "warning" if gauge.passes_in is None else "accent")]
            right.append((f"{now:>{columns[1]}}  ", pen))
            if not narrow:
                right.append((f"{course(gauge.history):>{COURSE}} ", "accent"))
        left = [(pointer, "accent"), (f"{glyph} ", pen), (f"{word:<8} ", pen)]
        if place := self.places.get(gauge.condition):
            left.append((f"{cut(place, width // 4)} › ", "quiet"))
        return spread(left, (gauge.text, "quiet" if gauge.manual else ""), right, width)


class WatchedScreen(Seen[None]):
    """Conditions are looked at; a canary can be held, promoted and aborted by key."""

    PLACE = "watched"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("watched")]
    DEFAULT_CSS = "WatchedScreen Conditions { height: 1fr; }"

    def __init__(self, view: RunView, steering: Steering | None = None) -> None:
        super().__init__()
        self._view = view
        self._steering = steering

    def compose(self) -> ComposeResult:
        yield Bar(id="top")
        yield Conditions(self._view)
        yield Bar(id="strip")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Conditions).focus()
        self._unsubscribe = self._view.subscribe(lambda _: self._soon())
        self.set_interval(1.0, self._draw)
        self._draw()

    def on_unmount(self) -> None:
        self._unsubscribe()

    def on_row_list_moved(self) -> None:
        self._draw_strip()
        self._draw_keys()

    def action_back(self) -> None:
        self.dismiss(None)

    # --- against a verdict ---

    @property
    def _in_the_way(self) -> Gauge | None:
        """The condition under the cursor, when it stands in the way and this screen may say that it shall not."""
        gauge = self.query_one(Conditions).gauge
        alive = self._view.state.outcome is None and self._steering is not None
        return gauge if alive and gauge is not None and not gauge.good and not gauge.manual else None

    def action_override(self) -> None:
        one_question(self, self._override)

    async def _override(self) -> None:
        gauge = self._in_the_way
        if gauge is None or self._steering is None:
            return
        form = override_form(f"Go on against “{gauge.text}”?", wants="an override wants a reason")
        values = await self._steering.ask(form)
        if values and await self._steering.perform(override_of(gauge.step or gauge.condition, values)):
            self._draw()

    # --- the canary, by hand ---

    @property
    def _canary(self) -> CanaryState | None:
        """The one that is under way, when this screen may steer it."""
        canary = self._view.state.gates.canary
        alive = canary is not None and canary.outcome is None and self._view.state.outcome is None
        return canary if alive and self._steering is not None else None

    def action_pause(self) -> None:
        """Hold the weight, or go on."""
        canary = self._canary
        if canary is not None:
            self._say(CanaryHeld(reason="held by key") if canary.held is None else CanaryResumed(reason="by key"))

    def action_promote(self) -> None:
        one_question(self, self._skip_ahead)

    def action_abort(self) -> None:
        one_question(self, self._take_back)

    async def _skip_ahead(self) -> None:
        canary = self._canary
        if canary is None or self._steering is None:
            return
        reading = f"It is at {canary.weight} %. Its stages and checks are skipped; your name stands in the record."
        if await self._steering.ask(Confirm("Promote the canary to 100 % now?", reading, key="P", does="promote it")):
            self._say(CanarySteered(to="promote", reason="by key"))

    async def _take_back(self) -> None:
        canary = self._canary
        if canary is None or self._steering is None:
            return
        reading = f"It is at {canary.weight} %. All traffic goes to what was there before; nothing else is taken back."
        if await self._steering.ask(Confirm("Abort the canary?", reading, key="A", does="take its traffic back")):
            self._say(CanarySteered(to="abort", reason="by key"))

    def _say(self, event: AnyGateEvent) -> None:
        if self._steering is not None:
            self._steering.perform_in_background(GateSaid(events=(event,)), then=self._draw)

    def _soon(self) -> None:
        self.call_later(self._draw)

    def _draw(self) -> None:
        if not self.is_attached or not self.query(Conditions):  # left while something was written
            return
        conditions = self.query_one(Conditions)
        conditions.follow()
        watched = [gauge for gauge in conditions.gauges if not gauge.manual]
        good = sum(gauge.good for gauge in watched)
        over = "the run is over: " if self._view.state.outcome is not None else ""
        self.query_one("#top", Bar).show(
            [("What is watched", "strong"), (f"  {self._view.state.run}", "accent")],
            [
                (f"{over}{good} of {len(watched)} good" if watched else f"{over}nothing is measured", "quiet"),
                (f"  {len(conditions.gauges) - len(watched)} by hand", "quiet"),
            ],
        )
        self._draw_strip()
        self._draw_keys()

    def _draw_keys(self) -> None:
        steers: list[tuple[str, str]] = []
        if self._canary is not None:
            steers = [("pause", "resume" if self._canary.held else "hold"), ("promote", ""), ("abort", "")]
        if self._in_the_way is not None:
            steers.append(("override", ""))
        shown = [*steers, ("back", ""), ("help", "")]
        keymap = keymap_of(self.app)
        self.query_one(KeyBar).show([hint(keymap, self.PLACE, action, label) for action, label in shown])

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)

    def _draw_strip(self) -> None:
        gauge = self.query_one(Conditions).gauge
        if gauge is None:
            nothing = "the document's conditions have no signals: map them in its front matter (docs/gates.md)"
            self.query_one("#strip", Bar).show([(nothing if not self._view.gauges() else "", "quiet")])
        else:
            place = self.query_one(Conditions).places.get(gauge.condition)
            self.query_one("#strip", Bar).show([(f"{place}: " if place else "", "quiet"), (value_line(gauge), "")])

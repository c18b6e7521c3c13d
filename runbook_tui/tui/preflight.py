"""The preflight of a fleet: one table, one decision. Renders values and says what was decided; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Static

from runbook_tui.document.counting import counted
from runbook_tui.run.preflight import Level, Preflight, Verdict
from runbook_tui.run.preflight_table import GLYPHS, HEADINGS, UNKNOWN, WORDS, Row, rows, widths
from runbook_tui.tui import keys
from runbook_tui.tui.bars import Bar, Hint, KeyBar
from runbook_tui.tui.footer import hint
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.questions import Seen
from runbook_tui.tui.rows import Part, RowList, cut, strip
from runbook_tui.tui.terminal_text import safe
from runbook_tui.tui.theme import pens

_PENS = {Level.PASS: "success", Level.WARN: "warning", Level.BLOCK: "error"}
# The columns in the order in which they are given up where there is no room; host and verdict never.
_GIVEN_UP = ("ssh", "sessions", "answer", "key", "sudo", "clock", "free")
_REASON = 28  # columns kept for why
_NAME = 28


class PreflightRows(RowList):
    """The table: a line of headings that stays, then a row for each host."""

    sticky_rows = 1

    def __init__(self) -> None:
        super().__init__()
        self.table: tuple[Row, ...] = ()
        self.waiting: tuple[str, ...] = ()
        self._wide: tuple[int, ...] = tuple(map(len, HEADINGS))

    def show(self, preflight: Preflight | None, waiting: Sequence[str]) -> None:
        self.table = rows(preflight) if preflight is not None else ()
        self.waiting = tuple(waiting)
        wide = widths(self.table)
        name = max(wide[0], *(len(host) for host in self.waiting), 0)
        self._wide = (min(_NAME, name), *wide[1:])
        self.changed()

    def count(self) -> int:
        return len(self.table) + len(self.waiting)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        pointer = ("▌" if index == self.cursor else " ", "accent")
        if index >= len(self.table):
            host = cut(safe(self.waiting[index - len(self.table)]), self._wide[0])
            return [pointer, ("○ ", ""), (f"{host:<{self._wide[0]}}  ", ""), ("is being asked", "quiet")]
        row = self.table[index]
        pen = _PENS[row.level]
        found: list[Part] = [pointer, (f"{GLYPHS[row.level]} ", pen)]
        for at in self._columns(width):
            text = cut(safe(row.cells[at]), self._wide[at])
            found.append((f"{text:<{self._wide[at]}}  ", pen if at == 1 else "quiet" if text == UNKNOWN else ""))
        return [*found, (safe(row.why), "" if row.level is Level.BLOCK else "quiet")]

    def render_line(self, y: int) -> Strip:
        if y:
            return super().render_line(y)
        width = self.size.width
        heads = "".join(f"{HEADINGS[at]:<{self._wide[at]}}  " for at in self._columns(width))
        return strip([("   ", ""), (f"{heads}why", "quiet")], width, pens(self.app).on(self.rich_style))

    def _columns(self, width: int) -> list[int]:
        """The columns that fit beside the reason."""
        kept = list(range(len(HEADINGS)))
        for name in _GIVEN_UP:
            if 3 + sum(self._wide[at] + 2 for at in kept) + _REASON <= width:
                break
            kept.remove(HEADINGS.index(name))
        return kept


class PreflightScreen(Seen[tuple[str, ...] | None]):
    """Answers with the hosts to go on with, or None to stop here. `PreflightScreen.Again` asks for another look."""

    PLACE = "preflight"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("preflight")]
    DEFAULT_CSS = """
    PreflightScreen PreflightRows { height: 1fr; min-height: 4; }
    PreflightScreen #why { height: auto; max-height: 40%; border-top: solid $rule; padding: 0 2; }
    PreflightScreen #why Static { height: auto; }
    """

    class Again(Message):
        """The operator wants these hosts looked at once more."""

        def __init__(self, hosts: tuple[str, ...]) -> None:
            super().__init__()
            self.hosts = hosts

    def __init__(self, fleet: str, preflight: Preflight | None = None, waiting: Sequence[str] = ()) -> None:
        super().__init__()
        self._fleet = fleet
        self._preflight = preflight
        self._waiting = tuple(waiting)

    def compose(self) -> ComposeResult:
        yield Bar(id="top")
        yield PreflightRows()
        with VerticalScroll(id="why", can_focus=False):
            yield Static("")
        yield Bar(id="strip")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(PreflightRows).focus()
        self._draw()

    # --- state down ---

    def show(self, preflight: Preflight | None, waiting: Sequence[str] = ()) -> None:
        """What has been found out by now, and the hosts that are still being asked."""
        self._preflight = preflight
        self._waiting = tuple(waiting)
        if self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        found = self._preflight
        self.asks(found.fit if found is not None and not self._waiting else None)
        self.query_one(PreflightRows).show(found, self._waiting)
        total = len(self._waiting) + (len(found.verdicts) if found is not None else 0)
        self.query_one("#top", Bar).show(
            [("Preflight", "strong"), (f"  {safe(self._fleet)}  ", ""), (counted(total, "host"), "quiet")],
            [("nothing was changed yet", "quiet")],
        )
        self._draw_strip()
        self._draw_why()
        self.query_one(KeyBar).show(self._hints())

    def _draw_strip(self) -> None:
        found = self._preflight
        strip_ = self.query_one("#strip", Bar)
        if self._waiting or found is None:
            strip_.show([(f"▶ {counted(len(self._waiting), 'host')} still being asked", "accent")])
        else:
            strip_.show([(f"{GLYPHS[found.level]} ", _PENS[found.level]), (found.summary, "")])

    def _draw_why(self) -> None:
        verdict = self._here()
        if verdict is None:
            self.query_one("#why Static", Static).update("")
            return
        lines: list[Content] = []
        for reason in verdict.reasons:
            glyph = "·" if reason.level is Level.PASS else GLYPHS[reason.level]
            style = {Level.PASS: "$quiet", Level.WARN: "$warning", Level.BLOCK: "$error"}[reason.level]
            lines.append(Content.assemble((f"{glyph} ", style), safe(reason.text)))
        probe = verdict.probe
        facts = [
            probe.account,
            probe.system,
            probe.shell,
            probe.openssh,
            f"jobs in {probe.folder}" * bool(probe.folder),
        ]
        known = " · ".join(safe(fact) for fact in facts if fact)
        head = Content.assemble((safe(verdict.host), "bold"), (f"  {WORDS[verdict.level]}", "$quiet"))
        lines = [head, *lines, *([Content.styled(known, "$quiet")] if known else [])]
        self.query_one("#why Static", Static).update(Content("\n").join(lines))

    def _here(self) -> Verdict | None:
        at = self.query_one(PreflightRows).cursor
        found = self._preflight
        return found.verdicts[at] if found is not None and at < len(found.verdicts) else None

    def _hints(self) -> list[Hint]:
        hints, keymap = [], keymap_of(self.app)
        found = self._preflight
        if found is not None and not self._waiting and found.fit:
            label = f"go on with {counted(len(found.fit), 'host')}"
            if found.unfit:
                label += f", without {len(found.unfit)}"
            hints.append(hint(keymap, "preflight", "go_on", label))
        if found is not None and not self._waiting:
            hints.append(hint(keymap, "preflight", "again"))
        return [*hints, hint(keymap, "preflight", "help"), hint(keymap, "preflight", "stop")]

    # --- intents up ---

    @on(RowList.Moved)
    def _moved(self, event: RowList.Moved) -> None:
        event.stop()
        self._draw_why()

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        event.stop()
        await self.run_action(event.action)

    def action_go_on(self) -> None:
        """With every host that can; not before all have answered, and not by a key typed ahead."""
        found = self._preflight
        if self.armed and found is not None and not self._waiting and found.fit:
            self.dismiss(found.fit)

    def action_again(self) -> None:
        found = self._preflight
        if found is not None and not self._waiting:
            hosts = tuple(v.host for v in found.verdicts if v.level is not Level.PASS) or found.fit
            self.post_message(self.Again(hosts))

    def action_stop(self) -> None:
        self.dismiss(None)

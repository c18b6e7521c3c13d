"""A command on many hosts: a row for each host, and what they printed, the same said once. Renders values only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.strip import Strip

from runbook_tui.document.counting import counted
from runbook_tui.run.folding import Fold
from runbook_tui.run.host_rows import HostPhase, HostRow
from runbook_tui.run.output import OutputBuffer
from runbook_tui.tui import keys
from runbook_tui.tui.bars import Bar
from runbook_tui.tui.glyphs import Mark
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.output_view import OutputView
from runbook_tui.tui.rows import Part, RowList, cut, strip
from runbook_tui.tui.spans import of_seconds
from runbook_tui.tui.terminal_text import plain, safe
from runbook_tui.tui.theme import pens

SIDE_BY_SIDE = 120  # columns from which rows and output stand beside each other
_MARKS = {
    HostPhase.DONE: Mark("✔", "done", "success"),
    HostPhase.FAILED: Mark("✖", "failed", "error"),
    HostPhase.TIMED_OUT: Mark("✖", "timed out", "error"),
    HostPhase.STOPPED: Mark("–", "stopped", "quiet"),
    HostPhase.UNKNOWN: Mark("?", "unknown", "warning"),
    HostPhase.RUNNING: Mark("▶", "running", "accent"),
    HostPhase.CONNECTING: Mark("▷", "connecting", "accent"),
    HostPhase.WAITING: Mark("○", "waiting", ""),
    HostPhase.LEFT_OUT: Mark("⊘", "not run", "quiet"),
}
MANY = 50  # different outputs that are shown in full
_WORD = max(len(mark.word) for mark in _MARKS.values())
_BOLD, _RED, _GREEN, _QUIET, _OFF = b"\x1b[1m", b"\x1b[31m", b"\x1b[32m", b"\x1b[2m", b"\x1b[0m"
_SIGNS = {"-": _RED, "+": _GREEN, "…": _QUIET, " ": b""}


class FleetRows(RowList):
    """State, exit status, seconds and last line of each host, below a line of headings."""

    sticky_rows = 1

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[HostRow, ...] = ()
        self._longest = 4

    def show(self, rows: Sequence[HostRow]) -> None:
        """The rows as they stand now."""
        before, self.rows = self.rows, tuple(rows)
        if self.rows == before:
            return
        if [row.host for row in before] == [row.host for row in self.rows]:
            pairs = zip(before, self.rows, strict=True)
            self.refresh_rows(at for at, (old, new) in enumerate(pairs) if old != new)
            return
        here = before[self.cursor] if self.cursor < len(before) else None
        self._longest = max((cell_len(safe(row.host)) for row in rows), default=4)
        if here is not None and (self.here is None or self.here.host != here.host):  # the cursor stays with its host
            at = next((at for at, row in enumerate(self.rows) if row.host == here.host), self.cursor)
            self.set_reactive(RowList.cursor, at)
        self.changed()

    @property
    def here(self) -> HostRow | None:
        """The host under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def count(self) -> int:
        return len(self.rows)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        row = self.rows[index]
        mark = _MARKS[row.phase]
        name = self._name_columns(width)
        exit_ = "" if row.exit is None else str(row.exit)
        seconds = "" if row.seconds is None else of_seconds(row.seconds)
        last = plain(row.last).strip() if row.last else ""
        note = safe(row.note)
        return [
            ("▌" if index == self.cursor else " ", "accent"),
            (f"{mark.glyph} ", mark.colour),
            (f"{cut(safe(row.host), name):<{name}}  ", ""),
            (f"{mark.word:<{_WORD}}  ", mark.colour or "quiet"),
            (f"{exit_:>4}  ", "error" if row.exit else "quiet"),
            (f"{seconds:>10}  ", "quiet"),
            (f"{note}  {last}".strip(), "warning" if note else "quiet"),
        ]

    def render_line(self, y: int) -> Strip:
        if y:
            return super().render_line(y)
        heads = f"   {'host':<{self._name_columns(self.size.width)}}  {'state':<{_WORD}}  exit  {'time':>10}  last line"
        return strip([(heads, "quiet")], self.size.width, pens(self.app).on(self.rich_style))

    def _name_columns(self, width: int) -> int:
        return min(self._longest, max(8, width // 4))


class FoldedOutput(OutputView):
    """What the hosts printed: the most hosts first and whole, the others by what is different."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._folds: tuple[Fold, ...] = ()

    def show_folds(self, folds: Sequence[Fold]) -> None:
        """Show these from now on; where one had looked stays where it was."""
        folds = tuple(folds)
        if folds == self._folds and self.buffer is not None:
            return
        self._folds = folds
        y = 0.0 if self.buffer is None or self.following else self.scroll_offset.y
        self.show(folded_text(folds))
        self.action_follow()
        self.action_top()
        self.scroll_to(y=y, animate=False, immediate=True, force=True)


class FleetPane(Container):
    """The rows and the output; beside each other where there is room, else one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("fleet"),
    ]
    DEFAULT_CSS = """
    FleetPane { height: 1fr; layout: vertical; }
    FleetPane > #headline { height: 1; }
    FleetPane > #hosts-and-output { height: 1fr; layout: horizontal; }
    FleetPane FleetRows { width: 1fr; height: 1fr; }
    FleetPane FoldedOutput { width: 1fr; height: 1fr; padding: 0 0 0 1; scrollbar-size-vertical: 1; display: none; }
    FleetPane.-output FoldedOutput { display: block; }
    FleetPane.-output FleetRows { display: none; }
    FleetPane.-wide FoldedOutput { display: block; border-left: solid $rule; }
    FleetPane.-wide FleetRows { display: block; }
    """

    class Looked(Message):
        """The cursor stands on another host."""

        def __init__(self, host: str) -> None:
            super().__init__()
            self.host = host

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._said: tuple[Part, ...] = ()

    def compose(self) -> ComposeResult:
        yield Bar(id="headline")
        with Container(id="hosts-and-output"):
            yield FleetRows()
            yield FoldedOutput()

    @property
    def hosts(self) -> FleetRows:
        return self.query_one(FleetRows)

    @property
    def output(self) -> FoldedOutput:
        return self.query_one(FoldedOutput)

    def show(self, fleet: str, headline: str, rows: Sequence[HostRow], folds: Sequence[Fold]) -> None:
        """All of it as it stands now; called as often as something has changed, a few times a second at most."""
        self._said = ((f"{safe(fleet)}  ", "strong"), (safe(headline), "quiet"))
        self._draw_headline()
        self.hosts.show(rows)
        self.output.show_folds(folds)

    def action_turn(self) -> None:
        """Rows or output, where only one of them has room."""
        if not self.has_class("-wide"):
            self.toggle_class("-output")
            self.action_other()

    def action_other(self) -> None:
        """The keyboard goes to the other one."""
        shown = [widget for widget in (self.hosts, self.output) if widget.display]
        if not shown:
            return
        after = next((widget for widget in shown if not widget.has_focus), shown[0])
        after.focus()

    def on_resize(self) -> None:
        self.set_class(self.size.width >= SIDE_BY_SIDE, "-wide")
        self._draw_headline()

    @on(RowList.Moved)
    def _moved(self, event: RowList.Moved) -> None:
        event.stop()
        if self.hosts.here is not None:
            self.post_message(self.Looked(self.hosts.here.host))

    def _draw_headline(self) -> None:
        turn_key = keymap_of(self.app).shown("fleet", "turn")
        turn = [] if self.has_class("-wide") else [(f"{turn_key} ", "strong accent"), ("hosts / output", "")]
        self.query_one("#headline", Bar).show(self._said, turn)


def folded_text(folds: Sequence[Fold]) -> OutputBuffer:
    """The folds as lines to draw; of very many different ones the names only."""
    text = bytearray()
    for at, fold in enumerate(folds):
        state = "still running" if fold.running else fold.outcome
        size = "" if len(fold.hosts) == 1 else counted(len(fold.hosts), "host")
        title = "  ".join(part for part in (fold.nodes, size, state) if part)
        text += b"\n" * bool(at) + _BOLD + title.encode() + _OFF + b"\n"
        if at >= MANY:
            text += _QUIET + f"({fold.bytes} bytes of its own)".encode() + _OFF + b"\n"
        elif fold.difference:
            text += _QUIET + b"against " + folds[0].nodes.encode() + b":" + _OFF + b"\n"
            for sign, line in fold.difference:
                text += _SIGNS[sign] + sign.encode() + b" " + line + _OFF + b"\n"
        elif fold.data:
            text += fold.data + _OFF + b"\n"
        elif not fold.running:
            text += _QUIET + b"(no output)" + _OFF + b"\n"
    buffer = OutputBuffer()
    buffer.feed(bytes(text))
    buffer.finish()
    return buffer

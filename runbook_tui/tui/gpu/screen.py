"""The GPU screen: devices at one side, the chosen one in full at the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Input

from runbook_tui.run.gpu.model import GpuHost, GpuProcess
from runbook_tui.run.gpu.verdicts import Check
from runbook_tui.run.ports import OperatorError
from runbook_tui.tui import keys
from runbook_tui.tui.after_painting import after_painting
from runbook_tui.tui.background import in_background, one_question
from runbook_tui.tui.bars import Bar, KeyBar
from runbook_tui.tui.footer import both, hint
from runbook_tui.tui.gpu import words
from runbook_tui.tui.gpu.detail import SORTS, Line, lines
from runbook_tui.tui.gpu.devices import Devices
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.leaving import LeftOnce
from runbook_tui.tui.ports import Desk, GpuView
from runbook_tui.tui.questions import Confirm
from runbook_tui.tui.rows import Part, RowList
from runbook_tui.tui.terminal_text import safe

EVERY = 1.0  # seconds between two paintings
NO_DRIVER = (
    "There is no NVIDIA driver on this machine: nothing can be read.",
    "rbt gpu --host H reads another machine.",
)
JUDGE_EVERY = 3  # paintings between two judgements of everything
_FOOTER = ("pane", "filter", "sort", "end_process", "read_now", "back", "help")


class Detail(RowList):
    """The lines about one device; the cursor rests on processes only."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._about = ""

    def show(self, these: Sequence[Line], *, about: str = "") -> None:
        """The lines about a device; another one is shown from its top."""
        pid = self.process.pid if self.process is not None else None
        self._lines = these
        if about != self._about:
            self._about = about
            self.scroll_home(animate=False)
        there = next((n for n, line in enumerate(these) if line.process is not None and line.process.pid == pid), None)
        if there is not None:
            self.cursor = there
        elif not self.can_rest(self.cursor):
            self.cursor = next((n for n in range(len(these)) if self.can_rest(n)), 0)
        self.changed()

    @property
    def process(self) -> GpuProcess | None:
        return self._lines[self.cursor].process if self.cursor < len(self._lines) else None

    def count(self) -> int:
        return len(self._lines)

    def can_rest(self, index: int) -> bool:
        return index < len(self._lines) and self._lines[index].process is not None

    def parts(self, index: int, width: int) -> Sequence[Part]:  # noqa: ARG002
        return self._lines[index].parts

    def strip_of(self, index: int, width: int, *, marked: bool | None = None) -> Strip:
        here = index == self.cursor and self.can_rest(index)
        return super().strip_of(index, width, marked=here if marked is None else marked)

    def _bring_into_view(self) -> bool:
        """Only for somebody who moves in the list: the facts above are what is looked at first."""
        return super()._bring_into_view() if self.has_focus else False

    def action_move(self, step: int) -> None:
        """To the next process; where there is none, the lines scroll."""
        before = self.cursor
        super().action_move(step)
        if self.cursor == before:
            self.scroll_relative(y=step, animate=False)


class Gpus(LeftOnce[None]):
    """Ends with the key that opened it, with `q` and with `esc`. `record` keeps a word of what was done here."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - as the base class has it
    PLACE = "gpus"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("gpus")]
    DEFAULT_CSS = """
    Gpus #gpu-panes { height: 1fr; layout: vertical; }
    Gpus #devices {
        height: auto; max-height: 45%; min-height: 2; scrollbar-size-vertical: 1; border-bottom: solid $rule;
    }
    Gpus #devices:focus { border-bottom: solid $accent; }
    Gpus #detail { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    Gpus.-wide.-many #gpu-panes { layout: horizontal; }
    Gpus.-wide.-many #devices {
        width: 1fr; height: 1fr; max-height: 100%; border-bottom: none; border-right: solid $rule;
    }
    Gpus.-wide.-many #devices:focus { border-right: solid $accent; }
    Gpus.-wide.-many #detail { width: 1fr; }
    Gpus Input, Gpus Input:focus { height: 1; border: none; padding: 0 1; background: $panel; }
    Gpus Input { dock: bottom; display: none; }
    Gpus.-filtering Input { display: block; }
    Gpus.-filtering KeyBar { display: none; }
    """

    def __init__(self, desk: Desk, *, record: Callable[[str], None] = lambda _: None) -> None:
        super().__init__()
        self._desk = desk
        self._view: GpuView | None = None
        self._record = record
        self._sort = SORTS[0]
        self._needle = ""
        self._checks: Sequence[Check] = ()
        self._paintings = 0
        self._said: Part = ("", "")

    def compose(self) -> ComposeResult:
        yield Bar(id="gpu-top")
        with Horizontal(id="gpu-panes"):
            yield Devices(id="devices")
            yield Detail(id="detail")
        yield Bar(id="gpu-said")
        keymap = keymap_of(self.app)
        devices = both(keymap, "rows", "up", "down", "device")
        yield KeyBar([devices, *(hint(keymap, self.PLACE, action) for action in _FOOTER)])
        yield Input(placeholder="filter processes by pid, user or program; empty shows all")

    @property
    def devices(self) -> Devices:
        return self.query_one(Devices)

    @property
    def detail(self) -> Detail:
        return self.query_one(Detail)

    def on_mount(self) -> None:
        self.devices.focus()
        self.query_one("#gpu-top", Bar).show([("GPUs", "strong")], [("looking …", "quiet")])
        in_background(self, self._begin, group="gpus")

    async def _begin(self) -> None:
        self._view = await self._desk.gpus()
        if self._view is None or not self._view.hosts():
            self._view = None
            self.query_one("#gpu-top", Bar).show([("GPUs", "strong")], [("none here", "quiet")])
            self.detail.show([Line(((text, ""),)) for text in NO_DRIVER])
            self.devices.display = False
            self.detail.focus()
            keymap = keymap_of(self.app)
            self.query_one(KeyBar).show([hint(keymap, self.PLACE, action) for action in ("back", "help")])
            return
        self._draw()
        self.set_interval(EVERY, self._draw)
        await self._view.ask_now()

    def on_resize(self) -> None:
        after_painting(self, self._draw)

    # --- state down ---

    def _draw(self) -> None:
        if self._view is None or not self.is_attached or self.app.screen is not self:
            return
        hosts = self._view.hosts()
        if self._paintings % JUDGE_EVERY == 0 or not self._checks:
            self._checks = self._view.health()
        self._paintings += 1
        many = sum(len(host.gpus) for host in hosts) > 12
        if many != self.has_class("-many"):
            self.set_class(many, "-many")
        self.devices.show(self._view, hosts, self._checks)
        self._draw_detail()
        self.query_one("#gpu-top", Bar).show(*self._top(hosts))
        self.query_one("#gpu-said", Bar).show([self._said], self._about(hosts))

    def _draw_detail(self) -> None:
        if self._view is None:
            return
        row = self.devices.chosen
        detail = self.detail
        if row is None or row[1] is None:
            text = safe(row[0].error or "no device") if row is not None else "nothing is read yet"
            detail.show([Line(((text, "warning"),))])
            return
        host, gpu = row[0], row[1]
        width = max(30, detail.size.width - 3)
        shown = lines(
            host,
            gpu,
            self._view.trail(gpu.uuid),
            self._checks,
            width,
            sort=self._sort,
            needle=self._needle,
            tall=self.size.height >= 40,
        )
        notes = [Line(((f"note: {safe(note)}", "quiet"),)) for note in host.notes]
        detail.show([*shown, *notes], about=gpu.uuid)

    def _top(self, hosts: Sequence[GpuHost]) -> tuple[Sequence[Part], Sequence[Part]]:
        count = sum(len(host.gpus) for host in hosts)
        devices = "1 GPU" if count == 1 else f"{count} GPUs"
        left: list[Part] = [(devices, "strong")]
        if len(hosts) == 1:
            left += [(f" on {safe(hosts[0].host)}  ", ""), *words.origin(hosts[0])]
        else:
            left += [(f" on {len(hosts)} machines", "")]
            fake, replayed = any(host.fake for host in hosts), any(host.replayed for host in hosts)
            left += [("  FAKE", "strong warning")] if fake else []
            left += [("  REPLAY", "strong warning")] if replayed else []
        return left, [words.verdict(self._checks)] if self._checks else []

    def _about(self, hosts: Sequence[GpuHost]) -> list[Part]:
        oldest = max((gpu.age for host in hosts for gpu in host.gpus), default=None)
        if oldest is None:
            return []
        return [(f"oldest value {oldest:.0f} s", "warning" if oldest > words.OLD else "quiet")]

    def _say(self, text: str, pen: str = "") -> None:
        self._said = (text, pen)
        self._draw()

    # --- keys ---

    @on(RowList.Moved, "#devices")
    def _moved(self) -> None:
        self._draw_detail()

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        if event.action:
            await self.run_action(event.action)

    def action_back(self) -> None:
        if self.has_class("-filtering"):
            self._close_filter()
        elif self.app.screen_stack[0] is self:
            self.app.exit()
        else:
            self.dismiss(None)

    def action_pane(self) -> None:
        (self.detail if self.focused is self.devices else self.devices).focus()

    def action_filter(self) -> None:
        self.add_class("-filtering")
        self.set_focus(self.query_one(Input))  # not later: what is typed behind the key is the filter

    def _close_filter(self) -> None:
        self.remove_class("-filtering")
        self.detail.focus()

    @on(Input.Submitted)
    def _filtered(self, event: Input.Submitted) -> None:
        self._needle = event.value.strip()
        self._close_filter()
        self._draw()

    def action_sort(self) -> None:
        self._sort = SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)]
        self._say(f"processes by {self._sort}")

    async def action_read_now(self) -> None:
        if self._view is not None:
            await self._view.ask_now()
        self._say("everything is read at the next moment")

    def action_end_process(self) -> None:
        row, process = self.devices.chosen, self.detail.process
        if row is None or process is None:
            pane = keymap_of(self.app).shown(self.PLACE, "pane")
            self._say(f"there is no process to end: {pane} goes to the list of processes", "warning")
            return
        one_question(self, partial(self._end_process, row[0], process))

    async def _end_process(self, host: GpuHost, process: GpuProcess) -> None:
        memory = "n/a" if process.memory is None else f"{process.memory / (1 << 20):,.0f} MiB"
        reading = Content.assemble(
            ("process  ", "$quiet"), (f"{safe(process.name) or 'n/a'} (pid {process.pid})", "bold"),
            ("\nowner    ", "$quiet"), (safe(process.user or "n/a"), "bold"),
            ("\nwhere    ", "$quiet"), (safe(host.host), "bold"),
            ("\nmemory   ", "$quiet"), memory,
            ("\neffect   ", "$quiet"), ("destroying", "bold $error"),
            ("\nundo     ", "$quiet"), "none: what it has not saved is lost",
        )  # fmt: skip
        question = Confirm(
            "End this process?", reading, key="D", does=f"end it on {safe(host.host)} (TERM)", grave=True
        )
        if self._view is None or not await self.app.push_screen_wait(question):
            return
        try:
            done = self._view.end_process(host, process)
        except OperatorError as error:
            self._say(str(error), "warning")
            return
        self._record(done)
        self._say(done)
        await self._view.ask_now()

"""Questions to the operator. Keys typed before a question was painted never answer it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from runbook_tui.tui.leaving import LeftOnce
from runbook_tui.tui.rows import Part, RowList

READ = 3  # rows of what is to be read, however little room there is
EDGES = 2  # rows of a box
LOW = 20  # rows of a terminal that a box may take all of
BLANK = 4  # rows of a line to fill in
MOST = 12  # rows of a choice
REST = 0.15  # seconds after the first frame in which nothing is taken for an answer

T = TypeVar("T")


class Seen(LeftOnce[T]):
    """A screen whose keys count only when they were pressed by somebody who could see it."""

    _takes_answers_at: float | None = None
    _what: object = None

    def on_mount(self) -> None:
        self.call_after_refresh(self._painted)

    def on_screen_resume(self) -> None:
        """What is to be called after a refresh is kept by the screen on top, and gone with it."""
        if self._takes_answers_at is None:
            self.call_after_refresh(self._painted)

    def asks(self, what: object) -> None:
        """What a screen that stays asks now, None for nothing; keys from before that was painted answer nothing."""
        before, self._what = self._what, what
        if what is not None and what != before and self._takes_answers_at is not None:
            self._takes_answers_at = None
            self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        self._takes_answers_at = time.monotonic() + REST

    @property
    def armed(self) -> bool:
        """Whether a key pressed now counts."""
        return self._takes_answers_at is not None and time.monotonic() >= self._takes_answers_at

    def accepts(self, event: events.Event) -> bool:
        """Whether this key was pressed after the screen had been painted, and a moment later."""
        if self._takes_answers_at is None:  # a screen that was never told of its painting would take no key at all
            self.call_after_refresh(self._painted)
            return False
        return event.time >= self._takes_answers_at


def keyed(*answers: tuple[str, str]) -> Content:
    """The keys that answer, each with what it does."""
    return Content("    ").join(Content.assemble((key, "bold $accent"), f" {does}") for key, does in answers)


class Question(Seen[T], ModalScreen[T]):
    """A box with a title, something to read, something to answer, and the keys that do it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave_it", "leave it", show=False)]
    DEFAULT_CSS = """
    Question { align: center middle; background: $background 60%; }
    Question > #box {
        width: 90%; max-width: 100; min-width: 40; height: auto;
        border: round $accent; padding: 0 1; background: $background;
    }
    Question.-grave > #box { border: heavy $error; }
    Question #asked { height: auto; padding-bottom: 1; text-style: bold; }
    Question #reading { height: auto; max-height: 60vh; padding-bottom: 1; scrollbar-size-vertical: 1; }
    Question #reading Static { height: auto; }
    Question #hint { height: auto; color: $quiet; }
    Question #trouble { height: auto; color: $warning; display: none; }
    Question Label { color: $quiet; }
    Question Input { border: tall $rule; background: $background; height: 3; padding: 0 1; }
    Question Input:focus { border: tall $accent; }
    Question RowList { height: auto; max-height: 12; margin-bottom: 1; scrollbar-size-vertical: 1; }
    """

    def __init__(self, asked: str | Content, reading: str | Content = "", *, grave: bool = False) -> None:
        super().__init__(classes="-grave" if grave else "")
        self._asked = Content(asked) if isinstance(asked, str) else asked
        self._reading = Content(reading) if isinstance(reading, str) else reading

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static(self._asked, id="asked")
            if self._reading:
                with VerticalScroll(id="reading", can_focus=False):
                    yield Static(self._reading)
            yield from self.answers()
            yield Static("", id="trouble")
            yield Static(self.hint(), id="hint")

    def answers(self) -> ComposeResult:
        yield from ()

    def fit_answers(self, rows: int) -> int:
        """Take no more rows than these for the answers; how many are taken."""
        return min(0, rows)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """What is read gives way to what is answered, and that to the keys, which are always there."""
        reading, rows = self.query("#reading"), self.size.height
        rows = rows if rows < LOW else rows * 9 // 10
        self.query("#box").set_styles(max_height=rows)
        rows -= EDGES
        rows -= sum(one.outer_size.height for one in self.query("#asked, #trouble, #hint") if one.display)
        rows -= self.fit_answers(rows - (READ if reading else 0))
        reading.set_styles(max_height=max(READ, rows))

    def read(self, rows: int) -> None:
        """Move what is read."""
        for reading in self.query("#reading"):
            reading.scroll_relative(y=rows, animate=False)

    def hint(self) -> Content:
        return keyed(("esc", "leave it"))

    def trouble(self, text: str) -> None:
        """Say why the answer is none yet."""
        widget = self.query_one("#trouble", Static)
        widget.update(Content(text))
        widget.display = bool(text)
        self.call_after_refresh(self._fit)

    def action_leave_it(self) -> None:
        self.dismiss(None)


class Confirm(Question[bool]):
    """Yes only by the key it names, which is never `enter` nor the key that led here."""

    def __init__(
        self, asked: str | Content, reading: str | Content, *, key: str = "y", does: str, grave: bool = False
    ) -> None:
        super().__init__(asked, reading, grave=grave)
        self._key = key
        self._does = does

    def hint(self) -> Content:
        colour = "$error" if self.has_class("-grave") else "$accent"
        does = Content.assemble((f" {self._key} ", f"bold {colour} reverse"), f" {self._does}    ")
        return does + keyed(("esc", "leave it"))

    def on_key(self, event: events.Key) -> None:
        if self._key in (event.key, event.character):
            event.stop()
            self.dismiss(True)
        elif event.key in ("enter", "space"):
            event.stop()
            self.trouble(f"{event.key} is not the answer here: {self._key} does it, esc leaves it")
        elif event.key in ("up", "down", "pageup", "pagedown"):
            self.read({"up": -1, "down": 1, "pageup": -10, "pagedown": 10}[event.key])


class Blank(NamedTuple):
    """One line of a form."""

    label: str
    value: str = ""
    hidden: bool = False
    required: str = ""  # what is said when it stays empty
    suggestion: str = ""
    wrong: Callable[[str], str] | None = None  # what is wrong with an answer; empty when nothing is


class Form(Question[tuple[str, ...]]):
    """One or more lines to fill in; `enter` goes on to the next and takes the last as the end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("pageup", "read(-10)", show=False),
        Binding("pagedown", "read(10)", show=False),
    ]

    def __init__(
        self, asked: str | Content, blanks: Sequence[Blank], reading: str | Content = "", *, does: str = "keep it"
    ) -> None:
        super().__init__(asked, reading)
        self._blanks = tuple(blanks)
        self._does = does

    def fit_answers(self, rows: int) -> int:
        height = max(BLANK, min(BLANK * len(self._blanks), rows))
        self.query("#blanks").set_styles(height=height)
        return height

    def action_read(self, rows: int) -> None:
        self.read(rows)

    def answers(self) -> ComposeResult:
        with VerticalScroll(id="blanks", can_focus=False):
            for number, blank in enumerate(self._blanks):
                yield Label(Content(blank.label))
                yield Input(blank.value, password=blank.hidden, placeholder=blank.suggestion, id=f"blank-{number}")

    def hint(self) -> Content:
        return keyed(("enter", self._does), ("esc", "leave it"))

    def on_mount(self) -> None:
        super().on_mount()
        first = next((n for n, blank in enumerate(self._blanks) if not blank.value), 0)
        self.query(f"#blank-{first}").focus()  # none is there when the app leaves meanwhile

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        inputs = list(self.query(Input))
        place = inputs.index(event.input)
        if place + 1 < len(inputs):
            inputs[place + 1].focus()
            return
        values = tuple(box.value for box in inputs)
        for blank, value, box in zip(self._blanks, values, inputs, strict=True):
            if blank.required and not value.strip():
                self.trouble(blank.required)
                box.focus()
                return
            if blank.wrong is not None and (why := blank.wrong(value)):
                self.trouble(why)
                box.focus()
                return
        self.dismiss(values)


class Choice(Question[int]):
    """One of several, by arrow and enter, or by its own letter."""

    def __init__(
        self,
        asked: str | Content,
        options: Sequence[tuple[str, str]],
        reading: str | Content = "",
        *,
        start: int = 0,
        does: str = "choose it",
    ) -> None:
        super().__init__(asked, reading)
        self._options = tuple(options)  # letter (or ""), text
        self._start = start
        self._does = does

    def answers(self) -> ComposeResult:
        yield Options(self._options)

    def fit_answers(self, rows: int) -> int:
        height = max(1, min(MOST, len(self._options), rows - 1))
        self.query(Options).set_styles(height=height)
        return height + 1

    def hint(self) -> Content:
        return keyed(("enter", self._does), ("esc", "leave it"))

    def on_mount(self) -> None:
        super().on_mount()
        for options in self.query(Options):  # none is there when the app leaves meanwhile
            options.focus()
            options.cursor = self._start

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            self.dismiss(self.query_one(Options).cursor)
            return
        for number, (letter, _) in enumerate(self._options):
            if letter and event.character == letter:
                event.stop()
                self.dismiss(number)

    @on(RowList.Chosen)
    def _clicked(self, event: RowList.Chosen) -> None:
        self.dismiss(event.index)


class Options(RowList):
    """The lines of a choice."""

    def __init__(self, options: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._options = options

    def on_mount(self) -> None:
        self.styles.height = min(MOST, len(self._options))
        self.changed()

    def count(self) -> int:
        return len(self._options)

    def action_page(self, direction: int) -> None:
        """Through the options; where all of them are seen, through what is read above them."""
        if self.size.height < self.count():
            super().action_page(direction)
        elif isinstance(self.screen, Question):
            self.screen.read(10 * direction)

    def parts(self, index: int, width: int) -> Sequence[Part]:  # noqa: ARG002
        letter, text = self._options[index]
        pointer = "▌ " if index == self.cursor else "  "
        return [(pointer, "accent"), (f"{letter or ' '} ", "strong accent"), (text, "")]

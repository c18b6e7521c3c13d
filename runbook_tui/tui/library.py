"""The library: unfinished runs, runbooks, and runs that have ended."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from runbook_tui.run.ports import OperatorError
from runbook_tui.tui import glyphs, keys
from runbook_tui.tui.bars import Bar, Hint, KeyBar
from runbook_tui.tui.house import House
from runbook_tui.tui.ports import LibraryEntry
from runbook_tui.tui.rows import Part, RowList, cut, spread
from runbook_tui.tui.spans import age

EMPTY = (
    "No runbook was found here and no run is kept.\n\n"
    "A runbook is any Markdown file with steps in it: boxes, commands, sign-offs.\n"
    "Start one with   rbt FILE.md   or start rbt in a folder that has some."
)
_RUNBOOK = glyphs.Mark("·", "", "quiet")
_HINTS = (Hint("enter", "open", "open"), Hint("w", "watch", "watch"), Hint("/", "filter", "filter"))


class Entries(RowList):
    """Entries under three headings; the cursor skips the headings."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._entries: Sequence[LibraryEntry] = ()
        self._rows: list[LibraryEntry | str] = []

    def show(self, entries: Sequence[LibraryEntry], needle: str = "") -> None:
        """Those that have every word of `needle` in title, file or run."""
        before = self.entry
        self._entries = entries
        words = needle.lower().split()
        kept = [e for e in entries if all(w in f"{e.title} {e.source} {e.run or ''}".lower() for w in words)]
        runs = [e for e in kept if e.run is not None and not e.rehearsal]
        groups = (
            ("Unfinished runs", [e for e in runs if e.outcome is None]),
            ("Runbooks", [e for e in kept if e.run is None]),
            ("Ended runs", [e for e in runs if e.outcome is not None]),
            ("Rehearsals", [e for e in kept if e.rehearsal]),
        )
        self._rows = []
        for title, group in groups:
            if group:
                self._rows += ["", title, *group] if self._rows else [title, *group]
        self.changed()
        same = next((n for n, row in enumerate(self._rows) if row == before), None)
        self.go(same if same is not None else 1)

    @property
    def entry(self) -> LibraryEntry | None:
        row = self._rows[self.cursor] if self.cursor < len(self._rows) else None
        return row if isinstance(row, LibraryEntry) else None

    def go(self, index: int, *, by_hand: bool = False) -> None:
        while 0 <= index < len(self._rows) - 1 and not self.can_rest(index):
            index += 1
        super().go(index, by_hand=by_hand)

    def can_rest(self, index: int) -> bool:
        return isinstance(self._rows[index], LibraryEntry)

    def count(self) -> int:
        return len(self._rows)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        entry = self._rows[index]
        if isinstance(entry, str):
            return [(" ", ""), (entry, "strong quiet")]
        pointer = ("▌" if index == self.cursor else " ", "accent")
        mark = glyphs.of_outcome(entry.outcome) if entry.run is not None else _RUNBOOK
        word = f"{entry.driver.partition('@')[0]} drives" if entry.driver else mark.word
        done = f"{entry.done}/{entry.total}" if entry.total is not None else ""
        if entry.run is None and entry.boxes is not None:
            word, done = f"{entry.boxes} boxes", f"{entry.commands or 0} $"
        right: list[Part] = [
            (f"{cut(word, 14):>14}  ", mark.colour),
            (f"{done:>7}  ", ""),
            (f"{age(entry.last):>10} ", "quiet"),
        ]
        if entry.trouble:
            right = [(f"{cut(entry.trouble, width // 2)} ", "warning")]
        elif width >= 100:
            right.insert(0, (f"{cut(_near(entry.source), width // 4):<{width // 4}}", "quiet"))
        name = f"{entry.title}  {entry.run}" if entry.run else entry.title
        return spread([pointer, (f" {mark.glyph} ", mark.colour)], (name, ""), right, width)


def _near(source: str, *, short: bool = True) -> str:
    """The path as one would type it here."""
    relative = os.path.relpath(source)
    home = str(Path.home())
    if short and not relative.startswith(".."):
        return relative
    return "~" + source[len(home) :] if source.startswith(home + os.sep) else source


class Library(Screen[None]):
    """Choose what to walk."""

    PLACE = "library"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("library")]
    DEFAULT_CSS = """
    Library Entries { height: 1fr; margin-top: 1; scrollbar-size-vertical: 1; }
    Library #empty { height: 1fr; padding: 2 4; display: none; }
    Library.-empty #empty { display: block; }
    Library.-empty Entries { display: none; }
    Library Input { height: 1; border: none; padding: 0 1; background: $panel; display: none; }
    Library.-filtering Input { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._entries: Sequence[LibraryEntry] = ()
        self._looked = False

    def compose(self) -> ComposeResult:
        yield Bar(id="top")
        yield Entries(id="entries")
        yield Static("", id="empty")
        yield Input(placeholder="title, file or run")
        yield Bar(id="strip")
        yield KeyBar([*_HINTS, Hint("q", "leave", "leave"), Hint("?", "help", "help")])

    @property
    def house(self) -> House:
        return cast("House", self.app)

    def on_mount(self) -> None:
        self.query_one("#top", Bar).show(
            [("Runbooks and runs", "strong")], [(_near(str(Path.cwd()), short=False), "quiet")]
        )
        self.query_one("#strip", Bar).show([("looking for runbooks …", "quiet")])
        self.query_one(Entries).focus()

    def on_screen_resume(self) -> None:
        if self._looked:  # the first look waits for the first frame
            self.action_reload()

    def action_reload(self) -> None:
        self._looked = True
        self.run_worker(self._load(), group="load")

    async def _load(self) -> None:
        try:
            self._entries = await self.house.desk.entries()
        except OperatorError as error:
            self._entries = ()
            self.query_one("#empty", Static).update(Content(str(error)))
        else:
            self.query_one("#empty", Static).update(Content(EMPTY))
        self.set_class(not self._entries, "-empty")
        self.query_one(Entries).show(self._entries, self.query_one(Input).value)
        self._about()

    @on(RowList.Moved)
    def _about(self) -> None:
        entry = self.query_one(Entries).entry
        self.query_one("#strip", Bar).show([(entry.trouble or _near(entry.source), "quiet")] if entry else [])

    # --- keys ---

    @on(RowList.Chosen)
    def action_open(self) -> None:
        entry = self.query_one(Entries).entry
        if self.query_one(Input).has_focus:
            self.query_one(Entries).focus()
        elif entry is None:
            return
        elif entry.trouble:
            self.house.tell(entry.trouble, grave=True)
        elif entry.run is None:
            self.house.open_path(entry.source)
        elif entry.outcome is None and not entry.rehearsal and getattr(self.house.desk, "drives", True):
            self.house.open_run(entry.run, entry.title)
        else:
            self.house.open_watch(entry.run, entry.title)

    def action_watch(self) -> None:
        entry = self.query_one(Entries).entry
        if entry is not None and entry.run is not None:
            self.house.open_watch(entry.run, entry.title)
        else:
            self.house.tell("only a run can be watched")

    def action_filter(self) -> None:
        self.add_class("-filtering")
        self.query_one(Input).focus()

    def action_clear(self) -> None:
        self.query_one(Input).value = ""
        self.remove_class("-filtering")
        self.query_one(Entries).focus()

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self.query_one(Entries).show(self._entries, event.value)

    @on(Input.Submitted)
    def _narrowed(self) -> None:
        self.query_one(Entries).focus()

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        actions = {"leave": "app.leave", "help": "app.show_help"}
        await self.run_action(actions.get(event.action, event.action))

"""The library: unfinished runs, runbooks, and runs that have ended."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, cast

from msgspec import structs
from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from runbook_tui.document.counting import counted
from runbook_tui.run.ports import OperatorError
from runbook_tui.tui import glyphs, keys
from runbook_tui.tui.background import in_background
from runbook_tui.tui.bars import Bar, Hint, KeyBar
from runbook_tui.tui.footer import hint
from runbook_tui.tui.house import House
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.ports import LibraryEntry
from runbook_tui.tui.rows import Part, RowList, cut, spread
from runbook_tui.tui.spans import age, of_seconds
from runbook_tui.tui.terminal_text import safe

EMPTY = (
    "Welcome. No runbook was found here and no run is kept.\n\n"
    "A runbook is any Markdown file with boxes or commands in it.\n\n"
    "rbt FILE.md     opens one from anywhere\n"
    "rbt new NAME    writes one to begin with\n"
    "rbt             in a folder that has some shows them all"
)
_RUNBOOK = glyphs.Mark("·", "", "quiet")
_FOOTER = ("filter", "settings", "leave", "help")
WIDE = 100  # columns from which a row has room for one column more
LEAST_GAP = 4  # columns between a name and what stands at the right
LONGEST_WORD = 14  # columns of how a run stands
LONGEST_TOOK = 12  # columns of a duration
MOST_COUNTED = 60  # documents that are read to the end for what is in them
LARGEST_COUNTED = 1024 * 1024  # bytes
WELCOME = (
    "Welcome. A runbook is any Markdown file with steps in it. rbt shows each step, runs its commands when you say "
    "so, keeps what came of them, and keeps the way back ready. Opening one runs nothing; {rehearse} rehearses it "
    "where nothing can break."
)


class Entries(RowList):
    """Entries under three headings; the cursor skips the headings."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._entries: Sequence[LibraryEntry] = ()
        self._rows: list[LibraryEntry | str] = []
        self._columns = (0, 0)  # of the words and of the numbers at the right

    def show(self, entries: Sequence[LibraryEntry], needle: str = "") -> None:
        """Those that have every word of `needle` in title, file or run."""
        before = self.entry
        self._entries = entries
        words = needle.lower().split()
        kept = [e for e in entries if all(w in f"{e.title} {e.source} {e.run or ''}".lower() for w in words)]
        told = [_state(entry) for entry in entries]
        widest = (max((cell_len(texts[n]) for texts in told), default=0) for n in (0, 1))
        self._columns = (min(LONGEST_WORD, next(widest)), next(widest))
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
        same = next((n for n, row in enumerate(self._rows) if before is not None and _is(row, before)), None)
        self.go(same if same is not None else 1)

    def recount(self, entries: Sequence[LibraryEntry], needle: str) -> None:
        """The same entries, with more known of them; the cursor stays in its row."""
        row = self.cursor
        self.show(entries, needle)
        self.go(row)

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
        (word, done), (wide, narrow) = _state(entry), self._columns
        right: list[Part] = [
            (f"{cut(word, wide):>{wide}}  ", mark.colour),
            (f"{done:>{narrow}}  ", ""),
            (f"{age(entry.last):>10} ", "quiet"),
        ]
        if entry.trouble:
            right = [(f"{cut(entry.trouble, width // 2)} ", "warning")]
        elif width >= WIDE:
            room = width // 4
            told = _who_and_how_long(entry, room) if entry.run is not None else cut(_near(entry.source), room)
            right.insert(0, (f"{told:<{room}}  ", "quiet"))
        left: list[Part] = [pointer, (f" {mark.glyph} ", mark.colour)]
        if entry.run is None:
            return spread(left, (entry.title, ""), right, width)
        named: Part = (f"  {entry.run}", "accent")  # runs of one document differ in nothing else: the title gives way
        taken = sum(cell_len(text) for text, _ in (*left, named, *right))
        return spread([*left, (cut(entry.title, width - taken - LEAST_GAP), ""), named], ("", ""), right, width)


def _state(entry: LibraryEntry) -> tuple[str, str]:
    """Of a run how it stands and how far it is, of a runbook what is in it."""
    if entry.run is None:
        if entry.boxes is None:
            return "", ""
        words = counted(entry.boxes, "step"), counted(entry.commands or 0, "cmd")
        return words if entry.boxes else ("no steps", "")
    word = f"{entry.driver.partition('@')[0]} drives" if entry.driver else glyphs.of_outcome(entry.outcome).word
    return word, f"{entry.done}/{entry.total}" if entry.total is not None else ""


def _is(row: LibraryEntry | str, entry: LibraryEntry) -> bool:
    """Whether the row is of that run or runbook, whatever more is known of it by now."""
    return isinstance(row, LibraryEntry) and (row.run, row.source) == (entry.run, entry.source)


def _who_and_how_long(entry: LibraryEntry, room: int) -> str:
    """Of a run, in a column each."""
    took = of_seconds(entry.took) if entry.took is not None else ""
    who = entry.people[0] if entry.people else ""
    who += f" +{len(entry.people) - 1}" if len(entry.people) > 1 else ""
    return f"{cut(safe(who), room - LONGEST_TOOK - 2):<{room - LONGEST_TOOK - 2}}  {took:>{LONGEST_TOOK}}"


def _in_full(entry: LibraryEntry) -> str:
    """What the line below says of an entry: who drove it and how long, where it is."""
    if entry.run is None or not entry.people:
        return _near(entry.source)
    took = of_seconds(entry.took) if entry.took is not None else "?"
    lasted = f"took {took}" if entry.outcome is not None else f"{took} until now"
    return f"{safe(', '.join(entry.people))} · {lasted} · {_near(entry.source)}"


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
    Library #welcome { height: auto; padding: 1 2 0 2; color: $quiet; display: none; }
    Library.-new #welcome { display: block; }
    Library #about { height: auto; max-height: 5; padding: 0 2; border-top: solid $rule; display: none; }
    Library.-about #about { display: block; }
    Library.-low #about, Library.-low #welcome { display: none; }
    Library #empty { height: 1fr; padding: 2 4; display: none; }
    Library.-empty #empty { display: block; }
    Library.-empty Entries { display: none; }
    Library Input, Library Input:focus { height: 1; border: none; padding: 0 1; background: $panel; }
    Library Input { display: none; }
    Library.-filtering Input { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._entries: Sequence[LibraryEntry] = ()
        self._looked = False
        self._counted: dict[tuple[str, object], tuple[int, int]] = {}
        self._understood: dict[tuple[str, object], Sequence[Part]] = {}

    def compose(self) -> ComposeResult:
        keymap = keymap_of(self.app)
        yield Bar(id="top")
        yield Static(WELCOME.format(rehearse=keymap.shown(self.PLACE, "rehearse")), id="welcome", markup=False)
        yield Entries(id="entries")
        yield Static("", id="about", markup=False)
        yield Static("", id="empty")
        yield Input(placeholder="title, file or run")
        yield Bar(id="strip")
        yield KeyBar(self._hints(None))

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
        in_background(self, self._load, group="load")

    async def _load(self) -> None:
        try:
            self._entries = await self.house.desk.entries()
        except OperatorError as error:
            self._entries = ()
            self.query_one("#empty", Static).update(Content(str(error)))
        else:
            self.query_one("#empty", Static).update(Content(EMPTY))
        self.set_class(not self._entries, "-empty")
        self.set_class(bool(self._entries) and not any(entry.run for entry in self._entries), "-new")
        self.query_one(Entries).show(self._entries, self.query_one(Input).value)
        self._show_counts()
        await self._count()

    async def _count(self) -> None:
        """Read the documents one by one, the nearest first, and say what is in them."""
        from runbook_tui.tui.understood import counts, in_words

        for entry in [entry for entry in self._entries if entry.run is None and not entry.trouble][:MOST_COUNTED]:
            known = (entry.source, entry.last)
            if known in self._understood:
                continue
            try:
                if (await asyncio.to_thread(Path(entry.source).stat)).st_size > LARGEST_COUNTED:
                    continue
                runbook = await self.house.desk.understand(entry.source)
            except (OperatorError, OSError) as error:
                self._understood[known] = [(str(error), "warning")]
                continue
            self._understood[known] = in_words(runbook)
            steps, commands, _ = counts(runbook)
            self._counted[known] = (steps, commands)
            self._show_counts()

    def _show_counts(self) -> None:
        self._entries = [
            structs.replace(entry, boxes=known[0], commands=known[1])
            if entry.run is None and (known := self._counted.get((entry.source, entry.last)))
            else entry
            for entry in self._entries
        ]
        rows = self.query_one(Entries)
        rows.recount(self._entries, self.query_one(Input).value)
        self._about()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < 18, "-low")

    def _hints(self, entry: LibraryEntry | None) -> list[Hint]:
        """What can be done with this entry, and what always can be; while a filter is typed, what ends that."""
        if self.query(Input) and self.query_one(Input).has_focus:
            return [Hint("enter", "go to the list", "open"), hint(keymap_of(self.app), self.PLACE, "clear")]
        own = () if entry is None else ("open", "rehearse") if entry.run is None else ("open", "watch")
        always = ("reload", *_FOOTER[1:]) if self.has_class("-empty") else _FOOTER
        return [hint(keymap_of(self.app), self.PLACE, action) for action in (*own, *always)]

    @on(RowList.Moved)
    def _about(self) -> None:
        entry = self.query_one(Entries).entry
        self.query_one(KeyBar).show(self._hints(entry))
        told = self._understood.get((entry.source, entry.last), ()) if entry is not None and entry.run is None else ()
        self.set_class(bool(told), "-about")
        if told:
            text = Content("\n").join(Content.styled(line, f"${pen}" if pen else "") for line, pen in told)
            self.query_one("#about", Static).update(text)
        nothing = f"looked at {datetime.now(UTC).astimezone():%H:%M:%S}" if self.has_class("-empty") else ""
        said = nothing if entry is None else entry.trouble or _in_full(entry)
        self.query_one("#strip", Bar).show([(said, "quiet")])

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
        elif entry.outcome is None and not entry.rehearsal and self.house.desk.drives:
            self.house.open_run(entry.run, entry.title)
        else:
            self.house.open_watch(entry.run, entry.title)

    def action_watch(self) -> None:
        entry = self.query_one(Entries).entry
        if entry is not None and entry.run is not None:
            self.house.open_watch(entry.run, entry.title)
        else:
            self.house.tell("only a run can be watched")

    async def action_rehearse(self) -> None:
        entry = self.query_one(Entries).entry
        if entry is None or entry.run is not None:
            self.house.tell("a runbook is rehearsed: put the cursor on one")
        elif not self.house.desk.drives:
            self.house.tell("nothing is started from here: rbt rehearse in a terminal does it", grave=True)
        else:
            from runbook_tui.tui.hand_over import NotHandedOver, run_and_wait

            try:
                await run_and_wait(self.app, [sys.executable, "-m", "runbook_tui", "rehearse", entry.source])
            except NotHandedOver as error:
                self.house.tell(f"{error}; rbt rehearse {_near(entry.source)} does the same", grave=True)
            self.action_reload()

    def action_filter(self) -> None:
        self.add_class("-filtering")
        self.set_focus(self.query_one(Input))  # not later: what is typed behind the key is the filter
        self.call_later(self._about)

    def action_clear(self) -> None:
        self.query_one(Input).value = ""
        self.remove_class("-filtering")
        self.query_one(Entries).focus()
        self.call_later(self._about)

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self.query_one(Entries).show(self._entries, event.value)
        self._about()

    @on(Input.Submitted)
    def _narrowed(self) -> None:
        self.query_one(Entries).focus()
        self.call_later(self._about)

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)

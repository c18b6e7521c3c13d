"""All keys, and why some of them do nothing just now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from runbook_tui.tui import glyphs, keys
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.keys import Key
from runbook_tui.tui.leaving import LeftOnce
from runbook_tui.tui.offers import Offer
from runbook_tui.tui.questions import keyed

WIDEST = 104  # columns of the box
AROUND = 3  # rows of the box's edges and of what closes it
KEYS = 17  # columns of the keys at the left


class Help(ModalScreen[None], LeftOnce[None]):
    """Closed by the key that opened it, and by esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "close", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]
    DEFAULT_CSS = """
    Help { align: center middle; background: $background 60%; }
    Help > Vertical {
        width: 94%; max-width: 104; height: auto; max-height: 94%;
        border: round $accent; background: $background; padding: 0 1;
    }
    Help VerticalScroll { height: auto; scrollbar-size-vertical: 1; }
    Help Static { height: auto; }
    """

    def __init__(self, offered: Mapping[str, Offer] | None, *, place: str = "walk") -> None:
        super().__init__()
        self._offered = offered or {}
        self._place = place

    def compose(self) -> ComposeResult:
        with Vertical():
            with VerticalScroll():
                yield Static(self._text(), id="keys")
            palette = keymap_of(self.app).shown("app", "palette")
            closes = keyed(("esc", "closes this"), (palette, "finds any action by name"))
            yield Static(closes.stylize_before("$quiet"))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        self.query_one("#keys", Static).update(self._text())
        room = self.size.height * 94 // 100 - AROUND
        self.query(VerticalScroll).set_styles(max_height=max(1, room))

    @property
    def _room(self) -> int:
        """Columns for what a key does: the box without its edges, its bar and the keys at the left."""
        return max(20, min(WIDEST, self.app.size.width * 94 // 100) - 6 - KEYS)

    def on_key(self, event: events.Key) -> None:
        """The key that opened it closes it, whichever that is now."""
        opened = next(key for key in keys.WALK if key.action == "help")
        if event.key in keymap_of(self.app).keys_of(self._place, opened).split(","):
            event.stop()
            self.action_close()

    def action_close(self) -> None:
        self.dismiss(None)

    def action_scroll(self, rows: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def _text(self) -> Content:
        place = keys.PLACES[self._place]
        lines: list[Content] = []
        if self._place == "walk":
            for group in (keys.STEP, keys.RUN, keys.LOOK, keys.APP):
                lines += self._table(group, "walk", [key for key in place.keys if key.group == group])
        else:
            lines += self._table(place.title, self._place, place.keys)
        lines.append(Content.styled("What the marks mean", "bold"))
        lines += [Content(glyphs.legend()), Content("")]
        for inside in place.inside:
            lines += self._table(keys.PLACES[inside].title, inside, keys.PLACES[inside].keys)
        if self._place == "walk":
            lines += self._table("In the whole output", "output", keys.OUTPUT)
        return Content("\n").join(lines)

    def _table(self, title: str, place: str, rows: Sequence[Key]) -> list[Content]:
        keymap = keymap_of(self.app)
        body = [self._row(key, keymap.keys_of(place, key)) for key in rows if keymap.keys_of(place, key)]
        return [Content.styled(title, "bold"), *body, Content("")]

    def _row(self, key: Key, presses: str) -> Content:
        offer = self._offered.get(key.action) if key.group else None
        shown = f"  {' '.join(map(keys.as_read, presses.split(','))):<{KEYS - 2}}"
        why_not = offer.why_not if offer is not None else None
        pen = "" if why_not is None else "$quiet"
        words = [(word, pen) for word in key.says.split()]
        words += [(word, "$quiet italic") for word in f"– {why_not}".split()] if why_not is not None else []
        told = hanging(words, self._room, KEYS, begins=cell_len(shown) - KEYS)
        return Content.assemble((shown, "bold $accent" if why_not is None else "$quiet"), *told)


def hanging(words: Sequence[tuple[str, str]], room: int, indent: int, *, begins: int = 0) -> list[tuple[str, str]]:
    """Words in lines of so many columns, all but the first indented; `begins` columns of the first are taken."""
    parts: list[tuple[str, str]] = []
    taken = begins
    for word, pen in words:
        size = cell_len(word)
        if taken > begins and taken + 1 + size > room:
            parts.append(("\n" + " " * indent, ""))
            taken = begins = 0
        elif parts:
            parts.append((" ", pen))
            taken += 1
        parts.append((word, pen))
        taken += size
    return parts

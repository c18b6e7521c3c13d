"""All keys, and why some of them do nothing just now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from runbook_tui.tui import glyphs, keys
from runbook_tui.tui.offers import Offer

LIBRARY = (
    ("enter", "open the run or runbook"),
    ("w", "watch a run without driving it"),
    ("/", "filter the list; esc shows all again"),
    ("r", "look again"),
    ("q", "leave"),
)
ROLLBACK = (
    ("B", "take it back, go on, try again"),
    ("space", "the item under the cursor was done by hand"),
    ("s", "leave the item out, with a reason"),
    ("x", "cancel the command that runs"),
    ("esc", "back to the walk; nothing is stopped by that"),
)
PREFLIGHT = (
    ("c", "go on with every host that can, with a warning or without"),
    ("r", "look again at those that did not simply pass"),
    ("esc", "stop here; nothing was changed on any host"),
)


class Help(ModalScreen[None]):
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
    Help VerticalScroll { height: auto; max-height: 84vh; scrollbar-size-vertical: 1; }
    Help Static { height: auto; }
    """

    def __init__(self, offered: Mapping[str, Offer] | None, *, place: str = "walk") -> None:
        super().__init__()
        self._offered = offered or {}
        self._place = place

    def compose(self) -> ComposeResult:
        with Vertical():
            with VerticalScroll():
                yield Static(self._text())
            yield Static(Content.styled("esc closes this    ctrl+p finds any action by name", "$quiet"))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        self.dismiss(None)

    def action_scroll(self, rows: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def _text(self) -> Content:
        lines: list[Content] = []
        if self._place == "library":
            lines += _table("The library", LIBRARY)
        elif self._place == "rollback":
            lines += _table("The way back", ROLLBACK)
        elif self._place == "preflightscreen":
            lines += _table("Before the first change", PREFLIGHT)
        elif self._place == "gpus":
            lines += _table("GPUs", keys.GPUS)
        elif self._place == "kernels":
            lines += _table("Kernel validation", keys.KERNELS)
        for group in (keys.STEP, keys.RUN, keys.LOOK, keys.APP):
            rows = [key for key in keys.WALK if key.group == group and key.shown]
            lines.append(Content.styled(group, "bold"))
            lines += [self._row(key) for key in rows]
            lines.append(Content(""))
        lines += _table("Moving", keys.MOVING)
        lines += _table("In the whole output (l)", keys.OUTPUT)
        lines.append(Content.styled("What the marks mean", "bold"))
        lines.append(Content(glyphs.legend()))
        return Content("\n").join(lines)

    def _row(self, key: keys.Key) -> Content:
        offer = self._offered.get(key.action)
        why_not = offer.why_not if offer is not None else None
        if why_not is None:
            return Content.assemble((f"  {key.shown:<11}", "bold $accent"), key.says)
        return Content.assemble(
            (f"  {key.shown:<11}", "$quiet"), (key.says, "$quiet"), (f"  – {why_not}", "$quiet italic")
        )


def _table(title: str, rows: tuple[tuple[str, str], ...]) -> list[Content]:
    body = [Content.assemble((f"  {key:<11}", "bold $accent"), says) for key, says in rows]
    return [Content.styled(title, "bold"), *body, Content("")]

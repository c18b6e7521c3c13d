"""Signing: what is signed can be read in full, what it means is typed, then the key signs."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from runbook_tui.run.ports import OperatorError
from runbook_tui.run.state import RunState
from runbook_tui.tui import keys
from runbook_tui.tui.background import in_background
from runbook_tui.tui.bars import Bar, Hint, KeyBar
from runbook_tui.tui.footer import both, hint
from runbook_tui.tui.hand_over import NotHandedOver, terminal_given
from runbook_tui.tui.house import Seat
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.questions import Seen
from runbook_tui.tui.signing_port import Sheet, Signer
from runbook_tui.tui.step_text import safe_lines
from runbook_tui.tui.terminal_text import safe

_MARKS = {"✔": "$success", "✖": "bold $error", "?": "bold $warning", "–": "$warning", "○": "", "·": "", "▶": "$accent"}


def signs_by_key(state: RunState) -> bool:
    """Whether people sign in this run with keys; else a sign-off is a name that is typed."""
    return state.rules is not None and bool(state.rules.signers)


class Signing(Seen[str]):
    """Answers with what was recorded, or None when nothing was."""

    PLACE = "signing"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("signing")]
    DEFAULT_CSS = """
    Signing #sheet { height: 1fr; padding: 1 2; scrollbar-size-vertical: 1; }
    Signing #sheet Static { height: auto; }
    Signing #asked { height: auto; padding: 0 2; border-top: solid $rule; }
    Signing #trouble { height: auto; padding: 0 2; color: $warning; display: none; }
    Signing Input { border: tall $rule; background: $background; height: 3; margin: 0 1; }
    Signing Input:focus { border: tall $accent; }
    """

    def __init__(self, sheet: Sheet, signer: Signer) -> None:
        super().__init__()
        self._sheet = sheet
        self._signer = signer
        self._no = False
        self._busy = False

    def compose(self) -> ComposeResult:
        yield Bar(id="top")
        with VerticalScroll(id="sheet", can_focus=False):
            yield Static(Content("\n").join(map(_line, self._sheet.lines)))
        yield Static(id="asked")
        yield Input(placeholder="approved for production", id="meaning")
        yield Static(id="trouble")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Input).focus()
        self._draw()

    def _draw(self) -> None:
        sheet, no = self._sheet, self._no
        word = ("say NO", "strong error") if no else ("sign", "strong")
        self.query_one("#top", Bar).show([word, (f" as {safe(sheet.role)}", "strong")], [(safe(sheet.signer), "quiet")])
        asked = "why not?" if no else "what does your signature say?"
        self.query_one("#asked", Static).update(
            Content.assemble(
                (asked, "bold"),
                (f"   {safe(sheet.name)}, with the key {safe(sheet.key)}", "$quiet"),
            )
        )
        self.query_one(Input).placeholder = "the reason" if no else "approved for production"
        keymap = keymap_of(self.app)
        hints = [
            Hint("enter", "say no with the key" if no else "sign with the key", ""),
            both(keymap, self.PLACE, "read_up", "read_down", "read"),
            hint(keymap, self.PLACE, "other", "sign after all" if no else "say no instead"),
            hint(keymap, self.PLACE, "back"),
        ]
        self.query_one(KeyBar).show(hints)

    def trouble(self, text: str) -> None:
        widget = self.query_one("#trouble", Static)
        widget.update(Content(safe_lines(text)))
        widget.display = bool(text)

    def action_read(self, pages: int) -> None:
        """Move the statement, whatever has the focus."""
        sheet = self.query_one("#sheet", VerticalScroll)
        sheet.scroll_relative(y=pages * max(1, sheet.size.height - 2), animate=False)

    def action_read_up(self) -> None:
        self.action_read(-1)

    def action_read_down(self) -> None:
        self.action_read(1)

    def action_other(self) -> None:
        """From yes to no, and back."""
        self._no = not self._no
        self._draw()

    def action_back(self) -> None:
        if not self._busy:
            self.dismiss(None)

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        if event.action:
            await self.run_action(event.action)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        meaning = event.value.strip()
        if not meaning:
            self.trouble("type what it means: a signature without a meaning is none")
        elif not self._busy:
            self._busy = True
            self.trouble("the key signs … (a hardware key wants to be touched)")
            in_background(self, partial(self._sign, meaning), group="signing")

    async def _sign(self, meaning: str) -> None:
        try:
            if self._sheet.asks:  # a passphrase is asked for by ssh-keygen itself, on the terminal
                with terminal_given(self.app):
                    said = await self._signer.sign(self._sheet, meaning, reject=self._no)
            else:
                said = await self._signer.sign(self._sheet, meaning, reject=self._no)
        except NotHandedOver as error:
            self.trouble(f"{error}: nothing is signed. Where the app runs, ssh-add your key, then sign again")
        except OperatorError as error:
            self.trouble(str(error))
        else:
            self.dismiss(said)
        finally:
            self._busy = False


async def sign(walk: Seat, step: str) -> None:
    """Let whoever sits here sign; what stands against it is told."""
    view = walk.view
    if view is None:
        return
    walk.tell("looking at what is signed …")
    try:
        signer = await walk.house.desk.signer(view.state.run)
        sheet = await signer.sheet(step)
    except OperatorError as error:
        walk.tell(str(error), grave=True)
        return
    walk.tell("")
    said: str | None = await walk.app.push_screen_wait(Signing(sheet, signer))
    if said is not None:
        walk.tell(said)
        walk.advance(step)


def _line(text: str) -> Content:
    mark = text[:1]
    if mark in _MARKS and text[1:2] == " ":
        return Content.assemble((mark, _MARKS[mark]), (safe(text[1:]), ""))
    if text.startswith("    $ "):
        return Content.assemble(("    $ ", "$accent"), (safe(text[6:]), "$quiet"))
    label, blank, rest = text.partition("  ")
    if blank and label.isalpha() and label.islower():
        return Content.assemble((label.ljust(11), "$quiet"), (safe(rest.strip()), ""))
    return Content.styled(safe(text), "bold") if text else Content("")

"""Who is at this run, what each looks at, and what is asked of this terminal: the drive, or another person's yes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from runbook_tui.run.people import Someone
from runbook_tui.run.ports import OperatorError
from runbook_tui.run.second import WantsTerminal
from runbook_tui.run.state import RunState, SecondState
from runbook_tui.tui import keys
from runbook_tui.tui.background import one_question
from runbook_tui.tui.bars import Bar, KeyBar
from runbook_tui.tui.footer import both, hint
from runbook_tui.tui.hand_over import terminal_given
from runbook_tui.tui.keymap import Keymap, keymap_of
from runbook_tui.tui.pairing import Pairing, check_of, short
from runbook_tui.tui.ports import RunView, Watched
from runbook_tui.tui.questions import Blank, Form, Seen
from runbook_tui.tui.rows import Part, RowList, spread
from runbook_tui.tui.spans import of_seconds
from runbook_tui.tui.step_text import safe_lines
from runbook_tui.tui.terminal_text import safe

_MARKS = {"driving": ("▶", "accent"), "commenting": ("✎", "warning"), "observing": ("◦", "quiet")}


class Rows(RowList):
    """One line a terminal, this one first."""

    def __init__(self) -> None:
        super().__init__()
        self._people: tuple[Someone, ...] = ()
        self._titles: dict[str, str] = {}

    def show(self, people: tuple[Someone, ...], titles: dict[str, str]) -> None:
        self._people, self._titles = people, titles
        self.changed()

    def count(self) -> int:
        return len(self._people)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        one = self._people[index]
        glyph, pen = _MARKS.get(one.doing, _MARKS["observing"])
        pointer = "▌" if index == self.cursor else " "
        wide = width >= 100
        name = f"{short(one)}{' (you)' if index == 0 else ''}"
        left: list[Part] = [(pointer, "accent"), (f"{glyph} ", pen), (f"{name:<18.18} ", "strong")]
        left.append((f"{one.doing:<11}", pen))
        proof = of_proof(one)
        left.append((f"{proof:<14.14} ", "success" if one.who.proved else "warning"))
        right: list[Part] = [(f" {safe(one.who.account)} {safe(one.who.terminal)} ", "quiet")] if wide else []
        if one.asks:
            where, colour = "asks for the drive", "accent"
        elif one.gone:
            where, colour = f"silent for {of_seconds(one.silent)}", "warning"
        else:
            where, colour = self._titles.get(one.step, ""), "quiet"
        return spread(left, (where, colour), right, width)


def of_proof(one: Someone) -> str:
    """What shows who somebody is, in a word or two."""
    if one.who.proved:
        return f"by key ({one.who.how})"
    return "key not shown" if one.who.principal else "name only"


class People(Seen[None]):
    """Ends with the key that opened it, with `q` and with `esc`."""

    PLACE = "people"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("people")]
    DEFAULT_CSS = """
    People Rows { height: auto; max-height: 50%; min-height: 2; border-bottom: solid $rule; }
    People #asked { height: 1fr; padding: 1 2; scrollbar-size-vertical: 1; }
    People #asked Static { height: auto; }
    """

    def __init__(self, view: RunView, pairing: Pairing) -> None:
        super().__init__()
        self._view = view
        self._pairing = pairing
        self._ends: list[Callable[[], None]] = []

    def compose(self) -> ComposeResult:
        yield Bar(id="top")
        yield Rows()
        with VerticalScroll(id="asked", can_focus=False):
            yield Static("")
        yield Bar(id="strip")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Rows).focus()
        self._ends.append(self._view.subscribe(lambda _: self._draw()))
        if self._pairing.company is not None:
            self._ends.append(self._pairing.company.subscribe(self._draw))
        self.set_interval(1.0, self._draw)
        self._draw()

    def on_unmount(self) -> None:
        for end in self._ends:
            end()

    @property
    def _state(self) -> RunState:
        return self._view.state

    def _draw(self) -> None:
        if not self.is_attached or not self.query(Rows):
            return
        pairing, state = self._pairing, self._state
        me = pairing.company.me if pairing.company is not None else None
        people = ((me,) if me is not None else ()) + pairing.others
        titles = {step.id: step.title for step in self._view.runbook.steps}
        rows = self.query_one(Rows)
        rows.show(people, titles)
        others = len(people) - 1
        here = (
            "nobody else is here" if others < 1 else "1 other is here" if others == 1 else f"{others} others are here"
        )
        self.query_one("#top", Bar).show([("People  ", "strong"), (state.run, "accent")], [(here, "quiet")])
        wanted = pairing.wanted
        giving = pairing.asking.id if pairing.asking is not None else None
        self.asks((wanted.request if wanted is not None else None, giving) if wanted or giving else None)
        self.query_one("#asked Static", Static).update(self._asked(wanted))
        keymap = keymap_of(self.app)
        shown: list[tuple[str, str]] = []
        if wanted is not None and not pairing.driving and not pairing.may_answer(pairing.driver):
            shown += [("yes", ""), ("no", "")]
        offered = pairing.offer({})
        if "take" in offered and offered["take"].why_not is None:
            shown.append(("take", offered["take"].label))
        elif "take" not in offered and not pairing.driving and state.outcome is None:
            shown.append(("take", ""))
        shown += [("back", ""), ("help", "")]
        hints = [hint(keymap, self.PLACE, action, label) for action, label in shown]
        self.query_one(KeyBar).show([both(keymap, "rows", "up", "down", "person"), *hints])

    def _asked(self, wanted: SecondState | None) -> Content:
        pairing = self._pairing
        if wanted is None:
            return _quiet(pairing, keymap_of(self.app))
        asked = f"{safe(wanted.person)} wants another person’s yes for exactly this:"
        lines = [Content.assemble((asked, "bold")), Content("")]
        for command, place in zip(wanted.commands, wanted.places, strict=True):
            text = "\n  ".join(safe_lines(command).split("\n"))
            lines += [
                Content.assemble(("$ ", "$accent"), (text, "bold")),
                Content.assemble(("  on ", "$quiet"), (safe(place), "bold"), (f"   {wanted.effect}", "$warning")),
            ]
        step = self._view.runbook.step_by_id.get(wanted.step)
        left = wanted.seconds - (datetime.now(UTC) - wanted.at).total_seconds()
        lines += [
            Content(""),
            Content.assemble(("step     ", "$quiet"), safe(step.title) if step else wanted.step),
            Content.assemble(("stands   ", "$quiet"), f"{of_seconds(max(left, 0))} more, and for one start only"),
            Content.assemble(("check    ", "$quiet"), check_of(wanted), (" on both screens", "$quiet")),
        ]
        why = pairing.may_answer(pairing.driver)
        if why is not None:
            lines += [Content(""), Content.assemble((f"Not yours to answer: {why}.", "$warning"))]
        return Content("\n").join(lines)

    # --- keys ---

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        if event.action:
            await self.run_action(event.action)

    def action_back(self) -> None:
        self.dismiss(None)

    def action_take(self) -> None:
        self.dismiss(None)
        self.app.call_later(self._pairing.press_take)

    def action_yes(self) -> None:
        one_question(self, partial(self._answer, yes=True))

    def action_no(self) -> None:
        one_question(self, partial(self._answer, yes=False))

    async def _answer(self, *, yes: bool) -> None:
        """Only what was on the screen when the key was pressed is answered."""
        wanted, pairing = self._pairing.wanted, self._pairing
        if wanted is None or pairing.driving:
            self._say("nothing is asked of you", grave=False)
            return
        if (why := pairing.may_answer(pairing.driver)) is not None:
            self._say(f"not yours to answer: {why}")
            return
        reason = ""
        if not yes:
            values = await self.app.push_screen_wait(Form("Say no", [Blank("why (may stay empty)")], does="say no"))
            if values is None:
                return
            reason = values[0].strip()
        view = cast("Watched", self._view)
        try:
            try:
                await view.answer(wanted.request, yes=yes, reason=reason)
            except WantsTerminal:  # a passphrase is asked for by ssh-keygen itself, on the terminal
                with terminal_given(self.app):
                    await view.answer(wanted.request, yes=yes, reason=reason, on_terminal=True)
        except OperatorError as error:
            self._say(str(error))
            return
        self._say("you said yes; whether it counts is judged where it runs" if yes else "you said no", grave=False)

    def _say(self, text: str, *, grave: bool = True) -> None:
        self.query_one("#strip", Bar).show([(text, "warning" if grave else "")])


def _quiet(pairing: Pairing, keymap: Keymap) -> Content:
    """What can be done when nothing is asked."""
    note, take, asks = keymap.shown("walk", "note"), keymap.shown("people", "take"), pairing.asking
    if asks is not None:
        return Content(f"{short(asks)} asks for the drive: {take} gives it.")
    if pairing.driving:
        said = f"You drive. Others read, write notes ({note}), and ask for the drive ({take})."
    else:
        said = f"You watch. {note} writes a note to a step, {take} asks for the drive."
    return Content(f"{said}\nNothing is asked of you.")

"""The other people at a run, as one walk shows them: cursors, who asks for the drive, whose yes is wanted.

Nothing here opens a question by itself: what others want stands in a line, and a key of ours answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from textual.screen import Screen

from runbook_tui.run.people import Company, Someone, same_person
from runbook_tui.run.ports import Driven, OperatorError
from runbook_tui.run.state import Held, Note, RunState, SecondState
from runbook_tui.tui import stops
from runbook_tui.tui.after_painting import after_painting
from runbook_tui.tui.background import Work
from runbook_tui.tui.house import Place
from runbook_tui.tui.keymap import Keymap, keymap_of
from runbook_tui.tui.offers import Offer
from runbook_tui.tui.painted import Painted
from runbook_tui.tui.ports import Watched
from runbook_tui.tui.questions import Blank, Choice, Confirm, Form
from runbook_tui.tui.rows import Part
from runbook_tui.tui.spans import of_seconds
from runbook_tui.tui.terminal_text import safe

GROUP = 4  # hexadecimal digits of a digest that are read out at a time
LONGEST = 16  # characters of a name in a row


def short(someone: Someone) -> str:
    """A name that fits into a row."""
    return safe(someone.who.person.partition("@")[0] or someone.who.user)[:LONGEST]


def check_of(wanted: SecondState) -> str:
    """Digits that two people can read out to each other: what is asked is the same on both screens."""
    return " ".join(wanted.digest[at : at + GROUP] for at in range(0, 4 * GROUP, GROUP))


class Pairing:
    """Of one walk."""

    def __init__(self, walk: Place) -> None:
        self._walk = walk
        self.company: Company | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._epoch = 0  # under which this terminal drives
        self._moving = False  # from one seat to the other
        self._asking = False
        self._rung: set[str] = set()  # what the bell was rung for
        self._heard = stops.Heard(walk.tell)
        self._calls = Painted()
        self._own = ""  # the note this terminal wrote last
        self._noted: dict[str, int] | None = None  # step -> how many notes were seen

    # --- coming and going ---

    async def meet(self) -> None:
        """Be seen at the run that is shown, in the seat this terminal has."""
        view = self._walk.view
        if view is None:
            return
        driving = self._walk.driving
        self._epoch = view.state.epoch if driving else 0
        self.end()
        try:
            company = await self._walk.house.desk.meet(view.state.run, driving=driving)
        except OperatorError:
            return  # alone, then
        self.end()
        self.company = company
        self._unsubscribe = company.subscribe(self._walk.draw)
        self.moved(self._walk.row.step if self._walk.row else None)
        self._walk.draw()

    def end(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self.company = None

    def moved(self, step: str | None) -> None:
        """The cursor stands on another row; a section leaves it where it was."""
        if self.company is not None and step is not None:
            self.company.look_at(step)

    # --- what others do ---

    @property
    def others(self) -> tuple[Someone, ...]:
        return self.company.others() if self.company is not None else ()

    @property
    def driving(self) -> bool:
        return self._walk.driving

    @property
    def state(self) -> RunState:
        return self._walk.view.state if self._walk.view is not None else RunState()

    @property
    def driver(self) -> Someone | None:
        """The other terminal that drives, if it is there."""
        return next((one for one in self.others if one.doing == "driving"), None)

    @property
    def asking(self) -> Someone | None:
        """Who asks for the drive that this terminal has."""
        epoch = self.state.epoch
        return next((one for one in self.others if one.asks == epoch and epoch), None) if self.driving else None

    @property
    def wanted(self) -> SecondState | None:
        """What another person's yes is wanted for, ours or not."""
        return self.state.wanted_second

    def may_answer(self, driver: Someone | None) -> str | None:
        """Why a yes of this terminal would be none, as far as can be told here; None when it may be said."""
        if self.driving:
            return "you ask yourself: another person has to say it"
        if driver is None or self.company is None:
            return None
        return same_person(driver.who, self.company.me.who)

    def cursors(self) -> dict[str, str]:
        """Step -> who else looks at it."""
        found: dict[str, list[str]] = {}
        for one in self.others:
            if one.step:
                found.setdefault(one.step, []).append(short(one))
        return {step: ", ".join(dict.fromkeys(names)) for step, names in found.items()}

    def names(self, *, narrow: bool) -> str:
        """Who else is here, for the top line; where there is room it names the driver already."""
        return ", ".join(dict.fromkeys(short(one) for one in self.others if narrow or one.doing != "driving"))

    def follow(self) -> None:
        """The state or the others have changed: notice what it means for this seat."""
        state = self.state
        self._walk.outline.point(self.cursors())
        if self._moving or not state.run:
            return
        if self.driving and self._epoch and state.epoch != self._epoch:
            who = (state.driver or "somebody").partition("@")[0]
            self._begin(partial(self._lose, f"{who} drives now; you watch. A command that was running goes on."))
        elif not self.driving and self.company is not None and state.offered_to == self.company.me.id:
            self._begin(partial(self._take, force=False, said="the drive is yours"))
        elif self.company is not None and self.company.me.asks and self.company.me.asks != state.epoch:
            self.company.ask(0)
        self._ring()
        self._tell_notes(state)
        self._heard.follow(state, self._actor)

    @property
    def _keymap(self) -> Keymap:
        return keymap_of(self._walk.app)

    def _key(self, action: str) -> str:
        return self._keymap.shown("walk", action)

    @property
    def _actor(self) -> str:
        return self.company.me.who.actor if self.company is not None else ""

    def _tell_notes(self, state: RunState) -> None:
        """What somebody else has just written to a step is said once, wherever the cursor stands."""
        now = {step: len(one.notes) for step, one in state.steps.items() if one.notes}
        before, self._noted = self._noted, now
        view = self._walk.view
        if before is None or view is None:
            return
        for step, count in now.items():
            found = view.runbook.step_by_id.get(step)
            note = state.steps[step].notes[-1]
            if count > before.get(step, 0) and found is not None and not self._is_mine(note):
                self._walk.tell(f"✎ {safe(note.by.partition('@')[0])} on “{safe(found.title)}”: {safe(note.text)}")

    def _is_mine(self, note: Note) -> bool:
        """Two terminals of one person have the same name: then what was written here last is mine."""
        me = self.company.me.who.actor if self.company is not None else ""
        alone = all(one.who.actor != me for one in self.others)
        return note.by == me if alone else note.text == self._own

    def _ring(self) -> None:
        """Once for each thing that is asked."""
        wanted, asks = self.wanted, self.asking
        held = self.state.held
        calls = {*([asks.id] if asks is not None else []), *([_call_of(held)] if held is not None else [])}
        self._calls.follow(calls, partial(after_painting, cast("Screen[None]", self._walk)))
        new = {wanted.request} if wanted is not None and not self.driving else set()
        new |= {asks.id} if asks is not None else set()
        if new - self._rung:
            self._walk.app.bell()
        self._rung |= new

    def uncovered(self) -> None:
        """The walk is on top again: what it says may have come below another screen, where nobody could read it."""
        self._calls = Painted()
        if not self._moving and self.state.run:
            self._ring()

    # --- what the lines say ---

    def call(self) -> list[list[Part]]:
        """Two lines under the top when somebody wants something of this terminal."""
        wanted, asks = self.wanted, self.asking
        if wanted is not None and not self.driving:
            return _call_for_yes(wanted, self.may_answer(self.driver), self._key("people"))
        if wanted is not None:
            return self._waiting(wanted)
        if self.state.held is not None and self.state.outcome is None:
            return stops.line(self.state.held, self._keymap, mine=self.driving or self.state.held.by == self._actor)
        if asks is not None:
            return [
                [("● ", "accent"), (f"{short(asks)} asks for the drive", "strong")],
                [("  ", ""), (self._key("take"), "strong accent"), (" gives it; going on keeps it", "")],
            ]
        return []

    def _waiting(self, wanted: SecondState) -> list[list[Part]]:
        me = self.company.me.who if self.company is not None else None
        here = [short(one) for one in self.others if me is None or same_person(me, one.who) is None]
        whom = f"{', '.join(dict.fromkeys(here))} can say it" if here else "nobody is here who could say it"
        return [
            [("● ", "accent"), ("waiting for another person's yes: ", "strong"), (whom, "" if here else "warning")],
            [
                ("  ", ""),
                (self._key("cancel"), "strong accent"),
                (" withdraws it    check ", ""),
                (check_of(wanted), "strong"),
            ],
        ]

    def offer(self, out: dict[str, Offer]) -> dict[str, Offer]:
        """What the keys of this seat do."""
        asks = self.asking
        if self.driving:
            out["take"] = Offer("give drive") if asks else Offer("take over", "nobody asks for the drive")
            if self.wanted is not None and "cancel" in out:
                out["cancel"] = Offer("withdraw")
            return out
        stops.offer(out, self.state, self._actor)
        if self.state.outcome is not None:
            out["take"] = Offer("take over", "this run is over")
        elif not self._walk.house.desk.drives:
            out["take"] = Offer("take over", "from here one reads and signs, and never drives")
        elif self.company is not None and self.company.me.asks:
            out["take"] = Offer("asked…")
        return out

    # --- keys ---

    def unseen(self, action: str) -> str | None:
        """What this key would answer now, if that was not on the screen yet when it was pressed."""
        asks, held, pressed = self.asking, self.state.held, self._walk.house.pressed_at
        if action == "take" and asks is not None and not self._calls.before(asks.id, pressed):
            return f"{short(asks)} asks for the drive: {self._key('take')} gives it"
        if action == "hold" and held is not None and not self._calls.before(_call_of(held), pressed):
            return f"{stops.name_of(held.by)} holds this run: {self._key('hold')} releases it"
        return None

    def press_take(self) -> None:
        self._walk.action_act("take")

    async def act(self, action: str, step: str | None) -> None:
        """`take` in either seat; `note` of somebody who watches."""
        if self._asking:
            return
        self._asking = True
        try:
            if action == "take":
                await (self._give() if self.driving else self._take_over())
            elif action == "note" and step is not None:
                await self._comment(step)
            elif action in ("hold", "cancel") and not self.driving:
                await stops.act(self._walk, action, self._actor)
        except OperatorError as error:
            self._walk.tell(str(error), grave=True)
        finally:
            self._asking = False

    async def _comment(self, step: str) -> None:
        view = self._walk.view
        if view is None:
            return
        if self.company is not None:
            self.company.do("commenting")
        try:
            title = view.runbook.step_by_id[step].title
            question = Form(f"Note to: {title}", [Blank("note", required="the note is empty")])
            values = await self._walk.app.push_screen_wait(question)
        finally:
            if self.company is not None and not self.driving:
                self.company.do("observing")
        if values:
            self._own = values[0].strip()
            await cast("Watched", view).comment(step, self._own)

    async def _give(self) -> None:
        asks, view = self.asking, self._walk.view
        if asks is None or view is None:
            self._walk.tell("nobody asks for the drive")
            return
        if view.busy:
            self._walk.tell(f"{view.busy} is not over yet; {short(asks)} can take the drive, what runs goes on")
            return
        await self._lose(f"{short(asks)} drives now; you watch", to=asks.id)

    async def _take_over(self) -> None:
        """Of nobody: at once. Of somebody who is there: ask first, or take it on purpose."""
        driver, company = self.driver, self.company
        if self.state.driver is None or company is None:
            await self._take(force=False, said="you drive now")
            return
        name = short(driver) if driver is not None else self.state.driver.partition("@")[0]
        ask = "ask no more" if company.me.asks else f"ask {name} for the drive"
        options = [("a", ask), ("t", f"take it from {name} now")]
        answer = await self._walk.app.push_screen_wait(Choice(f"{name} drives this run", options, _about(driver)))
        if answer == 0:
            company.ask(0 if company.me.asks else self.state.epoch)
            self._walk.tell(f"{name} is asked for the drive" if company.me.asks else "")
        elif answer == 1:
            reading = f"{name} can only watch from then on. A command that runs goes on, and you follow it."
            question = Confirm(f"Take the drive from {name}?", reading, key="T", does="take it")
            if await self._walk.app.push_screen_wait(question):
                await self._take(force=True, said="you drive now")

    # --- changing seats ---

    def lost(self, text: str) -> None:
        """The journal refused what this terminal wanted to write: somebody else drives."""
        if not self._moving and self.driving:
            self._begin(partial(self._lose, text))

    def _begin(self, work: Work) -> None:
        self._moving = True
        self._walk.run_in_background(work)

    async def _take(self, *, force: bool, said: str) -> None:
        self._moving = True
        try:
            await self._walk.house.take_seat(self._walk, self.state.run, force=force)
        except Driven as driven:
            self._walk.tell(f"{driven.holder} was faster and drives")
            return
        except OperatorError as error:
            self._walk.tell(str(error), grave=True)
            return
        finally:
            self._moving = False
        self._walk.tell(said)

    async def _lose(self, text: str, *, to: str = "") -> None:
        self._moving = True
        try:
            await self._walk.house.leave_seat(self._walk, self.state.run, to=to)
        except OperatorError as error:
            self._walk.tell(str(error), grave=True)
            return
        finally:
            self._moving = False
        self._walk.tell(text, grave=not to)


def _call_of(held: Held) -> str:
    return f"held {held.at.isoformat()}"


def _call_for_yes(wanted: SecondState, why_not: str | None, people: str) -> list[list[Part]]:
    more = f"  and {len(wanted.commands) - 1} more" if len(wanted.commands) > 1 else ""
    first: Sequence[str] = wanted.commands[0].splitlines() or [""]
    answer: list[Part] = [(people, "strong accent"), (" shows all of it, there you say yes or no", "")]
    return [
        [("● ", "accent"), (f"{safe(wanted.person)} wants your yes: $ {safe(first[0])}{more}", "strong")],
        [("  on ", "quiet"), (safe(wanted.places[0]), "strong"), (f"  {wanted.effect}   ", "warning"),
         *([(f"not yours: {why_not}", "quiet")] if why_not else answer)],
    ]  # fmt: skip


def _about(driver: Someone | None) -> str:
    if driver is None:
        return "Its terminal is not seen here; its process lives."
    if driver.gone:
        return f"Nothing was heard of that terminal for {of_seconds(driver.silent)}: it may be suspended or cut off."
    return "That terminal is alive."

"""What the keys do to a run: asks the operator for what is missing, then posts the intent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from textual.content import Content
from textual.screen import Screen

from runbook_tui.document import gates
from runbook_tui.document.runbook import Effect, Step, StepRole
from runbook_tui.run import intents as i
from runbook_tui.run.by_hand import last_deed
from runbook_tui.run.events import Outcome, Resolution, RollbackHeld
from runbook_tui.run.hidden import is_secret
from runbook_tui.run.ports import Fenced, NeedsOverride, OperatorError
from runbook_tui.run.preview import Action, Confirm, Preview
from runbook_tui.run.progress import unfinished
from runbook_tui.run.state import JobPhase, JobState
from runbook_tui.run.warding import SessionOver
from runbook_tui.run.where import LOCAL, other_machines
from runbook_tui.tui import confirmations, file_watch, passwords, step_text
from runbook_tui.tui.deeds import named
from runbook_tui.tui.house import Seat
from runbook_tui.tui.in_order import InOrder
from runbook_tui.tui.keymap import Keymap, keymap_of
from runbook_tui.tui.machines import machine
from runbook_tui.tui.overriding import override_form, override_of, told
from runbook_tui.tui.ports import Driving
from runbook_tui.tui.questions import Blank, Choice, Form
from runbook_tui.tui.questions import Confirm as Ask
from runbook_tui.tui.signing import sign, signs_by_key
from runbook_tui.tui.stops import hold_form
from runbook_tui.tui.value_lines import first_use, names_of, value_lines

T = TypeVar("T")
MOST_REHEARSED = 14  # lines of a dry run on the screen

UNEXPECTED = "That did not work, for a reason of this program and not of yours. Details: {}"
_RESOLUTIONS = (
    ("s", "it succeeded", Resolution.SUCCEEDED),
    ("f", "it failed", Resolution.FAILED),
    ("n", "it did not run, or changed nothing", Resolution.NOT_RUN),
)


class Steering:
    """One question at a time; commands go on while other keys are used."""

    def __init__(self, walk: Seat, driving: Driving) -> None:
        self._walk = walk
        self._driving = driving
        self._keys = InOrder()
        self._sudo = passwords.Sudo(driving, self.ask, self.perform, walk.tell)

    @property
    def _keymap(self) -> Keymap:
        return keymap_of(self._walk.app)

    def _key(self, action: str) -> str:
        return self._keymap.shown("walk", action)

    async def perform(self, intent: i.Intent) -> bool:
        """Do it; an error is told calmly and nothing else happens."""
        try:
            await self._driving.perform(intent)
        except SessionOver as error:
            return await self._still_there(error) and await self.perform(intent)
        except NeedsOverride as error:
            return isinstance(intent, i.RunStep) and await self._in_spite_of(error, intent)
        except Fenced as error:
            self._walk.lost_drive(str(error))
            return False
        except OperatorError as error:
            self._walk.tell(str(error), grave=True)
            return False
        except Exception as error:  # noqa: BLE001 - a defect is told, written down, and the run goes on
            self._walk.tell(UNEXPECTED.format(self._walk.house.write_down(error)), grave=True)
            return False
        return True

    async def _still_there(self, error: SessionOver) -> bool:
        """After a long pause: whoever sits there now proves who they are."""
        question: Ask = Ask("Is it still you?", str(error), does="prove it with your key")
        answer: bool | None = await self.ask(question)
        return bool(answer) and await self.perform(i.ProveIdentity())

    async def _in_spite_of(self, error: NeedsOverride, intent: i.RunStep) -> bool:
        """OVERRIDE: a person may go on, with a reason that stands in the record."""
        wants = "say why it shall run all the same; esc leaves it"
        form = override_form("This should not run now", f"{error}.", wants=wants, does="override, run it")
        values = await self.ask(form)
        if not values:
            return False
        return await self.perform(override_of(intent.step, values)) and await self.perform(intent)

    def perform_in_background(self, intent: i.Intent, then: Callable[[], None] = lambda: None) -> None:
        """Do it while the screen goes on; it ends with its commands, or with the run being left."""

        async def work() -> None:
            await self.perform(intent)
            self._walk.draw()
            then()

        self._walk.run_in_background(work)

    @property
    def asking(self) -> bool:
        """Whether something that a key has begun is not over yet."""
        return self._keys.busy

    async def act(self, action: str, step_id: str | None) -> None:
        """Carry out a key, after those before it; while a question is open, no second one is."""
        await self._keys.take((action, step_id), partial(self._act, action, step_id))

    async def _act(self, action: str, step_id: str | None) -> None:
        deeds: dict[str, Callable[[Step], Awaitable[None]]] = {
            "next": self._next,
            "tick": self._tick,
            "skip": self._skip,
            "note": self._note,
            "reopen": self._reopen,
            "sign": self._sign,
            "rehearse": self._rehearse,
            "override": self._override,
            "by_hand": self._by_hand,
            "mark": self._mark,
            "password": self._password,
        }
        deeds_of_run: dict[str, Callable[[], Awaitable[object]]] = {
            "cancel": self._cancel,
            "variables": self._variables,
            "adopt": self._adopt,
            "finish": self._finish,
            "preflight": self._preflight,
            "hold": self._hold_rollback,
            "undo": self._undo,
        }
        if action in deeds_of_run:
            await deeds_of_run[action]()
        elif step_id is not None:
            await deeds[action](self._driving.runbook.step_by_id[step_id])

    async def _hold_rollback(self) -> None:
        """A rollback that is coming: at once, as a question would use up the time. Else the run, for a reason."""
        state = self._driving.state
        countdown = state.gates.countdown
        if countdown is None or countdown.held_by is not None or state.rollback is not None:
            if state.held is not None:
                await self.perform(i.Release())
            elif values := await self.ask(hold_form()):
                await self.perform(i.Hold(reason=values[0].strip()))
            return
        if await self.perform(i.GateSaid(events=(RollbackHeld(reason="held by key"),))):
            self._walk.tell(f"the automatic rollback is held: {self._key('roll_back')} takes it by hand")

    async def _override(self, step: Step) -> None:
        asked = f"Go on against the signal of “{step.title}”?"
        values = await self.ask(override_form(asked, wants="an override wants a reason"))
        if values and await self.perform(override_of(step.id, values)):
            self._walk.tell(f"{told(self._driving.state, step.id)}; its verdict stays what it is")

    async def ask(self, question: Screen[T]) -> T | None:
        with self._keys.question():
            answer: T | None = await self._walk.app.push_screen_wait(question)
        return answer

    async def ask_line(
        self, asked: str, label: str, required: str, *, does: str = "keep it", value: str = ""
    ) -> str | None:
        """One line of text, or None."""
        values = await self.ask(Form(asked, [Blank(label, value, required=required)], does=does))
        return values[0].strip() if values else None

    # --- the next thing of a step ---

    async def _next(self, step: Step) -> None:
        seen = self._driving.preview(step.id)
        if seen.action is Action.ASK:
            command = step_text.shown_command(seen.commands[0].command, self._driving.state, seen.missing)
            if not await self.ask_values(seen.missing, reading=command):
                return
            seen = self._driving.preview(step.id)
        if seen.action is Action.RUN:
            await self._run(step, seen)
        elif seen.action is Action.TICK:
            if self._walks_canary(step):
                return
            if await self.perform(i.Tick(step=step.id)) and self._driving.state.step(step.id).settled:
                self._walk.advance(step.id)
        elif seen.action is Action.WATCH:
            self._walk.watch_output()
        elif seen.action is Action.RESOLVE:
            job = next((job for job in self._driving.state.open_jobs if job.step == step.id), None)
            if job is not None:
                await self.resolve(job)
        else:
            special = {
                Action.PLACE: self._place,
                Action.CHOOSE: self._choose,
                Action.FILL: self._fill,
                Action.SIGN: self._sign,
                Action.TRIGGER: self._trigger,
            }
            if seen.action in special:
                await special[seen.action](step)
            elif seen.refused:
                self._walk.tell(seen.refused)

    async def _run(self, step: Step, seen: Preview) -> None:
        if seen.unseen and not seen.refused and not self._driving.busy:
            if not await self._preflight():
                return
            seen = self._driving.preview(step.id)
        if seen.refused:
            self._walk.tell(seen.refused, grave=True)
            return
        if self._driving.busy:
            self._walk.tell(f"one thing at a time: {self._driving.busy} is not over yet")
            return
        if seen.confirm is Confirm.NONE:
            if self._walk.shows_command_first():
                return
        else:
            plan = self._driving.rollback_plan()
            question = confirmations.of_run(seen, self._driving.state, plan, self._keymap, title=step.title)
            if not await self.ask(question):
                return
        if not await self._sudo.settled(step):
            return
        deliberate = seen.confirm is Confirm.DELIBERATE
        intent = i.RunStep(step=step.id, confirmed=seen.confirm is not Confirm.NONE, deliberate=deliberate)
        self._walk.run_in_background(partial(self._run_to_its_end, intent))

    async def _preflight(self) -> bool:
        """One table, one decision; whether the run goes on with what is fit."""
        from runbook_tui.run.looking import decision
        from runbook_tui.tui.looking import Looking

        hosts = tuple(other_machines(self._driving.runbook, self._driving.state))
        screen = Looking(self._driving, hosts)
        if await self.ask(screen) is None or screen.found is None:
            return False
        return await self.perform(decision(screen.found))

    async def _password(self, step: Step) -> None:
        await self._sudo.give(step)

    async def _place(self, step: Step) -> None:
        """The document says that it is typed elsewhere: a person says where it goes."""
        place = self._driving.preview(step.id).place or ""
        options = [
            ("t", f"run it there, and everything else the document says is typed on {place}"),
            ("h", "run it on this machine: I am on that host already"),
        ]
        reading = f"Nothing runs by this. By hand: do it there, then tick the step with {self._key('tick')}."
        number = await self.ask(Choice(f"The document says that this is typed on {place}", options, reading))
        if number is not None:
            await self.perform(i.GivePlace(said=place, target=place if number == 0 else LOCAL))

    async def _run_to_its_end(self, intent: i.RunStep) -> None:
        self._walk.stay(intent.step)
        await self.perform(intent)
        self._walk.ended(intent.step)

    async def ask_values(self, names: tuple[str, ...], *, reading: Content | str = "") -> bool:
        """One line per placeholder; hidden where the name says that it is a secret."""
        wanted = "a value is wanted; esc leaves it"
        blanks = [
            Blank(f"{name}  (neither kept nor shown)" if hidden else name, hidden=hidden, required=wanted)
            for name, hidden in ((name, is_secret(self._driving.runbook, name)) for name in names)
        ]
        asked = "A value is needed first" if len(names) == 1 else f"{len(names)} values are needed first"
        values = await self.ask(Form(asked, blanks, reading, does="use it"))
        if values is None:
            return False
        for name, value in zip(names, values, strict=True):
            secret = is_secret(self._driving.runbook, name)
            if not await self.perform(i.SetVariable(name=name, value=value, secret=secret)):
                return False
        return True

    async def _rehearse(self, step: Step) -> None:
        """`--dry-run=server` of the command under the cursor, read and left."""
        self._walk.tell("asking what it would change …")
        try:
            lines = await self._driving.rehearse(step.id)
        except OperatorError as error:
            self._walk.tell(str(error))
            return
        self._walk.tell("")
        reading = Content("\n").join(Content(step_text.safe_lines(line)) for line in lines[:MOST_REHEARSED])
        await self.ask(Choice("What it would change; nothing was changed", [("", "back")], reading, does="go back"))

    async def _choose(self, step: Step) -> None:
        sections = self._driving.runbook.section_by_id
        number = await self.ask(Choice(step.title, [("", sections[option].title) for option in step.options]))
        if number is not None and await self.perform(i.Choose(step=step.id, option=step.options[number])):
            self._walk.advance(step.id)

    async def _fill(self, step: Step) -> None:
        field = self._driving.runbook.fields[step.field] if step.field is not None else None
        if field is not None and field.choices:
            number = await self.ask(Choice(step.title, [("", choice) for choice in field.choices]))
            value = None if number is None else field.choices[number]
        else:
            label = field.label if field is not None else step.title
            values = await self.ask(Form(step.title, [Blank(label, required="nothing was filled in")]))
            value = values[0] if values else None
        if value is not None and await self.perform(i.Fill(step=step.id, value=value)):
            self._walk.advance(step.id)

    async def _trigger(self, step: Step) -> None:
        reading = "Kept in the record. The way back is shown next; nothing runs before you say so."
        blank = Blank("what you saw (may stay empty)")
        values = await self.ask(Form(f"Does this hold?  {step.title}", [blank], reading, does="it holds"))
        if values is not None and await self.perform(i.FireTrigger(step=step.id, evidence=values[0].strip())):
            self._walk.show_way_back()

    # --- what a person says of a step ---

    async def _tick(self, step: Step) -> None:
        if self._driving.preview(step.id).action is Action.NONE:
            await self.perform(i.Reopen(step=step.id))
        elif not self._walks_canary(step):
            await self.perform(i.Tick(step=step.id))

    def _walks_canary(self, step: Step) -> bool:
        """Whether ticking it begins one; another person may have to say yes to that, and keys go on meanwhile."""
        walks = "canary" in gates.named(step.annotations)
        if walks:
            self.perform_in_background(i.Tick(step=step.id))
        return walks

    async def _skip(self, step: Step) -> None:
        reason = await self.ask_line(f"Skip: {step.title}", "reason", "a skip wants a reason", does="skip it")
        if reason and await self.perform(i.Skip(step=step.id, reason=reason)):
            self._walk.advance(step.id)

    async def write_down(self, step: str, text: str) -> None:
        """Keep what was done beside the steps as a note to this one."""
        await self.perform(i.AddNote(step=step, text=text))

    async def _by_hand(self, step: Step) -> None:
        """The step is carried out elsewhere; what came of it is told and pasted."""
        from runbook_tui.tui.by_hand import ByHandScreen, question, values_wanted

        # who leaves the question types it with what they know
        if names := values_wanted(self._driving.runbook, self._driving.state, step):
            await self.ask_values(names)
        told = await self.ask(ByHandScreen(self._driving.runbook, self._driving.state, step))
        if told is None:
            return
        succeeded, pasted = told
        values = await self.ask(question(step, succeeded=succeeded))
        if values is None:
            return
        said = i.DoByHand(step=step.id, succeeded=succeeded, said=values[0].strip(), result=pasted)
        if await self.perform(said) and succeeded:
            self._walk.advance(step.id)

    async def _mark(self, step: Step) -> None:
        await self.perform(i.Mark(step=step.id, on=step.id not in self._driving.state.marks))

    async def _undo(self) -> None:
        """At once: what is undone can be done again."""
        deed = last_deed(self._driving.state)
        if deed is not None and await self.perform(i.Undo(seq=deed.seq)):
            self._walk.tell(f"undone: {named(deed, self._driving.runbook)}")

    async def _note(self, step: Step) -> None:
        text = await self.ask_line(f"Note to: {step.title}", "note", "the note is empty")
        if text:
            await self.perform(i.AddNote(step=step.id, text=text))

    async def _reopen(self, step: Step) -> None:
        reason: str | None = ""
        if step.role is StepRole.TRIGGER or step.id in self._driving.state.signoffs:
            reason = await self.ask_line(f"Take back: {step.title}", "reason", "say why", does="take it back")
        if reason is not None:
            await self.perform(i.Reopen(step=step.id, reason=reason))

    async def _sign(self, step: Step) -> None:
        if signs_by_key(self._driving.state):
            with self._keys.question():
                await sign(self._walk, step.id)
            return
        runbook = self._driving.runbook
        role = runbook.signoffs[step.signoff].role if step.signoff is not None else step.title
        open_steps = len(unfinished(runbook, self._driving.state)) - 1
        reading = (
            f"As {role}, by name only: no key signs here (docs/signing.md). It stands in the record as you type it."
        )
        if open_steps > 0:
            reading += f"\n{open_steps} other steps of this run are still open."
        blanks = [
            Blank("your name", required="a sign-off wants the signer's name"),
            Blank("what you say", required="a sign-off wants its meaning", suggestion="approved for production"),
        ]
        values = await self.ask(Form(f"Sign: {step.title}", blanks, reading, does="sign"))
        if values and await self.perform(i.SignStep(step=step.id, name=values[0], meaning=values[1])):
            self._walk.advance(step.id)

    async def resolve(self, job: JobState) -> None:
        """An unknown outcome: what is known of it, and what a person says."""
        if job.phase is not JobPhase.LOST:
            self._walk.tell("its target is being asked first")
            return
        reading = Content.assemble(
            ("$ ", "$accent"),
            (step_text.safe_lines(job.shown), "bold"),
            ("\n\nwhat ", "$quiet"),
            (machine(job.target), "$quiet"),
            (" knows: ", "$quiet"),
            step_text.safe_lines(job.known or "nothing"),
            ("\nIt was started ", "$quiet"),
            (step_text.clock(job.started), "$quiet"),
            (" and is never run again by itself. Look at the system, then say what became of it.", "$quiet"),
        )
        options = [(letter, text) for letter, text, _ in _RESOLUTIONS]
        options.append(("a", f"ask {machine(job.target)} again"))
        number = await self.ask(Choice("The outcome of this command is unknown", options, reading))
        if number is None:
            return
        if number == len(_RESOLUTIONS):
            self.perform_in_background(i.AskAgain())
            return
        _, text, resolution = _RESOLUTIONS[number]
        reason = await self.ask_line(f"How do you know that {text}?", "reason", "say how you know")
        if reason:
            await self.perform(i.ResolveJob(job=job.job, resolution=resolution, reason=reason))

    # --- the run ---

    async def _cancel(self) -> None:
        if self._driving.state.wanted_second is not None:
            await self.perform(i.CancelJob())
            return
        job = self._driving.state.jobs.get(self._driving.current_job or "")
        if job is None:
            self._walk.tell("no command is running here")
            return
        command = self._driving.runbook.command_by_id.get(job.command)
        if (command is None or command.effect is not Effect.READ) and not await self.ask(confirmations.of_cancel(job)):
            return
        self.perform_in_background(i.CancelJob())

    async def _variables(self) -> None:
        runbook, names = self._driving.runbook, names_of(self._driving.runbook, self._driving.state)
        if not names:
            self._walk.tell("this document has no placeholders")
            return
        at = 0
        while True:
            known = self._driving.state.variables
            options = [("", line) for line in value_lines(runbook, self._driving.state)]
            number = await self.ask(Choice("Values of the placeholders", options, start=at, does="set it"))
            if number is None:
                return
            at = number
            name = names[number]
            before = known[name].value if name in known else None
            hidden = is_secret(runbook, name) or (name in known and known[name].secret)
            blank = Blank("value", before or "", hidden=hidden, required="a value is wanted")
            use = first_use(runbook, name)
            reading = step_text.shown_command(use[1], self._driving.state, (name,)) if use is not None else ""
            values = await self.ask(Form(name, [blank], reading))
            if values:
                await self.perform(i.SetVariable(name=name, value=values[0], secret=hidden))

    async def _adopt(self) -> None:
        edit = await file_watch.newest(self._driving, self._walk)
        if edit is None or not await self.ask(confirmations.of_edit(edit, self._driving.runbook, self._driving.state)):
            return
        if await self.perform(i.AdoptDocument(seen=edit.seen)):
            self._walk.adopted()

    async def _finish(self) -> None:
        left = unfinished(self._driving.runbook, self._driving.state)
        options = [("a", "abort it: the run ends, nothing is taken back")]
        reading = ""
        if left:
            first = left[0]
            reading = (
                f"{len(left)} steps are still open, the first is “{first.title}” (line {first.line}): "
                "do them or skip them with a reason; a run that ends now is aborted."
            )
        else:
            options.insert(0, ("c", "complete it: everything is done"))
        number = await self.ask(Choice("End this run", options, reading))
        if number is None:
            return
        if options[number][0] == "c":
            await self.perform(i.Finish(outcome=Outcome.COMPLETED))
            return
        reason = await self.ask_line("Abort this run", "reason", "an abort wants a reason", does="abort it")
        if reason:
            await self.perform(i.Finish(outcome=Outcome.ABORTED, reason=reason))

"""The way back: what would be undone, from where, what would not; then one deliberate key."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from runbook_tui.run import intents as i
from runbook_tui.run.events import Outcome, Purpose
from runbook_tui.run.resolve import resolve
from runbook_tui.run.rollback import Origin, RollbackItem, RollbackPlan
from runbook_tui.run.state import JobPhase, JobState, RunState
from runbook_tui.tui import keys, rollback_text
from runbook_tui.tui.background import one_question
from runbook_tui.tui.bars import Bar, Hint, KeyBar
from runbook_tui.tui.footer import hint
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.output_pane import OutputPane
from runbook_tui.tui.output_screen import OutputScreen
from runbook_tui.tui.overriding import override_form, override_of
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.questions import Seen
from runbook_tui.tui.rollout import RolloutPane
from runbook_tui.tui.rows import Part, RowList, spread
from runbook_tui.tui.spans import of_seconds
from runbook_tui.tui.steering import Steering
from runbook_tui.tui.step_text import clock

WIDE = 100  # columns from which there is room for times of day


class Items(RowList):
    """The plan, item by item, in the order it is carried out."""

    def __init__(self, view: RunView) -> None:
        super().__init__()
        self._view = view
        self.plan = view.rollback_plan()
        self._put: int | None = 0  # where the cursor was put; a person who has moved it keeps it
        self._newest = ""
        self._waits_for = ""  # a person, for this item

    def follow(self, newest: JobState | None) -> None:
        """Take in the plan as it stands; the cursor goes with what runs, unless somebody has moved it."""
        self.plan = self._view.rollback_plan()
        self.changed()
        self._wait_for_a_person()
        if newest is None or newest.job == self._newest:
            return
        self._newest = newest.job
        index = next((n for n, one in enumerate(self.plan.items) if one.id == newest.command), None)
        if index is not None and self.cursor == self._put:
            self._put = index
            self.go(index)

    def _wait_for_a_person(self) -> None:
        """Once for each item that is a person's: the cursor goes there, as the keys speak of what it stands on."""
        rollback, first = self._view.state.rollback, next(iter(self.plan.remaining), None)
        under_way = rollback is not None and rollback.finished is None and not self._view.busy
        if not under_way or first is None or first.command is not None or first.id == self._waits_for:
            return
        self._waits_for = first.id
        self.go(self.plan.items.index(first))

    @property
    def item(self) -> RollbackItem | None:
        return self.plan.items[self.cursor] if self.cursor < len(self.plan.items) else None

    def count(self) -> int:
        return len(self.plan.items)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        item = self.plan.items[index]
        glyph, pen, word = self._mark(item)
        pointer = "▌" if index == self.cursor else " "
        origin = rollback_text.ORIGINS[item.origin]
        what = rollback_text.what(item, one_of_many=sum(other.step == item.step for other in self.plan.items) > 1)
        took = f"~{of_seconds(item.estimate)}  " if item.estimate is not None and not item.settled else ""
        job = self._view.state.last_job(item.step, item.id, Purpose.ROLLBACK)
        if job is not None and job.finished is not None:
            began = f"{clock(job.started)}  " if width >= WIDE else ""
            took = f"{began}{of_seconds(job.seconds):>7}  "
        left = [(pointer, "accent"), (f"{glyph} ", pen), (f"{index + 1:>2}  ", "quiet")]
        right = [(took, "quiet"), (f"{word}  ", pen or "quiet"), (f"{origin:<14} ", "quiet")]
        return spread(left, (what, "quiet" if item.settled else ""), right, width)

    def _mark(self, item: RollbackItem) -> tuple[str, str, str]:
        state = self._view.state
        settled = state.rollback.settled if state.rollback else {}
        job = state.last_job(item.step, item.id, Purpose.ROLLBACK)
        if item.replaced:
            return "–", "quiet", "not needed"
        if item.origin is Origin.CRITERION:
            return "○", "", "look then"
        if settled.get(item.id) is False:
            return "–", "quiet", "left out"
        if item.settled:
            return "✔", "success", "done"
        if item.failed:
            return "✖", "error", "FAILED"
        if job is not None and job.phase is JobPhase.RUNNING:
            return "▶", "accent", "running"
        if job is not None and job.open:
            return "?", "warning", "outcome unknown"
        return "○", "", "by hand" if item.command is None else "runs"


class Rollback(Seen[None]):
    """Nothing happens here before `B`."""

    PLACE = "rollback"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("rollback")]
    DEFAULT_CSS = """
    Rollback #says { height: auto; max-height: 40%; padding: 1 2 0 2; scrollbar-size-vertical: 1; }
    Rollback #says Static { height: auto; padding-bottom: 1; }
    Rollback Items { height: 1fr; min-height: 4; border-top: solid $rule; }
    Rollback #detail { height: auto; max-height: 7; padding: 0 2; border-top: solid $rule; }
    Rollback OutputPane { height: 1fr; }
    """

    def __init__(self, view: RunView, steering: Steering | None) -> None:
        super().__init__()
        self._view = view
        self._steering = steering
        self._said = ""

    def compose(self) -> ComposeResult:
        yield Bar(id="top")
        with VerticalScroll(id="says", can_focus=False):
            yield Static("")
        yield Items(self._view)
        yield Static(id="detail")
        yield RolloutPane()
        yield OutputPane()
        yield Bar(id="strip")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Items).focus()
        self._unsubscribe = self._view.subscribe(self._soon)
        self._clock = self.set_interval(1.0, self._tick)
        self._draw()

    def on_unmount(self) -> None:
        self._unsubscribe()

    # --- state down ---

    def _soon(self, _: RunState) -> None:
        self.call_later(self._draw)

    def _tick(self) -> None:
        if self._job is not None and self._job.phase is JobPhase.RUNNING:
            self.query_one(OutputPane).tick()

    @property
    def _newest(self) -> JobState | None:
        jobs = [job for job in self._view.state.jobs.values() if job.purpose is Purpose.ROLLBACK]
        return jobs[-1] if jobs else None

    @property
    def _job(self) -> JobState | None:
        """What runs; else what the item under the cursor ran, else what ran last."""
        newest, item = self._newest, self.query_one(Items).item
        if item is None or newest is None or newest.phase is JobPhase.RUNNING:
            return newest
        return self._view.state.last_job(item.step, item.id, Purpose.ROLLBACK) or newest

    @property
    def _unknown(self) -> JobState | None:
        return next((job for job in self._view.state.open_jobs if job.phase is JobPhase.LOST), None)

    def _draw(self) -> None:
        if not self.is_attached or not self.query(Items):  # left while a command ran
            return
        view, state = self._view, self._view.state
        items = self.query_one(Items)
        items.follow(self._newest)
        self.query_one("#top", Bar).show(
            [("The way back", "strong"), (f"  {view.runbook.title}  ", ""), (state.run, "accent")]
        )
        self.query_one("#says Static", Static).update(rollback_text.says(view, items.plan, keymap_of(self.app)))
        self._draw_item()
        self._draw_output()
        self.query_one("#strip", Bar).show([(self._said or self._next_sentence(items.plan), "")])
        self.query_one(KeyBar).show(self._hints(items))

    @on(RowList.Moved)
    def _draw_item(self) -> None:
        item = self.query_one(Items).item
        shown = self.query_one("#detail", Static)
        shown.display = item is not None
        if item is not None:
            shown.update(rollback_text.detail(self._view, item))
        self._draw_output()

    def _draw_output(self) -> None:
        job = self._job
        self.query_one(RolloutPane).follow(self._view, job)
        pane = self.query_one(OutputPane)
        pane.display = job is not None
        pane.show(self._view, job)

    def _next_sentence(self, plan: RollbackPlan) -> str:
        rollback = self._view.state.rollback
        if self._view.busy:
            return f"{self._view.busy} …"
        if rollback is not None and rollback.finished is None and plan.remaining:
            first = plan.remaining[0]
            if first.command is None:
                done, left_out = self._key("done"), self._key("left_out")
                return f"by hand: {first.title}. Do it, then {done}; {left_out} leaves it out with a reason."
            return f"{self._key('take_back')} goes on"
        return ""

    def _hints(self, items: Items) -> list[Hint]:
        state, plan = self._view.state, items.plan
        out: list[tuple[str, str]] = []
        label = ""
        under_way = state.rollback is not None and state.rollback.finished is None
        unfinished = state.rollback is not None and not state.rollback.succeeded
        if self._steering is not None and self._unknown is not None:
            out.append(("enter", "say what became of it"))
        if self._may_start(plan) is None:
            label = "go on" if under_way else "try again" if state.rollback else "take it back now"
            out.append(("take_back", label))
        unknown = self._unknown.job if self._unknown is not None else ""
        held = state.held.at if state.held is not None else None
        self.asks((label, unknown, held) if self._steering is not None and (label or unknown or held) else None)
        if unfinished and self._steering is not None:
            out += [("done", ""), ("left_out", "")]
        out += self._verbs(items)
        if self._view.current_job:
            out.append(("cancel", ""))
        if self._job is not None:
            out.append(("output", ""))
        shown = (*out, ("back", ""), ("help", ""))
        return [hint(keymap_of(self.app), self.PLACE, action, label) for action, label in shown]

    def _verbs(self, items: Items) -> list[tuple[str, str]]:
        """HOLD, ABORT and OVERRIDE, where they mean something now."""
        if self._steering is None or self._view.state.outcome is Outcome.ROLLED_BACK:
            return []
        out: list[tuple[str, str]] = []
        item = items.item
        if item is not None and item.failed and item.origin is Origin.RECORDED:
            out.append(("override", ""))
        if any(one.origin is Origin.RECORDED and one.id.startswith("recorded:traffic") for one in items.plan.items):
            out.append(("abort", ""))
        if self._view.state.outcome is None:
            out.append(("hold", "release" if self._view.state.held else "hold"))
        return out

    def _may_start(self, plan: RollbackPlan) -> str | None:
        """Why `B` does nothing, or None."""
        state = self._view.state
        if state.outcome is Outcome.ROLLED_BACK:
            return "this run was rolled back already"
        if self._steering is None and state.outcome is not None:
            return f"this run is over and only shown here: rbt rollback {state.run} takes it back"
        if self._steering is None:
            return "you only watch this run"
        if not plan.changed:
            return "nothing was changed yet: there is nothing to take back"
        if not plan.items:
            return "the document says no way back"
        if self._view.busy:
            return f"one thing at a time: {self._view.busy} is not over yet"
        return None

    # --- keys ---

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)

    def _key(self, action: str) -> str:
        return keymap_of(self.app).shown(self.PLACE, action)

    def _tell(self, text: str) -> None:
        self._said = text
        self._draw()
        self._said = ""

    def action_back(self) -> None:
        self.dismiss(None)

    def action_enter(self) -> None:
        job = self._unknown
        if job is not None and self._steering is not None:
            one_question(self, partial(self._steering.resolve, job))
        else:
            taken = f"{self._key('enter')} is not the key here: {self._key('take_back')} takes it back"
            self._tell(self._may_start(self.query_one(Items).plan) or taken)

    def action_take_back(self) -> None:
        plan = self.query_one(Items).plan
        why_not = self._may_start(plan)
        if why_not is not None or self._steering is None:
            self._tell(why_not or "")
            return
        one_question(self, partial(self._take_back, self._steering, plan))

    async def _take_back(self, steering: Steering, plan: RollbackPlan) -> None:
        commands = [item.command for item in plan.remaining if item.command is not None]
        known = self._view.state.variables
        missing = [name for c in commands for name in resolve(c, self._view.state).missing if name not in known]
        if missing and not await steering.ask_values(tuple(dict.fromkeys(missing))):
            return
        steering.perform_in_background(i.RollBack(reason=self._reason()), self._draw)
        self.set_timer(0.2, self._draw)

    def _reason(self) -> str:
        state, steps = self._view.state, self._view.runbook.step_by_id
        fired = [steps[step].title for step, own in state.steps.items() if own.fired and step in steps]
        return "; ".join(fired) or "decided by the operator"

    def action_hold(self) -> None:
        if self._steering is None or self._view.state.outcome is not None:
            self._tell("there is nothing to hold")
        elif self._view.state.held is not None:
            self._steering.perform_in_background(i.Release(), self._draw)
        else:
            one_question(self, partial(self._hold, self._steering))

    async def _hold(self, steering: Steering) -> None:
        asked = "Hold: everything stays as it is, nothing that changes something is started"
        reason = await steering.ask_line(asked, "reason", "say why", does="hold it")
        if reason:
            await steering.perform(i.Hold(reason=reason))

    def action_abort(self) -> None:
        if self._steering is not None:
            one_question(self, partial(self._abort, self._steering))

    async def _abort(self, steering: Steering) -> None:
        asked = "Abort: take the traffic off what is new (weight 0), and nothing else"
        reason = await steering.ask_line(asked, "reason", "say why", does="take the traffic off")
        if reason:
            steering.perform_in_background(i.AbortTraffic(reason=reason), self._draw)

    def action_override(self) -> None:
        item = self.query_one(Items).item
        if item is None or not item.failed or item.origin is not Origin.RECORDED:
            self._tell("an override is for a recorded item that was refused because somebody else changed it")
        elif self._steering is not None:
            one_question(self, partial(self._override, self._steering, item))

    async def _override(self, steering: Steering, item: RollbackItem) -> None:
        asked = f"Override: put back {item.title.removeprefix('put back: ')} although somebody else has changed it"
        values = await steering.ask(
            override_form(asked, wants="say why: it overwrites their work", does="overwrite it")
        )
        if values and await steering.perform(override_of(item.id, values)):
            self._tell(f"{self._key('take_back')} tries it again, and overwrites what somebody else has changed")

    def action_done(self) -> None:
        item = self._manual()
        if item is None or self._steering is None:
            return
        if item.failed:
            one_question(self, partial(self._done_instead, self._steering, item))
        else:
            self._steering.perform_in_background(i.SettleItem(item=item.id), self._end_when_settled)

    async def _done_instead(self, steering: Steering, item: RollbackItem) -> None:
        """A command that failed, and a person who did the same in another way."""
        asked = f"Done by hand: {item.title}"
        told = await steering.ask_line(asked, "what you did", "say what you did instead", does="it is done")
        if told:
            await steering.perform(i.SettleItem(item=item.id, reason=told))
            self._end_when_settled()

    def _end_when_settled(self) -> None:
        """The last item was done by hand: nothing is left to run, so the rollback is over."""
        rollback = self._view.state.rollback
        unfinished = rollback is not None and not rollback.succeeded
        if self._steering is not None and unfinished and not self._view.rollback_plan().remaining:
            self._steering.perform_in_background(i.RollBack(reason=self._reason()), self._draw)

    def action_left_out(self) -> None:
        item = self._manual(also_commands=True)
        if item is not None and self._steering is not None:
            one_question(self, partial(self._leave_out, self._steering, item))

    async def _leave_out(self, steering: Steering, item: RollbackItem) -> None:
        reason = await steering.ask_line(f"Leave out: {item.title}", "reason", "say why", does="leave it out")
        if reason:
            await steering.perform(i.SettleItem(item=item.id, skipped=True, reason=reason))
            self._end_when_settled()

    def _manual(self, *, also_commands: bool = False) -> RollbackItem | None:
        rollback = self._view.state.rollback
        item = self.query_one(Items).item
        if rollback is None or rollback.succeeded:
            self._tell(f"no rollback is under way: {self._key('take_back')} starts it")
        elif item is None or item.settled:
            self._tell("this item is settled already")
        elif item.command is not None and not also_commands and not item.failed:
            goes_on, left_out = self._key("take_back"), self._key("left_out")
            self._tell(f"this item runs a command: {goes_on} goes on with it, {left_out} leaves it out")
        else:
            return item
        return None

    def action_cancel(self) -> None:
        if self._steering is not None and self._view.current_job:
            one_question(self, partial(self._steering.act, "cancel", None))

    def action_output(self) -> None:
        pane = self.query_one(OutputPane)
        if pane.job is not None:
            self.app.push_screen(OutputScreen(self._view, pane.job, pane.lines.buffer))

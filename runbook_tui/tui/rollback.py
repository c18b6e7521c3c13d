"""The way back: what would be undone, from where, what would not; then one deliberate key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from runbook_tui.run import intents as i
from runbook_tui.run.events import Outcome, Purpose
from runbook_tui.run.resolve import resolve
from runbook_tui.run.rollback import Origin, RollbackItem, RollbackPlan
from runbook_tui.run.state import JobPhase, JobState, RunState
from runbook_tui.tui.bars import Bar, Hint, KeyBar
from runbook_tui.tui.output_pane import OutputPane
from runbook_tui.tui.output_screen import OutputScreen
from runbook_tui.tui.ports import RunView
from runbook_tui.tui.questions import Seen
from runbook_tui.tui.rows import Part, RowList, spread
from runbook_tui.tui.spans import counted
from runbook_tui.tui.steering import Steering
from runbook_tui.tui.terminal_text import safe


class Items(RowList):
    """The plan, item by item, in the order it is carried out."""

    def __init__(self, view: RunView) -> None:
        super().__init__()
        self._view = view
        self.plan = view.rollback_plan()

    def follow(self) -> None:
        self.plan = self._view.rollback_plan()
        self.changed()

    @property
    def item(self) -> RollbackItem | None:
        return self.plan.items[self.cursor] if self.cursor < len(self.plan.items) else None

    def count(self) -> int:
        return len(self.plan.items)

    def parts(self, index: int, width: int) -> Sequence[Part]:
        item = self.plan.items[index]
        glyph, pen, word = self._mark(item)
        pointer = "▌" if index == self.cursor else " "
        origin = "the step's own" if item.origin is Origin.ANNOTATION else "procedure"
        if item.command is not None:
            what = f"{item.title}  $ {safe(item.command.text.split(chr(10))[0])}"
        else:
            what = f"{item.title}  ({safe(item.why_manual)})" if item.why_manual else item.title
        left = [(pointer, "accent"), (f"{glyph} ", pen), (f"{index + 1:>2}  ", "quiet")]
        right = [(f"{word}  ", pen or "quiet"), (f"{origin:<14} ", "quiet")]
        return spread(left, (what, "quiet" if item.settled else ""), right, width)

    def _mark(self, item: RollbackItem) -> tuple[str, str, str]:
        state = self._view.state
        settled = state.rollback.settled if state.rollback else {}
        job = state.last_job(item.step, item.id, Purpose.ROLLBACK)
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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("B", "take_back", show=False),
        Binding("space", "done", show=False),
        Binding("s", "left_out", show=False),
        Binding("enter", "enter", show=False),
        Binding("x", "cancel", show=False),
        Binding("l", "output", show=False),
        Binding("escape,q,R", "back", show=False),
        Binding("question_mark", "app.show_help", show=False),
    ]
    DEFAULT_CSS = """
    Rollback #says { height: auto; max-height: 40%; padding: 1 2 0 2; scrollbar-size-vertical: 1; }
    Rollback #says Static { height: auto; padding-bottom: 1; }
    Rollback Items { height: 1fr; min-height: 4; border-top: solid $rule; }
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
    def _job(self) -> JobState | None:
        jobs = [job for job in self._view.state.jobs.values() if job.purpose is Purpose.ROLLBACK]
        return jobs[-1] if jobs else None

    @property
    def _unknown(self) -> JobState | None:
        return next((job for job in self._view.state.open_jobs if job.phase is JobPhase.LOST), None)

    def _draw(self) -> None:
        if not self.is_attached:
            return
        view, state = self._view, self._view.state
        items = self.query_one(Items)
        items.follow()
        self.query_one("#top", Bar).show(
            [("The way back", "strong"), (f"  {view.runbook.title}  ", ""), (state.run, "accent")]
        )
        self.query_one("#says Static", Static).update(_says(view, items.plan))
        pane = self.query_one(OutputPane)
        pane.display = self._job is not None
        pane.show(view, self._job)
        self.query_one("#strip", Bar).show([(self._said or self._next_sentence(items.plan), "")])
        self.query_one(KeyBar).show(self._hints(items))

    def _next_sentence(self, plan: RollbackPlan) -> str:
        rollback = self._view.state.rollback
        if self._view.busy:
            return f"{self._view.busy} …"
        if rollback is not None and rollback.finished is None and plan.remaining:
            first = plan.remaining[0]
            if first.command is None:
                return f"by hand: {first.title}. Do it, then space; s leaves it out with a reason."
            return "B goes on"
        return ""

    def _hints(self, items: Items) -> list[Hint]:
        state, plan, out = self._view.state, items.plan, []
        under_way = state.rollback is not None and state.rollback.finished is None
        if self._steering is not None and self._unknown is not None:
            out.append(Hint("enter", "say what became of it", "enter"))
        if self._may_start(plan) is None:
            label = "go on" if under_way else "try again" if state.rollback else "take it back now"
            out.append(Hint("B", label, "take_back"))
        if under_way and self._steering is not None:
            out += [Hint("space", "done by hand", "done"), Hint("s", "leave out", "left_out")]
        if self._view.current_job:
            out.append(Hint("x", "cancel", "cancel"))
        if self._job is not None:
            out.append(Hint("l", "output", "output"))
        return [*out, Hint("esc", "back", "back")]

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

    def _tell(self, text: str) -> None:
        self._said = text
        self._draw()
        self._said = ""

    def action_back(self) -> None:
        self.dismiss(None)

    def action_enter(self) -> None:
        job = self._unknown
        if job is not None and self._steering is not None:
            self.run_worker(self._steering.resolve(job), group="question")
        else:
            self._tell(self._may_start(self.query_one(Items).plan) or "enter is not the key here: B takes it back")

    def action_take_back(self) -> None:
        plan = self.query_one(Items).plan
        why_not = self._may_start(plan)
        if why_not is not None or self._steering is None:
            self._tell(why_not or "")
            return
        self.run_worker(self._take_back(self._steering, plan), group="question")

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

    def action_done(self) -> None:
        item = self._manual()
        if item is not None and self._steering is not None:
            self._steering.perform_in_background(i.SettleItem(item=item.id), self._end_when_settled)

    def _end_when_settled(self) -> None:
        """The last item was done by hand: nothing is left to run, so the rollback is over."""
        rollback = self._view.state.rollback
        under_way = rollback is not None and rollback.finished is None
        if self._steering is not None and under_way and not self._view.rollback_plan().remaining:
            self._steering.perform_in_background(i.RollBack(reason=self._reason()), self._draw)

    def action_left_out(self) -> None:
        item = self._manual(also_commands=True)
        if item is not None and self._steering is not None:
            self.run_worker(self._leave_out(self._steering, item), group="question")

    async def _leave_out(self, steering: Steering, item: RollbackItem) -> None:
        reason = await steering.ask_line(f"Leave out: {item.title}", "reason", "say why", does="leave it out")
        if reason:
            await steering.perform(i.SettleItem(item=item.id, skipped=True, reason=reason))
            self._end_when_settled()

    def _manual(self, *, also_commands: bool = False) -> RollbackItem | None:
        rollback = self._view.state.rollback
        item = self.query_one(Items).item
        if rollback is None or rollback.finished is not None:
            self._tell("no rollback is under way: B starts it")
        elif item is None or item.settled:
            self._tell("this item is settled already")
        elif item.command is not None and not also_commands:
            self._tell("this item runs a command: B goes on with it, s leaves it out")
        else:
            return item
        return None

    def action_cancel(self) -> None:
        if self._steering is not None and self._view.current_job:
            self.run_worker(self._steering.act("cancel", None), group="question")

    def action_output(self) -> None:
        pane = self.query_one(OutputPane)
        if pane.job is not None:
            self.app.push_screen(OutputScreen(self._view, pane.job, pane.lines.buffer))


def _says(view: RunView, plan: RollbackPlan) -> Content:
    """In words: what happened so far, what would be undone, and what would not."""
    state = view.state
    steps = view.runbook.step_by_id
    titles = [steps[step].title if step in steps else step for step in plan.changed]
    lines: list[Content] = []
    rollback = state.rollback
    if state.outcome is Outcome.ROLLED_BACK:
        lines.append(Content.styled("◁ This run was rolled back.", "bold $success"))
    elif rollback is not None and rollback.succeeded is False:
        lines.append(Content.styled("✖ THE ROLLBACK FAILED. The system is between two states.", "bold $error"))
        lines.append(
            Content("Look at the output of the item that failed; B tries it again, s is for what was done by hand.")
        )
    if not plan.changed:
        lines.append(Content("Nothing was changed by this run yet: there is nothing to take back."))
        if plan.items:
            lines.append(Content.styled("This is what would be done once something was:", "$quiet"))
        return Content("\n").join(lines)
    lines.append(Content.assemble(("This run has changed something in  ", "$quiet"), ", ".join(titles)))
    if not plan.items:
        lines.append(
            Content.styled("The document has no rollback procedure, and no step says how to undo it.", "bold $warning")
        )
    if plan.not_undone:
        left = ", ".join(steps[step].title if step in steps else step for step in plan.not_undone)
        lines.append(Content.assemble(("NOT undone by this plan  ", "bold $warning"), left))
    by_hand = sum(1 for item in plan.items if item.command is None)
    if plan.items:
        runs = len(plan.items) - by_hand
        lines.append(
            Content.styled(
                f"The plan: {counted(runs, 'command')}, {by_hand} by hand, from the top to the bottom.", "$quiet"
            )
        )
    return Content("\n").join(lines)

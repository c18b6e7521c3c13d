"""The walk: outline, step, output, and the keys that do something. Renders state, posts intents, decides nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from runbook_tui.run.changes import DocumentDiff
from runbook_tui.run.ports import JobExit, OperatorError
from runbook_tui.run.state import JobPhase, StepPhase
from runbook_tui.tui import keys, walk_lines
from runbook_tui.tui.after_painting import after_painting
from runbook_tui.tui.asides import Asides
from runbook_tui.tui.background import Work, in_background, one_question
from runbook_tui.tui.banner import Banner
from runbook_tui.tui.bars import Bar, KeyBar
from runbook_tui.tui.file_watch import FileWatch
from runbook_tui.tui.fleet_live import FleetLive
from runbook_tui.tui.front import draw_from_the_front
from runbook_tui.tui.gpu.lane import GpuLane
from runbook_tui.tui.hand_over import terminal_given
from runbook_tui.tui.house import House
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.lights import Lights
from runbook_tui.tui.lull import ByClock, lull_of
from runbook_tui.tui.minimap import Minimap
from runbook_tui.tui.offers import Offer, offers
from runbook_tui.tui.outline import Outline
from runbook_tui.tui.outline_rows import Row
from runbook_tui.tui.output_pane import OutputPane
from runbook_tui.tui.paced import Paced
from runbook_tui.tui.pairing import Pairing
from runbook_tui.tui.ports import Driving, RunView
from runbook_tui.tui.rollout import RolloutPane
from runbook_tui.tui.rows import RowList
from runbook_tui.tui.standing import Standing
from runbook_tui.tui.step_pane import StepPane
from runbook_tui.tui.wayfinding import Wayfinding

if TYPE_CHECKING:
    from runbook_tui.tui.steering import Steering

STEERED, SEAT = "steered", "seat"  # what keys have begun; each takes care itself that it asks once
LEARNT = 1.0  # seconds after which the times of earlier runs are known
LOW = 20  # rows below which the map of the walk gives way
MINUTE = 30.0  # seconds between two looks at the run's clock while nothing runs


class Walk(Screen[None]):
    """One run on the screen."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as the base class has it
    PLACE = "walk"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("walk", "act('{}')")]
    DEFAULT_CSS = """
    Walk #panes { height: 1fr; }
    Walk #outline { width: 2fr; max-width: 96; padding: 0; scrollbar-size-vertical: 1; border-right: solid $rule; }
    Walk #outline:focus { border-right: solid $accent; }
    Walk #right { width: 3fr; }
    Walk #step { height: 1fr; }
    Walk.-output #step { height: auto; max-height: 60%; min-height: 6; padding: 0 1 1 1; }
    Walk #output { height: 1fr; min-height: 4; }
    Walk.-narrow #outline { width: 1fr; max-width: 100%; border-right: none; }
    Walk.-narrow #right { display: none; }
    Walk.-narrow.-step #outline { display: none; }
    Walk.-narrow.-step #right { display: block; width: 1fr; }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        draw_from_the_front(self)
        self.view: RunView | None = None
        self.steering: Steering | None = None
        self.pairing = Pairing(self)
        self.ways = Wayfinding(self)
        self.asides = Asides(self)
        self.edit: DocumentDiff | None = None
        self.said: tuple[str, bool] = (f"opening {title} …", False)
        self.keeps_saying = False  # what was said belongs to the move that is under way
        self._title = title
        self._standing: Standing | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._stays_on: str | None = None  # the step a command was started on, until somebody moves
        self._file = FileWatch(self)
        self._lights = Lights()
        self._paced = Paced(self, self.draw, waits=lambda due: lull_of(self.app).waits(due))
        self._drawing_row = False
        self._belled = False
        self.left = False

    def compose(self) -> ComposeResult:
        yield Bar(id="top")
        yield Minimap()
        yield Banner()
        with Horizontal(id="panes"):
            yield Outline(id="outline")
            with Vertical(id="right"):
                yield StepPane(id="step")
                yield RolloutPane(id="rollout")
                yield OutputPane(id="output")
                yield FleetLive(id="fleet")
        yield GpuLane(id="gpus")
        yield Bar(id="strip")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self.query_one("#top", Bar).show([(self._title, "strong")], [("opening …", "quiet")])
        self.query_one(KeyBar).show(walk_lines.waiting_keys(keymap_of(self.app)))
        self.query_one("#output").display = False
        self.outline.focus()
        self._second = self.set_interval(1.0, ByClock(self, self._tick).tick, pause=True)
        self.set_interval(MINUTE, self._draw_lines)
        self.set_interval(1.0, ByClock(self, self._draw_watched).tick)

    @property
    def house(self) -> House:
        """The app, as what it is."""
        return cast("House", self.app)

    def on_resize(self) -> None:
        after_painting(self, self._draw_lines)

    def on_screen_resume(self) -> None:
        self.pairing.uncovered()

    # --- a run comes in ---

    @property
    def outline(self) -> Outline:
        return self.query_one(Outline)

    @property
    def standing(self) -> Standing | None:
        return self._standing

    @property
    def driving(self) -> bool:
        """Whether this terminal drives the run; else it watches."""
        return self.steering is not None

    @property
    def row(self) -> Row | None:
        return self.outline.row

    def begin(self, view: RunView, driving: Driving | None) -> None:
        """Show this run; without `driving` it is only watched. Nothing when the walk was left meanwhile."""
        if self.left or not self.is_attached:
            return
        self.change(view, driving)
        start = self._standing.next_open(trouble_first=True) if self._standing else None
        if start is not None:
            self.outline.go_to_step(start)
        in_background(self, partial(self.query_one(GpuLane).begin, self.house.desk), group="gpus")
        self.draw()

    def change(self, view: RunView, driving: Driving | None) -> None:
        """Show it from this seat; the cursor stays where it is."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        self.view = view
        self.said = ("", False)
        self.steering = self._steering(driving) if driving is not None else None
        self._standing = Standing(view.runbook, view.state)
        self._unsubscribe = view.subscribe(lambda _: self._soon())
        self.outline.show(view.runbook, self._standing, view.state)
        if driving is not None:
            driving.hand_over_terminal(self._hand_over)
            self.run_in_background(partial(self._recover, driving))
            self._file.watch(driving)
        self.set_timer(LEARNT, self._draw_lines)
        in_background(self, self.pairing.meet, group="pairing", exclusive=True)
        self.draw()

    def _steering(self, driving: Driving) -> Steering:
        from runbook_tui.tui.steering import Steering  # loaded while the document is read

        return Steering(self, driving)

    def failed_to_open(self, text: str) -> None:
        """Nothing to walk: say why, calmly."""
        if self.left or not self.is_attached:
            return
        self.said = ("nothing was started", True)
        self.query_one("#top", Bar).show([(self._title, "strong")], [("✖ not opened", "error")])
        self.set_class(True, "-step")
        self.query_one(StepPane).say(text)
        self._draw_lines()

    def end(self) -> None:
        """Let go of the run: nothing of it reaches this screen any more."""
        self.left = True
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self.pairing.end()
        self.workers.cancel_node(self)

    async def _recover(self, driving: Driving) -> None:
        if not any(job.phase is JobPhase.RUNNING for job in driving.state.open_jobs):
            return
        self.set_timer(0.2, self.draw)
        self._second.resume()
        try:
            unknown = await driving.recover()
        except OperatorError as error:
            self.tell(str(error), grave=True)
            return
        if unknown:
            self.outline.go_to_step(unknown[0].step)
        self.draw()

    async def _hand_over(self, work: Callable[[], Awaitable[JobExit]]) -> JobExit:
        with terminal_given(self.app):
            return await work()

    # --- state down ---

    def _soon(self) -> None:
        if self.is_attached:
            self._paced.soon()

    def draw(self) -> None:
        view = self.view
        if view is None or self._standing is None or not self.is_attached:
            return
        if self._standing.runbook is not view.runbook:
            self._standing = Standing(view.runbook, view.state)
            self.outline.show(view.runbook, self._standing, view.state)
        elif self._standing.update(view.state) or self.outline.marks != view.state.marks:
            self.outline.follow(view.state)
        self.pairing.follow()
        self._draw_row()
        if any(job.phase is JobPhase.RUNNING for job in view.state.jobs.values()) or view.busy:
            self._second.resume()

    def _draw_row(self) -> None:
        view, row = self.view, self.row
        if view is None or row is None or self._standing is None:
            return
        self.query_one(StepPane).show(view, self._standing, row)
        job = walk_lines.job_to_show(view, row)
        group = walk_lines.group_to_show(view, row)
        self.query_one(FleetLive).show(view, group)
        pane = self.query_one(OutputPane)
        pane.display = job is not None and group is None
        self.set_class(job is not None or group is not None, "-output")
        pane.show(view, job if group is None else None)
        self.query_one(RolloutPane).follow(view, job)
        self._draw_lines()

    def _draw_lines(self) -> None:
        view = self.view
        offered = self.offered()
        if view is None or self._standing is None:
            self.query_one("#strip", Bar).show([(self.said[0], "warning" if self.said[1] else "quiet")])
            return
        standing, watching = self._standing, self.steering is None
        here = self.row.step if self.row is not None else None
        names = self.pairing.names(narrow=self.narrow)
        light, width, keymap = self._lights.of(view), self.size.width, keymap_of(self.app)
        self.query_one("#top", Bar).show(
            *walk_lines.top(view, standing, light=light, watching=watching, width=width, others=names)
        )
        self._draw_map(view, standing, here)
        call = self.pairing.call()
        if self.query_one(Banner).show(view, light, driving=not watching, call=call) and not self._belled:
            self.app.bell()
            self._belled = True
        self.query_one("#strip", Bar).show(
            *walk_lines.strip(
                view, standing, self.edit, self.said, keymap, light=light, width=width, here=here, watching=watching
            )
        )
        on_step, failed = self.has_class("-step"), standing.phases.get(here or "") is StepPhase.FAILED
        hints = walk_lines.hints(offered, keymap, narrow=self.narrow, on_step=on_step, failed=failed)
        self.query_one(KeyBar).show(hints)

    def _draw_map(self, view: RunView, standing: Standing, here: str | None) -> None:
        minimap = self.query_one(Minimap)
        minimap.show(standing.walk, standing.walk_phases, here, view.state.marks)
        shown = minimap.useful and self.size.height >= LOW
        if minimap.display is not shown:
            minimap.display = shown

    def _draw_watched(self) -> None:
        """What is watched moves without events: its values, its ages, a count-down."""
        view = self.view
        if view is not None and (view.state.gates.countdown or self._lights.moving(view)):
            self._draw_lines()

    def _tick(self) -> None:
        view = self.view
        if view is None:
            return
        self.query_one(OutputPane).tick()
        self._draw_lines()
        if not view.busy and not any(job.phase is JobPhase.RUNNING for job in view.state.jobs.values()):
            self._second.pause()
            self.draw()

    # --- where the operator looks ---

    @property
    def narrow(self) -> bool:
        return self.has_class("-narrow")

    def offered(self) -> dict[str, Offer]:
        if self.view is None:
            return {}
        step = self.row.step if self.row else None
        section_does = "fold" if self.row and self.row.folds else "read"
        driving, edited = self.steering is not None, self.edit is not None
        out = offers(self.view, step, keymap_of(self.app), driving=driving, edited=edited, section_does=section_does)
        if self.ways.searching:
            out["note"] = out["next_hit"] = Offer("next hit")
        else:
            out["next_hit"] = out["hit_before"] = Offer("", "nothing is searched for")
            leave = keymap_of(self.app).shown("walk", "leave")
            out["end_find"] = Offer("", f"nothing is searched for; {leave} leaves the run")
        return self.pairing.offer(out)

    @on(RowList.Moved)
    def _moved(self, event: RowList.Moved) -> None:
        if event.by_hand:
            self._stays_on = None
            self.said = self.said if self.keeps_saying else ("", False)
            self.keeps_saying = False
        self.pairing.moved(self.row.step if self.row else None)
        # the cursor is painted first: the step beside it wants a layout, and a held key passes many
        if not self._drawing_row:
            self._drawing_row = True
            after_painting(self, self._draw_moved)

    def _draw_moved(self) -> None:
        self._drawing_row = False
        if self.is_attached:
            self._draw_row()

    @on(RowList.Chosen)
    def _clicked_again(self) -> None:
        row = self.row
        if row is not None and row.step is None:
            self.outline.toggle()
        else:
            self._turn(to_step=True)

    @on(Minimap.Chosen)
    def _clicked_map(self, event: Minimap.Chosen) -> None:
        self.ways.go(event.step)

    @on(KeyBar.Pressed)
    def _clicked_key(self, event: KeyBar.Pressed) -> None:
        self.action_act(event.action)

    def _turn(self, *, to_step: bool) -> None:
        self.set_class(to_step, "-step")
        (self.query_one(StepPane) if to_step else self.outline).focus()
        self._draw_lines()

    def _panes(self) -> list[Widget]:
        panes: list[Widget] = [self.outline, self.query_one(StepPane)]
        pane, fleet = self.query_one(OutputPane), self.query_one(FleetLive)
        if fleet.display:
            return [*panes, fleet.pane.hosts]
        return [*panes, pane.lines] if pane.display else panes

    def _next_pane(self, step: int) -> None:
        panes = self._panes()
        at = panes.index(self.focused) if self.focused in panes else 0
        there = panes[(at + step) % len(panes)]
        self.set_class(there is not self.outline, "-step")
        there.focus()
        self._draw_lines()

    # --- keys ---

    def action_act(self, action: str) -> None:
        """Do what a key says, or say why not; nothing when the walk has been left meanwhile."""
        if not self.query(Outline):
            return
        looks: dict[str, Callable[[], None]] = {
            "pane": lambda: self._next_pane(1),
            "pane_back": lambda: self._next_pane(-1),
            "help": self.house.show_help,
            "palette": self.app.action_command_palette,
            "theme": self.house.action_other_theme,
            "leave": self.house.leave_walk,
            "roll_back": self.show_way_back,
            **self.ways.deeds(),
            **self.asides.deeds(),
        }
        if self.view is None:
            if action in ("leave", "help", "palette", "theme"):
                looks[action]()
            return
        row = self.row
        if action == "note" and self.ways.searching:
            action = "next_hit"
        if action == "next" and row is not None and row.step is None:
            if row.folds:
                self.outline.toggle()
            else:
                self._turn(to_step=True)
            return
        offer = self.offered().get(action)
        if offer is not None and offer.why_not is not None:
            self.tell(offer.why_not)
        elif (unseen := self.pairing.unseen(action)) is not None:
            self.tell(unseen)
        elif action in looks:
            looks[action]()
        elif action == "sign" and self.steering is None and row is not None and row.step is not None:
            from runbook_tui.tui.signing import sign

            one_question(self, partial(sign, self, row.step))  # also by who only watches
        elif action == "take" or self.steering is None:
            in_background(self, partial(self.pairing.act, action, row.step if row else None), group=SEAT)
        elif self.steering is not None:
            self.said = ("", False)
            in_background(self, partial(self.steering.act, action, row.step if row else None), group=STEERED)

    def show_way_back(self) -> None:
        """The rollback plan, on a screen of its own."""
        from runbook_tui.tui.rollback import Rollback

        if self.view is not None:
            self.app.push_screen(Rollback(self.view, self.steering), lambda _: self.draw())

    # --- what the steering says ---

    def tell(self, text: str, *, grave: bool = False) -> None:
        """One sentence for the operator."""
        self.said = (text, grave)
        self._draw_lines()
        if grave or self.app.screen is not self:
            self.house.tell(text, grave=grave)

    def run_in_background(self, work: Work) -> None:
        in_background(self, work, group="run")

    def ask_in_background(self, work: Work) -> None:
        one_question(self, work)

    def shows_command_first(self) -> bool:
        """On a small screen a command that would run at once is first shown; the next enter runs it."""
        if not self.narrow or self.has_class("-step"):
            return False
        self._turn(to_step=True)
        self.tell(f"{keymap_of(self.app).shown('walk', 'next')} runs it")
        return True

    def stay(self, step: str) -> None:
        self._stays_on = step
        self._second.resume()
        if self.narrow:
            self._turn(to_step=True)

    def ended(self, step: str) -> None:
        """The step's commands are over: go on, when they succeeded and nobody has moved meanwhile."""
        if not self.is_attached or self.view is None:
            return
        self.draw()
        if self._stays_on == step and self.view.state.step(step).phase is StepPhase.DONE:
            self.advance(step)
        self._stays_on = None

    def advance(self, step: str) -> None:
        """Go to the next open step, when the cursor is still on this one; who watches stays with what they did."""
        if self.steering is None or self._standing is None or self.view is None:
            return
        if self.row is None or self.row.step != step:
            return
        self._standing.update(self.view.state)
        following = self._standing.next_open(step)
        if following is not None:
            self.outline.go_to_step(following)
        elif self.view.state.outcome is None:
            self.tell(f"nothing is open any more: {keymap_of(self.app).shown('walk', 'finish')} completes the run")

    def watch_output(self) -> None:
        self._turn(to_step=True)
        self._panes()[-1].focus()

    def adopted(self) -> None:
        self.edit = None
        self.draw()
        self.tell("the run goes on with the document as it is now")

    def lost_drive(self, text: str) -> None:
        """Somebody else took the run over: from now on this screen only shows it."""
        self.tell(text, grave=True)
        self.pairing.lost(text)

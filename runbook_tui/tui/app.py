"""The app: opens runs on screens and gives the terminal back as it was found."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from textual import events
from textual._context import active_message_pump
from textual.app import App
from textual.binding import BindingType
from textual.command import Provider
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.screen import ModalScreen, Screen
from textual.widget import MountError, Widget
from textual.worker import WorkerFailed, active_worker

from runbook_tui.config import Config
from runbook_tui.run.ports import Driven, OperatorError
from runbook_tui.tui import keys, theme
from runbook_tui.tui.background import Work, in_background
from runbook_tui.tui.heap import Heap
from runbook_tui.tui.how_far import how_far
from runbook_tui.tui.keymap import Keymap
from runbook_tui.tui.lull import ByClock, Lull
from runbook_tui.tui.ports import Desk, Driving, Watched
from runbook_tui.tui.questions import Choice, Confirm, Seen
from runbook_tui.tui.turns import take_short_turns
from runbook_tui.tui.typed_ahead import TypedAhead
from runbook_tui.tui.walk import Walk

SETTLED = 1.0  # seconds after which what was opened stands still
LATEST = 10.0  # seconds after the first frame, whatever is still being opened
TIDIED = 5.0  # seconds between two looks whether there is anything to tidy up
SWEPT = 1.0  # and whether what has just come is to be looked over
AT_REST = 2.0  # seconds without a key after which one is not expected at once
STEERING = "runbook_tui.tui.steering"  # what a run is driven with
OPENED = 5.0  # seconds after which leaving does not wait for a run that is being opened
log = logging.getLogger("runbook_tui")


def _actions() -> type[Provider]:
    from runbook_tui.tui.palette import Actions

    return Actions


class RunbookApp(App[None]):
    """Without a path or a run it opens the library."""

    TITLE = "Runbook TUI"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_actions}
    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings("app"),
    ]
    CSS = """
    Toast { max-width: 70; padding: 0 1; margin: 0 1 1 0; }
    CommandPalette SearchIcon { display: none; }
    """

    def __init__(
        self,
        desk: Desk,
        *,
        open_path: str | None = None,
        run: str | None = None,
        watch: str | None = None,
        gpus: bool = False,
        log_path: str = "",
        keymap: Keymap | None = None,
        config: Config | None = None,
        command: str = "rbt",
    ) -> None:
        super().__init__()
        self.keymap = keymap or Keymap()
        self.set_keymap(self.keymap.own)
        self.desk = desk
        self._asked = (open_path, run, watch)
        self._only_gpus = gpus
        self._log_path = log_path
        self._command = command  # as it is typed to start this program again
        self._driving: Driving | None = None
        self._watched: Watched | None = None
        self._opened: asyncio.Event | None = None  # not set while a run is being opened
        self._leaving = False
        self._settled = False
        self._heap = Heap()
        for one in theme.EVERY:
            self.register_theme(one)
        self.pressed_at = 0.0
        self.lull = Lull()
        self._ahead = TypedAhead()
        self.terminal: Callable[[str], None] = lambda _: None  # told `away` when it is given to another, and `back`
        self.config = config or Config()
        self.theme = theme.preferred(self.config.theme)

    def get_default_screen(self) -> Screen[Any]:
        path, run, watch = self._asked
        if self._only_gpus:
            from runbook_tui.tui.gpu.screen import Gpus

            return Gpus(self.desk)
        if path is not None or run is not None or watch is not None:
            return Walk(Path(path).name if path else run or watch or "the newest run")
        from runbook_tui.tui.library import Library

        return Library()

    def get_driver_class(self) -> type[Driver]:
        from textual.drivers.linux_driver import LinuxDriver

        from runbook_tui.tui.direct import DirectDriver

        driver = super().get_driver_class()
        return DirectDriver if driver is LinuxDriver else driver

    async def on_ready(self) -> None:
        """The first frame is on its way: now the file, the journal and everything else."""
        take_short_turns()
        self.app_suspend_signal.subscribe(self, lambda _: self.terminal("away"))
        self.app_resume_signal.subscribe(self, lambda _: self._terminal_is_back())
        path, run, watch = self._asked
        if isinstance(self.screen, Walk):
            if path is not None:
                self._opening(self.screen, partial(self._open_path, self.screen, path))
            elif run is not None:
                self._opening(self.screen, partial(self._open_run, self.screen, run))
            elif watch is not None:
                self._opening(self.screen, partial(self._open_watch, self.screen, watch))
        elif not self._only_gpus:
            await self.run_action("screen.reload")
            self.set_timer(SETTLED, self._settle)
        for trouble in self.keymap.troubles:
            self.tell(f"keys: {trouble}", grave=True)
        for trouble in self.config.troubles:
            self.tell(trouble, grave=True)
        self.set_timer(LATEST, self._settle)

    def _settle(self) -> None:
        """Once: what a later run leaves behind is to be collected."""
        if not self._settled:
            self._settled = True
            self._heap.settle()
            self.set_interval(TIDIED, self._tidy)
            self.set_interval(SWEPT, ByClock(self, self._heap.sweep).tick)

    def _tidy(self) -> None:
        if time.monotonic() - self.pressed_at > AT_REST:
            self._heap.tidy()

    def _terminal_is_back(self) -> None:
        """After fg the terminal is empty, and nothing else would paint what has not changed."""
        self.terminal("back")
        self.set_timer(0.05, lambda: self.screen.refresh(layout=True))

    # --- opening ---

    def open_path(self, path: str) -> None:
        walk = Walk(Path(path).name)
        self._opening(walk, partial(self._open_path, walk, path), self.push_screen(walk))

    def open_run(self, run: str, title: str = "") -> None:
        walk = Walk(title or run)
        self._opening(walk, partial(self._open_run, walk, run), self.push_screen(walk))

    def open_watch(self, run: str, title: str = "") -> None:
        walk = Walk(title or run)
        self._opening(walk, partial(self._open_watch, walk, run), self.push_screen(walk))

    def _opening(self, walk: Walk, work: Work, shown: Awaitable[None] | None = None) -> None:
        opened = self._opened = asyncio.Event()

        async def carefully() -> None:
            try:
                await asyncio.to_thread(import_module, STEERING)  # not on the screen's loop
                if shown is not None:
                    await shown
                await work()
            except OperatorError as error:
                walk.failed_to_open(str(error))
            except Exception as error:  # noqa: BLE001 - a document that this program cannot take must not end it
                details = self.write_down(error)
                walk.failed_to_open(f"It could not be opened, for a reason of this program. Details: {details}")
            finally:
                opened.set()
                self.set_timer(SETTLED, self._settle)

        in_background(self, carefully, group="opening")

    async def _open_path(self, walk: Walk, path: str) -> None:
        unfinished = await self.desk.unfinished_run_of(path)
        if walk.left:
            return
        if unfinished is not None and unfinished.run is not None:
            run = unfinished.run
            options = [("c", f"go on with {run}"), ("n", "start a new run"), ("w", f"only watch {run}")]
            asked, start = "This runbook has an unfinished run", 2 if unfinished.driver else 0
            answer = await self.push_screen_wait(Choice(asked, options, how_far(unfinished), start=start))
            if answer is None:
                self.leave_walk()
                return
            if answer != 1:
                await (self._open_run(walk, run) if answer == 0 else self._open_watch(walk, run))
                return
        self._driving = await self.desk.new_run(path)
        walk.begin(self._driving, self._driving)

    async def _open_run(self, walk: Walk, run: str) -> None:
        try:
            self._driving = await self.desk.resume(run)
        except Driven as driven:
            if not await self._ask_to_take(walk, run, driven):
                return
        if self._driving is not None:
            walk.begin(self._driving, self._driving)

    async def _ask_to_take(self, walk: Walk, run: str, driven: Driven) -> bool:
        """Whether the drive was taken from another live terminal."""
        options = [("w", "only watch"), ("t", f"take over from {driven.holder}")]
        answer = await self.push_screen_wait(Choice(f"{driven.holder} drives this run", options, str(driven)))
        if answer is None:
            self.leave_walk()
            return False
        if answer == 0:
            await self._open_watch(walk, run)
            return False
        reading = f"{driven.holder} can only watch from then on. A command that runs goes on."
        if not await self.push_screen_wait(Confirm(f"Take over {run}?", reading, key="T", does="take it over")):
            self.leave_walk()
            return False
        self._driving = await self.desk.resume(run, take=True)
        return True

    async def _open_watch(self, walk: Walk, run: str) -> None:
        self._watched = await self.desk.watch(run)
        walk.begin(self._watched, None)

    # --- changing seats ---

    async def take_seat(self, walk: Walk, run: str, *, force: bool) -> None:
        """Drive the run that was watched. Raises Driven while another live terminal drives it, unless forced."""
        driving = await self.desk.resume(run, take=force)
        watched, self._watched, self._driving = self._watched, None, driving
        walk.change(driving, driving)
        if watched is not None:
            await watched.close()

    async def leave_seat(self, walk: Walk, run: str, *, to: str = "") -> None:
        """Watch the run that was driven: the drive is given to that terminal, or gone already."""
        self._watched = await self.desk.watch(run)
        driving, self._driving = self._driving, None
        walk.change(self._watched, None)
        if driving is not None:
            driving.hand_over_terminal(None)
            await self.desk.leave(driving, to=to)

    # --- leaving ---

    def leave_walk(self) -> None:
        """Let go of the run: back to the library when it was opened from there, else out."""
        if not self._leaving:
            self._leaving = True
            in_background(self, self._leave_walk, group="leaving")

    async def _leave_walk(self) -> None:
        try:
            await self._leave_once()
        finally:
            self._leaving = False

    async def _leave_once(self) -> None:
        walk = next((screen for screen in self.screen_stack if isinstance(screen, Walk)), None)
        driving = self._driving
        if driving is not None and driving.current_job is not None:
            reading = f"{driving.busy or 'A command'} goes on where it runs. Open the run again to see what came of it."
            question = Confirm("A command is running. Leave?", reading, does="leave, it goes on")
            if not await self.push_screen_wait(question):
                return
        from_library = walk is not None and self.screen_stack[0] is not walk
        parting = _parting(driving, self._command)
        if walk is not None:
            walk.end()
        if self._opened is not None:  # what is half open cannot be let go of yet
            with suppress(TimeoutError):
                await asyncio.wait_for(self._opened.wait(), OPENED)
        await self._let_go()
        if from_library:
            while self.screen_stack and (isinstance(self.screen, Walk) or walk in self.screen_stack):
                await self.pop_screen()
        else:
            self.exit(message=parting)

    async def _let_go(self) -> None:
        driving, self._driving = self._driving, None
        watched, self._watched = self._watched, None
        try:
            if driving is not None:
                driving.hand_over_terminal(None)
                await self.desk.leave(driving)
            if watched is not None:
                await watched.close()
            await self.desk.part()
        except OperatorError as error:
            log.warning("while leaving: %s", error)

    def action_leave(self) -> None:
        if any(isinstance(screen, Walk) for screen in self.screen_stack):
            self.leave_walk()
        else:
            self.exit()

    async def on_unmount(self) -> None:
        """Whatever ended the app: the run is let go of and the journal closed."""
        await self._let_go()
        await self.desk.close()

    # --- for every screen ---

    def tell(self, text: str, *, grave: bool = False) -> None:
        self.notify(text, severity="warning" if grave else "information", timeout=6, markup=False)

    def action_show_help(self) -> None:
        self.show_help()

    def action_settings(self) -> None:
        from runbook_tui.tui.settings import Settings

        self.push_screen(Settings())

    def show_help(self) -> None:
        from runbook_tui.tui.help import Help

        screen = self.screen
        place = getattr(screen, "PLACE", "walk")
        self.push_screen(Help(screen.offered() if isinstance(screen, Walk) else None, place=place))

    def action_command_palette(self) -> None:
        """Not over a question: that is answered or left first."""
        if not isinstance(self.screen, ModalScreen):
            from runbook_tui.tui.palette import Palette

            self.push_screen(Palette(placeholder="what do you want to do?"))

    def action_other_theme(self) -> None:
        self.theme = theme.LIGHT.name if self.theme == theme.DARK.name else theme.DARK.name

    def action_copy_or_say(self) -> None:
        selected = self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
        leave, cancel = self.keymap.shown("walk", "leave"), self.keymap.shown("walk", "cancel")
        self.tell("copied" if selected else f"{leave} leaves; {cancel} cancels a running command")

    async def on_event(self, event: events.Event) -> None:
        """Keys typed before a question was painted never reach it, nor anything those typed after leaving."""
        by_hand = isinstance(event, (events.Key, events.Paste, events.MouseEvent))
        if by_hand and (self._exit or not self.screen_stack):  # also what comes up again from a screen that has gone
            return
        if by_hand and isinstance(self.screen, Seen) and not self.screen.accepts(event):
            return  # also what was pressed on the screen before, and comes up from there when this one is on top
        if isinstance(event, events.Key) and event.is_forwarded and not self.screen.is_mounted:
            again = events.Key(event.key, event.character)  # it comes up from the screen before: it waits for this one
            again.time = event.time
            self._press(again)
            return
        if isinstance(event, events.Key) and self._ahead.too_soon(event, self.focused):
            self._press(self._ahead.again(event))
            return
        if isinstance(event, (events.Key, events.MouseDown)) and not event.is_forwarded:
            self.pressed_at = event.time
        await super().on_event(event)

    def _press(self, key: events.Key) -> None:
        key.set_sender(self)
        self.post_message(key)

    # --- when something is wrong with this program ---

    def _handle_exception(self, error: Exception) -> None:
        """No traceback over the operator's terminal: one sentence, and where the details are."""
        cause = error.error if isinstance(error, WorkerFailed) else error
        if isinstance(cause, (NoMatches, MountError)) and (not self._running or _goes_away(_where(error))):
            log.info("looked for on a screen that goes away: %s", cause)
            return
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
            self._exit_renderables.append(
                f"Runbook TUI had to stop: {type(cause).__name__}. What was recorded is safe, commands go on where "
                f"they run.\nDetails: {self.write_down(cause)}"
            )
        self._close_messages_no_wait()

    def write_down(self, error: BaseException) -> str:
        """Keep what a developer wants to see; where it is kept."""
        text = "".join(traceback.format_exception(error))
        try:
            path = Path(self._log_path) if self._log_path else Path(tempfile.mkstemp("-rbt.log")[1])
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as trouble:
            return f"could not be written ({trouble.strerror})"
        return str(path)


def _where(error: Exception) -> object:
    """The part of the screen that an error comes from."""
    return active_worker.get().node if isinstance(error, WorkerFailed) else active_message_pump.get(None)


def _goes_away(pump: object) -> bool:
    """Whether this is a part of the screen that is being taken away: then what it looks for is gone already."""
    return isinstance(pump, Widget) and (pump._pruning or pump._closing or not pump.is_attached)  # noqa: SLF001


def _parting(driving: Driving | None, command: str) -> str | None:
    """What stands in the terminal after leaving."""
    if driving is None or driving.state.outcome is not None:
        return None
    return f"The run {driving.state.run} stays open.  {command} resume {driving.state.run}  goes on with it."

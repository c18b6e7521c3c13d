"""Instruction mode: what to do elsewhere, where, and what came of it, pasted back and told."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from runbook_tui.document.counting import counted
from runbook_tui.document.runbook import Runbook, Step
from runbook_tui.run.by_hand import LONGEST, commands_by_hand
from runbook_tui.run.hidden import is_secret
from runbook_tui.run.state import RunState
from runbook_tui.run.where import LOCAL, target_of
from runbook_tui.tui import keys, step_text
from runbook_tui.tui.bars import Bar, KeyBar
from runbook_tui.tui.footer import hint
from runbook_tui.tui.keymap import keymap_of
from runbook_tui.tui.questions import Blank, Form, Seen
from runbook_tui.tui.terminal_text import printable, safe

MOST_PASTED = 4 * 1024 * 1024  # characters taken from the terminal at most; of them the end is kept
SHOWN = 200  # lines of the paste on the screen

Told = tuple[bool, str]  # succeeded, what was pasted


class ByHandScreen(Seen[Told]):
    """Answers with how it ended and what was pasted; None when nothing is to be recorded."""

    PLACE = "by_hand"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("by_hand")]
    DEFAULT_CSS = """
    ByHandScreen #what { height: 1fr; padding: 1 2; scrollbar-size-vertical: 1; }
    ByHandScreen #what Static { height: auto; }
    """

    def __init__(self, runbook: Runbook, state: RunState, step: Step) -> None:
        super().__init__()
        self._runbook, self._state, self._step = runbook, state, step
        self._pasted = ""
        self._bytes = 0

    def compose(self) -> ComposeResult:
        yield Bar(id="top")
        with VerticalScroll(id="what"):
            yield Static(self._instruction())
            yield Static(self._result(), id="result")
        yield Bar(id="strip")
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#top", Bar).show([("By hand  ", "strong accent"), (self._step.title, "strong")])
        self.query_one("#strip", Bar).show(
            [("what you say stands in the record as done by hand; no exit status is claimed", "quiet")]
        )
        self._hint()

    def _instruction(self) -> Content:
        commands = commands_by_hand(self._runbook, self._state, self._step)
        if not commands:
            return Content(f"Do what the step says:\n\n  {step_text.safe_lines(self._step.title)}\n")
        lines: list[Content] = []
        where = ""
        for command in commands:
            target = target_of(self._state, command) or self._state.target
            place = "on this machine" if target == LOCAL else f"on {target}"
            if place != where:
                lines += [Content.assemble(("Type this ", "$quiet"), (place, "bold"), ("", ""))]
                where = place
            missing = [name for name in command.placeholders if name not in self._state.variables]
            lines += [step_text.shown_command(command, self._state, missing), Content("")]
            if command.cwd:
                lines.insert(-2, Content.styled(f"in {command.cwd}", "$quiet"))

        if open_ := [name for command in commands for name in command.placeholders if self._unknown(name)]:
            said = f"{', '.join(dict.fromkeys(open_))} is not filled in here: put your value in its place."
            lines.append(Content.styled(f"{safe(said)}\n", "$warning"))
        return Content("\n").join(lines)

    def _unknown(self, name: str) -> bool:
        variable = self._state.variables.get(name)
        return variable is None or variable.secret or variable.value is None

    def _result(self) -> Content:
        if not self._pasted:
            return Content.styled("Then paste here what it printed (not needed), and say how it ended.", "$quiet")
        lines = self._pasted.rstrip("\n").split("\n")
        size = f"{counted(len(lines), 'line')} pasted, {self._bytes:,} bytes"
        cut = f"; the last {LONGEST // 1024} KB are kept" if self._bytes > LONGEST else ""
        head = Content.assemble(("What it printed  ", "bold"), (size + cut, "$quiet"))
        return Content("\n").join([head, *(Content(f"  {line}") for line in lines[-SHOWN:])])

    def _hint(self) -> None:
        keymap = keymap_of(self.app)
        actions = ["copy", "succeeded", "failed", *(["forget"] if self._pasted else []), "back", "help"]
        self.query_one(KeyBar).show([hint(keymap, self.PLACE, action) for action in actions])

    @on(KeyBar.Pressed)
    async def _clicked(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)

    def on_paste(self, event: events.Paste) -> None:
        """What was pasted obeys nothing here; of very much the end is taken."""
        event.stop()
        text = printable(event.text[-MOST_PASTED:].replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace"))
        self._bytes += len(event.text.encode("utf-8", "replace"))
        self._pasted = (self._pasted + text.decode("utf-8", "replace"))[-MOST_PASTED:]
        self._draw()

    def _draw(self) -> None:
        self.query_one("#result", Static).update(self._result())
        self._hint()

    def action_copy(self) -> None:
        commands = commands_by_hand(self._runbook, self._state, self._step)
        text = "\n".join(step_text.filled(command, self._state) for command in commands) or self._step.title
        self.app.copy_to_clipboard(text)
        self.query_one("#strip", Bar).show([(f"copied {counted(len(commands) or 1, 'command')}", "")])

    def action_forget(self) -> None:
        self._pasted, self._bytes = "", 0
        self._draw()

    def action_succeeded(self) -> None:
        self.dismiss((True, self._pasted))

    def action_failed(self) -> None:
        self.dismiss((False, self._pasted))

    def action_back(self) -> None:
        self.dismiss(None)


def values_wanted(runbook: Runbook, state: RunState, step: Step) -> tuple[str, ...]:
    """The values that a person would have to put in by hand; a secret is theirs to type."""
    names = [name for command in commands_by_hand(runbook, state, step) for name in command.placeholders]
    return tuple(dict.fromkeys(n for n in names if n not in state.variables and not is_secret(runbook, n)))


def question(step: Step, *, succeeded: bool) -> Form:
    """What is asked before it is recorded; a failure wants a word."""
    asked = f"{'Done' if succeeded else 'Failed'} by hand: {step.title}"
    required = "" if succeeded else "say what you saw; esc leaves it"
    label = "what you saw (may stay empty)" if succeeded else "what you saw"
    return Form(asked, [Blank(label, required=required)], does="keep it")

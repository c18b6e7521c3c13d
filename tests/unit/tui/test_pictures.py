"""A few pictures that must not change by accident. No clock, no run's name in them."""

import pytest
from textual.app import App

from runbook_tui.run.output import OutputBuffer
from runbook_tui.tui import theme
from runbook_tui.tui.help import Help
from runbook_tui.tui.output_view import OutputView
from runbook_tui.tui.questions import Blank, Choice, Confirm, Form


class Stage(App):
    def __init__(self, screen=None, widget=None):
        super().__init__()
        self.register_theme(theme.DARK)
        self.theme = theme.DARK.name
        self._shown = screen
        self._widget = widget
        self.animation_level = "none"

    def compose(self):
        if self._widget is not None:
            yield self._widget

    def on_mount(self):
        if self._shown is not None:
            self.push_screen(self._shown)


def _questions():
    return {
        "confirm": Confirm(
            "Remove the old one", "$ rm -rf old\nwhere    prod-1", key="D", does="destroy: run it", grave=True
        ),
        "form": Form("2 values", [Blank("<name>"), Blank("<api-token>", "secret", hidden=True)], "$ echo <name>"),
        "choice": Choice("The outcome is unknown", [("s", "it succeeded"), ("f", "it failed")], "known: nothing"),
        "help": Help(None),
    }


@pytest.mark.parametrize("name", sorted(_questions()))
def test_a_question(snap_compare, name):
    assert snap_compare(Stage(_questions()[name]), terminal_size=(80, 24))


def test_colours_of_output(snap_compare):
    buffer = OutputBuffer()
    buffer.feed(b"plain\n\x1b[32mgreen\x1b[0m and \x1b[1;31mbold red\x1b[0m\n\x1b]0;title\x07safe\n10 %\r20 %\n")
    buffer.finish()
    view = OutputView()

    async def show(pilot):
        view.show(buffer)

    assert snap_compare(Stage(widget=view), terminal_size=(40, 8), run_before=show)

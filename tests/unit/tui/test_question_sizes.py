"""However much there is to read: what is answered and the keys that do it are on the screen."""

import pytest
from textual.app import App

from runbook_tui.tui import theme
from runbook_tui.tui.help import Help
from runbook_tui.tui.questions import Blank, Choice, Confirm, Form
from tests.seeing import until

MUCH = "\n".join(f"line {n} of much to read" for n in range(60))
ASKED = {
    "form": lambda: Form("Why?", [Blank("the reason")], MUCH),
    "two lines": lambda: Form("Who?", [Blank("your name"), Blank("what you say")], MUCH),
    "confirm": lambda: Confirm("Run it?", MUCH, does="run it"),
    "choice": lambda: Choice("Which?", [(str(n), f"number {n}") for n in range(9)], MUCH, does="take it"),
    "help": lambda: Help(None),
}


class Asking(App):
    def __init__(self):
        super().__init__()
        for one in theme.EVERY:
            self.register_theme(one)
        self.theme = theme.DARK.name

    @property
    def rows(self):
        return ["".join(part.text for part in strip) for strip in self.screen._compositor.render_strips()]

    def says(self, text):
        return any(text in row for row in self.rows)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (160, 48)])
@pytest.mark.parametrize("asked", ASKED)
async def test_the_keys_are_on_the_screen(asked, size):
    async with Asking().run_test(size=size) as pilot:
        pilot.app.push_screen(ASKED[asked]())
        await until(pilot, lambda: pilot.app.says("esc "), "the key that leaves it")
        if asked in ("form", "two lines"):
            await until(pilot, lambda: pilot.app.says("▁▁▁"), "the line to type in")
        if asked != "help":
            await until(pilot, lambda: pilot.app.says("line 0 of"), "what is to be read")


@pytest.mark.parametrize("asked", ["form", "confirm", "choice"])
async def test_what_does_not_fit_can_be_read_by_keys(asked):
    async with Asking().run_test(size=(80, 24)) as pilot:
        pilot.app.push_screen(ASKED[asked]())
        await until(pilot, lambda: pilot.app.says("line 0 of"), "what is to be read")
        for _ in range(8):
            await pilot.press("pagedown")
        await until(pilot, lambda: pilot.app.says("line 59 of"), "the last of it")
        await pilot.press("pageup")
        await until(pilot, lambda: not pilot.app.says("line 59 of"), "what stands before it")

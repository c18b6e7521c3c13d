"""A screen that is drawn from the front looks as the library draws it."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from textual._compositor import Compositor
from textual.app import App
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.geometry import Region
from textual.screen import ModalScreen, Screen
from textual.widgets import Label, Static

from runbook_tui.tui.front import FromTheFront, draw_from_the_front


class Crowded(Screen):
    CSS = """
    Crowded { layers: below above; }
    #left { width: 1fr; border-right: solid red; overflow-y: scroll; }
    #right { width: 2fr; padding: 1 2; }
    #right > Static { border: round green; height: auto; }
    #over { layer: above; offset: 10 3; width: 30; height: 5; background: blue; border: solid yellow; }
    """

    def __init__(self):
        super().__init__()
        draw_from_the_front(self)

    def compose(self):
        with Horizontal():
            with VerticalScroll(id="left"):
                for n in range(40):
                    yield Label(f"row {n} [b]bold[/b] 準備")
            with Vertical(id="right"):
                yield Static("one\n" * 3)
                yield Static("two " * 40)
        yield Static("above it all", id="over")


class Question(ModalScreen):
    CSS = "Question { align: center middle; } Question Label { border: solid white; width: 20; height: 5; }"

    def __init__(self):
        super().__init__()
        draw_from_the_front(self)

    def compose(self):
        yield Label("sure?")


class Crowd(App):
    def on_mount(self):
        self.push_screen(Crowded())


def seen(chops, compositor, crop, wanted):
    found = []
    for y in crop.line_range:
        if not wanted(y):
            continue
        cuts = compositor.cuts[y]
        for start, end in pairwise(cuts):
            if start < crop.right and end > crop.x:
                piece = chops[y][start]
                found.append((y, start, None if piece is None else [(text, style) for text, style, _ in piece]))
    return found


@pytest.mark.parametrize("asks", [False, True])
async def test_any_part_of_a_screen_looks_as_the_library_draws_it(asks):
    app, draw = Crowd(), random.Random(7)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        if asks:
            await app.push_screen(Question())
            await pilot.pause()
        compositor = app.screen._compositor
        assert type(compositor) is FromTheFront
        everything = [Region(0, 0, 80, 24), Region(0, 5, 80, 1)]
        for _ in range(60):
            x, y = draw.randrange(80), draw.randrange(24)
            everything.append(Region(x, y, draw.randint(1, 80 - x), draw.randint(1, 24 - y)))
        for crop in everything:
            wanted = set(draw.sample(range(24), draw.randint(1, 24))).__contains__
            ours = compositor._render_chops(crop, wanted)
            theirs = Compositor._render_chops(compositor, crop, wanted)
            assert seen(ours, compositor, crop, wanted) == seen(theirs, compositor, crop, wanted)


async def test_what_lies_behind_is_not_drawn():
    app = Crowd()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        compositor = app.screen._compositor
        drawn = []
        for widget in compositor.visible_widgets:
            widget.render_lines = lambda crop, widget=widget, real=widget.render_lines: (
                drawn.append((widget.id, crop.height)) or real(crop)
            )
        compositor._render_chops(Region(12, 4, 5, 1), lambda _: True)
        assert drawn == [("over", 1)]

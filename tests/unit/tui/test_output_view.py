"""The output as it is drawn: only what is on the screen, wherever one looks."""

import pytest
from textual.app import App
from textual.geometry import Region
from textual.scroll_view import ScrollView

from runbook_tui.run.output import OutputBuffer
from runbook_tui.tui import theme
from runbook_tui.tui.output_view import LOOK, OutputView, pause_before, thumb
from tests.seeing import until


class Screenful(App):
    def __init__(self, buffer):
        super().__init__()
        self.register_theme(theme.DARK)
        self.theme = theme.DARK.name
        self.buffer = buffer

    def compose(self):
        yield OutputView()

    def on_mount(self):
        self.query_one(OutputView).show(self.buffer)

    @property
    def lines(self):
        view = self.query_one(OutputView)
        return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


def filled(count, *, ended=True, text="line {}"):
    buffer = OutputBuffer()
    buffer.feed("".join(text.format(n) + "\n" for n in range(count)).encode())
    if ended:
        buffer.finish()
    return buffer


async def test_it_follows_the_end_and_stops_when_somebody_looks_back():
    buffer = filled(100, ended=False)
    async with Screenful(buffer).run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: pilot.app.lines[-1] == "line 99", "the last line")
        buffer.feed(b"more\n")
        await until(pilot, lambda: pilot.app.lines[-1] == "more", "what was printed since")
        view = pilot.app.query_one(OutputView)
        view.focus()
        await pilot.press("up", "up")
        before = pilot.app.lines
        buffer.feed(b"even more\n" * 50)
        await pilot.pause(0.7)
        assert pilot.app.lines == before
        await pilot.press("end")
        await until(pilot, lambda: pilot.app.lines[-1] == "even more", "the end")


def test_a_single_line_waits_for_no_other_and_a_flood_is_drawn_seldom():
    assert pause_before(80, 1) < LOOK < pause_before(80, 2) < pause_before(1_000_000, 1)


async def test_every_line_can_be_reached_by_single_steps():
    async with Screenful(filled(60)).run_test(size=(40, 10)) as pilot:
        view = pilot.app.query_one(OutputView)
        view.focus()
        await pilot.press("home")
        seen = set(pilot.app.lines)
        for _ in range(60):
            await pilot.press("down")
            seen |= set(pilot.app.lines)
        assert {f"line {n}" for n in range(60)} <= seen
        assert view.following


async def test_wrapped_lines_are_all_reachable():
    buffer = filled(40, text="{} " + "word " * 20)
    async with Screenful(buffer).run_test(size=(40, 10)) as pilot:
        view = pilot.app.query_one(OutputView)
        view.toggle_wrap()
        view.focus()
        await pilot.press("home")
        seen = "\n".join(pilot.app.lines)
        for _ in range(45):
            await pilot.press("down")
            seen += "\n" + "\n".join(pilot.app.lines)
        for number in range(40):
            assert f"\n{number} word" in "\n" + seen
        await pilot.press("end")
        assert view.following
        assert pilot.app.lines[-1].endswith("word")


async def test_lines_that_are_no_longer_held_are_never_drawn_as_others():
    buffer = OutputBuffer(keep=100)
    buffer.feed("".join(f"{n}\n" for n in range(100_000)).encode())
    async with Screenful(buffer).run_test(size=(40, 10)) as pilot:
        view = pilot.app.query_one(OutputView)
        view.focus()
        await pilot.press("home")
        assert buffer.first > 0
        assert pilot.app.lines[0] == str(buffer.first)
        assert view.top == buffer.first


ANY = [
    b"plain",
    b"",
    b"a line that is longer than the screen is wide, and goes on and on and on and on and on and on and on and on",
    b"\x1b[31mred\x1b[0m and not",
    "wide 準備 and 🚀".encode(),
    b"tab\there",
    b"10 %\r50 %\r90 %",
    b"\x07bell \xff",
    b" leading and trailing ",
]


def cells(strips):
    """What is seen: of a blank, what lies behind it."""
    return [
        [
            (char, str(style.bgcolor) if char == " " and not (style.reverse or style.underline) else str(style))
            for text, style, _ in strip
            for char in text
        ]
        for strip in strips
    ]


class Bordered(Screenful):
    CSS = "OutputView { padding: 0 0 0 1; border-left: solid red; }"


class Padded(Screenful):
    CSS = "OutputView { padding: 0 0 0 1; }"


@pytest.mark.parametrize("app_of", [Screenful, Padded, Bordered])
@pytest.mark.parametrize("no_colour", [False, True])
async def test_what_is_drawn_straight_looks_like_what_every_widget_draws(app_of, no_colour, monkeypatch):
    if no_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    buffer = OutputBuffer()
    buffer.feed(b"\n".join(ANY * 6) + b"\nno end")
    app = app_of(buffer)
    async with app.run_test(size=(60, 24)) as pilot:
        view = app.query_one(OutputView)
        await until(pilot, lambda: view.following and view.region.width)
        everything = Region(0, 0, view.region.width, view.region.height)
        straight = cells(view.render_lines(everything))
        view._styles_cache.clear()
        assert straight == cells(ScrollView.render_lines(view, everything))
        assert any("red and not" in strip.text for strip in view.render_lines(everything))


async def test_the_bar_of_a_long_output_is_painted_when_it_looks_different():
    buffer = filled(5_000, ended=False)
    async with Screenful(buffer).run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: pilot.app.lines[-1] == "line 4999", "the last line")
        view = pilot.app.query_one(OutputView)
        bar, painted = view.vertical_scrollbar, []
        bar.refresh = lambda *_, **__: painted.append(bar.position)
        buffer.feed(b"more\n" * 5_000)
        view._resize(buffer)
        assert not painted
        assert bar.position == view.max_scroll_y == 10_000 - 10
        view.focus()
        await pilot.press("home")
        assert painted
        assert bar.position == 0


@pytest.mark.parametrize(("before", "after", "same"), [(2_000, 9_000, True), (15, 16, False), (11, 500, False)])
def test_a_thumb_that_cannot_be_smaller_stays_as_it_is(before, after, same):
    assert (thumb(10, before) == thumb(10, after)) is same

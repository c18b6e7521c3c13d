"""A command on many hosts as it is drawn: every state by glyph and word, nothing a host prints is obeyed."""

from __future__ import annotations

import pytest
from textual.app import App

from runbook_tui.run.folding import Folding
from runbook_tui.run.host_rows import HostPhase, HostRow
from runbook_tui.tui import theme
from runbook_tui.tui.fleet import FleetPane, folded_text
from tests.seeing import until

ROWS = [
    HostRow(host="gpu-01", phase=HostPhase.DONE, exit=0, seconds=1.24, last=b"ok, driver 550"),
    HostRow(
        host="gpu-02", phase=HostPhase.FAILED, exit=3, seconds=0.4, last=b"\x1b]0;title\x07E: no such \x1b[31mpackage"
    ),
    HostRow(
        host="gpu-03", phase=HostPhase.RUNNING, seconds=75.0, last=b"42 %", note="link lost; it goes on over there"
    ),
    HostRow(host="gpu-04", phase=HostPhase.UNKNOWN, seconds=9.0, note="the machine was restarted while it ran"),
    HostRow(host="gpu-05", phase=HostPhase.CONNECTING),
    HostRow(host="gpu-06", phase=HostPhase.WAITING),
    HostRow(host="gpu-07", phase=HostPhase.TIMED_OUT, seconds=300.0),
    HostRow(host="gpu-08", phase=HostPhase.STOPPED, seconds=3.0),
    HostRow(host="gpu-09.rack-12.dc-frankfurt.example.org", phase=HostPhase.LEFT_OUT),
]


def folds():
    found = Folding()
    for at in (1, 5, 6):
        found.feed(f"gpu-0{at}", b"driver 550\ncuda 12.4\n")
        found.finish(f"gpu-0{at}", "exit 0")
    found.feed("gpu-02", b"driver 535\ncuda 12.4\n")
    found.finish("gpu-02", "exit 3")
    found.feed("gpu-03", b"42 %")
    return found.folds()


class Paned(App):
    def __init__(self):
        super().__init__()
        self.register_theme(theme.DARK)
        self.theme = theme.DARK.name
        self.looked = []

    def compose(self):
        yield FleetPane()

    def on_mount(self):
        self.pane.hosts.focus()
        self.pane.show("gpus", "1 of 9 done · 1 failed", ROWS, folds())

    def on_fleet_pane_looked(self, message):
        self.looked.append(message.host)

    @property
    def pane(self) -> FleetPane:
        return self.query_one(FleetPane)

    @property
    def text(self) -> str:
        return "\n".join("".join(s.text for s in strip) for strip in self.screen._compositor.render_strips())


@pytest.mark.parametrize("size", [(80, 24), (160, 48), (40, 10)])
async def test_every_host_has_its_row_with_state_in_glyph_and_word(size):
    async with Paned().run_test(size=size) as pilot:
        await until(pilot, lambda: "○ gpu-06" in pilot.app.text, "the rows")
        text = pilot.app.text
        for said in ("✔ gpu-01", "✖ gpu-02", "▶ gpu-03", "? gpu-04", "▷ gpu-05", "○ gpu-06"):
            assert said in text
        assert all(len(line) <= size[0] for line in text.splitlines())
        if size[0] >= 80:
            for said in (
                "done",
                "failed",
                "running",
                "unknown",
                "connecting",
                "waiting",
                "timed out",
                "not run",
                "75 s",
                "last line",
            ):
                assert said in text
            assert "E: no such package" in text
            assert "title" not in text
            assert "link lost" in text


async def test_where_there_is_room_output_stands_beside_the_rows_else_it_is_turned_to():
    async with Paned().run_test(size=(160, 48)) as pilot:
        await until(pilot, lambda: "+ driver 535" in pilot.app.text, "the output")
        assert "gpu-[01,05-06]  3 hosts  exit 0" in pilot.app.text
        assert "- driver 550" in pilot.app.text
        assert "+ driver 535" in pilot.app.text
    async with Paned().run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "✔ gpu-01" in pilot.app.text, "the rows")
        assert "exit 0" not in pilot.app.text
        await pilot.press("o")
        await until(pilot, lambda: "gpu-[01,05-06]  3 hosts  exit 0" in pilot.app.text, "the output")
        assert "✔ gpu-01" not in pilot.app.text
        assert pilot.app.pane.output.has_focus
        await pilot.press("o")
        await until(pilot, lambda: "✔ gpu-01" in pilot.app.text, "the rows again")
        assert pilot.app.pane.hosts.has_focus


async def test_the_cursor_stays_with_its_host_and_is_told():
    async with Paned().run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "down")
        await pilot.pause()
        assert pilot.app.looked[-1] == "gpu-03"
        pilot.app.pane.show("gpus", "", [ROWS[8], *ROWS[:8]], folds())
        assert pilot.app.pane.hosts.here.host == "gpu-03"
        pilot.app.pane.show("gpus", "", ROWS[:1], folds())
        assert pilot.app.pane.hosts.here.host == "gpu-01"


async def test_output_that_comes_leaves_the_place_where_one_reads():
    found = Folding()
    found.feed("a", b"".join(b"line %d\n" % at for at in range(200)))
    found.finish("a", "exit 0")
    async with Paned().run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pane = pilot.app.pane
        pane.show("x", "", ROWS, found.folds())
        await pilot.press("o", "pagedown", "pagedown")
        await until(pilot, lambda: "line" in pane.output.render_line(0).text, "the output")
        await pilot.pause(0.2)
        before = pane.output.render_line(0).text
        found.feed("b", b"other")
        pane.show("x", "", ROWS, found.folds())
        await pilot.pause(0.3)
        assert pane.output.render_line(0).text == before


def test_what_hosts_print_ends_with_its_own_lines():
    lines = folded_text(folds()).lines(0, 100)
    assert all(line.count(b"\x1b[") == 0 or line.endswith(b"\x1b[0m") for line in lines)
    assert any(b"still running" in line for line in lines)


async def test_a_thousand_hosts_are_drawn_without_a_widget_each():
    rows = [HostRow(host=f"n{at:04}", phase=HostPhase.RUNNING, seconds=float(at)) for at in range(1000)]
    async with Paned().run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pilot.app.pane.show("many", "", rows, ())
        await pilot.press("end")
        await until(pilot, lambda: "n0999" in pilot.app.text, "the last host")
        assert len(pilot.app.pane.query("*")) < 10

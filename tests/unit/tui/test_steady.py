"""What is said again costs nothing; what takes the same room moves nothing else."""

import pytest
from textual.app import App
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from runbook_tui.run.host_rows import HostPhase, HostRow
from runbook_tui.tui import theme
from runbook_tui.tui.fleet import FleetRows
from runbook_tui.tui.steady import put
from tests.seeing import until


class Told(Static):
    """Remembers whether it asked for a layout."""

    laid_out = False

    def refresh(self, *regions, layout=False, **more):
        self.laid_out = self.laid_out or layout
        return super().refresh(*regions, layout=layout, **more)


class Page(App):
    CSS = "Static { height: auto; }"

    def compose(self):
        with Vertical():
            yield Told(Content("one"), id="first")
            yield Static(Content("below"), id="second")

    @property
    def text(self):
        return ["".join(s.text for s in strip).rstrip() for strip in self.screen._compositor.render_strips()]


@pytest.mark.parametrize(
    ("said", "laid_out"),
    [
        (Content("one"), False),
        (Content.styled("one", "bold"), False),
        (Content("two"), False),
        (Content("one\ntwo"), True),
        (Content("words " * 20), True),
        (Content(""), False),
    ],
)
async def test_a_layout_is_made_where_the_room_changes_only(said, laid_out):
    async with Page().run_test(size=(40, 10)) as pilot:
        first = pilot.app.query_one(Told)
        await until(pilot, lambda: pilot.app.text[:2] == ["one", "below"], "the page")
        first.laid_out = False
        put(first, said)
        assert first.laid_out is laid_out
        height = max(1, said.get_height(first.styles, 40))
        await until(pilot, lambda: pilot.app.text[height] == "below", "what stands below")
        assert pilot.app.text[0].split() == said.plain.split()[: len(pilot.app.text[0].split())]
        put(first, Content("one"))
        await until(pilot, lambda: pilot.app.text[:2] == ["one", "below"], "the page as it was")


class Hosts(App):
    def __init__(self):
        super().__init__()
        self.register_theme(theme.DARK)
        self.theme = theme.DARK.name
        self.drawn = []

    def compose(self):
        rows = FleetRows()
        parts = rows.parts
        rows.parts = lambda index, width: self.drawn.append(index) or parts(index, width)
        yield rows


async def test_of_many_hosts_the_one_that_said_something_is_painted():
    hosts = [HostRow(host=f"h{n}", phase=HostPhase.RUNNING, seconds=1.0, last=b"a line") for n in range(8)]
    async with Hosts().run_test(size=(100, 20)) as pilot:
        rows = pilot.app.query_one(FleetRows)
        rows.show(hosts)
        await until(pilot, lambda: set(pilot.app.drawn) == set(range(8)), "all rows")
        await pilot.pause()
        pilot.app.drawn.clear()
        hosts[3] = HostRow(host="h3", phase=HostPhase.RUNNING, seconds=1.0, last=b"another line")
        rows.show(hosts)
        await until(pilot, lambda: pilot.app.drawn, "the row")
        await pilot.pause()
        assert set(pilot.app.drawn) == {3}
        rows.show(hosts[1:])
        await until(pilot, lambda: set(pilot.app.drawn) >= set(range(7)), "the rows of fewer hosts")

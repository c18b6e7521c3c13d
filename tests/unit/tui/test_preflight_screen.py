"""The preflight as it is drawn, and the one decision that is made there."""

from __future__ import annotations

import msgspec
import pytest
from textual.app import App

from runbook_tui.run.preflight import HostKey, Preflight, Probe, Sudo, preflight
from runbook_tui.tui import theme
from runbook_tui.tui.preflight import PreflightScreen

GOOD = Probe(
    host="gpu-01",
    key=HostKey.KNOWN,
    reachable=True,
    latency=0.012,
    sessions=8,
    openssh="SSH-2.0-OpenSSH_9.2p1 Debian-2",
    become="root",
    sudo=Sudo.FREE,
    answered=True,
    setsid=True,
    tail_pid=True,
    mkfifo=True,
    skew=0.0,
    doubt=0.01,
    free=40 * 2**30,
    folder="/home/deploy/.local/state/runbook-tui",
    home="/home/deploy",
    home_writable=True,
    boot="b1",
    system="Linux 6.1.0",
    account="deploy",
    shell="/bin/bash",
)


def fleet() -> Preflight:
    more = [
        {},
        {"sudo": Sudo.PASSWORD},
        {"reachable": False, "answered": False, "detail": "no answer within 10 s"},
        {"skew": 93.0, "free": 60 * 2**20},
        {"key": HostKey.CHANGED, "fingerprint": "SHA256:4wJ1\x1b[2J", "reachable": False},
        {},
    ]
    probes = [
        msgspec.structs.replace(GOOD, host=f"gpu-0{at}", boot=f"b{at}", **said) for at, said in enumerate(more, 1)
    ]
    return preflight("gpus", probes)


class Asking(App):
    def __init__(self, found: Preflight | None, waiting=()):
        super().__init__()
        self.register_theme(theme.DARK)
        self.theme = theme.DARK.name
        self.asked = PreflightScreen("gpus", found, waiting)
        self.answer: object = "none yet"
        self.again = ()

    def on_mount(self):
        self.push_screen(self.asked, lambda answer: setattr(self, "answer", answer))

    def on_preflight_screen_again(self, message):
        self.again = message.hosts

    @property
    def text(self) -> str:
        return "\n".join("".join(s.text for s in strip) for strip in self.screen._compositor.render_strips())


async def seen(pilot):
    await pilot.pause(0.3)
    return pilot.app.text


@pytest.mark.parametrize("size", [(80, 24), (160, 48), (40, 16)])
async def test_the_table_and_the_reason_fit(size):
    async with Asking(fleet()).run_test(size=size) as pilot:
        text = await seen(pilot)
        for said in ("✔ gpu-01", "! gpu-02", "✖ gpu-03", "! gpu-04", "✖ gpu-05"):
            assert said in text
        assert "\x1b" not in text
        if size[0] >= 80:
            for said in (
                "warning",
                "cannot",
                "no answer within",
                "4 of 6 hosts can go on",
                "go on with 4 hosts, without 2",
            ):
                assert said in text
        if size[0] >= 160:
            for said in ("sessions", "9.2p1", "+93.0 s", "60 MiB", "changed", "asks"):
                assert said in text


async def test_going_on_leaves_out_those_that_cannot():
    async with Asking(fleet()).run_test(size=(80, 24)) as pilot:
        await seen(pilot)
        await pilot.press("c")
        await pilot.pause()
        assert pilot.app.answer == ("gpu-01", "gpu-02", "gpu-04", "gpu-06")


async def test_a_key_typed_ahead_decides_nothing():
    async with Asking(fleet()).run_test(size=(80, 24)) as pilot:
        pilot.app.asked._takes_answers_at = None
        await pilot.press("c")
        assert pilot.app.answer == "none yet"


async def test_stopping_is_none():
    async with Asking(fleet()).run_test(size=(80, 24)) as pilot:
        await seen(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.answer is None


async def test_nothing_is_decided_while_hosts_are_still_being_asked():
    async with Asking(None, ("gpu-01", "gpu-02")).run_test(size=(80, 24)) as pilot:
        text = await seen(pilot)
        assert "○ gpu-02" in text
        assert "2 hosts still being asked" in text
        assert "go on" not in text
        await pilot.press("c")
        assert pilot.app.answer == "none yet"
        pilot.app.asked.show(preflight("gpus", [GOOD]), ("gpu-02",))
        assert "1 host still" in await seen(pilot)
        await pilot.press("c")
        assert pilot.app.answer == "none yet"
        pilot.app.asked.show(preflight("gpus", [GOOD, msgspec.structs.replace(GOOD, host="gpu-02", boot="b2")]))
        assert "All 2 hosts can go on" in await seen(pilot)
        await pilot.press("c")
        await pilot.pause()
        assert pilot.app.answer == ("gpu-01", "gpu-02")


async def test_with_no_fit_host_there_is_only_stopping_and_another_look():
    bad = msgspec.structs.replace(GOOD, reachable=False)
    async with Asking(preflight("gpus", [bad])).run_test(size=(80, 24)) as pilot:
        assert "go on with" not in await seen(pilot)
        await pilot.press("c")
        assert pilot.app.answer == "none yet"
        await pilot.press("r")
        await pilot.pause()
        assert pilot.app.again == ("gpu-01",)


async def test_the_row_under_the_cursor_tells_all_it_knows():
    async with Asking(fleet()).run_test(size=(80, 24)) as pilot:
        await seen(pilot)
        await pilot.press("down", "down", "down")
        text = await seen(pilot)
        assert "its clock is 93.0 s ahead" in text
        assert "little disk: 60 MiB free" in text
        assert "Linux 6.1.0" in text

"""Every screen of the app, opened on what is posed for it."""

import importlib
import os
import pkgutil
import sys
import time
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from textual import events
from textual.widgets import Input

import runbook_tui.tui
from runbook_tui.document.reader import read
from runbook_tui.run.changes import compare
from runbook_tui.run.state import StepPhase
from runbook_tui.tui import confirmations
from runbook_tui.tui.app import RunbookApp
from runbook_tui.tui.looking import Looking
from runbook_tui.tui.questions import Seen
from runbook_tui.tui.signing import Signing
from tests.e2e import posed, posed_states
from tests.e2e.conftest import Operator

SMALL = (80, 24)
SAME = 2  # looks in a row at which the picture was the same


class Moment(datetime):
    """The one moment of every picture."""

    @classmethod
    def now(cls, tz=None):
        return posed.NOW.astimezone(tz) if tz else posed.NOW.replace(tzinfo=None)


@pytest.fixture
def studio(tmp_path, monkeypatch):
    """A home, a folder and a clock that are the same everywhere."""
    for module in pkgutil.walk_packages(runbook_tui.tui.__path__, "runbook_tui.tui."):
        importlib.import_module(module.name)
    for name, module in list(sys.modules.items()):
        if name.startswith("runbook_tui.") and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", Moment)
    home = tmp_path / "ana"
    folder = home / "releases"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith(("RBT_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("RBT_STATE", str(home / "state"))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield folder
    monkeypatch.undo()
    time.tzset()


async def settled(ana):
    """What is on the screen when nothing moves on it any more and keys are taken: rows of text with its style."""
    before, same = None, 0
    end = time.monotonic() + 15
    while same < SAME:
        await ana.pilot.pause(0.05)
        screen = ana.app.screen
        for box in screen.query(Input):
            box.cursor_blink = False
        strips = screen._compositor.render_strips()
        now = (screen, [[(segment.text, segment.style) for segment in strip] for strip in strips])
        takes_keys = screen.armed if isinstance(screen, Seen) else True
        same = same + 1 if now == before and takes_keys else 0
        before = now
        assert time.monotonic() < end, "it never stands still"
    return before[1]


async def press(ana, *keys):
    """One after the other, as somebody does who looks before each."""
    await settled(ana)
    for key in keys:
        await ana.press(key)
        await settled(ana)


@asynccontextmanager
async def walk(view, *keys, at="", watching=False, size=SMALL, of=posed.Desk, **desk):
    """The app on a run, after these keys."""
    desk = of(view=view, **desk)
    opening = {"watch": posed.RUN} if watching else {"run": posed.RUN}
    app = RunbookApp(desk, **opening)
    async with app.run_test(size=size) as pilot:
        ana = Operator(app, pilot)
        await ana.until(lambda: ana.walk.view is not None, "the run")
        if at:
            await ana.go_to(at)
        await press(ana, *keys)
        yield ana


@asynccontextmanager
async def first(*keys, gpus=False, size=SMALL, **desk):
    """The app on what it opens by itself."""
    app = RunbookApp(posed.Desk(**desk), gpus=gpus)
    async with app.run_test(size=size) as pilot:
        ana = Operator(app, pilot)
        await press(ana, *keys)
        yield ana


@asynccontextmanager
async def pasted(size=SMALL):
    """By hand: what it printed is there."""
    async with walk(posed.release(), "i", at="Prove the kernels", size=size) as ana:
        ana.app.post_message(events.Paste("film          several blocks    ok\ndynamic_rank  gate per sequence  ok\n"))
        await settled(ana)
        yield ana


@asynccontextmanager
async def shut(size=SMALL):
    """A runbook that cannot be opened."""
    app = RunbookApp(posed_states.Shut(), open_path="/srv/release/release.md")
    async with app.run_test(size=size) as pilot:
        ana = Operator(app, pilot)
        await ana.until(lambda: ana.walk.said[1], "the reason")
        await settled(ana)
        yield ana


@asynccontextmanager
async def over(screen, size=SMALL):
    """A screen by itself over the walk."""
    async with walk(posed.release(), size=size) as ana:
        ana.app.push_screen(screen)
        await ana.until(lambda: ana.app.screen is screen, "the screen")
        await settled(ana)
        yield ana


def edited(**more):
    """The document of a run under way, edited."""
    view = posed.release()
    done = next(step for step in view.runbook.steps if view.state.step(step.id).phase is StepPhase.DONE)
    lines = [*view.runbook.lines, "- [ ] Thank everybody"]
    lines[done.line - 1] = lines[done.line - 1].replace(done.title, "Something else")
    after = read("\n".join(lines).encode(), "release.md")
    return over(confirmations.of_edit(compare(view.runbook, after), view.runbook, view.state), **more)


SCENES = {
    "greeting": lambda folder, **more: first(rows=posed.documents(folder), **more),
    "library": lambda folder, **more: first("down", "down", "down", rows=posed.entries(folder), **more),
    "settings": lambda folder, **more: first("comma", rows=posed.documents(folder), **more),
    "walk": lambda _, **more: walk(posed.release(), at="The canary gets traffic", **more),
    "step": lambda _, **more: walk(posed.release(), "tab", at="Apply the configuration", **more),
    "confirm": lambda _, **more: walk(posed.release(), "enter", at="Prove the kernels", **more),
    "palette": lambda _, **more: walk(posed.release(), "ctrl+p", **more),
    "find": lambda _, **more: walk(posed.release(), "slash", **more),
    "output": lambda _, **more: walk(posed.release(), "l", at="Apply the configuration", **more),
    "values": lambda _, **more: walk(posed.release(), "e", **more),
    "by_hand": lambda _, **more: walk(posed.release(), "i", at="The canary gets traffic", **more),
    "rollback": lambda _, **more: walk(posed.release(), "R", **more),
    "watched": lambda _, **more: walk(posed.watched(), "w", "down", **more),
    "kernels": lambda _, **more: walk(posed.release(), "k", at="Prove the kernels", **more),
    "people": lambda _, **more: walk(posed.asking(), "p", watching=True, company=posed.Round(posed.BEN, (posed.ME,)), **more),
    "sign-off": lambda _, **more: over(Signing(posed.SHEET, posed.Pen(posed.SHEET)), **more),
    "help": lambda _, **more: walk(posed.release(), "question_mark", **more),
    "gpus": lambda _, **more: first(gpus=True, devices=posed.Devices(), **more),
    "fleet": lambda _, **more: walk(posed.fleet(), at="Install the driver", **more),
    "preflight": lambda _, **more: over(Looking(posed.fleet(), posed.HOSTS), **more),
    "nothing": lambda _, **more: first(**more),
    "filtering": lambda folder, **more: first("slash", *"bill", rows=posed.entries(folder), **more),
    "searching": lambda _, **more: walk(posed.release(), "l", "slash", *"part", "minus", "2", at="Apply the configuration", **more),
    "not_opened": lambda _, **more: shut(**more),
    "note": lambda _, **more: walk(posed.release(), "n", at="The canary gets traffic", **more),
    "end": lambda _, **more: walk(posed.release(), "F", **more),
    "destroy": lambda _, **more: walk(posed_states.destroying(), "enter", at="Remove what is on it", **more),
    "sign_by_name": lambda _, **more: walk(posed.release(), "a", at="QA Lead", **more),
    "pasted": lambda _, **more: pasted(**more),
    "searched": lambda _, **more: walk(posed.release(), "l", "slash", "2", "enter", at="Apply the configuration", **more),
    "difference": lambda _, **more: walk(posed_states.twice(), "l", "d", at="Apply the configuration", **more),
    "unknown": lambda _, **more: walk(posed_states.lost(), "tab", at="Apply the configuration", **more),
    "resolve": lambda _, **more: walk(posed_states.lost(), "enter", at="Apply the configuration", **more),
    "alarm": lambda _, **more: walk(posed_states.alarm(), at="The canary gets traffic", **more),
    "held": lambda _, **more: walk(posed_states.held(), at="The canary gets traffic", **more),
    "watching": lambda _, **more: walk(posed.asking(), watching=True, at="The canary gets traffic", company=posed.Round(posed.BEN, (posed.ME,)), **more),
    "halfway_back": lambda _, **more: walk(posed_states.halfway_back(), "R", **more),
    "ended": lambda _, **more: walk(posed_states.ended(), at="Apply the configuration", **more),
    "faults": lambda _, **more: walk(posed.release(), "X", of=posed_states.OnLab, **more),
    "edited": lambda _, **more: edited(**more),
    "no_gpus": lambda _, **more: first(gpus=True, **more),
}  # fmt: skip

# The screen that each of them is a picture of.
SHOWS = {
    "Library": "greeting library nothing filtering", "Settings": "settings", "Palette": "palette", "Help": "help", "Find": "find",
    "Walk": "walk step fleet not_opened unknown alarm held watching ended", "Confirm": "confirm destroy edited",
    "Form": "note sign_by_name", "Choice": "values end resolve", "OutputScreen": "output searching searched difference",
    "ByHandScreen": "by_hand pasted", "Rollback": "rollback halfway_back", "WatchedScreen": "watched", "Kernels": "kernels",
    "People": "people", "Signing": "sign-off", "Gpus": "gpus no_gpus", "Looking": "preflight", "Faults": "faults",
}  # fmt: skip
SHOWN_BY = {scene: screen for screen, scenes in SHOWS.items() for scene in scenes.split()}

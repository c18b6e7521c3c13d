"""Every key of every footer does what it says, on every screen; a click on it does the same."""

import pytest
from textual.widgets import Input

from runbook_tui.run import intents as i
from runbook_tui.tui.bars import KeyBar
from runbook_tui.tui.find import Find
from runbook_tui.tui.fleet import FleetRows
from runbook_tui.tui.help import Help
from runbook_tui.tui.keys import NAMES, PLACES
from runbook_tui.tui.output_screen import OutputScreen
from runbook_tui.tui.questions import Choice, Confirm, Form, Question, Seen
from runbook_tui.tui.settings import Settings
from runbook_tui.tui.walk import Walk
from tests.e2e.scenes import SCENES, SMALL, first, posed, studio

__all__ = ["studio"]
SIZE = (240, 40)
BY_SHOWN = {shown: name for name, shown in NAMES.items()}


def on(*screens):
    return lambda ana: isinstance(ana.app.screen, screens)


def says(text):
    return lambda ana: text in ana.screen or any(text in note.message for note in ana.app._notifications)


def gone(text):
    return lambda ana: text not in ana.screen


def did(kind):
    return lambda ana: any(isinstance(intent, kind) for intent in posed.PERFORMED)


def writes(ana):
    return isinstance(ana.app.focused, Input)


def is_left(ana):
    return ana.app._exit


def focused(id_):
    return lambda ana: ana.app.focused is not None and ana.app.focused.id == id_


HELP = {"help": on(Help), "app.show_help": on(Help)}
DOES = {
    "library": {"open": on(Walk), "rehearse": says("does the same"), "watch": says("only a run can be watched"),
                "filter": writes, "app.settings": on(Settings), "app.leave": is_left},
    "settings": {"choose": says("is kept in"), "reload": says("read again at"), "back": lambda ana: len(ana.app.screen_stack) == 1},
    "walk": {"next": did(i.Tick), "tick": did(i.Tick), "skip": on(Form), "roll_back": says("The way back"), "note": on(Form),
             "people": says("nobody else is here"), "by_hand": says("Do what the step says"), "output": on(OutputScreen),
             "find": on(Question), "finish": on(Choice), "hold": on(Form), "leave": is_left, "pane": lambda ana: ana.walk.has_class("-step")},
    "output": {"back": on(Walk), "search": writes, "fold": says("unfold"), "wrap": says("wrapped"), "json": says("neither this line"),
               "select": says("1 line selected"), "copy": says("copied"), "pager": says("here is no terminal")},
    "by_hand": {"copy": says("copied 1 command"), "succeeded": says("Done by hand"), "failed": says("Failed by hand"), "back": on(Walk)},
    "rollback": {"take_back": did(i.RollBack), "hold": on(Form), "back": on(Walk)},
    "watched": {"pause": did(i.GateSaid), "promote": on(Confirm), "abort": on(Confirm), "back": on(Walk)},
    "kernels": {"next_failure": lambda ana: ana.app.screen.query_one("Cases").cursor == 0, "output": on(OutputScreen), "back": on(Walk)},
    "people": {"yes": lambda ana: "yes" in posed.PERFORMED, "no": on(Form), "take": on(Choice), "back": on(Walk)},
    "sign-off": {"other": says("why not?"), "back": on(Walk)},
    "gpus": {"pane": focused("detail"), "filter": writes, "sort": says("processes by user"), "end_process": on(Confirm),
             "read_now": says("everything is read at the next moment"), "back": is_left},
    "fleet": {"next": lambda ana: isinstance(ana.app.focused, FleetRows), "roll_back": says("The way back"), "note": on(Form), "people": says("nobody else is here"),
              "output": on(OutputScreen), "find": on(Question), "finish": on(Choice), "hold": on(Form), "leave": is_left,
              "cancel": on(Confirm), "preflight": says("Preflight")},
    "preflight": {"go_on": on(Walk), "again": lambda ana: "preflight" in posed.PERFORMED, "stop": on(Walk), "password": on(Form)},
    "watching": {"take": on(Choice), "roll_back": says("The way back"), "note": on(Form), "people": says("another person’s yes for exactly this"),
                 "output": on(OutputScreen), "find": on(Find), "hold": on(Form), "leave": is_left},
    "ended": {"roll_back": says("The way back"), "note": on(Form), "people": says("nobody else is here"), "output": on(OutputScreen),
              "find": on(Find), "leave": is_left},
    "alarm": {"hold": did(i.GateSaid)}, "held": {"hold": did(i.Release)},
    "unknown": {"next": on(Choice)},
    "halfway_back": {"take_back": did(i.RollBack), "done": on(Form), "left_out": on(Form), "hold": on(Form), "output": on(OutputScreen), "back": on(Walk)},
    "faults": {"switch": says("error-rate was switched"), "none": says("lab: all off"), "back": on(Walk)},
    "searched": {"back": gone("“2”"), "next_match": says("“2”: 1 of 12"), "match_before": says("“2”: 12 of 12"), "only": says("only matches")},
    "difference": {"back": gone("against"), "difference": gone("against"), "older": gone("attempt 2"), "json": says("neither this line"),
                   "select": says("1 line selected")},
    "pasted": {"copy": says("copied 1 command"), "succeeded": says("Done by hand"), "failed": says("Failed by hand"),
               "forget": gone("What it printed"), "back": on(Walk)},
    "nothing": {"reload": lambda ana: "entries" in posed.PERFORMED, "app.settings": on(Settings), "app.leave": is_left},
    "filtering": {"open": focused("entries"), "clear": says("Driver update")},
    "no_gpus": {"back": is_left},
    "not_opened": {"leave": is_left},
}  # fmt: skip
for place, same in (
    ("alarm", "walk"),
    ("held", "walk"),
    ("unknown", "walk"),
    ("searched", "output"),
    ("difference", "output"),
):
    DOES[place] = DOES[same] | DOES[place]
# What has to be done first for the key to mean something.
BEFORE = {("gpus", "end_process"): ["tab"], ("kernels", "next_failure"): ["down"], ("watched", "pause"): []}


def hints(ana):
    return [hint for bar in ana.app.screen.query(KeyBar) for hint, *_ in bar._fitting()]


async def seen(ana):
    await ana.until(lambda: not isinstance(ana.app.screen, Seen) or ana.app.screen.armed, "the screen")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("place", DOES)
async def test_every_key_of_the_footer_does_what_it_says(studio, place, monkeypatch):
    monkeypatch.setenv("HOME", str(studio))
    known, left, tried = DOES[place] | HELP, None, []
    while left is None or left:
        async with SCENES[place](studio, size=SIZE) as ana:
            await seen(ana)
            screen, depth = ana.app.screen, len(ana.app.screen_stack)
            await ana.until(lambda: hints(ana), "the footer")
            if left is None:
                left = [hint for hint in hints(ana) if hint.action]
                assert left
            while left:
                hint = left.pop(0)
                name = "help" if "help" in hint.action else hint.action
                assert name in known, f"{place}: {hint} is not tested"
                posed.PERFORMED.clear()
                await seen(ana)
                for key in BEFORE.get((place, name), ()):
                    await ana.press(key)
                assert not known[name](ana), f"{place}: {hint} has nothing to do"
                await ana.press(BY_SHOWN.get(hint.key, hint.key))
                await ana.until(lambda name=name: known[name](ana), f"{place}: {hint}", 6)
                tried.append(hint)
                if ana.app._exit:
                    break
                for _ in range(4):
                    if ana.app.screen is screen and not writes(ana):
                        break
                    await seen(ana)
                    await ana.press("escape")
                if ana.app.screen is not screen or len(ana.app.screen_stack) != depth or place in FRESH:
                    break
    assert len(tried) >= (2 if place in FEW else 3)


# Where a key leaves something behind that the next would stumble over, each key has an app of its own.
FEW = {"sign-off", "filtering", "no_gpus", "not_opened"}  # keys in all
FRESH = {"output", "searched", "difference", "gpus", "sign-off", "filtering"}


@pytest.mark.parametrize("place", DOES)
async def test_a_click_on_a_hint_calls_what_its_key_calls(studio, place):
    async with SCENES[place](studio, size=SIZE) as ana:
        await seen(ana)
        await ana.until(lambda: hints(ana), "the footer")
        screen = ana.app.screen
        table = {key.action: key for there in PLACES.values() for key in there.keys}
        for hint in filter(lambda hint: hint.action, hints(ana)):
            name = hint.action.removeprefix("app.")
            if isinstance(screen, (Walk, OutputScreen)):
                assert hint.action in table
            else:
                assert hasattr(ana.app if hint.action.startswith("app.") else screen, f"action_{name}"), hint
        bar = next(iter(screen.query(KeyBar)))
        hint, start, _ = next((one for one in bar._fitting() if "help" in one[0].action), (None, 0, 0))
        if hint is not None:
            await ana.pilot.click(bar, offset=(start, 0))
            await ana.until(lambda: on(Help)(ana), "the help")


async def test_the_footer_of_the_library_fits_the_row(studio):
    async with SCENES["library"](studio, size=SIZE) as ana:
        seen_keys = {}
        rows = ana.app.screen.query_one("Entries")
        for index in range(rows.count()):
            if rows.can_rest(index):
                rows.go(index)
                await ana.pilot.pause()
                seen_keys[rows.entry.run is None] = {hint.action for hint in hints(ana)}
        assert "rehearse" in seen_keys[True] - seen_keys[False]
        assert "watch" in seen_keys[False] - seen_keys[True]
        assert "open" in seen_keys[True] & seen_keys[False]


async def test_where_there_are_no_gpus_the_footer_offers_nothing_for_them(studio):
    async with SCENES["gpus"](studio, size=SMALL) as ana:
        assert {hint.action for hint in hints(ana)} > {"filter", "end_process"}
    async with first(gpus=True) as ana:
        await ana.reads("nothing can be read.", "rbt gpu --host H reads another machine.")
        assert {hint.action for hint in hints(ana)} == {"back", "app.show_help"}

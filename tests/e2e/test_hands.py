"""What the operator does by hand, takes back, rebinds and marks."""

import pytest
from textual import events

from runbook_tui.tui import keymap
from runbook_tui.tui.app import RunbookApp
from runbook_tui.tui.by_hand import ByHandScreen
from runbook_tui.tui.questions import Choice, Form, Seen
from tests.seeing import until

RUNBOOK = """# Release

- [ ] The channel knows
- [ ] Backups are fresh

<!-- rbt: rollback="echo undone" -->
```bash
# Deploy it
deploy --to <region>
```
"""


def step_id(ana, title):
    return next(step.id for step in ana.walk.view.runbook.steps if step.title == title)


async def test_ticks_skips_and_notes_are_taken_back_and_stay_in_the_record(document, opened):
    async with opened(document(RUNBOOK)) as ana:
        await ana.press("space")
        await ana.until(lambda: ana.phase("The channel knows") == "done")
        await ana.go_to("Backups are fresh")
        await ana.press("s")
        await ana.write("at night")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Backups are fresh") == "skipped")
        await ana.go_to("Backups are fresh")
        await ana.press("n")
        await ana.write("wrong")
        await ana.press("enter")
        await ana.until(lambda: ana.state.step(step_id(ana, "Backups are fresh")).notes)
        await ana.press("U")
        await ana.reads("undone: the note of “Backups are fresh”", "withdrawn by")
        await ana.press("U")
        await ana.until(lambda: ana.phase("Backups are fresh") == "pending")
        await ana.press("U")
        await ana.until(lambda: ana.phase("The channel knows") == "pending")
        await ana.press("U")
        await ana.reads("nothing was ticked, skipped, noted or filled in yet")
        records = await (await ana.app.desk._journal()).read(ana.state.run)
        kinds = [type(record.event).__name__ for record in records]
        assert kinds[-6:] == ["StepTicked", "StepSkipped", "NoteAdded", "NoteWithdrawn", "StepReopened", "StepReopened"]
        assert ana.state.step(step_id(ana, "Backups are fresh")).notes[0].text == "wrong"


async def test_a_step_is_done_by_hand_and_its_result_pasted(document, opened):
    from textual import events

    async with opened(document(RUNBOOK), size=(110, 34)) as ana:
        await ana.go_to("Deploy it")
        await ana.press("i")
        await ana.until(lambda: isinstance(ana.app.screen, Form) and ana.app.screen.armed)
        await ana.reads("A value is needed first", "<region>")
        await ana.press("escape")  # they know it better than they can say
        await ana.until(lambda: isinstance(ana.app.screen, ByHandScreen) and ana.app.screen.armed)
        await ana.reads("Type this on this machine", "$ deploy --to <region>", "no exit status is claimed")
        await ana.reads("<region> is not filled in here: put your value in its place")
        await ana.press("y")
        assert ana.app.clipboard == "deploy --to <region>"
        ana.app.post_message(events.Paste("rolled out\r\n3 of 3 \x1b]0;evil\x07ready\r\n"))
        await ana.reads("2 lines pasted", "3 of 3 ready")
        assert "\x1b" not in ana.screen
        await ana.press("s")
        await ana.write("green")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Deploy it") == "done")
        await ana.go_to("Deploy it")
        await ana.reads("✔ done by hand", "green", "3 of 3 ready", "way back: 1 item")
        assert not ana.state.jobs  # no exit status, no job: nobody here saw one
        await ana.press("U")
        await ana.until(lambda: ana.phase("Deploy it") == "pending")


async def test_what_is_typed_by_hand_has_the_values_in_it(document, opened):
    async with opened(document(RUNBOOK), size=(110, 34)) as ana:
        await ana.go_to("Deploy it")
        await ana.press("i")
        await ana.until(lambda: isinstance(ana.app.screen, Form) and ana.app.screen.armed)
        await ana.write("eu-1")
        await ana.press("enter")
        await ana.until(lambda: isinstance(ana.app.screen, ByHandScreen) and ana.app.screen.armed)
        await ana.reads("$ deploy --to eu-1")
        assert "not filled in" not in ana.screen
        await ana.press("y")
        assert ana.app.clipboard == "deploy --to eu-1"


async def test_a_failure_by_hand_wants_a_word(document, opened):
    async with opened(document(RUNBOOK)) as ana:
        await ana.go_to("Deploy it")
        await ana.press("i")
        await ana.answer("escape")  # no value for the region
        await ana.answer("f")
        await ana.answer("enter")
        await ana.reads("say what you saw")
        await ana.write("no route")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Deploy it") == "failed")
        await ana.reads("✖ failed by hand", "no route")


@pytest.mark.parametrize(
    ("opens", "answers"),
    [
        ("s", ["x", "enter"]),
        ("n", ["x", "enter"]),
        ("i", ["s", "enter"]),
        ("F", ["a", "x", "enter"]),
        ("R", ["B", "y"]),
    ],
)
async def test_keys_before_any_question_answer_none(document, opened, opens, answers):
    async with opened(document(RUNBOOK)) as ana:
        before = ana.state.seq
        await ana.pilot.press(opens, *answers)  # all at once, before anything could be read
        await ana.until(lambda: isinstance(ana.app.screen, Seen) and ana.app.screen.armed, "the question")
        assert ana.state.seq == before
        if isinstance(ana.app.screen, Form):
            assert ana.app.screen.query_one("Input").value == ""


async def test_a_paste_before_the_question_is_not_its_answer(document, opened):
    from textual import events

    async with opened(document(RUNBOOK)) as ana:
        early = events.Paste("typed before")
        await ana.press("n")
        await ana.until(lambda: isinstance(ana.app.screen, Form) and ana.app.screen.armed)
        ana.app.post_message(early)
        await ana.pilot.pause(0.1)
        assert ana.app.screen.query_one("Input").value == ""


async def test_keys_of_ones_own(document, opened, monkeypatch):
    mine = keymap.read('[walk]\ntick = "b"\nfind = ["ctrl+g", "/"]\n')
    assert not mine.troubles
    start = RunbookApp.__init__
    monkeypatch.setattr(RunbookApp, "__init__", lambda self, *a, **k: start(self, *a, **k, keymap=mine))
    async with opened(document(RUNBOOK)) as ana:
        await ana.reads("b tick") if "b tick" in ana.screen else None
        await ana.press("space")
        assert ana.phase("The channel knows") == "pending"
        await ana.press("b")
        await ana.until(lambda: ana.phase("The channel knows") == "done")
        await ana.press("question_mark")
        await ana.reads("b              tick the step")


async def test_vim_moves_in_the_walk(document, opened, monkeypatch):
    vim = keymap.read('style = "vim"')
    start = RunbookApp.__init__
    monkeypatch.setattr(RunbookApp, "__init__", lambda self, *a, **k: start(self, *a, **k, keymap=vim))
    async with opened(document(RUNBOOK)) as ana:
        await ana.go_to("The channel knows")
        await ana.press("j")
        assert ana.here == "Backups are fresh"
        await ana.press("k")
        assert ana.here == "The channel knows"
        await ana.press("K")
        await ana.reads("no command of this run has told of a kernel validation")
        await ana.press("h")
        await ana.until(lambda: ana.here is None)
        await ana.press("l")  # unfolds again
        await ana.press("j")
        assert ana.here == "The channel knows"


async def test_a_bookmark_is_set_and_taken_off(document, opened):
    async with opened(document(RUNBOOK)) as ana:
        await ana.press("m")
        await ana.until(lambda: len(ana.state.marks) == 1)
        await ana.press("m")
        await ana.until(lambda: not ana.state.marks)


async def test_a_yes_from_before_the_hosts_had_answered_goes_on_with_none():
    from textual import events
    from textual.app import App

    from runbook_tui.tui import theme
    from runbook_tui.tui.preflight import PreflightScreen
    from tests.unit.tui.test_preflight_screen import fleet

    class Asking(App):
        def __init__(self):
            super().__init__()
            self.register_theme(theme.DARK)
            self.theme = theme.DARK.name
            self.answers = []

        def on_mount(self):
            self.push_screen(PreflightScreen("gpus", None, ["gpu-01"]), self.answers.append)

    app = Asking()
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, PreflightScreen) and app.screen.armed, "the question")
        early = events.Key("c", "c")
        await pilot.pause(0.1)
        app.screen.show(fleet())
        assert not app.screen.accepts(early)
        await until(pilot, lambda: app.screen.armed, "the question again")
        assert not app.screen.accepts(early)
        assert not app.answers


async def test_what_is_asked_in_a_line_is_answered_only_by_who_could_read_it():
    import time

    from runbook_tui.tui.painted import Painted

    after = []
    calls = Painted()
    calls.follow({"ben asks"}, after.append)
    assert not calls.before("ben asks", 1e12)  # not painted yet
    after.pop()()
    assert not calls.before("ben asks", time.monotonic())
    assert calls.before("ben asks", time.monotonic() + 1)
    calls.follow({"ben asks"}, after.append)
    assert not after
    calls.follow((), after.append)
    assert not calls.before("ben asks", 1e12)


def test_every_screen_that_answers_is_seen_before_it_is_answered():
    """A screen that gives back more than that it was left takes no key from before it was painted."""
    import importlib
    import pkgutil
    from typing import TypeVar, get_args

    from textual.screen import Screen

    from runbook_tui import tui

    for module in pkgutil.walk_packages(tui.__path__, "runbook_tui.tui."):
        importlib.import_module(module.name)
    known, waiting = set(), [Screen]
    while waiting:
        for one in waiting.pop().__subclasses__():
            if one not in known:
                known.add(one)
                waiting.append(one)
    ours = [one for one in known if one.__module__.startswith("runbook_tui.")]
    assert len(ours) > 12
    for one in ours:
        answers = [get_args(base) for base in getattr(one, "__orig_bases__", ())]
        if any(found and found[0] is not type(None) and not isinstance(found[0], TypeVar) for found in answers):
            assert issubclass(one, Seen), one


async def test_a_key_pressed_twice_at_once_answers_one_question(document, opened):
    async with opened(document("# R\n\n- [ ] One\n")) as ana:
        ana.app.push_screen(Choice("Which?", [("a", "one"), ("b", "two")]))
        await ana.until(lambda: isinstance(ana.app.screen, Choice) and ana.app.screen.armed, "the question")
        for _ in range(2):
            ana.app.post_message(events.Key("enter", "\r"))
        await ana.pilot.pause(0.2)
        assert ana.app.screen is ana.walk
        assert ana.app._exception is None


async def burst(ana, *keys):
    """Keys that come in one packet, as over a slow link or from a paste of the terminal."""
    for key in keys:
        event = events.Key(key, " " if key == "space" else "\r" if key == "enter" else None)
        event.set_sender(ana.app)
        ana.app.post_message(event)
    await ana.pilot.pause()


async def test_what_is_typed_right_behind_find_is_looked_for_and_is_no_key_of_the_walk(document, opened):
    async with opened(document(RUNBOOK)) as ana:
        await ana.press("space")
        await ana.until(lambda: ana.phase("The channel knows") == "done")
        await burst(ana, "slash", *"Umus", "backspace")  # U would take the tick back, m mark the step
        await ana.reads("Umu", "nothing matches")
        await ana.press("escape")
        await burst(ana, "slash", *"fresh", "enter")
        await ana.until(lambda: ana.here == "Backups are fresh", "the step")
        assert ana.phase("The channel knows") == "done"
        assert not ana.state.marks
        assert not isinstance(ana.app.screen, Seen)


async def test_what_is_typed_right_behind_the_filter_of_the_library_filters_it(document, opened):
    document(RUNBOOK)
    document("# Quick check\n\n- [ ] It is quick\n", "quick.md")
    async with opened() as ana:
        await ana.reads("Release", "Quick check")
        await burst(ana, "slash", *"quick", "enter")  # q leaves, t rehearses
        await ana.until(lambda: "Release" not in ana.screen, "the filter")
        assert not ana.app._exit
        assert ana.app.focused.id == "entries"


async def test_while_a_filter_is_typed_the_line_below_tells_of_what_is_left(document, opened):
    document("# A first one\n\n- [ ] It is first\n", "first.md")
    document("# Quick check\n\n- [ ] It is quick\n", "quick.md")
    async with opened() as ana:
        await ana.reads("A first one", "Quick check", "first.md")
        await ana.until(lambda: ana.screen.count(" 1 step ") == 2, "what is in both")
        await burst(ana, "slash", *"quick")
        await ana.until(lambda: "quick.md" in ana.screen and "first.md" not in ana.screen, "the file that is left")


async def test_what_is_typed_right_behind_the_search_of_an_output_is_searched_for(document, opened):
    async with opened(document("# R\n\n```bash\n# Count\nseq 1 300; echo lost\n```\n")) as ana:
        await ana.press("enter")
        await ana.reads("exit status 0")
        await ana.press("l")
        await ana.reads("–301 of 301")
        await burst(ana, "slash", *"lost", "enter")
        await ana.reads("“lost”: 1 of 1 line")

"""A screen that is taken away before it stands, and a run that is left before it is open."""

import asyncio

from rich.style import Style
from textual import events
from textual.command import CommandList, CommandPalette
from textual.keys import key_to_character
from textual.screen import Screen
from textual.widgets import Markdown

from runbook_tui.desk import LocalDesk
from runbook_tui.tui.find import Find
from runbook_tui.tui.gpu.screen import Gpus
from runbook_tui.tui.help import Help
from runbook_tui.tui.keys import PLACES
from runbook_tui.tui.palette import Actions
from runbook_tui.tui.questions import Choice, Form
from runbook_tui.tui.rollback import Rollback
from runbook_tui.tui.step_pane import StepPane
from runbook_tui.tui.walk import Walk


class Forgetful(Screen[None]):
    """Goes before it is painted: whatever was handed to it for afterwards is gone with it."""

    def _invoke_later(self, *_):
        pass


TEXT = "# Release\n\n## One\n\n- [ ] A box\n"
CHANGE = """# Release

<!-- rbt: rollback="rm made" -->
```bash
# Make it
touch made
```

- [ ] Then
"""


async def test_a_screen_that_is_left_before_it_stands_is_no_defect(document, opened):
    async with opened(document(TEXT)) as ana:
        ana.app.push_screen(Help(None))
        ana.app.pop_screen()
        await ana.until(lambda: isinstance(ana.app.screen, Walk), "the walk")
        await ana.press("j")
        assert ana.app._exception is None


async def test_a_run_that_is_left_while_it_opens_is_let_go_of(document, opened, monkeypatch):
    begun, may_open = asyncio.Event(), asyncio.Event()
    begin = LocalDesk.new_run

    async def late(desk, path):
        driving = await begin(desk, path)
        begun.set()
        await may_open.wait()
        return driving

    monkeypatch.setattr(LocalDesk, "new_run", late)
    path = document(TEXT)
    async with opened() as ana:
        ana.app.open_path(str(path))
        await ana.until(begun.is_set, "the run")
        await ana.press("q", "q")
        may_open.set()
        await ana.until(lambda: not isinstance(ana.app.screen, Walk), "the library")
        [run] = await (await ana.app.desk._journal()).runs()
        assert run.driver is None
        assert ana.app._exception is None


async def test_a_key_pressed_twice_leaves_one_screen(document, opened):
    async with opened(document(TEXT)) as ana:
        await ana.press("question_mark")
        help_ = ana.app.screen
        help_.action_close()
        help_.action_close()
        await ana.until(lambda: isinstance(ana.app.screen, Walk), "the walk")
        assert ana.app._exception is None


async def test_a_command_of_the_palette_chosen_twice_at_once_is_called_once(document, opened):
    async with opened(document(TEXT)) as ana:
        await ana.press("ctrl+p", *"bookmark")
        listed = ana.app.screen.query_one(CommandList)
        await ana.until(lambda: any("put a bookmark" in str(option.prompt) for option in listed.options), "the action")
        listed.highlighted = 0
        listed.action_select()
        listed.action_select()
        await ana.until(lambda: ana.state.marks, "the bookmark")
        await ana.until(lambda: isinstance(ana.app.screen, Walk), "the walk")
        assert ana.state.marks
        assert ana.app._exception is None


async def test_the_step_beside_the_outline_follows_also_after_a_move_below_a_screen_that_went_at_once(document, opened):
    async with opened(document(TEXT + "- [ ] Another box\n- [ ] The last box\n")) as ana:
        await ana.app.push_screen(Forgetful())
        ana.walk.outline.action_move(1)
        await ana.pilot.pause()
        ana.app.pop_screen()
        await ana.until(lambda: isinstance(ana.app.screen, Walk), "the walk")
        await ana.press("end")
        await ana.until(lambda: ana.screen.count("The last box") > 1, "the step beside the outline")


async def test_a_key_that_comes_up_from_a_screen_that_has_gone_meets_no_screen_and_is_no_defect(document, opened):
    async with opened(document(TEXT)) as ana:
        ana.app.exit()
    key = events.Key("j", "j")
    key._set_forwarded()
    await ana.app.on_event(key)
    assert ana.app._exception is None


async def test_a_page_in_a_palette_that_has_no_row_for_its_list_is_no_defect(document, opened):
    async with opened(document(TEXT)) as ana:
        await ana.press("ctrl+p")
        listed = ana.app.screen.query_one(CommandList)
        await ana.until(lambda: listed.option_count > 20, "the actions")
        await ana.press("down", "end")
        assert listed.highlighted
        await ana.pilot.resize_terminal(30, 3)
        await ana.until(lambda: not listed.scrollable_content_region, "no room")
        await ana.press("pagedown", "pageup")
        assert ana.app._exception is None


async def test_a_click_on_a_command_that_typing_has_taken_away_calls_none(document, opened):
    async with opened(document(TEXT)) as ana:
        await ana.press("ctrl+p")
        listed = ana.app.screen.query_one(CommandList)
        await ana.until(lambda: listed.option_count > 20, "the actions")
        x, y = listed.region.translate((1, 1)).offset
        there = Style(meta={"option": 999})  # as the pointer met it before
        listed.post_message(events.Click(listed, 1, 1, 0, 0, 1, False, False, False, x, y, style=there))
        await ana.pilot.pause()
        assert ana.app._exception is None
        assert isinstance(ana.app.screen, CommandPalette)


async def test_a_palette_that_is_called_while_the_last_one_still_goes_is_no_defect(document, opened):
    async with opened(document(TEXT)) as ana:
        await ana.press("ctrl+p")
        await ana.until(lambda: isinstance(ana.app.screen, CommandPalette), "the palette")
        ana.app.screen.dismiss()
        ana.app.action_command_palette()
        await ana.until(lambda: isinstance(ana.app.screen, CommandPalette), "the palette")
        assert ana.app._exception is None


def type_ahead(ana, *keys):
    """All at once, as a terminal gives what was typed while the program was busy."""
    for key in keys:
        event = events.Key(key, key_to_character(key))
        event.set_sender(ana.app)
        ana.app.post_message(event)


async def test_a_key_typed_ahead_for_a_screen_that_does_not_stand_yet_waits_for_it(document, opened):
    async with opened(document(TEXT)) as ana:
        key = events.Key("slash", "/")
        key._set_forwarded()
        ana.app.push_screen(Gpus(ana.app.desk))
        await ana.app.on_event(key)
        await ana.until(lambda: ana.app.screen.has_class("-filtering"), "the filter")
        type_ahead(
            ana, "escape", "escape", "question_mark", "escape", "w", "escape", "comma", "l", "ctrl+p", "pagedown"
        )
        await ana.pilot.pause(0.3)
        assert ana.app._exception is None


async def test_what_was_typed_ahead_takes_nothing_back(document, opened):
    async with opened(document(CHANGE)) as ana:
        await ana.go_to("Make it")
        await ana.press("enter")
        await ana.answer("y")
        await ana.until(lambda: ana.phase("Make it") == "done", "the change")
        type_ahead(ana, "R", "B")
        await ana.until(lambda: isinstance(ana.app.screen, Rollback) and ana.app.screen.armed, "the way back")
        await ana.pilot.pause(0.3)
        assert ana.state.rollback is None
        await ana.press("B")
        await ana.until(lambda: ana.state.rollback is not None, "the rollback")


async def test_prose_for_a_pane_that_went_meanwhile_is_no_defect(document, opened):
    async with opened(document(TEXT)) as ana:
        pane = ana.walk.query_one(StepPane)
        pane._markdown = (Markdown(), Markdown())  # taken away with the screen before they stood
        pane._prose, pane._laid_out = ("one", "two"), ("", "")
        pane._lay_out()
        await ana.pilot.pause(0.2)
        assert ana.app._exception is None


async def test_two_keys_of_one_moment_ask_once(document, opened):
    async with opened(document(CHANGE)) as ana:
        for key, kind in (("slash", Find), ("H", Form), ("F", Choice)):
            ana.walk.action_act(next(one.action for one in PLACES["walk"].keys if key in one.keys.split(",")))
            ana.walk.action_act(next(one.action for one in PLACES["walk"].keys if key in one.keys.split(",")))
            await ana.until(lambda kind=kind: isinstance(ana.app.screen, kind) and ana.app.screen.armed, "the question")
            await ana.pilot.pause(0.1)
            await ana.press("escape")
            await ana.until(lambda: ana.app.screen is ana.walk, "the walk")
            await ana.until(lambda: not ana.walk.steering.asking, "the end of it")
        assert ana.app.screen_stack[-1] is ana.walk


async def test_boxes_ticked_faster_than_the_disk_keeps_them_are_all_ticked(document, opened, monkeypatch):
    async with opened(document(TEXT + "- [ ] Another box\n- [ ] The last box\n")) as ana:
        driving = ana.app._driving
        perform = type(driving).perform

        async def late(self, intent):
            await asyncio.sleep(0.2)
            await perform(self, intent)

        monkeypatch.setattr(type(driving), "perform", late)
        await ana.go_to("A box")
        await ana.press("space", "down", "space", "down", "space")
        for title in ("A box", "Another box", "The last box"):
            await ana.until(lambda title=title: ana.phase(title) == "done", title)


async def test_a_command_of_the_palette_for_a_screen_that_went_meanwhile_does_nothing(document, opened):
    async with opened(document(TEXT)) as ana:
        await ana.press("g")
        gone = ana.app.screen
        actions = Actions(gone)
        key = next(one for one in PLACES["gpus"].keys if one.action == "filter")
        await actions._call("gpus", key)
        assert gone.has_class("-filtering")
        gone.remove_class("-filtering")
        await ana.app.pop_screen()
        await actions._call("gpus", key)
        assert not gone.has_class("-filtering")
        assert ana.app._exception is None

"""Stories of leaving, coming back, watching, and documents that change meanwhile."""

import contextlib
import os
import signal

from runbook_tui import desk
from runbook_tui.tui.library import Entries, Library
from runbook_tui.tui.questions import Choice, Confirm, Form
from runbook_tui.tui.walk import Walk

WAIT = """# Release

```bash
# Wait
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "round $n"; sleep 0.5; done
```

- [ ] After it
"""
BOXES = """# Boxes

- [ ] One
- [ ] Two
"""


async def test_leaving_a_running_command_and_coming_back_to_it(document, opened):
    path = document(WAIT)
    async with opened(path) as ana:
        await ana.press("enter")
        await ana.reads("round 1")
        run = ana.state.run
        await ana.press("q")
        await ana.until(lambda: isinstance(ana.app.screen, Confirm))
        assert "goes on where it runs" in ana.screen
        await ana.answer("y")
        await ana.until(lambda: ana.app._exit)
    async with opened(path) as ana:
        assert isinstance(ana.app.screen, Choice)
        assert run in ana.screen
        await ana.answer("c")
        await ana.until(lambda: ana.walk.view is not None)
        assert ana.state.run == run
        await ana.reads("round 2")  # what was written while nobody looked is there
        await ana.until(lambda: ana.phase("Wait") == "done")
        await ana.reads("round 12", "exit status 0")
        assert len(ana.state.jobs) == 1  # nothing ran twice


def _kill_everything_of(folder):
    """What a power cut does to a job: everybody is dead, and no exit status is written."""
    for place in (folder / "state" / "jobs").rglob("sup"):
        supervisor = int(place.read_text().split()[0])
        os.kill(supervisor, signal.SIGKILL)
    for place in (folder / "state" / "jobs").rglob("pid"):
        pid = int(place.read_text().split()[0])
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


async def test_an_unknown_outcome_is_shown_first_and_settled_by_a_person(document, opened, folder):
    path = document(WAIT)
    async with opened(path) as ana:
        await ana.press("enter")
        await ana.reads("round 1")
        run = ana.state.run
        await ana.press("q")
        await ana.answer("y")
        await ana.until(lambda: ana.app._exit)
    _kill_everything_of(folder)
    async with opened(run=run) as ana:
        await ana.reads("? outcome unknown", "the outcome of a command is unknown")
        assert ana.here == "Wait"
        await ana.press("space")
        await ana.reads("unknown")
        assert ana.phase("Wait") == "unknown"
        await ana.press("enter")
        await ana.until(lambda: isinstance(ana.app.screen, Choice))
        await ana.reads("knows:", "it succeeded", "it failed", "it did not run")
        await ana.answer("f")
        await ana.until(lambda: isinstance(ana.app.screen, Form))
        await ana.answer("enter")
        await ana.reads("say how you know")
        await ana.write("the log ends")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Wait") == "failed")
        assert len(ana.state.jobs) == 1


async def test_a_document_edited_meanwhile_is_announced_and_taken_over(document, opened):
    path = document(BOXES)
    async with opened(path) as ana:
        path.write_text(BOXES + "- [ ] Three\n")
        await ana.reads("the document was edited: steps 1 added; D shows it")
        assert "Three" not in ana.screen.split("the document was edited")[0]
        await ana.press("D")
        await ana.reads("+ - [ ] Three", "go on with it as it is now")
        await ana.press("escape")
        await ana.reads("D shows it")
        assert not ana.state.changes
        await ana.press("D")
        await ana.reads("+ - [ ] Three")
        await ana.answer("y")
        await ana.reads("Three", "as it is now")
        assert ana.state.changes
        await ana.go_to("Three")
        await ana.reads("this step is new or differs")


async def test_what_was_done_and_has_no_place_in_the_new_text_is_shown_before_it_is_taken_over(document, opened):
    path = document(BOXES)
    async with opened(path) as ana:
        await ana.press("enter")
        await ana.until(lambda: ana.phase("One") == "done")
        path.write_text(BOXES.replace("- [ ] One", "- [ ] Number one"))
        await ana.reads("D shows it")
        await ana.press("D")
        await ana.reads("✔ done  One  is no longer a step", "- - [ ] One", "+ - [ ] Number one")


async def test_a_text_that_was_edited_while_it_was_looked_at_is_not_taken_over(document, opened):
    path = document(BOXES)
    async with opened(path) as ana:
        path.write_text(BOXES + "- [ ] Three\n")
        await ana.reads("D shows it")
        await ana.press("D")
        await ana.reads("+ - [ ] Three")
        path.write_text(BOXES + "- [ ] Four\n")
        await ana.answer("y")
        await ana.reads("edited again meanwhile and nothing was taken over")
        assert not ana.state.changes
        await ana.press("D")
        await ana.reads("+ - [ ] Four")
        await ana.answer("y")
        await ana.reads("as it is now")
        assert ana.state.changes


async def test_an_edit_that_was_taken_back_is_nothing_to_take_over(document, opened):
    path = document(BOXES)
    async with opened(path) as ana:
        path.write_text(BOXES + "- [ ] Three\n")
        await ana.reads("D shows it")
        path.write_text(BOXES)
        await ana.press("D")
        await ana.reads("as this run knows it")
        assert not ana.state.changes


async def test_a_document_that_went_away_is_said_once_and_the_run_goes_on(document, opened):
    path = document(BOXES)
    async with opened(path) as ana:
        path.unlink()
        await ana.reads("the run goes on with its own copy")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("One") == "done")


async def test_a_run_is_watched_without_touching_it(document, opened):
    path = document(BOXES)
    async with opened(path) as ana:
        run = ana.state.run
        async with opened(watch=run) as ben:
            await ben.reads("◦ watching", "One")
            await ben.press("enter")
            await ben.reads("you only watch this run")
            await ben.press("R")
            await ben.reads("The way back")
            await ben.answer("B")
            await ben.reads("you only watch this run")
            await ben.press("escape")
            assert not ben.state.steps
            await ana.press("enter")
            await ben.until(lambda: ben.phase("One") == "done")


async def test_taking_a_run_over_wants_its_own_key(document, opened):
    path = document(BOXES)
    async with opened(path) as ana:
        run = ana.state.run
        async with opened(run=run) as ben:
            assert isinstance(ben.app.screen, Choice)
            await ben.answer("t")
            await ben.until(lambda: isinstance(ben.app.screen, Confirm))
            await ben.answer("T")
            await ben.until(lambda: ben.walk.view is not None)
            await ben.press("enter")
            await ben.until(lambda: ben.phase("One") == "done")
            await ana.press("enter")
            await ana.reads("◦ watching")


async def test_what_cannot_be_opened_is_said_calmly(folder, opened):
    (folder / "picture.md").write_bytes(bytes(range(256)) * 50)
    async with opened(folder / "picture.md") as ana:
        await ana.reads("binary", "not opened")
        await ana.press("enter", "space", "R", "l", "j")
        await ana.press("q")
        await ana.until(lambda: ana.app._exit)


# --- the library ---


async def test_an_empty_library_says_what_to_do(opened, monkeypatch, folder):
    monkeypatch.setattr(desk, "SHIPPED", folder / "nothing")
    async with opened() as ana:
        await ana.reads("No runbook was found here", "rbt FILE.md")


async def test_where_no_runbook_is_near_those_of_the_checkout_are_offered(opened):
    async with opened() as ana:
        await ana.reads("Quickstart: release v2")


async def test_the_library_opens_a_runbook_and_takes_one_back_to_it(document, opened):
    document(BOXES, "boxes.md")
    document(WAIT, "wait.md")
    async with opened() as ana:
        await ana.reads("Runbooks", "Boxes", "Release")
        await ana.press("slash", *"box", "enter")
        await ana.reads("Boxes")
        assert "Release" not in ana.screen
        await ana.press("enter")
        await ana.until(lambda: isinstance(ana.app.screen, Walk) and ana.walk.view is not None)
        await ana.press("enter")
        await ana.until(lambda: ana.phase("One") == "done")
        await ana.press("q")
        await ana.until(lambda: isinstance(ana.app.screen, Library))
        await ana.reads("Unfinished runs", "1/2")
        await ana.press("home", "enter")
        await ana.until(lambda: isinstance(ana.app.screen, Walk) and ana.walk.view is not None)
        assert ana.phase("One") == "done"
        await ana.press("q")
        await ana.until(lambda: isinstance(ana.app.screen, Library))
        entries = ana.app.screen.query_one(Entries)
        assert entries.entry is not None

"""Stories of one operator and one runbook, told by keys."""

import pytest
from textual import events

from runbook_tui.tui.questions import Choice, Confirm, Form
from runbook_tui.tui.rollback import Rollback

SMALL = """# Release

Read this first.

## Prepare

```bash
# Look around
echo all is well
```

- [ ] The channel knows

## Deploy

```bash
# Write the file
touch released
```

## Sign-off

- [ ] **Operator**: ____________________ Date: __________
"""


async def test_a_small_runbook_is_walked_to_its_end_by_keys(document, opened):
    async with opened(document(SMALL)) as ana:
        assert ana.here == "Look around"
        await ana.press("enter")  # it only reads: it runs at once
        await ana.reads("all is well", "exit status 0")
        await ana.until(lambda: ana.here == "The channel knows", "the next open step")
        await ana.press("enter")
        await ana.until(lambda: ana.here == "Write the file")
        await ana.press("enter")
        await ana.answer("y")
        await ana.until(lambda: ana.here == "Operator")
        assert ana.phase("Write the file") == "done"
        await ana.press("a")
        await ana.write("Ana")
        await ana.press("enter")
        await ana.write("good")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Operator") == "done")
        await ana.reads("name only, not signed  Ana as Operator", "“good”")
        await ana.press("F")
        await ana.answer("c")
        await ana.reads("✔ completed")
        assert ana.state.outcome.value == "completed"


async def test_a_change_wants_its_own_key_and_enter_is_not_it(document, opened, folder):
    async with opened(document(SMALL)) as ana:
        await ana.go_to("Write the file")
        await ana.press("enter")
        await ana.answer("enter")
        assert isinstance(ana.app.screen, Confirm)
        assert "enter is not the answer here" in ana.screen
        assert "$ touch released" in ana.screen
        await ana.press("escape")
        assert not isinstance(ana.app.screen, Confirm)
        assert not (folder / "released").exists()
        assert not ana.state.jobs


async def test_keys_typed_ahead_never_answer_a_question(document, opened, folder):
    async with opened(document(SMALL)) as ana:
        await ana.go_to("Write the file")
        for key, char in (("enter", "\r"), ("y", "y"), ("y", "y"), ("y", "y")):
            ana.app.post_message(events.Key(key, char))
        await ana.until(lambda: isinstance(ana.app.screen, Confirm))
        assert not ana.state.jobs
        assert not (folder / "released").exists()
        await ana.answer("y")
        await ana.until(lambda: ana.phase("Write the file") == "done")


async def test_keys_queued_before_the_question_was_painted_are_dropped_whenever_they_arrive(document, opened):
    async with opened(document(SMALL)) as ana:
        await ana.go_to("Write the file")
        early = events.Key("y", "y")  # typed now, delivered when the question is long there
        await ana.press("enter")
        await ana.until(lambda: isinstance(ana.app.screen, Confirm) and ana.app.screen.armed)
        ana.app.post_message(early)
        await ana.pilot.pause(0.1)
        assert isinstance(ana.app.screen, Confirm)
        assert not ana.state.jobs


async def test_a_destroying_command_wants_the_deliberate_key(document, opened, folder):
    (folder / "old").mkdir()
    text = "# R\n\n```bash\n# Remove the old one\nrm -rf old\n```\n"
    async with opened(document(text)) as ana:
        await ana.press("enter")
        await ana.answer("y")
        assert isinstance(ana.app.screen, Confirm)
        assert "destroying" in ana.screen
        await ana.press("D")
        await ana.until(lambda: ana.phase("Remove the old one") == "done")
        assert not (folder / "old").exists()


async def test_a_skip_wants_a_reason(document, opened):
    async with opened(document(SMALL)) as ana:
        await ana.go_to("The channel knows")
        await ana.press("s")
        await ana.answer("enter")
        assert isinstance(ana.app.screen, Form)
        assert "a skip wants a reason" in ana.screen
        await ana.write("at night")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("The channel knows") == "skipped")
        await ana.go_to("The channel knows")
        await ana.reads("– skipped", "at night")


async def test_a_tick_is_taken_back_by_the_same_key(document, opened):
    async with opened(document(SMALL)) as ana:
        await ana.go_to("The channel knows")
        await ana.press("space")
        await ana.until(lambda: ana.phase("The channel knows") == "done")
        assert ana.here == "The channel knows"
        await ana.press("space")
        await ana.until(lambda: ana.phase("The channel knows") == "pending")


PLACEHOLDERS = """# Release

```bash
# Say who
echo "by <your-name>"
```

```bash
# Say it again
echo "again by <your-name>"
```

```bash
# Log in
echo "token <api-token>"
```
"""


async def test_a_placeholder_is_asked_once_and_used_again(document, opened):
    async with opened(document(PLACEHOLDERS)) as ana:
        await ana.reads("asks for <your-name>")
        await ana.press("enter")
        await ana.write("ana")
        await ana.press("enter")
        await ana.reads("by ana")
        await ana.until(lambda: ana.here == "Say it again")
        await ana.reads('$ echo "again by ana"')
        await ana.press("enter")
        await ana.reads("again by ana", "exit status 0")
        await ana.until(lambda: ana.here == "Log in")


async def test_a_secret_is_typed_hidden_and_shown_nowhere(document, opened, folder):
    async with opened(document(PLACEHOLDERS)) as ana:
        await ana.go_to("Log in")
        await ana.press("enter")
        await ana.write("s3cr3tvalue")
        assert "s3cr3tvalue" not in ana.screen
        await ana.press("enter")
        await ana.reads("token ***")
        assert "s3cr3tvalue" not in ana.screen
        await ana.until(lambda: ana.phase("Log in") == "done")
    # the raw output stays in the job's private folder on the target until the run is over; the journal never has it
    kept = b"".join(path.read_bytes() for path in (folder / "state").glob("*") if path.is_file())
    assert b"token ***" in kept
    assert b"s3cr3tvalue" not in kept


async def test_variables_are_listed_and_changed(document, opened):
    async with opened(document(PLACEHOLDERS)) as ana:
        await ana.press("e")
        await ana.reads("not set  for “Say who”")
        await ana.answer("enter")
        await ana.until(lambda: isinstance(ana.app.screen, Form))
        await ana.reads('echo "by <your-name>"')
        await ana.write("bo")
        await ana.press("enter")
        await ana.until(lambda: isinstance(ana.app.screen, Choice))
        await ana.reads("bo", "not set")
        await ana.press("escape")
        await ana.until(lambda: ana.state.variables["<your-name>"].value == "bo")


async def test_a_failed_command_is_shown_and_can_be_tried_again(document, opened, folder):
    text = "# R\n\n```bash\n# Read the file\ncat file\n```\n\n- [ ] Then this\n"
    async with opened(document(text)) as ana:
        await ana.press("enter")
        await ana.reads("✖ failed", "✖ exit status 1", "No such file")
        assert ana.here == "Read the file"
        (folder / "file").write_text("now it is there\n")
        await ana.press("enter")
        await ana.reads("now it is there", "exit status 0")
        await ana.until(lambda: ana.here == "Then this")
        assert ana.phase("Read the file") == "done"


async def test_a_running_command_is_cancelled(document, opened):
    text = "# R\n\n```bash\n# Wait\nsleep 60\n```\n"
    async with opened(document(text)) as ana:
        await ana.press("enter")
        await ana.reads("▶ running")
        await ana.until(lambda: ana.walk.view.current_job)
        await ana.press("x")
        await ana.until(
            lambda: isinstance(ana.app.screen, Confirm) or "cancelled" in ana.screen, "a question or the end"
        )
        if isinstance(ana.app.screen, Confirm):
            await ana.answer("y")
        await ana.reads("cancelled")
        assert ana.phase("Wait") == "failed"


async def test_a_note_is_kept_with_its_step(document, opened):
    async with opened(document(SMALL)) as ana:
        await ana.press("n")
        await ana.write("slow today")
        await ana.press("enter")
        await ana.reads("slow today")


async def test_a_key_that_does_nothing_here_says_why(document, opened):
    async with opened(document(SMALL)) as ana:
        await ana.press("a")
        await ana.reads("this step is no sign-off")
        await ana.press("x")
        await ana.reads("no command is running here")


async def test_finding_a_step_by_a_word_of_its_command(document, opened):
    async with opened(document(SMALL)) as ana:
        await ana.press("slash")
        await ana.write("touch rel")
        await ana.press("enter")
        await ana.until(lambda: ana.here == "Write the file")


async def test_an_abort_wants_a_reason_and_ends_the_run(document, opened):
    async with opened(document(SMALL)) as ana:
        await ana.press("F")
        await ana.answer("a")
        await ana.until(lambda: isinstance(ana.app.screen, Form))
        await ana.write("wrong day")
        await ana.press("enter")
        await ana.reads("– aborted", "wrong day")
        await ana.press("enter")
        await ana.reads("this run is aborted")


async def test_help_and_palette_know_every_action(document, opened):
    async with opened(document(SMALL), size=(120, 96)) as ana:
        await ana.press("question_mark")
        await ana.reads(
            "This step", "skip the step, with a reason", "no command is running here", "What the marks mean"
        )
        await ana.press("escape")
        await ana.press("ctrl+p")
        await ana.reads("write a note to the step")
        await ana.press(*"note", "enter")
        await ana.until(lambda: isinstance(ana.app.screen, Form))


async def test_copy_puts_the_command_on_the_clipboard(document, opened):
    async with opened(document(SMALL)) as ana:
        await ana.press("y")
        assert ana.app.clipboard == "echo all is well" or ana.app.clipboard.endswith("echo all is well")


CHOICE = """# R

## Choose one

### Option A: fast

- [ ] Do it fast

### Option B: slow

- [ ] Do it slowly
"""


async def test_an_option_is_chosen_and_the_other_is_not_taken(document, opened):
    async with opened(document(CHOICE)) as ana:
        if not any(step.kind.value == "choice" for step in ana.walk.view.runbook.steps):
            pytest.skip("the reader takes these headings for something else")
        await ana.press("enter")
        await ana.until(lambda: isinstance(ana.app.screen, Choice))
        await ana.answer("down", "enter")
        await ana.until(lambda: ana.phase("Do it fast") == "blocked")
        assert ana.here == "Do it slowly"


ROLLBACK = """# R

## Deploy

<!-- rbt: rollback="rm released" -->
```bash
# Write the file
touch released
```

## Rollback criteria

Roll back immediately if:

- [ ] Payments fail

## Rollback

```bash
# Say that it was taken back
echo taken back
```

- [ ] Tell the channel
"""


async def test_nothing_was_changed_yet_says_the_way_back(document, opened):
    async with opened(document(ROLLBACK)) as ana:
        await ana.press("R")
        await ana.reads("Nothing was changed by this run yet", "Tell the channel")
        await ana.answer("B")
        await ana.reads("there is nothing to take back")
        assert ana.state.rollback is None


async def test_what_was_done_is_taken_back_with_one_deliberate_key(document, opened, folder):
    async with opened(document(ROLLBACK)) as ana:
        await ana.press("enter")
        await ana.answer("y")
        await ana.until(lambda: ana.phase("Write the file") == "done")
        await ana.press("R")
        await ana.reads("undo: Write the file", "rm released", "by hand")
        await ana.answer("enter")
        await ana.reads("B takes it back")
        assert (folder / "released").exists()
        await ana.press("B")
        await ana.reads("by hand: Tell the channel")
        assert not (folder / "released").exists()
        await ana.answer("space")  # the cursor stands on what is a person's
        await ana.reads("This run was rolled back")
        assert ana.state.outcome.value == "rolled_back"
        await ana.answer("escape")
        await ana.reads("◁ rolled back")


async def test_a_rollback_that_fails_is_loud_and_can_be_tried_again(document, opened, folder):
    async with opened(document(ROLLBACK)) as ana:
        await ana.press("enter")
        await ana.answer("y")
        await ana.until(lambda: ana.phase("Write the file") == "done")
        (folder / "released").unlink()
        await ana.press("R")
        await ana.answer("B")
        await ana.reads("THE ROLLBACK FAILED", "FAILED")
        (folder / "released").touch()
        await ana.answer("escape")
        await ana.reads("the rollback FAILED")
        await ana.press("R")
        await ana.answer("B")
        await ana.reads("by hand: Tell the channel")


async def test_what_failed_on_the_way_back_is_done_by_hand_or_left_out_and_the_rest_goes_on(document, opened, folder):
    async with opened(document(ROLLBACK)) as ana:
        await ana.press("enter")
        await ana.answer("y")
        await ana.until(lambda: ana.phase("Write the file") == "done")
        (folder / "released").unlink()  # by hand already: the command of the way back can only fail
        await ana.press("R")
        await ana.answer("B")
        await ana.reads("THE ROLLBACK FAILED", "space is for what you did by hand instead", "1 failed")
        await ana.answer("home", "space")
        await ana.reads("Done by hand: undo: Write the file", "what you did")
        await ana.write("gone")
        await ana.press("enter")
        await ana.reads("done")
        await ana.until(lambda: list(ana.state.rollback.settled.values()) == [True])
        await ana.answer("B")
        await ana.reads("by hand: Tell the channel")
        await ana.answer("end", "s")
        await ana.write("nobody is there")
        await ana.press("enter")
        await ana.reads("This run was rolled back")


async def test_a_condition_that_holds_leads_to_the_way_back(document, opened):
    async with opened(document(ROLLBACK)) as ana:
        await ana.go_to("Payments fail")
        await ana.press("enter")
        await ana.write("7 errors")
        await ana.press("enter")
        await ana.until(lambda: isinstance(ana.app.screen, Rollback))
        await ana.answer("escape")
        await ana.reads("condition holds", "7 errors", "1 of 1 conditions hold")

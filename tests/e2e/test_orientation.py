"""Where am I, what is next, what happened, what takes it back: in a long document."""

from pathlib import Path

from runbook_tui.tui.find import Find, Hits
from runbook_tui.tui.minimap import Minimap

MLSDM = Path(__file__).parents[2] / "runbooks" / "mlsdm.md"
SECTIONS = "\n\n".join(
    f"## Part {p} (10 minutes)\n\n" + "\n".join(f"- [ ] Box {p}.{n}" for n in range(6)) for p in range(4)
)
RUNBOOK = f"""# Long

{SECTIONS}

## Look (20-30 min)

```bash
# Look at the log
echo the heron has landed
```

```bash
# Fail
false
```
"""


async def test_a_long_checklist_has_a_map(opened):
    async with opened(MLSDM, size=(160, 48)) as ana:
        row = ana.walk.query_one(Minimap)
        await ana.until(lambda: row.display, "the map")
        assert ana.screen.split("\n")[1].count("·") > 100
        assert "▲" in ana.screen.split("\n")[1]
        await ana.press("space", "o", "space")
        await ana.until(lambda: "▪" in ana.screen.split("\n")[1] or "■" in ana.screen.split("\n")[1], "progress")
        await ana.pilot.click(row, offset=(80, 0))
        middle = ana.walk.row.step
        steps = [step.id for step in ana.walk.view.runbook.steps]
        assert len(steps) // 4 < steps.index(middle) < 3 * len(steps) // 4
        await ana.pilot.resize_terminal(80, 18)
        await ana.until(lambda: not row.display, "room for what counts")


async def test_a_heading_is_found_by_its_first_step_and_nothing_is_told_at_once(document, opened):
    async with opened(document(RUNBOOK), size=(130, 40)) as ana:
        await ana.reads("o goes to “Box 0.1”")
        await ana.press("slash", *"part", "space", "2")
        await ana.reads("Box 2.0  in Part 2 (10 minutes)")
        assert "Box 2.1  in" not in ana.screen
        await ana.press("x")
        await ana.reads("nothing matches")
        await ana.press("backspace")
        await ana.until(lambda: "nothing matches" not in ana.screen, "the hit")
        await ana.answer("enter")
        await ana.until(lambda: ana.here == "Box 2.0", "the jump")


async def test_no_output_is_offered_before_there_is_one(document, opened):
    async with opened(document(RUNBOOK), size=(160, 40)) as ana:
        await ana.reads("o goes to “Box 0.1”")
        assert "l output" not in ana.screen
        await ana.go_to("Look at the log")
        await ana.press("enter")
        await ana.reads("exit status 0", "l output")


async def test_what_happened_what_takes_it_back_and_what_is_next(document, opened):
    async with opened(document(RUNBOOK), size=(130, 40)) as ana:
        await ana.reads("o goes to “Box 0.1”", "00:00 of ~1:10", "~1:10 left")
        await ana.press("space")
        await ana.reads("last: tick of “Box 0.0” U takes it back", "o goes to “Box 0.1”")
        await ana.press("U")
        await ana.press("home")  # the heading
        await ana.reads("o goes to “Box 0.0”")


async def test_what_was_ticked_before_the_last_command_is_not_what_was_done_last(document, opened):
    async with opened(document(RUNBOOK), size=(130, 40)) as ana:
        await ana.press("space")
        await ana.reads("last: tick of “Box 0.0” U takes it back")
        await ana.go_to("Look at the log")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Look at the log") == "done")
        await ana.until(lambda: "last: tick" not in ana.screen, "the line without the tick")
        await ana.press("U")
        await ana.until(lambda: ana.phase("Box 0.0") == "pending", "the tick taken back all the same")


async def test_on_a_step_that_failed_the_way_back_is_offered_where_there_is_least_room(document, opened):
    async with opened(document(RUNBOOK), size=(80, 24)) as ana:
        await ana.go_to("Fail")
        await ana.press("enter")
        await ana.reads("enter runs it")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Fail") == "failed", "the failure")
        await ana.reads("enter run  R roll back")


async def test_the_usual_time_comes_from_earlier_runs(document, opened):
    path = document("# Short\n\n- [ ] One\n- [ ] Two\n")
    async with opened(path, size=(170, 40)) as ana:
        await ana.press("space", "down", "space")
        await ana.until(lambda: ana.walk._standing.whole.done == 2)
        await ana.press("F")
        await ana.answer("c")
        await ana.reads("✔ completed")
    async with opened(path, size=(170, 40)) as ana:
        await ana.reads("usual 0:00")
        assert ana.walk.view.pace.runs == 1


async def test_find_in_titles_commands_notes_and_outputs_then_go_on(document, opened):
    async with opened(document(RUNBOOK), size=(130, 40)) as ana:
        await ana.go_to("Look at the log")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Look at the log") == "done")
        await ana.go_to("Box 1.1")
        await ana.press("n")
        await ana.write("asked heron")
        await ana.press("enter")
        await ana.go_to("Box 0.0")
        await ana.press("slash")
        await ana.write("heron")
        await ana.reads("Box 1.1  note asked heron", "Look at the log  $ echo the heron has landed")
        await ana.press("enter")
        await ana.until(lambda: not isinstance(ana.app.screen, Find))
        assert ana.here == "Box 1.1"
        await ana.reads("“heron”: 1 of 2 steps", "n next hit")
        await ana.press("n")
        assert ana.here == "Look at the log"
        await ana.press("N")
        assert ana.here == "Box 1.1"
        await ana.press("escape", "slash")
        await ana.write("landed")
        await ana.reads("Look at the log")
        await ana.press("escape", "n")  # a note again
        await ana.reads("Note to")


async def test_find_looks_into_outputs(document, opened):
    text = "# R\n\n```bash\n# Say it\nprintf '\\x68eron\\n'\n```\n\n- [ ] Other\n"
    async with opened(document(text)) as ana:
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Say it") == "done")
        await ana.press("slash")
        await ana.write("heron")
        await ana.reads("Say it  output heron")


async def test_a_click_on_a_hit_that_typing_has_taken_away_leads_nowhere(document, opened):
    async with opened(document(RUNBOOK), size=(130, 40)) as ana:
        await ana.press("slash")
        await ana.write("box 2")
        await ana.reads("Box 2.1")
        find = ana.app.screen
        await ana.press(*"zz")
        await ana.reads("nothing matches")
        hits = find.query_one(Hits)
        hits.post_message(Hits.Chosen(hits, 1))  # as a click that was on its way
        await ana.pilot.pause()
        assert ana.app.screen is find
        await ana.press("escape")
        assert ana.here == "Box 0.0"


async def test_jumps_there_and_back(document, opened):
    async with opened(document(RUNBOOK)) as ana:
        await ana.press("o")
        assert ana.here == "Box 0.1"
        await ana.go_to("Box 3.5")
        await ana.press("o")
        assert ana.here == "Look at the log"
        await ana.press("ctrl+o")
        assert ana.here == "Box 3.5"
        await ana.press("ctrl+o")
        assert ana.here == "Box 0.1"
        await ana.press("greater_than_sign")
        assert ana.here == "Box 3.5"
        await ana.press("less_than_sign", "less_than_sign", "less_than_sign")
        await ana.reads("no jump before this")


async def test_the_next_trouble_and_the_next_bookmark(document, opened):
    async with opened(document(RUNBOOK)) as ana:
        await ana.press("t")
        await ana.reads("nothing failed, nothing is unknown, no condition holds")
        await ana.go_to("Fail")
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Fail") == "failed")
        await ana.go_to("Box 2.2")
        await ana.press("m")
        await ana.until(lambda: ana.state.marks)
        await ana.press("t")
        assert ana.here == "Fail"
        await ana.press("apostrophe")
        assert ana.here == "Box 2.2"
        await ana.reads("◆")


async def test_sections_fold_and_only_what_is_open_can_be_shown(document, opened):
    async with opened(document(RUNBOOK)) as ana:
        await ana.press("minus")
        await ana.reads("▸ Part 3")
        assert "Box 0.0" not in ana.screen.split("│")[0]
        await ana.press("plus")
        await ana.reads("▾ Part 3", "○ Box 3.0")
        await ana.go_to("Box 0.0")
        await ana.press("space", "z")
        await ana.reads("only what is open and in trouble is shown")
        await ana.until(lambda: "✔ Box 0.0" not in ana.screen)
        await ana.press("z")
        await ana.reads("✔ Box 0.0")


async def test_a_sentence_is_read_to_its_end_on_a_small_screen(document, opened):
    text = RUNBOOK + "\n## Rollback criteria\n\nRoll back immediately if:\n\n- [ ] It burns\n"
    async with opened(document(text), size=(80, 24)) as ana:
        await ana.reads("0 of 1 conditions hold   nothing changed yet")
        await ana.press("k")
        await ana.reads("no command of this run has told of a kernel validation")
        await ana.press("down")
        await ana.reads("0 of 1 conditions hold   nothing changed yet")
        await ana.press("escape")
        await ana.reads("nothing is searched for; q leaves the run")

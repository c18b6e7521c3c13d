"""Everything one can do with an output, by keys."""

import json
from pathlib import Path

import pytest

from runbook_tui.tui.output_screen import OutputScreen
from runbook_tui.tui.output_sweeps import Search

RUNBOOK = """# Logs

```bash
# Count
for n in $(seq 1 400); do echo "request $n took $((n * 7)) ms"; done; echo ERROR: the disk is full; echo the end
```

```bash
# Speak JSON
echo '{"level": "warn", "at": 3, "labels": {"pod": "api-1"}}'; echo plain
```

```bash
# Twice
cat input.txt; test -e there
```

```bash
# Download
for n in 10 20 30 40 50; do printf "\\r  %s%% of it" $n; done; printf "\\nready\\n"
```
"""


async def ran(ana, title):
    await ana.go_to(title)
    await ana.press(*["enter"] * (2 if ana.walk.narrow else 1))  # on a small screen it is shown first
    runbook = ana.walk.view.runbook
    step = next(step for step in runbook.steps if step.title == title)

    def over():
        jobs = ana.state.step(step.id).jobs
        return jobs and not ana.state.jobs[jobs[-1]].open and not ana.walk.view.busy

    await ana.until(over, "the end of it")
    await ana.go_to(title)
    await ana.press("l")
    await ana.until(lambda: isinstance(ana.app.screen, OutputScreen), "the whole output")
    await ana.until(lambda: ana.app.screen.lines.buffer is not None and ana.app.screen.lines.buffer.end, "lines")


async def test_an_output_that_has_ended_is_followed_by_nobody(document, opened):
    async with opened(
        document("# R\n\n```bash\n# Wait\nprintf 'line %d\\n' $(seq 90); until test -e go; do sleep 0.05; done\n```\n")
    ) as ana:
        await ana.press("enter")
        await ana.reads("line 90")
        await ana.press("l")
        await ana.reads("lines", "following")
        (Path.cwd() / "go").touch()
        await ana.reads("exit status 0")
        await ana.until(lambda: "following" not in ana.screen, "the end")
        await ana.press("up")
        await ana.reads("f goes to the end")


async def test_searching_while_typing_counts_and_goes_round(document, opened):
    async with opened(document(RUNBOOK), size=(120, 30)) as ana:
        await ran(ana, "Count")
        screen = ana.app.screen
        await ana.press("g", "slash", *"error")
        await ana.reads("“error”: 1 of 1 line")
        assert screen.lines.line == 400
        await ana.press("escape")  # the search is given up, the output stays
        assert isinstance(ana.app.screen, OutputScreen)
        await ana.press("g", "slash", *"took 7", "enter")
        await ana.reads("of 18 lines")
        first = screen.lines.line
        await ana.press("n")
        assert screen.lines.line > first
        await ana.press("N", "N")
        assert screen.lines.line > first  # round the beginning, to the last
        await ana.press("ampersand")
        await ana.reads("only matches", "· line 1")
        await ana.press("ampersand", "slash", *[*"X" * 3], "enter")
        await ana.reads("is not in this output")


async def test_a_match_too_far_to_be_found_at_once_is_gone_to(document, opened, monkeypatch):
    monkeypatch.setattr(Search, "near", lambda *_: None)  # as in a long output
    async with opened(document(RUNBOOK), size=(120, 30)) as ana:
        await ran(ana, "Count")
        await ana.press("g", "slash", *"error")
        await ana.reads("“error”: 1 of 1 line", "ERROR: the disk is full")
        await ana.press("enter", "g")
        await ana.reads("“error”: 1 line")  # and who goes elsewhere then stays there


async def test_lines_that_are_alike_are_folded_and_unfolded(document, opened):
    async with opened(document(RUNBOOK), size=(120, 30)) as ana:
        await ran(ana, "Count")
        await ana.press("z")
        await ana.reads("request 1 took 7 ms  ⋯ and 399 more like it", "ERROR: the disk is full", "folded")
        assert "request 2 " not in ana.screen
        await ana.press("z", "g")
        await ana.reads("request 2 took 14 ms")


async def test_copying_a_line_a_selection_and_all(document, opened):
    async with opened(document(RUNBOOK), size=(120, 30)) as ana:
        await ran(ana, "Count")
        await ana.press("y")
        assert ana.app.clipboard == "the end"
        await ana.press("g", "down", "v", "down", "down")
        await ana.reads("3 lines selected")
        await ana.press("y")
        assert ana.app.clipboard == "request 2 took 14 ms\nrequest 3 took 21 ms\nrequest 4 took 28 ms"
        assert "selected" not in ana.screen
        await ana.press("Y")
        assert ana.app.clipboard.count("\n") == 401


async def test_the_mouse_selects_lines(document, opened):
    async with opened(document(RUNBOOK), size=(120, 30)) as ana:
        await ran(ana, "Count")
        await ana.press("g")
        view = ana.app.screen.lines
        await ana.pilot.mouse_down(view, offset=(5, 2))
        await ana.pilot.hover(view, offset=(5, 4))
        await ana.pilot.mouse_up(view, offset=(5, 4))
        await ana.press("y")
        assert ana.app.clipboard.startswith("request 3 took")


async def test_json_is_spread_out_and_folded_back(document, opened):
    async with opened(document(RUNBOOK), size=(120, 30)) as ana:
        await ran(ana, "Speak JSON")
        await ana.press("J")
        await ana.reads('"pod": "api-1"', "JSON")
        await ana.press("Y")
        assert json.loads(ana.app.clipboard.rpartition("\n")[0]) == {
            "level": "warn",
            "at": 3,
            "labels": {"pod": "api-1"},
        }
        await ana.press("J")
        await ana.reads('{"level": "warn"')


async def test_two_attempts_and_what_differs(document, opened, folder):
    (folder / "input.txt").write_text("12:00:01 start\nmissing key\n12:00:02 end\n")
    async with opened(document(RUNBOOK), size=(120, 30)) as ana:
        await ran(ana, "Twice")
        await ana.press("d")
        await ana.reads("there is no attempt before this one")
        await ana.press("escape")
        (folder / "input.txt").write_text("13:37:59 start\nkey found\n13:38:00 end\n")
        (folder / "there").touch()
        await ran(ana, "Twice")
        await ana.reads("attempt 2", "key found")
        await ana.press("d")
        await ana.reads("attempt 2 against attempt 1", "- missing key", "+ key found")
        assert "- 12:00:01" not in ana.screen
        await ana.press("d", "comma")
        await ana.reads("missing key", "✖ exit status 1")
        await ana.press("full_stop")
        await ana.reads("✔ exit status 0")


async def test_progress_is_one_bar(document, opened):
    async with opened(document(RUNBOOK), size=(120, 30)) as ana:
        await ran(ana, "Download")
        await ana.reads("████████████░░░░░░░░░░░░  50 %", "ready")
        assert ana.app.screen.lines.buffer.end == 2


async def test_without_a_terminal_to_hand_over_it_is_said(document, opened, monkeypatch):
    monkeypatch.setenv("PAGER", "less")
    async with opened(document(RUNBOOK), size=(120, 30)) as ana:
        await ran(ana, "Count")
        await ana.press("o")
        await ana.reads("no terminal that could be handed over")


@pytest.mark.parametrize("key", ["l", "q", "escape"])
async def test_each_way_back(document, opened, key):
    async with opened(document(RUNBOOK), size=(80, 24)) as ana:
        await ran(ana, "Count")
        await ana.press("w", "v", "escape", "z", "escape")
        assert isinstance(ana.app.screen, OutputScreen)
        await ana.press(key)
        assert not isinstance(ana.app.screen, OutputScreen)


async def test_the_footer_tells_what_works_here(document, opened):
    async with opened(document(RUNBOOK), size=(160, 30)) as ana:
        await ran(ana, "Count")
        await ana.reads("l back", "/ search", "z fold", "J JSON", "v select", "o pager", "? help")
        await ana.press("question_mark")
        await ana.reads("The whole output", "what differs from the attempt before")

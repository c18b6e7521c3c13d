"""The screen at the sizes people have."""

import pytest

from runbook_tui.tui.output_view import OutputView

PLAN = """# Release the billing service

Read **all** of it first.

## Prepare

- [x] Announced
- [ ] Backups are fresh

```bash
# Count
seq 1 300
```

## Deploy

```bash
# Write it
touch it
```

## Rollback criteria

Roll back immediately if:

- [ ] Payments fail
"""


def lines(ana):
    return ana.screen.split("\n")


async def test_a_small_terminal_folds_into_two_pages(document, opened):
    async with opened(document(PLAN), size=(80, 24)) as ana:
        assert all(len(line) <= 80 for line in lines(ana))
        assert "Release the billing service" in lines(ana)[0]
        assert "1/4 done" in lines(ana)[0]
        assert "enter tick" in lines(ana)[-1]
        assert "? help" in lines(ana)[-1]
        assert "check · line 8" not in ana.screen
        await ana.press("tab")
        await ana.reads("check · line 8")
        assert "▾ Prepare" not in ana.screen
        await ana.press("tab")
        await ana.reads("▾ Prepare")
        assert "! Rollback criteria" in ana.screen
        await ana.go_to("Count")
        await ana.press("enter")  # shown before it runs
        await ana.reads("$ seq 1 300", "enter runs it")
        assert not ana.state.jobs
        await ana.press("enter")
        await ana.reads("300", "exit status 0")


async def test_a_large_terminal_shows_everything_side_by_side(document, opened):
    async with opened(document(PLAN), size=(160, 48)) as ana:
        await ana.go_to("Count")
        await ana.press("enter")
        await ana.reads("▾ Prepare", "exit status 0", "300")
        await ana.until(lambda: ana.here == "Write it")
        await ana.reads("$ touch it", "changing", "! 0 of 1 conditions hold", "nothing changed yet")
        assert "driver" in lines(ana)[0]


async def test_a_terminal_that_changes_its_size_keeps_its_place(document, opened):
    async with opened(document(PLAN), size=(160, 48)) as ana:
        await ana.go_to("Write it")
        for size in ((80, 24), (40, 12), (200, 60), (80, 24)):
            await ana.pilot.resize_terminal(*size)
            await ana.pilot.pause(0.1)
            assert ana.here == "Write it"
        await ana.reads("Write it")


async def test_the_prose_of_the_document_is_there(document, opened):
    async with opened(document(PLAN)) as ana:
        await ana.press("home")
        await ana.reads("About this runbook", "Read all of it first.")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"RBT_THEME": "light"}, {"COLORFGBG": "0;15"}])
async def test_without_colour_and_on_paper(document, opened, monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    async with opened(document(PLAN)) as ana:
        await ana.reads("✔ Announced", "○ Backups are fresh", "○ open")
        if "NO_COLOR" in environment:
            strips = ana.app.screen._compositor.render_strips()
            colours = {
                triplet
                for strip in strips
                for segment in strip
                if segment.style and segment.style.color and (triplet := segment.style.color.triplet)
            }
            assert all(abs(c.red - c.green) < 3 and abs(c.green - c.blue) < 3 for c in colours)
        else:
            assert ana.app.theme == "rbt-light"


async def test_the_whole_output_scrolls_searches_and_wraps(document, opened):
    async with opened(document(PLAN), size=(100, 30)) as ana:
        await ana.go_to("Count")
        await ana.press("enter")
        await ana.reads("exit status 0")
        await ana.press("l")
        await ana.reads("–300 of 300")
        await ana.press("home")
        await ana.reads("line 1 of 300", "f goes to the end")
        await ana.press("slash", *"250", "enter")
        await ana.reads("“250”: 1 of 1 line")
        await ana.press("n")
        await ana.reads("“250”: 1 of 1 line")
        await ana.press("w")
        await ana.reads("wrapped")
        await ana.press("f")
        await ana.reads("–300 of 300")
        view = ana.app.screen.query_one(OutputView)
        assert view.top > 250
        await ana.press("escape")  # ends the search
        await ana.press("escape")
        await ana.reads("Write it")


async def test_ten_thousand_steps_stay_quick(document, opened):
    import time

    boxes = "\n".join(f"- [ ] Box {n}" for n in range(10_000))
    text = "# Many\n\n" + "\n\n".join(
        f"## Part {p}\n\n" + boxes[:0] + "\n".join(f"- [ ] Box {p}.{n}" for n in range(100)) for p in range(100)
    )
    async with opened(document(text)) as ana:
        await ana.press("end")
        await ana.reads("Box 99.99")
        started = time.thread_time()
        for _ in range(20):
            await ana.press("up")
        each = (time.thread_time() - started) / 20
        assert each < 0.25  # of the processor: a key and its paint
        await ana.press("enter")
        await ana.until(lambda: ana.phase("Box 99.79") == "done")

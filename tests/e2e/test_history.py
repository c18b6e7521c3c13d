"""The runs that were: how they ended, who drove them, and how long they took."""


async def test_a_run_that_has_ended_tells_who_drove_it_and_how_long_it_took(document, opened):
    path = document("# Release\n\n- [ ] The channel knows\n")
    async with opened(path) as ana:
        await ana.press("enter")
        await ana.until(lambda: ana.phase("The channel knows") == "done")
        await ana.press("F")
        await ana.answer("c")
        await ana.reads("✔ completed")
        run, driver = ana.state.run, ana.state.drivers[0].partition("@")[0]
    async with opened() as ana:
        await ana.reads("Ended runs", run)
        row = next(line for line in ana.screen.split("\n") if run in line)
        assert "completed" in row
        assert driver in row
        assert " s " in row
        await ana.press("end")
        await ana.reads(f"{driver} · took ")
        await ana.pilot.resize_terminal(80, 24)
        await ana.reads(f"{driver} · took ", "completed")

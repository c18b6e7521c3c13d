"""The first five minutes: nothing is configured, something is near, and it is said what it is."""

import pytest

from runbook_tui import config
from runbook_tui.tui.library import Library
from tests.e2e.test_terminal import terminal  # noqa: F401

PLAN = """# Release the heron

- [ ] The channel knows

```bash
# Make it
touch <name>
```

Roll back immediately if:

- [ ] Payments fail

## Rollback

```bash
rm <name>
```
"""


@pytest.fixture
def near(document, folder, monkeypatch):
    monkeypatch.setenv("RBT_CONFIG", str(folder / "config.toml"))
    document(PLAN)
    document("# Only words\n\nNothing to do here.\n", "words.md")
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "other.md").write_text("# Not mine\n\n- [ ] x\n")
    return folder


async def test_who_is_new_is_greeted_and_told_what_is_near(near, opened):
    async with opened() as ana:
        await ana.reads("Welcome.", "Release the heron", "2 steps", "2 cmds", "Only words", "no steps")
        assert "Not mine" not in ana.screen
        await ana.press("home")
        await ana.reads("A runbook: 2 steps, 1 more only when needed, 2 commands to run", "1 condition to roll back")
        await ana.reads("The way back is written: 1 command.", "It will ask for: <name>")
        await ana.press("down")
        await ana.reads("No steps were found in it")


async def test_on_a_low_screen_the_list_goes_first(near, opened):
    async with opened(size=(80, 14)) as ana:
        await ana.reads("Release the heron", "2 steps")
        assert "Welcome." not in ana.screen


async def test_where_nothing_is_near_the_shipped_runbooks_are_offered(folder, opened):
    async with opened() as ana:
        await ana.reads("Quickstart")


async def test_settings_change_the_theme_and_keep_it(near, opened):
    (near / "keys.toml").write_text("[walk]\ntick = 'n'\n")
    async with opened() as ana:
        await ana.reads("Release the heron")
        await ana.press("comma")
        await ana.reads("Settings", "contrast", "nobody is told outside this terminal")
        await ana.press("end", "enter")
        await ana.press("down", "down", "down", "enter")
        await ana.reads("contrast is kept in")
        assert ana.app.theme == "rbt-contrast"
        assert config.own_config().theme == "contrast"
        config.config_file().write_text("[broken\n")
        await ana.press("r")
        await ana.reads("is no TOML")
        await ana.press("enter")
        await ana.reads("it was not kept")
        await ana.press("escape")
        assert isinstance(ana.app.screen, Library)


@pytest.mark.timeout(150)
def test_a_rehearsal_is_one_key_away(document, terminal):  # noqa: F811
    document("# Tiny\n\n```bash\n# Say it\necho said\n```\n")
    shell = terminal(100, 30)
    shell.keys("rbt", "Enter")
    shell.reads("Tiny")
    shell.keys("t")
    shell.reads("enter goes back", 90)
    shell.keys("Enter")
    shell.reads("Rehearsals", 30)
    shell.keys("q")


async def test_the_library_counts_the_steps_as_the_run_does(near, opened):
    async with opened() as ana:
        await ana.reads("2 steps")
        await ana.press("home", "enter")
        await ana.reads("0/2 done")

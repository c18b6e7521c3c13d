"""The first frame comes before everything else; what goes wrong is one sentence."""

import os
import subprocess
import sys

import pytest

from runbook_tui.desk import LocalDesk
from runbook_tui.run.conductor import Conductor

HEAVY = {
    "markdown_it", "mdit_py_plugins", "rich.markdown", "aiosqlite", "pysqlite3", "sqlite3", "yaml", "ftfy", "tree_sitter",
    "asyncssh", "kubernetes_asyncio", "pexpect", "textual.widgets._markdown", "runbook_tui.wiring",
    "runbook_tui.journal.sqlite", "runbook_tui.targets.local", "runbook_tui.document.reader", "torch", "triton", "numpy",
    "hyperscan", "re2", "statistics", "runbook_tui.run.fold", "runbook_tui.run.conductor",
}  # fmt: skip


@pytest.mark.parametrize("opening", [{"open_path": "plan.md"}, {}], ids=["walk", "library"])
def test_nothing_heavy_is_imported_before_the_first_frame(tmp_path, opening):
    """A process for each: what an app loads after its first frame would be there before the next one's."""
    code = f"""
import asyncio, sys
from runbook_tui.desk import LocalDesk
from runbook_tui.tui.app import RunbookApp

class Watched(RunbookApp):
    def on_ready(self):  # before the app's own, which begins to load everything else
        print(*sorted(sys.modules))
        self.exit()

async def main():
    async with Watched(LocalDesk(), **{opening!r}).run_test():
        pass

asyncio.run(main())
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    loaded = set(out.stdout.split())
    assert "runbook_tui.tui.app" in loaded
    assert not HEAVY & loaded


def test_pictures_may_come_as_fast_as_keys_whatever_is_loaded_first():
    """Keys of one's own are read before the app is loaded, and with them the first part of the library."""
    code = """
import runbook_tui.app_commands
from runbook_tui.tui.heap import hold
from runbook_tui.key_commands import own_keys
from runbook_tui.tui.app import RunbookApp
from textual.screen import UPDATE_PERIOD
print(UPDATE_PERIOD)
"""
    env = {name: value for name, value in os.environ.items() if name != "TEXTUAL_FPS"}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert float(out.stdout) <= 0.004


async def test_a_defect_in_an_action_is_one_sentence_and_a_log(document, opened, folder, monkeypatch):
    async def broken(*_):
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(Conductor, "perform", broken)
    async with opened(document("# R\n\n- [ ] One\n")) as ana:
        ana.app._log_path = str(folder / "rbt.log")
        await ana.press("enter")
        await ana.reads("That did not work")
        assert "Traceback" not in ana.screen
        assert "ZeroDivisionError: a defect" in (folder / "rbt.log").read_text()
        assert ana.phase("One") == "pending"


async def test_a_defect_while_opening_is_one_sentence_and_the_app_stays(document, opened, monkeypatch):
    async def broken(*_):
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(LocalDesk, "new_run", broken)
    async with opened(document("# R\n\n- [ ] One\n")) as ana:
        await ana.reads("It could not be opened", "not opened")
        await ana.press("q")
        await ana.until(lambda: ana.app._exit)


def test_a_defect_in_the_app_gives_the_terminal_back_with_one_sentence(tmp_path):
    code = f"""
import asyncio
from runbook_tui.desk import LocalDesk
from runbook_tui.tui.app import RunbookApp

class Broken(RunbookApp):
    def action_show_help(self):
        raise ZeroDivisionError("a defect")

app = Broken(LocalDesk(), log_path={str(tmp_path / "rbt.log")!r})
async def press(pilot):
    await pilot.press("question_mark")
app.run(headless=True, auto_pilot=press)
print("code", app.return_code)
"""
    env_folder = tmp_path / "state"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={"RBT_STATE": str(env_folder), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert "Runbook TUI had to stop" in out.stdout + out.stderr
    assert "Traceback" not in out.stdout + out.stderr
    assert "code 1" in out.stdout
    assert "a defect" in (tmp_path / "rbt.log").read_text()


async def test_other_threads_leave_the_screen_its_turn_soon(document, opened, monkeypatch):
    """What computes in a thread gives way ten times as soon as Python's own five milliseconds."""
    monkeypatch.setattr(sys, "setswitchinterval", (asked := []).append)
    async with opened(document("# R\n\n- [ ] One\n")):
        assert asked
        assert max(asked) <= 0.0005

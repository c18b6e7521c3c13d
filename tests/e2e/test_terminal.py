"""In a real terminal: started, resized, handed over, and given back as it was found."""

import os
import pty
import re
import shutil
import signal as signals
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not here")

PLAN = """# Release

- [ ] The channel knows

<!-- rbt: interactive=true -->
```bash
# Ask for a word
printf 'the %s: ' word; read word; echo "it was $word"
```
"""


# A defect that no key of ours has: going to the next trouble divides by nothing, outside of what is caught.
DEFECT = """
import importlib.abc, sys

class Late(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "runbook_tui.tui.asides":
            sys.meta_path.remove(self)
            from runbook_tui.tui.wayfinding import Wayfinding
            Wayfinding._next_trouble = lambda self: 1 / 0
        return None

sys.meta_path.insert(0, Late())
"""


def mine(folder):
    """Processes of the app that run in this folder."""
    found = subprocess.run(["pgrep", "-f", "rbt release.md"], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split() if Path(f"/proc/{pid}/cwd").resolve() == folder.resolve()]


class Terminal:
    """A tmux window with a shell in it."""

    def __init__(self, folder, width, height):
        self.socket = f"rbt-{uuid.uuid4().hex[:8]}"
        bin_folder = Path(sys.executable).parent
        environment = {
            "PATH": f"{bin_folder}:{os.environ['PATH']}", "HOME": str(folder), "RBT_STATE": str(folder / "state"),
            "TERM": "xterm-256color", "LANG": "C.UTF-8", "PS1": "READY> ",
        }  # fmt: skip
        self._environment = environment
        command = ["sh", "-i"]
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "-c", str(folder), *command
        )
        self.reads("READY>")

    def _tmux(self, *arguments):
        run = subprocess.run(
            ["tmux", "-L", self.socket, *arguments], env=self._environment, capture_output=True, text=True, check=True
        )
        return run.stdout

    @property
    def screen(self):
        return self._tmux("capture-pane", "-p")

    def keys(self, *keys):
        self._tmux("send-keys", *keys)

    def told(self, format_):
        """What tmux knows of the pane."""
        return self._tmux("display-message", "-p", format_)

    def resize(self, width, height):
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def reads(self, text, seconds=20):
        end = time.monotonic() + seconds
        while text not in self.screen:
            if time.monotonic() > end:
                raise AssertionError(f"“{text}” did not come; the terminal says:\n{self.screen}")
            time.sleep(0.05)

    def close(self):
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def terminal(folder):
    made = []

    def make(width=80, height=24):
        made.append(Terminal(folder, width, height))
        return made[-1]

    yield make
    for one in made:
        one.close()


def opened(document, terminal, command="rbt release.md"):
    """A shell in which the plan was opened, once its first step is seen."""
    document(PLAN)
    shell = terminal()
    shell.keys(command, "Enter")
    shell.reads("The channel knows")
    return shell


def test_started_resized_and_given_back_as_it_was(document, terminal):
    document(PLAN)
    shell = terminal()
    shell.keys("echo before; stty -a | tr ';' '\\n' | grep -c echo", "Enter")
    shell.reads("before")
    shell.keys("rbt release.md", "Enter")
    shell.reads("The channel knows")
    shell.resize(140, 40)
    shell.reads("○ open")
    shell.resize(60, 15)
    shell.reads("enter tick")
    shell.keys("q")
    shell.reads("rbt resume")
    screen = shell.screen
    assert "before" in screen  # the alternate screen is gone, the old one is back
    assert "Traceback" not in screen
    shell.keys("stty -a | tr ' ' '\\n' | grep -x -e icanon -e echo; tput cnorm; echo done-$((40+2))", "Enter")
    shell.reads("done-42")
    assert "icanon" in shell.screen
    assert "\necho\n" in shell.screen


def test_errors_sent_elsewhere_take_no_picture_with_them(document, terminal, folder):
    shell = opened(document, terminal, "rbt release.md 2>errors")
    shell.keys("q")
    shell.reads("READY>")
    assert "The channel knows" not in (folder / "errors").read_text()


def test_an_interactive_command_gets_the_terminal_and_gives_it_back(document, terminal):
    document(PLAN)
    shell = terminal(100, 30)
    shell.keys("rbt release.md", "Enter")
    shell.reads("Ask for a word")
    shell.keys("j")
    shell.reads("takes over the terminal")
    shell.keys("Enter")
    shell.reads("the word:")
    assert "▾ Release" not in shell.screen
    shell.keys("heron", "Enter")
    shell.reads("exit status 0")
    shell.reads("it was heron")
    shell.keys("Enter")  # the cursor went to the open step
    shell.reads("2/2 done")
    shell.keys("q")
    shell.reads("rbt resume")


TALKING = """# Talking

```bash
# Talk
for n in $(seq 1 400); do echo "line $n"; sleep 0.02; done
```
"""


def test_an_output_is_handed_to_the_pager_while_its_command_runs_on(document, terminal, folder):
    document(TALKING)
    pager = folder / "my pager"
    pager.write_text('#!/bin/sh\nclear; echo "PAGER of $(wc -l <"$1") lines, mode $(stat -c %a "$1")"; read answer\n')
    pager.chmod(0o755)
    shell = terminal(100, 30)
    shell.keys(f"export PAGER=\"'{pager}'\"; rbt release.md", "Enter")
    shell.reads("Talk")
    shell.keys("Enter")
    shell.reads("line 20")
    shell.keys("l")
    shell.reads("o pager")
    shell.keys("o")
    shell.reads("PAGER of")
    time.sleep(4.5)  # the command goes on; the screen would have painted more than 40 times
    assert "line 2" not in shell.screen
    shell.keys("C-c")  # is the pager's own, and none of the app's
    shell.reads("o pager")
    shell.reads("line 400", 30)
    shell.keys("q")
    shell.reads("exit status 0")
    shell.keys("q")
    shell.reads("rbt resume")


def test_a_killed_app_leaves_a_run_that_opens_again(document, terminal, folder):
    shell = opened(document, terminal)
    shell.keys("Enter")
    shell.reads("1/2 done")
    for pid in mine(folder):
        os.kill(pid, 9)
    shell.reads("was ended from outside")  # and the terminal is the shell's again
    given_back(shell)
    shell = terminal()
    shell.keys("rbt release.md", "Enter")
    shell.reads("unfinished run")
    time.sleep(0.5)
    shell.keys("c")
    shell.reads("1/2 done")


GIVEN_BACK = "stty -a | tr ' ' '\\n' | grep -x -e icanon -e echo -e isig -e opost | tr '\\n' '+'; echo done-$((40+2))"


def given_back(shell):
    """The shell has its terminal again: old screen, cursor, echo, no mouse, no bracketed paste."""
    shell.keys("", "Enter")
    shell.keys(GIVEN_BACK, "Enter")
    shell.reads("done-42")
    assert all(word in shell.screen for word in ("isig", "icanon", "opost", "echo+"))
    flags = shell.told("#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{mouse_sgr_flag} #{keypad_flag}")
    assert flags.split() == ["0", "1", "0", "0", "0"], flags


def test_suspended_by_ctrl_z_and_back_by_fg(document, terminal):
    document(PLAN)
    shell = terminal(90, 24)
    shell.keys("set -m; echo before", "Enter")
    shell.reads("before")
    shell.keys("rbt release.md", "Enter")
    shell.reads("The channel knows")
    assert shell.told("#{alternate_on}").strip() == "1"
    shell.keys("C-z")
    shell.reads("Stopped")
    given_back(shell)
    shell.keys("clear; fg", "Enter")
    shell.reads("The channel knows")
    assert shell.told("#{alternate_on}").strip() == "1"
    shell.keys("Enter")
    shell.reads("1/2 done")
    shell.keys("q")
    shell.reads("rbt resume")
    given_back(shell)


@pytest.mark.parametrize("signal", ["ABRT", "SEGV"])
def test_a_process_that_is_shot_leaves_a_terminal_that_can_be_used(document, terminal, folder, signal):
    """Nothing of the app runs any more: what was started beside it mends the terminal."""
    document(PLAN)
    shell = terminal(90, 24)
    shell.keys("rbt release.md", "Enter")
    shell.reads("The channel knows")
    for pid in mine(folder):
        os.kill(pid, getattr(signals, f"SIG{signal}"))
    shell.reads("Runbook TUI was ended from outside", 20)
    given_back(shell)


def test_a_defect_ends_the_app_with_a_sentence_and_gives_the_terminal_back(document, terminal, folder):
    document(PLAN)
    own = folder / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text(DEFECT)
    shell = terminal(100, 30)
    shell.keys("echo before", "Enter")
    shell.reads("before")
    shell.keys(f"PYTHONPATH={own} rbt release.md", "Enter")
    shell.reads("The channel knows")
    shell.keys("t")
    shell.reads("Runbook TUI had to stop: ZeroDivisionError")
    screen = shell.screen
    assert "before" in screen
    assert "What was recorded is safe" in screen
    assert "Traceback" not in screen
    given_back(shell)
    details = re.search(r"Details: (/.+?/rbt\.log)", screen.replace("\n", ""))
    assert "ZeroDivisionError" in Path(details[1]).read_text()


def test_the_app_ends_with_its_terminal_although_nobody_passes_the_hang_up_on(tmp_path):
    """As under `make`, which hears the hang-up, and waits for a child that never does."""
    (tmp_path / "release.md").write_text(PLAN)
    rbt = Path(sys.executable).parent / "rbt"
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.environ |= {"RBT_STATE": str(tmp_path / "state"), "TERM": "xterm-256color"}
        os.execv("/bin/sh", ["sh", "-c", f"trap : HUP; {rbt} release.md; echo $? > ended"])
    painted = b""
    while b"The channel knows" not in painted:
        painted += os.read(terminal, 65536)
    os.close(terminal)
    end = time.monotonic() + 10
    while not (tmp_path / "ended").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert (tmp_path / "ended").read_text().strip() == "129"
    os.waitpid(child, 0)

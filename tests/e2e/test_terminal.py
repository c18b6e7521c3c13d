"""In a real terminal: started, resized, handed over, and given back as it was found."""

import os
import shutil
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
    document(PLAN)
    shell = terminal()
    shell.keys("rbt release.md", "Enter")
    shell.reads("The channel knows")
    shell.keys("Enter")
    shell.reads("1/2 done")
    found = subprocess.run(["pgrep", "-f", "rbt release.md"], capture_output=True, text=True, check=False)
    mine = [int(pid) for pid in found.stdout.split() if Path(f"/proc/{pid}/cwd").resolve() == folder.resolve()]
    for pid in mine:
        os.kill(pid, 9)
    shell.reads("Killed")
    shell = terminal()
    shell.keys("rbt release.md", "Enter")
    shell.reads("unfinished run")
    time.sleep(0.5)
    shell.keys("c")
    shell.reads("1/2 done")

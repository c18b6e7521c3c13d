"""The terminal given back after a kill: nothing of the app runs then, so a small shell beside it does."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

# Mode resets of xterm's control sequences: keyboard protocol, paste, mouse, focus, alternate screen, cursor, colours.
_AS_FOUND = (
    r"\033[<u\033[?2004l\033[?1000l\033[?1002l\033[?1003l\033[?1004l\033[?1006l\033[?1015l\033[?1016l\033[?2048l"
    r"\033[?2026l\033[?1049l\033[?25h\033[0m\r"
)
_SAID = "Runbook TUI was ended from outside. What was recorded is safe, commands go on where they run: rbt resume."
_GUARD = f"""
trap '' INT QUIT TERM HUP TSTP TTOU TTIN PIPE
saved=$(stty -g <&1)
mine=1
while read -r word; do
  case $word in bye) exit 0 ;; away) mine= ;; back) mine=1 ;; esac
done
[ "$mine" ] || exit 0
stty "$saved" <&1 || stty sane <&1
printf '{_AS_FOUND}'
printf '\\r\\n%s\\r\\n' "{_SAID}"
"""


@contextmanager
def guarded_terminal() -> Iterator[Callable[[str], None]]:
    """While this holds, a death of this process gives the terminal back; a kill that nobody can catch as well.

    What is given is told `away` while another program has the terminal, and `back` after that.
    """
    try:
        with open("/dev/tty", "wb", buffering=0) as tty:  # noqa: PTH123  # pathlib costs start-up
            words = ["/bin/sh", "-c", _GUARD]
            guard = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=tty, stderr=subprocess.DEVNULL)
    except OSError:  # no shell, no terminal of ours: then as without
        yield lambda _: None
        return
    door = guard.stdin

    def tell(word: str) -> None:
        if door is not None:
            with suppress(OSError):
                os.write(door.fileno(), word.encode() + b"\n")

    try:
        yield tell
    finally:
        guard.communicate(b"bye\n")

"""Errors of the driver (XID) from the kernel's log of another machine: how far back it goes, what it holds, what comes.

That there were none is said only of the time the log really covers, and only once all of it was read. A journal that
lets in and shows nothing (other users' messages are hidden without a word) is not one that may be read.
"""

from __future__ import annotations

import re
from contextlib import suppress

from runbook_tui.run.ports import SignalError
from runbook_tui.signals.gpu.xid_watch import BEGINNING, kernel_line

_READ = "rbt: read"  # no line of the kernel's begins like that: they begin with their time
# `readable UPTIME OLDEST`, both in seconds, then the errors so far, then _READ when all was read, then what comes.
# Following begins at the oldest record again, so that none is lost in between: what is known already is dropped.
COMMAND = (
    "up=$(cut -d' ' -f1 /proc/uptime 2>/dev/null); "
    "oldest() { sed -n '1{s/^\\[ *\\([0-9][0-9]*\\.[0-9]*\\)\\].*/\\1/p;q;}'; }; "
    f"errors() {{ grep --line-buffered -e 'NVRM: Xid' -e '^{_READ}$'; }}; "
    'journal="journalctl -q -k -b -o short-monotonic"; '
    'if command -v journalctl >/dev/null && from=$($journal 2>/dev/null | oldest) && [ -n "$from" ]; then '
    f'echo "readable $up $from"; {{ $journal && echo "{_READ}"; }} | errors; $journal -f -n all | errors; '
    "elif dmesg >/dev/null 2>&1; then "
    f'echo "readable $up $(dmesg | oldest)"; {{ dmesg && echo "{_READ}"; }} | errors; dmesg --follow | errors; '
    "else echo refused; fi"
)
_SINCE_BOOT = re.compile(r"^\[\s*(\d+\.\d+)\]")


class Log:
    """What the command's lines say. Times are seconds since the epoch, by our clock: theirs may differ."""

    def __init__(self, now: float) -> None:
        self._booted = now
        self._from = now  # the oldest record's time; 0.0: from the start of the machine
        self.since: float | None = None  # since when errors are known; None until the log was read

    def take(self, line: str, now: float) -> tuple[str, int, str, float] | None:
        """PCI address, code, the rest, and when it was; None when it is another line. Raises SignalError."""
        word, _, rest = line.partition(" ")
        if word == "refused":
            raise SignalError("the kernel's log may not be read there")
        if line == _READ:
            self.since = self._from
        elif word == "readable":
            self._begin(rest.split(), now)
        elif (found := kernel_line(line)) is not None:
            since_boot = _SINCE_BOOT.match(line)
            return (*found, self._booted + float(since_boot[1]) if since_boot else now)
        return None

    def _begin(self, told: list[str], now: float) -> None:
        with suppress(ValueError, IndexError):
            self._booted = now - float(told[0])
            oldest = float(told[1])
            self._from = 0.0 if oldest < BEGINNING else self._booted + oldest

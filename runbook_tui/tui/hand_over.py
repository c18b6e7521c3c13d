"""The terminal given to another program for a while: a pager, an editor, a command that wants it."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
import tempfile
import termios
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from runbook_tui.run.ports import OperatorError
from runbook_tui.tui.terminal_text import printable

GRACE = 2.0  # seconds between asking a program to end and ending it
_KNOW_LINES = frozenset({"less", "more", "vi", "vim", "nvim", "view", "nano", "pico", "emacs", "kak", "joe", "micro"})


class NotHandedOver(OperatorError):
    """The program could not be given the terminal; nothing else happened."""


@contextmanager
def terminal_given(app: App[Any]) -> Iterator[None]:
    """While this holds, the app paints nothing and reads nothing; afterwards the screen is as it was.

    Without the batch Textual would go on writing to a thread that has ended, and stand still after 30 paints.
    """
    try:
        with app.batch_update(), app.suspend():
            yield
    except SuspendNotSupported:
        raise NotHandedOver("here is no terminal that could be handed over") from None


async def open_in(app: App[Any], program: str, pieces: Iterable[bytes], *, line: int, name: str) -> None:
    """Show a copy of an output in a program until it ends; the copy is gone afterwards.

    Raises NotHandedOver. When cancelled, the program is ended and the screen comes back.
    """
    words = shlex.split(program)
    with tempfile.TemporaryDirectory(prefix="rbt-") as folder:
        path = Path(folder) / f"{name}.txt"
        await asyncio.to_thread(_write, path, pieces)
        if Path(words[0]).name in _KNOW_LINES:
            words.append(f"+{line}")
        with terminal_given(app), _interrupts_are_theirs():
            try:
                process = await asyncio.create_subprocess_exec(*words, str(path))
            except OSError as error:
                raise NotHandedOver(f"{words[0]} could not be started: {error.strerror}") from None
            try:
                await process.wait()
            except asyncio.CancelledError:
                await _end(process)
                raise


async def run_and_wait(app: App[Any], words: list[str]) -> None:
    """Give the terminal to a program; when it has ended, its last lines stay until enter. Raises NotHandedOver.

    When cancelled, the program is ended and the screen comes back.
    """
    with terminal_given(app), _interrupts_are_theirs():
        try:
            process = await asyncio.create_subprocess_exec(*words)
        except OSError as error:
            raise NotHandedOver(f"{words[0]} could not be started: {error.strerror}") from None
        try:
            await process.wait()
            _forget_typed()
            print("\nenter goes back", flush=True)  # noqa: T201  # the terminal is not the app's now
            await asyncio.to_thread(sys.stdin.readline)
        except asyncio.CancelledError:
            await _end(process)
            raise


def _forget_typed() -> None:
    """What was typed while the program ran is no answer to what comes now."""
    with suppress(termios.error, OSError, ValueError):  # here is no terminal
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def pager() -> str:
    return os.environ.get("PAGER") or "less"


def editor() -> str:
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for piece in pieces:
            file.write(printable(piece))


@contextmanager
def _interrupts_are_theirs() -> Iterator[None]:
    """Ctrl-c in the program is no ctrl-c here; a handler, unlike ignoring it, is not passed on to the program."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(GRACE):
                await process.wait()
        except TimeoutError:
            process.kill()

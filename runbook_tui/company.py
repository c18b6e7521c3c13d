"""Everybody at a run, for one terminal: says what this one does, hears what others do."""

from __future__ import annotations

import asyncio
import getpass
import os
import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from runbook_tui.journal.ears import Ears
from runbook_tui.journal.presence import SIGN, Presence
from runbook_tui.run.people import SILENT, Someone, Who

AS = "RBT_AS"  # whom this terminal speaks for
LONGEST = 64  # characters of a name
LISTEN_EVERY = 0.04  # seconds between two looks at the others at least
LOOK_EVERY = 1.0  # seconds after which to look all the same: somebody may have died or fallen silent


def who_here(env: Mapping[str, str] | None = None) -> Who:
    """Whom this terminal says it speaks for; nothing proves it."""
    surroundings = os.environ if env is None else env
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid{os.getuid()}"
    terminal = ""
    with suppress(OSError, ValueError):
        terminal = os.ttyname(sys.stdin.fileno()).removeprefix("/dev/")
    said = "".join(char for char in surroundings.get(AS, "") if char.isprintable()).strip()[:LONGEST]
    person = said or user
    return Who(person=person, user=user, uid=os.getuid(), host=socket.gethostname(), terminal=terminal)


class LocalCompany:
    """Implements `run.people.Company` for the terminals of one machine."""

    def __init__(self, state: Path, run: str, who: Who, *, doing: str, speaks: Callable[[], Who] | None = None) -> None:
        self._speaks = speaks  # whom this terminal speaks for, as soon as it is proved
        self.run = run
        self._presence = Presence(state, run, Someone(id=secrets.token_hex(6), who=who, doing=doing))
        self._others: tuple[Someone, ...] = ()
        self._listeners: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._ears: Ears | None = None
        self._wanted = self._presence.me
        self._said = self._presence.me

    @property
    def me(self) -> Someone:
        return self._wanted

    def others(self) -> tuple[Someone, ...]:
        return self._others

    def look_at(self, step: str) -> None:
        self._become(step=step)

    def do(self, doing: str) -> None:
        self._become(doing=doing)

    def ask(self, epoch: int) -> None:
        self._become(asks=epoch)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Hear of every change of the others, on the loop; the result ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def enter(self) -> None:
        """Be seen, and see others, until `leave`. Where no file can be written one is alone."""
        with suppress(OSError):
            await asyncio.to_thread(self._presence.enter)
        self._task = asyncio.create_task(self._listen())

    async def leave(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(self._presence.leave)

    def _become(self, **fields: object) -> None:
        self._wanted = msgspec.structs.replace(self._wanted, **fields)
        if self._ears is not None and self._wanted != self._said:
            self._ears.wake()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        sign_at = 0.0
        with Ears(self._presence.bell, every=LISTEN_EVERY) as ears:
            self._ears = ears
            while True:
                now = loop.time()
                if self._speaks is not None and now >= sign_at:
                    self._become(who=self._speaks())
                if self._wanted != self._said or now >= sign_at:
                    ring = self._wanted != self._said
                    self._said, sign_at = self._wanted, now + SIGN
                    with suppress(OSError):
                        await asyncio.to_thread(self._presence.say, self._said, ring=ring)
                others = await asyncio.to_thread(self._presence.others)
                if _seen(others) != _seen(self._others):
                    self._others = others
                    for listener in list(self._listeners):
                        listener()
                self._others = others
                await ears.heard(LOOK_EVERY)


def _seen(others: tuple[Someone, ...]) -> list[Someone]:
    """What makes a difference on a screen: silence counts when it is long, and then by ten seconds."""
    return [
        msgspec.structs.replace(one, silent=0.0 if one.silent < SILENT else one.silent // 10 * 10) for one in others
    ]

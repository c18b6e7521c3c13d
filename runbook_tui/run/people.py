"""Who is at a run: persons, terminals, what each looks at. Values only; nothing of this is in the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

SILENT = 15.0  # seconds without a sign of life after which somebody is called silent


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a terminal speaks for. Until it has signed something the name is only what it says of itself."""

    person: str
    principal: str = ""  # of allowed_signers, whose key it has
    fingerprint: str = ""  # of that key
    how: str = ""  # agent or file, once the key was used; empty: nothing is proved
    user: str = ""
    uid: int = -1
    host: str = ""
    terminal: str = ""  # tty

    @property
    def proved(self) -> bool:
        return bool(self.principal and self.how)

    @property
    def account(self) -> str:
        return f"{self.user}@{self.host}"

    @property
    def actor(self) -> str:
        """As it stands in the record: on a shared account with the person it is said to be."""
        return self.account if self.person in ("", self.user) else f"{self.person}/{self.account}"


class Someone(msgspec.Struct, frozen=True, kw_only=True):
    """A terminal at a run, as others see it."""

    id: str
    who: Who
    doing: str = "observing"  # driving, observing or commenting
    step: str = ""  # under the cursor
    asks: int = 0  # for the drive, while its epoch is this one
    silent: float = 0.0  # seconds without a sign of life

    @property
    def gone(self) -> bool:
        """It may be suspended or cut off; its process is alive, or it would not be listed."""
        return self.silent >= SILENT


class Company(Protocol):
    """Everybody who is at the run, this terminal among them."""

    @property
    def me(self) -> Someone: ...

    def others(self) -> tuple[Someone, ...]: ...

    def look_at(self, step: str) -> None:
        """The cursor stands there. Never waits."""
        ...

    def do(self, doing: str) -> None: ...

    def ask(self, epoch: int) -> None:
        """Ask whoever drives under that epoch for the drive; 0 asks no more."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Hear of every change of the others; the result ends it."""
        ...


def same_person(one: Who, other: Who) -> str | None:
    """Why these two are not two people, as far as anybody can tell; None when they are."""
    if one.fingerprint and one.fingerprint == other.fingerprint:
        return "it is the same key"
    if one.principal and one.principal == other.principal:
        return f"it is {one.principal} again"
    if one.principal and other.principal:
        return None
    if (one.user, one.host) == (other.user, other.host):
        return f"both terminals are {one.account}, and on a shared account only keys tell two people apart"
    return None

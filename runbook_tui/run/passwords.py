"""Passwords of sudo: in memory only, tried on one host before others get them, never sent again once refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from runbook_tui.run.elevation import NOT_GIVEN, REFUSED, WRONG
from runbook_tui.run.policy import Refused
from runbook_tui.run.ports import JobOrder, Target, TargetError
from runbook_tui.run.targets import Targets

PATIENCE = 60.0  # seconds for sudo to say whether it takes a password
MOST = 3  # wrong ones in a row for one host: pam_faillock locks an account after three by default


class PasswordWanted(TargetError):
    """sudo on a host wants a password that this process does not have, or had wrongly."""

    def __init__(self, message: str, *, host: str, refused: bool = False) -> None:
        super().__init__(message)
        self.host = host
        self.refused = refused  # one was sent, and sudo did not take it


class _Giving:
    """One password as it was given, and the hosts it was given for."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self.hosts = tuple(hosts)
        self.taken = False  # by one of them
        self.refused_on = ""
        self.trying = asyncio.Lock()


class Passwords:
    """Which hosts a password was given for, and whether it has shown to be right.

    An account of many hosts is often one account: a mistyped password sent to all of them at once would lock it.
    """

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._givings: dict[str, _Giving] = {}
        self._wrong: dict[str, int] = {}  # in a row

    def give(self, hosts: Sequence[str], password: str) -> None:
        """Use it on these hosts from now on. Raises Refused for a host that has refused too many."""
        if spent := [host for host in hosts if self._wrong.get(host, 0) >= MOST]:
            raise Refused(
                f"sudo on {spent[0]} did not take {MOST} passwords, and accounts are locked after some wrong ones. "
                "Nothing more is sent there: log in and find out with `sudo -v` which one is right, then open rbt anew"
            )
        giving = _Giving(hosts)
        for host in hosts:
            self._givings[host] = giving
            self._targets.use_password(host, password)

    async def look(self, target: Target, host: str, run: str, new_id: Callable[[], str], *, says_sudo: bool) -> None:
        """Before a command that will hand over its password. Raises TargetError."""
        if (password := self._targets.password(host)) is None:
            return
        if self._targets.fleet(host).hosts[0].become is not None:
            await self.try_first(host, lambda: _become_takes(target, run))
        elif says_sudo:
            order = JobOrder(run=run, job=f"{new_id()}.sudo", text=":", home="/", password=password, timeout=PATIENCE)
            await self.try_first(host, lambda: _sudo_takes(target, order))

    async def try_first(self, host: str, works: Callable[[], Awaitable[bool]]) -> None:
        """Let `works` try the password there, unless some host has taken it already; the others wait for the answer.

        Raises PasswordWanted when it was refused, there or on the host it was tried on meanwhile.
        """
        giving = self._givings.get(host)
        if giving is None or giving.taken:
            return
        async with giving.trying:
            if giving.refused_on:
                raise PasswordWanted(
                    f"sudo on {giving.refused_on} did not take the password, and so it was not tried here. "
                    "Nothing was run.",
                    host=host,
                    refused=True,
                )
            if giving.taken:
                return
            if await works():
                giving.taken = True
                for other in giving.hosts:
                    self._wrong.pop(other, None)
                return
            self.refuse(host)
        raise PasswordWanted(f"sudo on {host} did not take the password. Nothing was run.", host=host, refused=True)

    def refuse(self, host: str) -> None:
        """It was refused there: forgotten there, and wherever it was given and nobody has taken it yet."""
        giving = self._givings.get(host)
        if giving is None:
            return
        giving.refused_on = giving.refused_on or host
        for other in (host,) if giving.taken else giving.hosts:
            if self._givings.get(other) is giving:
                del self._givings[other]
                self._wrong[other] = self._wrong.get(other, 0) + 1
                self._targets.forget_password(other)


def barred_by(error: TargetError) -> str:
    """What stands in the record of a command that sudo kept from being sent; empty for any other error."""
    if not isinstance(error, PasswordWanted):
        return ""
    return WRONG if error.refused else NOT_GIVEN


async def _become_takes(target: Target, run: str) -> bool:
    """Whether the host lets us become the account it is used as: any question to it needs that."""
    try:
        await target.inspect(run, "none", boot="")
    except PasswordWanted as error:
        if error.refused:
            return False
        raise
    return True


async def _sudo_takes(target: Target, order: JobOrder) -> bool:
    """Whether sudo there takes the password of an order that does nothing else. Raises TargetError."""
    job = await target.start(order)
    async for _ in job.output(0):
        pass
    ended = await job.wait()
    if ended.exit == 0:
        return True
    if REFUSED in ended.detail:
        return False
    why = f"no answer within {order.timeout:.0f} s" if ended.timed_out else ended.detail or f"exit status {ended.exit}"
    raise TargetError(f"Whether sudo takes the password there could not be found out: {why}. Nothing was run.")

"""Many hosts under one name: who they are, how many at once, in which waves, and when to stop. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

import msgspec

from runbook_tui.document.patterns import expression
from runbook_tui.run.ports import OperatorError

PARALLEL = 32  # hosts worked on at once, unless the fleet says otherwise
NEVER = "never"
_SHARE = expression(r"^\s*([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*(%)?\s*$")
# What every resolver, every shell word and every `ssh` argument takes for a name and for nothing else.
_NAME = expression(r"^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?$")
_V6 = expression(r"^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9_.-]{1,32})?$")
_USER = expression(r"^[A-Za-z0-9_][A-Za-z0-9_.@\\+-]{0,63}\$?$")
_WRITTEN = expression(
    r"^(?:(?P<scheme>ssh)://)?(?:(?P<user>[^\s@/]+(?:@[^\s@/]+)?)@)?"
    r"(?:\[(?P<six>[^\]\s]+)\]|(?P<host>[^\s@:/\[\]]+)|(?P<bare>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[^\s@/\[\]]*))"
    r"(?::(?P<port>[0-9]{1,5}))?/?$"
)


class FleetError(OperatorError):
    """A host, a size or a threshold is not one; nothing was run."""


class Share(msgspec.Struct, frozen=True):
    """A number of hosts, or a percentage of them."""

    number: str  # decimal digits as written, so that 33.3 % is 33.3 % and not the nearest binary fraction
    percent: bool = False

    def of(self, total: int) -> Fraction:
        """How many of `total` hosts it is, not rounded."""
        return Fraction(self.number) * total / 100 if self.percent else Fraction(self.number)

    def __str__(self) -> str:
        return f"{self.number} %" if self.percent else self.number


class Batches(msgspec.Struct, frozen=True):
    """Sizes of the waves, as Ansible's `serial`: the last one is repeated until all hosts had their turn.

    Empty: all hosts in one wave.
    """

    sizes: tuple[Share, ...] = ()


class Stop(msgspec.Struct, frozen=True):
    """No further host starts once more than `above` hosts have failed; None: whatever fails, go on."""

    above: Share | None = Share("0")


class HostSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A host as the operator names it, and how to reach it. What is None is left to ssh_config and its defaults."""

    name: str
    address: str = ""  # empty: `name`, which ssh_config may map further
    user: str | None = None
    port: int | None = None
    become: str | None = None  # the account commands run as, by sudo
    cwd: str | None = None  # where the first command of a run starts
    options: Mapping[str, str] = {}  # ssh_config words in lower case, e.g. {"identityfile": "~/.ssh/deploy"}

    def __post_init__(self) -> None:
        account, _, host = self.name.rpartition("@")  # two accounts on one host are two names
        if account and not _USER.match(account):
            raise FleetError(f"{account[:80]!r} is not a user name (host {host}). Nothing was run.")
        checked_address(host)
        checked_address(self.address or host)
        if self.user is not None and not _USER.match(self.user):
            raise FleetError(f"{self.user[:80]!r} is not a user name (host {self.name}). Nothing was run.")
        if self.become is not None and not _USER.match(self.become):
            raise FleetError(f"{self.become[:80]!r} is not an account to become (host {self.name}). Nothing was run.")
        if self.port is not None and not 1 <= self.port <= 65_535:
            raise FleetError(f"{self.port} is not a port (host {self.name}): 1 to 65535. Nothing was run.")

    @property
    def reached_at(self) -> str:
        """The name or address given to ssh."""
        return self.address or self.name.rpartition("@")[2]

    @property
    def shown(self) -> str:
        """`name`, and in brackets what is reached under it when that is another."""
        address = f"[{self.reached_at}]" if ":" in self.reached_at and self.port else self.reached_at
        full = f"{self.user}@" * bool(self.user) + address + (f":{self.port}" if self.port else "")
        return self.name if full == self.name else f"{self.name} ({full})"


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """Hosts a command runs on, in the order they are taken."""

    name: str
    hosts: tuple[HostSpec, ...]
    limit: int = PARALLEL  # worked on at the same time within a wave
    batches: Batches = Batches()
    stop: Stop = Stop()

    def __post_init__(self) -> None:
        if not self.hosts:
            raise FleetError(f"There is no host in {self.name!r}. Nothing was run.")
        if self.limit < 1:
            raise FleetError(f"The limit of {self.name!r} is {self.limit}: at least one host has to run.")
        seen: set[str] = set()
        for host in self.hosts:
            if host.name in seen:
                raise FleetError(f"{host.name!r} stands twice in {self.name!r}: a command would run twice on it.")
            seen.add(host.name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(host.name for host in self.hosts)

    def host(self, name: str) -> HostSpec:
        """Raises FleetError for a name that is not of this fleet."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise FleetError(f"{name!r} is no host of {self.name!r}. Nothing was run.")

    def only(self, names: Collection[str]) -> Fleet:
        """The same fleet with these hosts alone, in its own order: for running again where it failed.

        Raises FleetError for names that are not of this fleet, and for none at all.
        """
        wanted = set(names)
        for name in sorted(wanted - set(self.names)):
            self.host(name)
        return msgspec.structs.replace(self, hosts=tuple(host for host in self.hosts if host.name in wanted))

    @property
    def waves(self) -> tuple[tuple[str, ...], ...]:
        return waves(self.names, self.batches)


def checked_address(text: str) -> str:
    """A host name or address that can be nothing else in an ssh command line or a proxy command.

    Raises FleetError.
    """
    if _NAME.match(text) or _V6.match(text):
        return text
    raise FleetError(f"{text[:80]!r} is not a host name or address. Nothing was run.")


def share(value: object, *, what: str = "a number of hosts") -> Share:
    """`3`, `"3"`, `"25%"`. Raises FleetError."""
    match = None if isinstance(value, bool) else _SHARE.match(str(value))
    if match is None or (not match[2] and "." in match[1]) or (match[2] and Fraction(match[1]) > 100):
        raise FleetError(f"{str(value)[:80]!r} is not {what}: write a number like 3 or a percentage like 25%.")
    return Share(match[1].lstrip("0") or "0", percent=match[2] is not None)


def batches(value: object) -> Batches:
    """`2`, `"25%"`, or a list of them as in `[1, 5, "50%"]`. Raises FleetError."""
    items = value if isinstance(value, (list, tuple)) else [value]
    sizes = tuple(share(item, what="the size of a batch") for item in items)
    for size in sizes:
        if not Fraction(size.number):
            raise FleetError("A batch of 0 hosts would never end: write a number like 3 or a percentage like 25%.")
    return Batches(sizes)


def stop(value: object) -> Stop:
    """`2` (more than two), `"10%"` (more than that), `never`. Raises FleetError."""
    if value is False or str(value).strip().lower() == NEVER:
        return Stop(None)
    return Stop(share(value, what=f"when to stop (or `{NEVER}`)"))


def parsed_host(text: str) -> HostSpec:
    """`host`, `user@host`, `user@host:2222`, `user@[2001:db8::7]:22`, `ssh://user@host:port`, as a host.

    The name is the host as written, without user and port. Raises FleetError for everything else.
    """
    match = _WRITTEN.match(text.strip()) if len(text) < 400 else None
    if match is None:
        raise FleetError(f"{text[:80]!r} is not a host: write host, user@host or user@host:port.")
    host = match["six"] or match["host"] or match["bare"]
    if match["six"] and not _V6.match(host):
        raise FleetError(f"{text[:80]!r} is not a host: only an IPv6 address stands in square brackets.")
    return HostSpec(name=host, user=match["user"], port=int(match["port"]) if match["port"] else None)


def waves(hosts: Sequence[str], batches: Batches) -> tuple[tuple[str, ...], ...]:
    """The hosts in the order they are taken, cut into waves; each host stands in exactly one.

    A percentage is one of all hosts given, rounded down so that never more than it says are worked on together, but
    at least one. Counted once, before the first wave: hosts that fail do not change the size of later waves
    (https://github.com/ansible/ansible/issues/32255).
    """
    total = len(hosts)
    if not batches.sizes:
        return (tuple(hosts),) if total else ()
    sizes = [max(1, int(size.of(total))) for size in batches.sizes]
    found: list[tuple[str, ...]] = []
    start = 0
    while start < total:
        size = sizes[min(len(found), len(sizes) - 1)]
        found.append(tuple(hosts[start : start + size]))
        start += size
    return tuple(found)


def stop_reached(stop: Stop, total: int, failed: int, unknown: int, *, succeeded: int | None = None) -> str | None:
    """Why no further host may start, for the operator; None when the next one may.

    `total` is all hosts the command is for, never those of one wave, so that a wave of one host does not make one
    failure 100 %. An unknown outcome counts as failed. With `succeeded` (asked at the end of a wave), a command that
    has worked nowhere so far stops as well: more hosts would only be more damage.
    """
    if stop.above is None:
        return None
    bad = failed + unknown
    told = (
        f"{failed} of {total} hosts failed"
        if not unknown
        else f"{failed} failed and {unknown} unknown of {total} hosts"
    )
    if bad > stop.above.of(total):
        limit = "any failure stops" if stop.above == Share("0") else f"more than {stop.above} stops"
        return f"{told}, and {limit}"
    if bad and succeeded == 0:
        return f"{told}, and it has succeeded nowhere so far"
    return None

"""Whether the hosts of a fleet are fit for the run, found out before anything is changed there. Pure.

The target gathers a `Probe` of each host (targets/probe.sh, and what the connection itself tells); here it becomes a
verdict with reasons, and all verdicts become one table and one decision.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from runbook_tui.run.fleet import FleetError
from runbook_tui.run.hostnames import folded

SCHEMA = "runbook-tui/preflight@1"
KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_NUMBER = re.compile(r"^[0-9]{1,18}(?:\.[0-9]{1,12})?$")


class HostKey(StrEnum):
    """What known_hosts says of the key a host showed."""

    KNOWN = "known"
    NEW = "new"
    CHANGED = "changed"
    REVOKED = "revoked"
    UNSEEN = "unseen"  # it has shown none


class Sudo(StrEnum):
    NOT_NEEDED = "not needed"
    FREE = "free"
    PASSWORD = "password"  # noqa: S105 - a word
    REFUSED = "refused"
    MISSING = "missing"


class Level(StrEnum):
    PASS = "pass"  # noqa: S105 - a word
    WARN = "warn"
    BLOCK = "block"


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about one host. None is not known, and never taken for good."""

    host: str
    key: HostKey = HostKey.UNSEEN
    fingerprint: str = ""
    reachable: bool = False  # we are logged in
    detail: str = ""  # why not, for the operator
    latency: float | None = None  # seconds for a question and its answer
    sessions: int | None = None  # that could be open at the same time, as far as it was tried
    not_followed: tuple[str, ...] = ()  # what the user's own ssh would do by ssh_config and we do not, a sentence each
    openssh: str = ""  # what the server calls itself
    become: str | None = None  # the account wanted
    sudo: Sudo = Sudo.NOT_NEEDED
    sudo_detail: str = ""
    answered: bool = False  # the script ran to its end
    missing: tuple[str, ...] = ()  # programs that jobs cannot do without
    setsid: bool = False
    tail_pid: bool = False
    mkfifo: bool = False
    skew: float | None = None  # seconds the host's clock is ahead of ours
    doubt: float = 0.0  # seconds the skew may be wrong
    free: int | None = None  # bytes, where jobs are kept
    folder: str = ""  # where jobs are kept; empty: nowhere
    home: str = ""
    home_writable: bool | None = None
    boot: str = ""
    system: str = ""
    account: str = ""
    shell: str = ""
    ends_at_logout: bool = False


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """From where on it is a warning, or more."""

    skew: float = 2.0  # seconds
    latency: float = 1.0  # seconds
    free_warn: int = 200 * MIB
    free_block: int = 4 * MIB
    sessions: int = 3  # the job, its output, and one to stop it


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    level: Level  # PASS: good to know
    text: str  # without the host's name, so that hosts with the same one can be told together


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    probe: Probe
    reasons: tuple[Reason, ...] = ()  # the weightiest first

    @property
    def host(self) -> str:
        return self.probe.host

    @property
    def level(self) -> Level:
        return max((reason.level for reason in self.reasons), key=_WEIGHT.__getitem__, default=Level.PASS)

    @property
    def why(self) -> str:
        """The weightiest reasons in one line; empty for a plain pass."""
        return "; ".join(reason.text for reason in self.reasons if reason.level is self.level is not Level.PASS)


class Preflight(msgspec.Struct, frozen=True, kw_only=True):
    """All verdicts, in the fleet's order."""

    fleet: str
    verdicts: tuple[Verdict, ...]

    @property
    def fit(self) -> tuple[str, ...]:
        """Hosts on which the run can go on, with a warning or without."""
        return tuple(verdict.host for verdict in self.verdicts if verdict.level is not Level.BLOCK)

    @property
    def unfit(self) -> tuple[str, ...]:
        return tuple(verdict.host for verdict in self.verdicts if verdict.level is Level.BLOCK)

    @property
    def level(self) -> Level:
        return max((verdict.level for verdict in self.verdicts), key=_WEIGHT.__getitem__, default=Level.BLOCK)

    @property
    def summary(self) -> str:
        """One sentence."""
        count = Counter(verdict.level for verdict in self.verdicts)
        total = len(self.verdicts)
        warned = f", {count[Level.WARN]} of them with a warning" if count[Level.WARN] else ""
        if not count[Level.BLOCK]:
            return f"{'The host' if total == 1 else f'All {total} hosts'} can go on{warned}."
        return f"{len(self.fit)} of {total} hosts can go on{warned}; {count[Level.BLOCK]} cannot."

    @property
    def told_together(self) -> tuple[tuple[Level, str, str], ...]:
        """Each reason once with its hosts as few words, the weightiest and commonest first."""
        hosts: dict[tuple[Level, str], list[str]] = {}
        for verdict in self.verdicts:
            for reason in verdict.reasons:
                hosts.setdefault((reason.level, reason.text), []).append(verdict.host)
        order = sorted(hosts, key=lambda key: (-_WEIGHT[key[0]], -len(hosts[key])))
        return tuple((level, folded(hosts[level, text]), text) for level, text in order)


_WEIGHT = {Level.PASS: 0, Level.WARN: 1, Level.BLOCK: 2}


def answered(probe: Probe, words: str, *, sent: float, received: float) -> Probe:
    """The probe with what probe.sh said. `sent` and `received` are our seconds since 1970 around the question.

    An answer without its last line is none: the script was cut off.
    """
    found: dict[str, str] = {}
    lines = words.splitlines()
    for line in lines:
        key, _, rest = line.strip().partition(" ")
        found.setdefault(key, _plain(rest))
    free, _, folder = found.get("free", "").partition(" ")
    sudo, _, why = found.get("sudo", "").partition(" ")
    now = _number(found.get("now", ""))
    whole = 0.0 if "." in found.get("now", "") else 0.5
    fields: dict[str, Any] = {
        "answered": "." in (line.strip() for line in lines),
        "latency": max(0.0, received - sent),
        "skew": now + whole - (sent + received) / 2 if now is not None else None,
        "doubt": max(0.0, received - sent) / 2 + whole,
        "missing": tuple(found.get("missing", "").split()),
        "setsid": found.get("setsid") == "yes",
        "tail_pid": found.get("tail_pid") == "yes",
        "mkfifo": found.get("mkfifo") == "yes",
        "free": int(free) * KIB if free.isascii() and free.isdigit() and len(free) < 16 else None,
        "folder": "" if folder == "-" else folder,
        "home": found.get("home", ""),
        "home_writable": {"yes": True, "no": False}.get(found.get("writable", "")),
        "boot": found.get("boot", ""),
        "system": found.get("system", ""),
        "account": found.get("account", ""),
        "shell": found.get("shell", ""),
        "ends_at_logout": found.get("ends") == "yes",
    }
    if sudo in list(Sudo):
        fields |= {"sudo": Sudo(sudo), "sudo_detail": why}
    return msgspec.structs.replace(probe, **fields)


def preflight(fleet: str, probes: Sequence[Probe], limits: Limits | None = None) -> Preflight:
    """The verdict on each host, and on what only shows when all are seen together.

    Raises FleetError when there is no probe at all: nothing that was not looked at may pass.
    """
    if not probes:
        raise FleetError(f"No host of {fleet!r} was looked at. Nothing was run.")
    limits = limits or Limits()
    twins = _twins(probes)
    return Preflight(
        fleet=fleet,
        verdicts=tuple(_verdict(probe, limits, twins.get(probe.host, ())) for probe in probes),
    )


def as_json(preflight: Preflight) -> dict[str, Any]:
    """What `rbt preflight --json` prints (docs/json.md)."""
    return {
        "schema": SCHEMA,
        "fleet": preflight.fleet,
        "verdict": preflight.level.value,
        "summary": preflight.summary,
        "fit": list(preflight.fit),
        "unfit": list(preflight.unfit),
        "hosts": [_host_json(verdict) for verdict in preflight.verdicts],
    }


def _verdict(probe: Probe, limits: Limits, twins: Sequence[str]) -> Verdict:
    reasons = sorted(_reasons(probe, limits, twins), key=lambda reason: -_WEIGHT[reason.level])
    return Verdict(probe=probe, reasons=tuple(reasons))


def _reasons(probe: Probe, limits: Limits, twins: Sequence[str]) -> Iterable[Reason]:
    if probe.key in (HostKey.CHANGED, HostKey.REVOKED):
        shown = f" ({probe.fingerprint})" if probe.fingerprint else ""
        yield _block(f"its host key is {probe.key.value}{shown}: find out why before anything else")
        return
    if probe.key is HostKey.NEW:
        shown = f" ({probe.fingerprint})" if probe.fingerprint else ""
        yield _block(f"its host key is not known yet{shown}: compare it and accept it")
        return
    if not probe.reachable:
        yield _block(probe.detail or "it cannot be reached")
        return
    if not probe.answered:
        yield _block(probe.detail or "it gave no complete answer")
        return
    yield from _link(probe, limits)
    yield from _needs(probe)
    yield from _account(probe)
    yield from _disk(probe, limits)
    if probe.skew is None:
        yield _warn("its clock could not be read")
    elif abs(probe.skew) - probe.doubt > limits.skew:
        yield _warn(f"its clock is {_seconds(abs(probe.skew))} {'ahead' if probe.skew > 0 else 'behind'}")
    if twins:
        yield _warn(f"same boot id as {folded(twins)}: the same machine, or containers of one")


def _link(probe: Probe, limits: Limits) -> Iterable[Reason]:
    if probe.sessions is not None and probe.sessions < 1:
        yield _block("it takes no session on the connection (MaxSessions)")
    elif probe.sessions is not None and probe.sessions < limits.sessions:
        yield _warn(f"it takes only {probe.sessions} at the same time on a connection (MaxSessions): stopping may wait")
    if probe.latency is not None and probe.latency > limits.latency:
        yield _warn(f"it took {_seconds(probe.latency)} to answer")
    if probe.ends_at_logout:
        yield _warn("it ends what is left running when the link is lost (KillUserProcesses)")
    for setting in probe.not_followed:
        yield Reason(level=Level.PASS, text=_plain(setting))


def _needs(probe: Probe) -> Iterable[Reason]:
    if probe.missing:
        yield _block(f"it lacks {', '.join(probe.missing)}")
    if not probe.setsid:
        yield _warn("no setsid and no perl: a job has no process group of its own, stopping it is less certain")
    if not probe.tail_pid:
        yield Reason(level=Level.PASS, text="no `tail --pid`: output is followed by asking again and again")


def _account(probe: Probe) -> Iterable[Reason]:
    if probe.become is None or probe.sudo in (Sudo.NOT_NEEDED, Sudo.FREE):
        if probe.become is not None and probe.sudo is Sudo.NOT_NEEDED and probe.become != probe.account:
            yield _block(f"whether it lets us become {probe.become} could not be found out")
        return
    if probe.sudo is Sudo.PASSWORD:
        yield _warn(
            f"sudo to {probe.become} wants a password: it will be asked for once, and only then shows whether we may"
        )
    elif probe.sudo is Sudo.MISSING:
        yield _block(f"there is no sudo to become {probe.become}")
    else:
        yield _block(f"sudo does not let us become {probe.become}{f' ({probe.sudo_detail})' * bool(probe.sudo_detail)}")


def _disk(probe: Probe, limits: Limits) -> Iterable[Reason]:
    if not probe.folder:
        yield _block("no folder for jobs can be written: neither in the home folder nor in /var/tmp nor in /tmp")
        return
    if probe.free is None:
        yield _warn(f"how much is free in {probe.folder} could not be found out")
    elif probe.free < limits.free_block:
        yield _block(f"its disk is full: {size(probe.free)} free in {probe.folder}")
    elif probe.free < limits.free_warn:
        yield _warn(f"little disk: {size(probe.free)} free in {probe.folder}")
    if probe.home_writable is not True:
        yield _warn(
            f"the home folder cannot be written: jobs are kept in {probe.folder}, which may be emptied at a boot"
        )


def _twins(probes: Sequence[Probe]) -> dict[str, tuple[str, ...]]:
    """For each host the others with its boot id."""
    by_boot: dict[str, list[str]] = {}
    for probe in probes:
        if probe.boot and probe.answered:
            by_boot.setdefault(probe.boot, []).append(probe.host)
    return {
        host: tuple(other for other in hosts if other != host)
        for hosts in by_boot.values()
        if len(hosts) > 1
        for host in hosts
    }


def _host_json(verdict: Verdict) -> dict[str, Any]:
    probe = verdict.probe
    return {
        "host": probe.host,
        "verdict": verdict.level.value,
        "reasons": [{"level": reason.level.value, "text": reason.text} for reason in verdict.reasons],
        "key": probe.key.value,
        "fingerprint": probe.fingerprint or None,
        "reachable": probe.reachable,
        "latency": probe.latency,
        "sessions": probe.sessions,
        "openssh": probe.openssh or None,
        "become": probe.become,
        "sudo": probe.sudo.value,
        "missing": list(probe.missing),
        "skew": probe.skew,
        "free": probe.free,
        "folder": probe.folder or None,
        "home_writable": probe.home_writable,
        "boot": probe.boot or None,
        "system": probe.system or None,
        "account": probe.account or None,
        "shell": probe.shell or None,
    }


def _block(text: str) -> Reason:
    return Reason(level=Level.BLOCK, text=text)


def _warn(text: str) -> Reason:
    return Reason(level=Level.WARN, text=text)


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()[:400]


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.match(text) else None


def _seconds(value: float) -> str:
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 120:
        return f"{value:.1f} s"
    return (
        f"{value / 60:.0f} min"
        if value < 7200
        else f"{value / 3600:.0f} h"
        if value < 172_800
        else f"{value / 86_400:.0f} d"
    )


def size(value: int) -> str:
    """Bytes for a person, powers of 1024."""
    if value < MIB:
        return f"{value / KIB:.0f} KiB"
    return (
        f"{value / MIB:.0f} MiB"
        if value < GIB
        else f"{value / GIB:.1f} GiB"
        if value < 100 * GIB
        else f"{value / GIB:.0f} GiB"
    )

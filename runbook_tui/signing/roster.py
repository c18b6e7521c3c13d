"""allowed_signers, read by stricter rules than ssh-keygen's: one person a line, one key a person's alone.

The format is that of ssh-keygen(1), ALLOWED SIGNERS. ssh-keygen judges every signature by the very line this finds.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

import msgspec

from runbook_tui.run.ports import OperatorError
from runbook_tui.signing.names import PATTERN
from runbook_tui.signing.sshsig import fingerprint_of

LARGEST = 4 * 1024 * 1024
_KEY = re.compile(r"(?:^|\s)((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[A-Za-z0-9@.-]+)\s+([A-Za-z0-9+/=]{40,})(?:\s|$)")
_OPTION = re.compile(r'([a-z-]+)(?:="((?:[^"\\]|\\.)*)")?(?:,|$)')
_KNOWN = frozenset({"namespaces", "valid-after", "valid-before", "cert-authority"})


class BadRoster(OperatorError):
    """allowed_signers cannot be read."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A person and a key."""

    number: int
    principal: str
    text: str  # the whole line, as ssh-keygen gets it
    fingerprint: str
    key: str  # type and base64
    authority: bool = False  # the key certifies others
    options: dict[str, str] = {}


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    lines: tuple[Line, ...] = ()
    faults: tuple[str, ...] = ()  # lines that count for nothing, and why

    @property
    def principals(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.principal for line in self.lines))

    def of(self, principal: str) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.principal == principal)

    def whose(self, fingerprint: str) -> str | None:
        """The one person with that key."""
        return next((line.principal for line in self.lines if line.fingerprint == fingerprint), None)


def read_roster(data: bytes) -> Roster:
    """The lines that count. Raises BadRoster only for what is no text at all."""
    if len(data) > LARGEST:
        raise BadRoster(f"{len(data)} bytes are too many for a list of signers")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRoster("the list of signers is not text") from None
    lines: list[Line] = []
    faults: list[str] = []
    for number, raw in enumerate(text.splitlines(), 1):
        said = raw.strip()
        if not said or said.startswith("#"):
            continue
        line = _line(number, said)
        if isinstance(line, Line):
            lines.append(line)
        else:
            faults.append(f"line {number} counts for nothing: {line}")
    return _unshared(lines, faults)


def _unshared(lines: Iterable[Line], faults: list[str]) -> Roster:
    """A key that two people have is nobody's."""
    owners: dict[str, set[str]] = {}
    lines = list(lines)
    for line in lines:
        owners.setdefault(line.fingerprint, set()).add(line.principal)
    for line in lines:
        if len(owners[line.fingerprint]) > 1:
            who = " and ".join(sorted(owners[line.fingerprint]))
            faults.append(f"line {line.number} counts for nothing: {who} have the same key")
    kept = tuple(line for line in lines if len(owners[line.fingerprint]) == 1)
    return Roster(lines=kept, faults=tuple(faults))


def _line(number: int, said: str) -> Line | str:
    """The line, or why it is none."""
    found = _KEY.search(said)
    if found is None:
        return "no public key stands in it"
    before = said[: found.start(1)].strip()
    principal, _, rest = before.partition(" ")
    if '"' in principal or not principal:
        return "principals in quotes are not taken"
    if any(c in principal for c in "*?!"):
        return f"“{principal}” would let one key sign with many names; write the one name"
    if "," in principal:
        return f"“{principal}” are several names for one key; a signature must be one person's"
    if not principal.isprintable() or not principal.isascii():
        return "the name has letters that can be mistaken for others: only ASCII is taken"
    options = _options(rest.strip())
    if isinstance(options, str):
        return options
    if not any(_ours(one) for one in options.get("namespaces", "").split(",")):
        return f'it says no namespaces="{PATTERN}": the key is not meant for sign-offs'
    try:
        blob = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return "its public key is damaged"
    return Line(
        number=number,
        principal=principal,
        text=said,
        fingerprint=fingerprint_of(blob),
        key=f"{found[1]} {found[2]}",
        authority="cert-authority" in options,
        options=options,
    )


def _ours(pattern: str) -> bool:
    """Namespaces of this program, all or some; a bare `*` is meant for everything and so for nothing."""
    return pattern.strip().endswith("@runbook-tui")


def _options(said: str) -> dict[str, str] | str:
    options: dict[str, str] = {}
    at = 0
    while at < len(said):
        found = _OPTION.match(said, at)
        if found is None or found.end() == at:
            return f"its options cannot be read: {said[at:]}"
        if found[1] not in _KNOWN:
            return f"“{found[1]}” is no option of allowed_signers"
        options[found[1]] = found[2] or ""
        at = found.end()
    return options

"""What can be made to go wrong in the lab, by name: at once, after some seconds, or when a step of a runbook begins.

They stand in one file of the lab's folder; the parts look there and really do what it says.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from runbook_tui.lab.process import write_json
from runbook_tui.run.ports import OperatorError

FILE = "faults.json"


class UnknownFault(OperatorError):
    """There is no fault of that name, or not with that value; nothing was changed."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A fault the lab knows: what it does, to whom, and how strongly when nothing is said."""

    name: str
    does: str
    part: str
    value: float = 0.0
    unit: str = ""
    bounds: tuple[float, float] = (0.0, 86_400.0)


_SHARE, _CODE = (0.0, 100.0), (1.0, 200.0)
KINDS = {
    kind.name: kind
    for kind in (
        Kind(name="error-rate", does="so many requests fail", part="v2", value=30, unit="%", bounds=_SHARE),
        Kind(name="latency", does="takes so much longer for each answer", part="v2", value=800, unit="ms"),
        Kind(name="crash", does="dies so long after its start, each time", part="v2", value=0.5, unit="s"),
        Kind(name="slow-start", does="is not ready for so long after its start", part="v2", value=30, unit="s"),
        Kind(name="failed-build", does="no image can be built", part="build"),
        Kind(name="bad-image", does="the image that is deployed cannot be used", part="registry"),
        Kind(name="lost-link", does="cuts the links, and takes none for so long", part="ssh", value=3, unit="s"),
        Kind(name="disk-full", does="the disk of the store takes no more", part="store"),
        Kind(name="gpu-xid", does="a GPU reports this error", part="gpu", value=79, unit="xid", bounds=_CODE),
        Kind(name="memory-leak", does="keeps so much more memory", part="v2", value=20, unit="MB/s", bounds=_CODE),
        Kind(name="dashboard-unreachable", does="the dashboard answers nobody", part="dashboard"),
        Kind(name="no-metrics", does="nothing gives its metrics any more", part="metrics"),
    )
}  # fmt: skip


class Active(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that was switched on; `since` is None while it waits for its step."""

    name: str
    part: str
    value: float
    since: float | None  # epoch seconds
    step: str | None = None  # title, id or line of the step that it waits for

    def on(self, now: float) -> bool:
        return self.since is not None and self.since <= now

    @property
    def shown(self) -> str:
        kind = KINDS[self.name]
        return f"{self.name} {self.value:g} {kind.unit}".rstrip() if kind.unit else self.name


def read(folder: Path) -> tuple[Active, ...]:
    """Every fault that is on or waits for its moment."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=tuple[Active, ...])
    except (OSError, msgspec.DecodeError):
        return ()


def chosen(
    name: str, *, value: float | None = None, part: str | None = None, after: float = 0.0, step: str | None = None
) -> Active:
    """The fault that was asked for. Raises UnknownFault."""
    kind = KINDS.get(name)
    if kind is None:
        raise UnknownFault(f"There is no fault {name!r}; the lab has {', '.join(KINDS)}.")
    low, high = kind.bounds
    if value is not None and not low <= value <= high:
        raise UnknownFault(
            f"{name} takes a value from {low:g} to {high:g} {kind.unit}, not {value:g}.".replace(" ,", ",")
        )
    return Active(
        name=name,
        part=part or kind.part,
        value=kind.value if value is None else value,
        since=None if step is not None else time.time() + after,
        step=step,
    )


def switch_on(folder: Path, fault: Active) -> None:
    others = [one for one in read(folder) if (one.name, one.part) != (fault.name, fault.part)]
    write_json(folder / FILE, (*others, fault))


def switch_off(folder: Path, name: str) -> tuple[Active, ...]:
    """Off with every fault of that name, or with `all`; those that were on or waiting."""
    if name != "all" and name not in KINDS:
        raise UnknownFault(f"There is no fault {name!r}; the lab has {', '.join(KINDS)}.")
    before = read(folder)
    gone = tuple(one for one in before if name in ("all", one.name))
    if gone:
        write_json(folder / FILE, tuple(one for one in before if one not in gone))
    return gone


def reached(folder: Path, words: Iterable[str]) -> tuple[Active, ...]:
    """A step begins, known by these words (id, line, title): what waited for it goes wrong from now on."""
    known = [word.casefold() for word in words if word]
    waiting = read(folder)
    due = [one for one in waiting if one.since is None and one.step is not None and _meant(one.step.casefold(), known)]
    if due:
        now = time.time()
        started = {one: msgspec.structs.replace(one, since=now) for one in due}
        write_json(folder / FILE, tuple(started.get(one, one) for one in waiting))
    return tuple(due)


def _meant(step: str, known: list[str]) -> bool:
    return step in known or (not step.isdecimal() and any(word.startswith(step) for word in known))


class Faults:
    """The faults of one part, as its process sees them; asking costs one look at the file's date."""

    def __init__(self, folder: Path, part: str) -> None:
        self._path = folder / FILE
        self._folder = folder
        self._part = part
        self._seen: tuple[int, int] | None = None
        self._all: tuple[Active, ...] = ()

    def get(self, name: str, *, anywhere: bool = False) -> Active | None:
        """The fault of that name, if it is on for this part (or for whichever part)."""
        try:
            stat = self._path.stat()
            seen = (stat.st_mtime_ns, stat.st_ino)
        except OSError:
            seen = None
        if seen != self._seen:
            self._seen, self._all = seen, read(self._folder) if seen else ()
        now = time.time()
        return next(
            (one for one in self._all if one.name == name and (anywhere or one.part == self._part) and one.on(now)),
            None,
        )

"""What watchers recorded of this run's changes, as a way back. Pure.

An object is put back to what it was before this run's first change to it, unless somebody else changed it in between:
then to what it was before the first change after theirs, for nobody's work but this run's is taken back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from runbook_tui.run.events import Resolution
from runbook_tui.run.sightings import ChangedObject, SeenObject, Sighting, Tier
from runbook_tui.run.state import RunState

if TYPE_CHECKING:
    from runbook_tui.document.kubectl import KubectlCall, ObjectName

ORDER = (Tier.CONFIGURATION, Tier.CAPACITY, Tier.TRAFFIC, Tier.SHRINK)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One object to be put back."""

    key: str
    title: str
    restores: str
    step: str  # whose change it was
    before: str  # sha256 of the blob it is put back from
    last: str  # the last job of this run that changed it
    afters: tuple[str, ...]  # blobs in which it stands as this run left it; empty: nobody looked
    not_restored: str = ""
    note: str = ""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Objects of one system that are put back together."""

    system: str
    tier: Tier
    parts: tuple[Part, ...]

    @property
    def id(self) -> str:
        """The same for the same changes, another one when this run has changed more since."""
        told = "\n".join([self.system, *sorted(f"{part.key} {part.before} {part.last}" for part in self.parts)])
        return f"recorded:{self.tier.value}:{hashlib.sha256(told.encode()).hexdigest()[:10]}"

    @property
    def title(self) -> str:
        names = [part.title for part in self.parts]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return ", ".join(names[:3]) + more


def groups(state: RunState) -> tuple[Group, ...]:
    """What was recorded and changed, in the order in which it is put back."""
    found: dict[tuple[Tier, str], list[Part]] = {}
    for system, key in _changed_keys(state):
        tier, part = _part(state, system, key)
        if part is not None:
            found.setdefault((tier, system), []).append(part)
    return tuple(
        Group(system=system, tier=tier, parts=tuple(parts))
        for tier in ORDER
        for (of, system), parts in found.items()
        if of is tier
    )


def changed_nothing(sighting: Sighting | None) -> bool:
    """Whether it is known that the job left everything as it was."""
    return sighting is not None and sighting.complete and sighting.changes == ()


def obstacles(state: RunState) -> tuple[str, ...]:
    """What was changed and cannot be put back, as sentences."""
    found: list[str] = []
    for sighting in _of_steps(state):
        found += sighting.obstacles
        changed = _changed(sighting)
        found += [
            f"{seen.title}: {seen.obstacle}" for seen in sighting.objects if seen.obstacle and seen.key in changed
        ]
    return tuple(dict.fromkeys(found))


def covers(state: RunState, call: KubectlCall) -> bool | None:
    """Whether what a `rollout undo` would touch is put back by the record: then the record is used, not it.

    None where the record does not know the object: no watcher looked at its system.
    """
    sightings = list(_of_steps(state))
    seeing = [one for one in sightings if one.objects]
    if not seeing or not call.objects or call.unclear:
        return None
    put_back = {part.key for group in groups(state) for part in group.parts}
    if all(_key(name, call.namespace or seeing[-1].namespace) in put_back for name in call.objects):
        return True
    everything_seen = all(one.complete for one in sightings) and len(seeing) == len(sightings)
    return False if everything_seen else None


def _key(name: ObjectName, namespace: str) -> str:
    return f"{name.kind}/{namespace}/{name.name}"


def _of_steps(state: RunState) -> Iterable[Sighting]:
    for sighting in state.sightings.values():
        job = state.jobs.get(sighting.job)
        if not sighting.rollback and not (job is not None and job.resolution is Resolution.NOT_RUN):
            yield sighting


def _changed(sighting: Sighting) -> dict[str, SeenObject | ChangedObject]:
    """What the job changed; what nobody looked at afterwards counts as changed when the command named it."""
    if sighting.changes is None:
        return {seen.key: seen for seen in sighting.objects if seen.direct}
    return {change.key: change for change in sighting.changes}


def _changed_keys(state: RunState) -> list[tuple[str, str]]:
    """Newest change first."""
    keys = [(sighting.system, key) for sighting in _of_steps(state) for key in _changed(sighting)]
    return list(dict.fromkeys(reversed(keys)))


def _part(state: RunState, system: str, key: str) -> tuple[Tier, Part | None]:
    """How one object is put back; no part when it cannot be, or when its changes cancel each other out."""
    chain: list[Sighting] = []
    left: str | None = None  # its digest as this run last left it
    note = ""
    for sighting in _of_steps(state):
        if sighting.system != system or key not in _changed(sighting):
            continue
        seen = _seen(sighting, key)
        if seen is None:
            continue
        if chain and left is not None and seen.digest != left:
            step = chain[-1].step
            note = f"somebody else changed it after {step!r}: their state is what it goes back to"
            chain = []
        chain.append(sighting)
        change = _changed(sighting)[key]
        left = change.digest if isinstance(change, ChangedObject) else None
    if not chain:
        return Tier.CONFIGURATION, None
    first = _seen(chain[0], key)
    change = _changed(chain[-1])[key]
    if first is None or first.obstacle or (left is not None and left == first.digest):
        return Tier.CONFIGURATION, None
    since = [one for one in state.sightings.values() if one.system == system and one.at >= chain[0].at]
    afters = [one.after for one in since if one.after and any(change.key == key for change in one.changes or ())]
    known = all(sighting.changes is not None for sighting in chain)
    part = Part(
        key=key,
        title=first.title,
        restores=first.state if first.digest else "it is removed again",
        step=chain[-1].step,
        before=chain[0].before,
        last=chain[-1].job,
        afters=tuple(afters) if known else (),
        not_restored=change.not_restored if isinstance(change, ChangedObject) else "",
        note=note,
    )
    return change.tier, part


def _seen(sighting: Sighting, key: str) -> SeenObject | None:
    return next((seen for seen in sighting.objects if seen.key == key), None)

"""What is kept of GPUs in the record of a run: values only, light to load."""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The values of a stretch of time."""

    min: float
    mean: float
    max: float


class DeviceEvidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One device while a command ran; None where it gave no value."""

    uuid: str
    index: int | None = None
    name: str = ""
    readings: int = 0
    util: Span | None = None  # %
    memory: Span | None = None  # bytes
    power: Span | None = None  # W
    temperature: Span | None = None  # °C
    events: tuple[str, ...] = ()  # what happened, in words, in the order it was seen


class HostEvidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A machine's devices while a command ran."""

    host: str
    source: str
    fake: bool = False  # told by a stand-in of the driver: it proves nothing
    replayed: bool = False
    seconds: float = 0.0
    devices: tuple[DeviceEvidence, ...] = ()
    note: str = ""  # why something is missing

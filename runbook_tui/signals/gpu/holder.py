"""The newest reading of a host, for whoever looks: never waits, and knows how old it is."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from runbook_tui.run.gpu.model import Gpu, GpuHost, Source
from runbook_tui.run.gpu.words import GONE
from runbook_tui.run.ports import Clock

Listener = Callable[[GpuHost], None]
WAITING = "no answer yet"
NO_UUID = "gpu-"  # begins what stands in the place of a UUID that was never told


class Holder:
    """Keeps the last reading with the moment it arrived, and every device that was ever in one."""

    def __init__(self, clock: Clock, host: str, source: Source, *, silent_after: float) -> None:
        self._clock = clock
        self._silent_after = silent_after  # seconds without a word before it is said so
        self._value = GpuHost(host=host, source=source, error=WAITING)
        self._arrived = clock.monotonic()
        self._listeners: list[Listener] = []
        self._known: dict[str, tuple[Gpu, float]] = {}  # by UUID, with the moment it was last told of

    @property
    def host(self) -> str:
        return self._value.host

    def latest(self) -> GpuHost:
        """The newest reading, ages brought up to now; an error when the source has fallen silent."""
        silence = self._clock.monotonic() - self._arrived
        value = self._value.older(silence)
        if silence <= self._silent_after:
            return value
        if value.error is None:
            return replace(value, error=f"no answer for {silence:.0f} s; the values are that old")
        return replace(value, error=f"{value.error} (since {silence:.0f} s)") if value.error == WAITING else value

    def put(self, value: GpuHost) -> None:
        """A reading has come; a device that was in one before and is not in it stays, with an error."""
        self._arrived = self._clock.monotonic()
        self._value = self._with_those_gone(value) if value.gpus or value.error is None else value
        self.tell()

    def _with_those_gone(self, value: GpuHost) -> GpuHost:
        self._known.update({gpu.uuid: (gpu, self._arrived) for gpu in value.gpus if not gpu.uuid.startswith(NO_UUID)})
        there = {gpu.uuid for gpu in value.gpus}
        gone = [
            replace(gpu, age=gpu.age + self._arrived - told, error=GONE, error_code=None)
            for uuid, (gpu, told) in self._known.items()
            if uuid not in there
        ]
        return replace(value, gpus=(*value.gpus, *gone)) if gone else value

    def fail(self, reason: str, code: int | None = None) -> None:
        """There is no reading; the devices stay as they were, and grow older."""
        age = self._clock.monotonic() - self._arrived
        self._value = replace(self._value.older(age), error=reason, error_code=code)
        self._arrived = self._clock.monotonic()
        self.tell()

    def tell(self) -> None:
        latest = self.latest()
        for listener in list(self._listeners):
            listener(latest)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear of every new reading on the loop; the result ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

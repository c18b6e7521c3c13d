"""When a job's output came: kept beside it, so that it can be played again as it was seen."""

from __future__ import annotations

import msgspec

MOST = 2_000  # moments that are kept; of a longer output neighbours are joined
GRAIN = 0.02  # seconds: what comes closer together came at once


class Pace:
    """Seconds after the beginning, and how many bytes of the stream there were by then.

    A stream that is read again after a restart has no times for what came before: it is all there at once.
    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._grain = GRAIN
        self._total = 0
        self._moments: list[tuple[float, int]] = []

    def add(self, count: int, now: float) -> None:
        if not count:
            return
        self._total += count
        at = now - self._began
        if self._moments and at - self._moments[-1][0] < self._grain:
            self._moments[-1] = (self._moments[-1][0], self._total)
            return
        self._moments.append((at, self._total))
        if len(self._moments) > MOST:
            self._grain *= 2
            joined: list[tuple[float, int]] = []
            for moment in self._moments:
                if joined and moment[0] - joined[-1][0] < self._grain:
                    joined[-1] = (joined[-1][0], moment[1])
                else:
                    joined.append(moment)
            self._moments = joined

    def encoded(self) -> bytes:
        """JSON: [[milliseconds, bytes], …]; empty without output."""
        moments = [(round(1000 * at), total) for at, total in self._moments]
        return msgspec.json.encode(moments) if moments else b""


def read(data: bytes) -> tuple[tuple[float, int], ...]:
    """Raises ValueError for what `encoded` did not make."""
    try:
        moments = msgspec.json.decode(data, type=list[tuple[int, int]])
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    return tuple((milliseconds / 1000, total) for milliseconds, total in moments)

"""Who uses each device of another machine, from the rounds of rows that --query-compute-apps writes.

Nothing is written where nobody uses a device, so silence may mean that, or that the stream hangs: the memory in use,
which another stream tells, decides. What was listed goes when it is not listed again.
"""

from __future__ import annotations

from runbook_tui.run.gpu.model import IDLE_MEMORY, Gpu, GpuProcess

COLUMNS = ("user", "gpu_uuid", "pid", "process_name", "used_memory")


def command(every: float) -> str:
    """A round every so many seconds; each new pid is asked for its owner once, by the shell that reads the stream."""
    return (  # digits only ever reach eval
        "LC_ALL=C nvidia-smi --query-compute-apps=gpu_uuid,pid,process_name,used_memory --format=csv,noheader,nounits "
        f"-lms {round(every * 1000)} | while IFS= read -r row; do pid=${{row#*, }}; pid=${{pid%%,*}}; "
        'case $pid in \'\'|*[!0-9]*) user= ;; *) eval "user=\\${u$pid-}"; [ -n "$user" ] || { '
        'user=$(stat -c %U "/proc/$pid" 2>/dev/null || echo \'?\'); eval "u$pid=\\$user"; } ;; esac; '
        '[ "$user" = \'?\' ] && user=; printf \'%s, %s\\n\' "$user" "$row"; done'
    )


Listed = dict[str, dict[int, GpuProcess]]  # by UUID and pid


class Rounds:
    """The last whole round. Times are seconds on the clock of the caller."""

    def __init__(self, every: float, now: float) -> None:
        self._every = every
        self._heard = now  # the last row, or the beginning
        self._round: Listed = {}
        self._whole: Listed | None = None  # the round before the one that is being written

    def take(self, uuid: str, process: GpuProcess, now: float) -> None:
        if now - self._heard > self._every / 2 and self._round:
            self._whole, self._round = self._round, {}
        self._heard = now
        self._round.setdefault(uuid, {})[process.pid] = process

    def of(self, gpu: Gpu, now: float) -> tuple[GpuProcess, ...] | None:
        """The device's processes, those with the most memory first; None when that is not known."""
        silent = now - self._heard
        listed = self._round if silent > self._every / 4 else self._whole  # a round is whole when no more rows come
        if silent > 2 * self._every or not (self._round or self._whole):
            idle = gpu.memory_used is not None and gpu.memory_used <= IDLE_MEMORY
            return () if idle and silent > self._every / 4 else None
        if listed is None:
            return None
        return tuple(sorted(listed.get(gpu.uuid, {}).values(), key=lambda one: -(one.memory or 0)))

"""GPU telemetry put together: sources watched, judged, and handed to whoever shows them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from runbook_tui.document.gpu_maps import Placement
from runbook_tui.gates.gpu_health import LONG, NOTHING_EXPECTED, STRANGERS, Expected, drift, health
from runbook_tui.gates.gpu_map import fits
from runbook_tui.run.gpu.model import GpuHost, GpuProcess, Source
from runbook_tui.run.gpu.trail import Trail
from runbook_tui.run.gpu.verdicts import Check, Verdict
from runbook_tui.run.ports import Clock, Lines, OperatorError, SignalError
from runbook_tui.run.targets import LOCAL
from runbook_tui.signals.gpu.dcgm import DcgmSource, http_page, pod_page
from runbook_tui.signals.gpu.local_lines import LocalLines
from runbook_tui.signals.gpu.nvml import NvmlSource
from runbook_tui.signals.gpu.owners import Owners, start_ticks
from runbook_tui.signals.gpu.recording import replays
from runbook_tui.signals.gpu.smi import SmiSource
from runbook_tui.signals.gpu.watch import GpuSource, GpuWatch

JUDGED = LONG + 20.0  # seconds back that throttling and counters are judged over: readings seldom fall on the edge


LOOKS = 3  # at strangers, before they are believed (gcm running_procs) …
APART = 3.0  # … so many seconds apart


async def settled(judge: Callable[[], list[Check]], ask: Callable[[], Awaitable[None]]) -> list[Check]:
    """The checks; looked at again while nothing but strangers blocks, for who is seen once may be about to go."""
    checks = judge()
    for _ in range(LOOKS - 1):
        if {check.check for check in checks if check.verdict is Verdict.BLOCK} != {STRANGERS}:
            break
        await ask()
        await asyncio.sleep(APART)
        checks = judge()
    return checks


class NotEnded(OperatorError):
    """The process was not ended, and why."""


class Telemetry:
    """What screens and `rbt gpu` need of the GPUs; started and closed by its owner."""

    def __init__(self, sources: Sequence[GpuSource] = (), *, expected: Expected = NOTHING_EXPECTED) -> None:
        self._watch = GpuWatch(sources)
        self._named: dict[str, GpuSource] = {}
        self._expected = expected
        self.placements: tuple[Placement, ...] = ()

    def start(self) -> None:
        self._watch.start()

    def add(self, name: str, make: Callable[[], GpuSource]) -> None:
        """Watch one more machine from now on; each name once."""
        if name not in self._named:
            self._named[name] = make()
            self._watch.add(self._named[name])

    def named(self, name: str) -> GpuSource | None:
        """The machine added under that name."""
        return self._named.get(name)

    async def close(self) -> None:
        await self._watch.close()

    def hosts(self) -> tuple[GpuHost, ...]:
        """Every source's newest reading; never waits."""
        return self._watch.hosts()

    def trail(self, uuid: str) -> Trail:
        return self._watch.trail(uuid)

    def subscribe(self, listener: Callable[[GpuHost], None]) -> Callable[[], None]:
        """Hear of every reading on the loop; the result ends it."""
        return self._watch.subscribe(listener)

    async def ask_now(self) -> None:
        """Have what changes seldom read at the next moment too."""
        await self._watch.ask_now()

    def health(self) -> list[Check]:
        """The health table over everything known now; placements of the document are judged on the first host."""
        hosts = self.hosts()
        checks = [check for host in hosts for check in self._judged(host, self._expected)]
        if self.placements and hosts:
            checks += fits(self.placements, hosts[0])
        return checks + (drift(hosts) if len(hosts) > 1 else [])

    def health_of(self, name: str, expected: Expected) -> list[Check]:
        """The health table of the machine added under that name; empty when there is none of it."""
        source = self._named.get(name)
        if source is None:
            return []
        host = source.latest()
        return [*self._judged(host, expected), *(fits(self.placements, host) if self.placements else [])]

    def _judged(self, host: GpuHost, expected: Expected) -> list[Check]:
        return health(host, windows=lambda uuid: self.trail(uuid).window(JUDGED), expected=expected)

    def end_process(self, host: GpuHost, process: GpuProcess) -> str:
        """Ask a process of this machine to end (TERM); says what was done. Raises NotEnded."""
        if host.source is not Source.NVML or host.replayed:
            raise NotEnded(f"processes of {host.host} are only shown here: end them there, with kill {process.pid}")
        if process.started is None or not (Owners().here or host.fake):
            raise NotEnded(f"pid {process.pid} belongs to another container or machine: it cannot be ended from here")
        try:
            if start_ticks(process.pid) != process.started:
                raise NotEnded(f"pid {process.pid} is another process by now; nothing was ended")
            os.kill(process.pid, signal.SIGTERM)
        except (ProcessLookupError, FileNotFoundError):
            raise NotEnded(f"pid {process.pid} has ended already") from None
        except PermissionError:
            raise NotEnded(f"pid {process.pid} belongs to {process.user}: this user may not end it") from None
        except (OSError, ValueError) as error:
            raise NotEnded(f"pid {process.pid} could not be ended: {error}") from None
        return f"{process.name or 'the process'} (pid {process.pid} of {process.user}) was asked to end (TERM)"


def of_this_machine(clock: Clock) -> Telemetry:
    """The GPUs here; more machines may be added."""
    watched = Telemetry()
    watched.add(LOCAL, lambda: here(clock))
    return watched


def here(clock: Clock, *, interval: float = 1.0) -> GpuSource:
    """The GPUs of this machine."""
    return NvmlSource(clock, interval=interval)


def over_lines(clock: Clock, lines: Lines, *, interval: float = 1.0) -> GpuSource:
    """The GPUs of the machine those commands run on."""
    return SmiSource(clock, lines, interval=interval)


def at_hosts(clock: Clock, names: Sequence[str], *, interval: float = 1.0) -> list[GpuSource]:
    """The GPUs of machines reached by SSH, as `lines_to` reads their names. Raises OperatorError."""
    return [over_lines(clock, lines, interval=interval) for lines in lines_to(clock, names)]


def lines_to(clock: Clock, names: Sequence[str]) -> list[Lines]:
    """Machines reached by SSH: host, user@host, user@host:port, or a range like gpu-[01-16].

    Raises OperatorError for a text that names no host.
    """
    from runbook_tui.run.fleet import parsed_host
    from runbook_tui.run.hostnames import expanded
    from runbook_tui.targets.ssh.hosts import SshHosts
    from runbook_tui.targets.ssh.settings import user_settings

    written = [one for name in names for one in (expanded(name) if "[" in name and "@" not in name else (name,))]
    specs = [parsed_host(one) for one in written]
    hosts = SshHosts(user_settings(), clock=clock)
    return [hosts.lines(spec) for spec in specs]


def exporter(clock: Clock, address: str, *, interval: float = 5.0) -> GpuSource:
    """The GPUs a dcgm-exporter tells of: http://HOST:9400/metrics, or k8s:NAMESPACE/POD. Raises SignalError."""
    if address.startswith("k8s:"):
        return DcgmSource(clock, address, pod_page(address, LocalLines()), interval=interval)
    if not address.startswith(("http://", "https://")):
        raise SignalError(
            f"{address!r} is no address of a dcgm-exporter: http://HOST:9400/metrics, or k8s:NAMESPACE/POD"
        )
    return DcgmSource(clock, address.partition("://")[2].partition("/")[0], http_page(address), interval=interval)


def recorded(clock: Clock, path: Path, *, speed: float = 1.0, loop: bool = False) -> Sequence[GpuSource]:
    """The hosts of a recording. Raises OperatorError."""
    return replays(clock, path, speed=speed, loop=loop)

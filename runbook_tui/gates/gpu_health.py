"""Whether GPUs may be used: one reading judged by rules that fail closed. Pure.

PASS, WARN, BLOCK or UNKNOWN with the reason and whose rule it is. What is not known never passes; a stand-in and a
recording never pass either, whatever they tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
from msgspec.structs import replace

from runbook_tui.run.gpu.evidence import means
from runbook_tui.run.gpu.model import IDLE_MEMORY, Gpu, GpuHost, GpuProcess
from runbook_tui.run.gpu.trail import Window
from runbook_tui.run.gpu.verdicts import Check, Verdict
from runbook_tui.run.gpu.words import GONE, HARD_THROTTLE, NORMAL_THROTTLE, SOFT_THROTTLE, recovery_words
from runbook_tui.run.gpu.xids import GRAVE, Remedy, meaning

STALE = 15.0  # seconds after which a reading says nothing about now
MIB = 1 << 20
ROUNDED = 2 * MIB  # what may be lost of each process's memory where sources tell whole MiB
NEAR = 5.0  # °C to the card's own slowdown limit
HARD_PER_MINUTE = 0.6  # readings with a hardware slowdown that count as lasting (gpud hw-slowdown) …
LONG = 600.0  # … over so many seconds
WHOLE = 0.95  # of them is enough to have watched: readings seldom fall on the edge
FEW = 3  # readings before a short watch may say "all the time"
NOT_OURS = 4  # of NVML, no permission: counted, and for others to use
STRANGERS = "strangers"
NO_SWITCH = "none"  # as the fabric's manager: nothing to manage
CORRECTED_ECC = 50_000_000  # gcm's limit
RETIRED_PAGES = 10  # of either kind: gcm's limit
# cards whose every link is wired, by name: how many, and MB/s of one where that is known
LINKS = (
    (re.compile(r"\bH100\b.*\bHBM3\b|\bH200\b(?! NVL)"), 18, 26_562.0),
    (re.compile(r"\bA100-SXM"), 12, None),
    (re.compile(r"\bV100-SXM"), 6, None),
)
SLOWER = 0.99  # of the speed a link must have
PASS, WARN, BLOCK, UNKNOWN = Verdict.PASS, Verdict.WARN, Verdict.BLOCK, Verdict.UNKNOWN

Answer = tuple[Verdict, str]
Windows = Callable[[str], Window | None]  # by UUID


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What the deployment counts on."""

    count: int | None = None
    uuids: frozenset[str] = frozenset()
    cuda: str | None = None  # the runtime's version, like 12.4
    nvlinks: int | None = None  # up, of each device
    users: frozenset[str] = frozenset()  # whose processes are welcome
    pids: frozenset[int] = frozenset()  # our own
    step_since: float | None = None  # when our command began, epoch seconds


NOTHING_EXPECTED = Expected()


def health(
    host: GpuHost,
    *,
    windows: Windows = lambda _: None,
    expected: Expected = NOTHING_EXPECTED,
    trust: bool = False,
) -> list[Check]:
    """Every row of the table for a host and its devices. `trust` lets a stand-in pass: for tests only."""
    checks = [*_of_host(host, expected)]
    for gpu in host.gpus:
        checks += _of_gpu(host, gpu, windows(gpu.uuid), expected)
    if trust or host.proves:
        return checks
    what = "a recording" if host.replayed else "a stand-in of the driver (FAKE)"
    return [_disbelieved(check, what) for check in checks]


def drift(hosts: Sequence[GpuHost]) -> list[Check]:
    """Whether the machines of a fleet have the same driver and the same cards."""
    drivers = {host.driver for host in hosts if host.driver}
    models = {gpu.name for host in hosts for gpu in host.gpus if gpu.name}
    found = []
    if len(drivers) > 1:
        detail = f"drivers differ in the fleet: {', '.join(sorted(drivers))}"
        found.append(Check(check="fleet", verdict=WARN, detail=detail, source="DCGM diag"))
    untold = [host.host for host in hosts if not host.driver or not all(gpu.name for gpu in host.gpus)]
    if untold:
        detail = f"which driver or which cards it has is not known: {', '.join(untold[:8])}"
        found.append(Check(check="fleet", verdict=UNKNOWN, detail=detail, source="DCGM diag"))
    if len(models) > 1:
        detail = f"cards differ in the fleet: {', '.join(sorted(models))}"
        found.append(Check(check="fleet", verdict=WARN, detail=detail, source="DCGM diag"))
    return found


def _disbelieved(check: Check, what: str) -> Check:
    if check.verdict is not PASS:
        return check
    return replace(check, verdict=UNKNOWN, detail=f"{check.detail}, says {what}: that proves nothing")


# --- the host ---


def _of_host(host: GpuHost, expected: Expected) -> Iterator[Check]:
    def row(check: str, answer: Answer, source: str) -> Check:
        return Check(check=check, verdict=answer[0], detail=answer[1], source=source, host=host.host)

    yield row("driver", _driver(host), "NVML")
    yield row("inventory", _inventory(host, expected), "gcm gpu_num")
    yield row("cuda", _cuda(host, expected), "DCGM diag")


def _driver(host: GpuHost) -> Answer:
    if host.error is not None and host.error_code is not None:
        return BLOCK, host.error
    if host.error is not None:
        return UNKNOWN, host.error
    if host.age > STALE:
        return UNKNOWN, f"nothing was read for {host.age:.0f} s"
    return (PASS, f"driver {host.driver}") if host.driver else (UNKNOWN, "it answers, and does not tell its version")


def _inventory(host: GpuHost, expected: Expected) -> Answer:
    if host.error is not None and not host.gpus:
        return UNKNOWN, "nothing could be read"
    there = {gpu.uuid for gpu in host.gpus}
    if expected.uuids and there != expected.uuids:
        missing, more = sorted(expected.uuids - there), sorted(there - expected.uuids)
        parts = [f"missing {', '.join(missing)}"] if missing else []
        parts += [f"not expected {', '.join(more)}"] if more else []
        return BLOCK, "; ".join(parts)
    if expected.count is not None and len(there) != expected.count:
        return BLOCK, f"{len(there)} devices, {expected.count} are expected"
    if not there:
        return UNKNOWN, "there is no device"
    gone = [gpu for gpu in host.gpus if gpu.error == GONE]
    lost = [gpu for gpu in host.gpus if gpu.error_code not in (None, NOT_OURS)]
    if gone or lost:
        named = ", ".join(gpu.uuid if gpu.index is None else f"GPU {gpu.index}" for gpu in (*gone, *lost))
        return BLOCK, f"{len(there) - len(gone) - len(lost)} of {len(there)} devices can be used: {named} cannot"
    if host.count is not None and len(there) != host.count:
        return BLOCK, f"{len(there)} devices are told of, and the driver counts {host.count}"
    if expected.uuids or expected.count is not None:
        return PASS, f"{len(there)} devices, as expected"
    if host.count is None:
        return UNKNOWN, f"{len(there)} devices are told of; how many there must be nobody says (--count, --uuid)"
    return PASS, f"{len(there)} devices, all that the driver counts"


def _cuda(host: GpuHost, expected: Expected) -> Answer:
    if expected.cuda is None:
        if host.cuda is None:
            return UNKNOWN, "the source does not tell up to which CUDA the driver goes"
        return PASS, f"up to CUDA {host.cuda}; no version was asked for"
    if host.cuda is None:
        return UNKNOWN, f"CUDA {expected.cuda} is wanted, and the source does not tell what the driver supports"
    try:
        enough = _version(host.cuda) >= _version(expected.cuda)
    except ValueError:
        return UNKNOWN, f"CUDA {expected.cuda!r} cannot be compared with {host.cuda!r}"
    if enough:
        return PASS, f"the driver supports CUDA {host.cuda}, {expected.cuda} is wanted"
    return BLOCK, f"the driver supports CUDA {host.cuda} only, {expected.cuda} is wanted: update the driver"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


# --- a device ---


def _of_gpu(host: GpuHost, gpu: Gpu, window: Window | None, expected: Expected) -> Iterator[Check]:
    def row(check: str, answer: Answer, source: str) -> Check:
        return Check(check=check, verdict=answer[0], detail=answer[1], source=source, host=host.host, gpu=gpu.uuid)

    if gpu.error is not None:
        grave = gpu.error_code not in (None, NOT_OURS) or "does not answer" in gpu.error or gpu.error == GONE
        yield row("device", (BLOCK if grave else UNKNOWN, gpu.error), "NVML")
        return
    if gpu.age > STALE:
        yield row("device", (UNKNOWN, f"not read for {gpu.age:.0f} s"), "NVML")
        return
    yield row("device", (PASS, "it answers"), "NVML")
    yield row("recovery action", _recovery(gpu), "NVIDIA GPU memory error management")
    yield row("xid", _xid(gpu, expected), "NVIDIA XID catalogue")
    yield row("ecc", _ecc(gpu), "gcm, gpud")
    yield row("row remap", _remap(gpu), "NVIDIA GPU memory error management, gcm, gpud")
    yield row("throttle", _throttle(gpu, window), "NVML, gpud hw-slowdown")
    yield row("nvlink", _nvlink(gpu, window, expected), "NVIDIA Health Validation, gcm")
    yield row("fabric", _fabric(gpu, host), "gpud fabric-manager")
    yield row(STRANGERS, _strangers(gpu, expected), "gcm running_procs, gpu_mem_usage")
    yield row("persistence", _persistence(gpu), "DCGM diag")
    yield row("temperature", _temperature(gpu), "NVML")
    yield row("pcie replay", _replay(gpu, window), "DCGM")


def _recovery(gpu: Gpu) -> Answer:
    if gpu.recovery is None:
        return UNKNOWN, "the driver does not tell whether it wants a recovery"
    if gpu.recovery:
        return BLOCK, f"the driver asks to {recovery_words(gpu.recovery)}"
    return PASS, "none is asked for"


def _xid(gpu: Gpu, expected: Expected) -> Answer:
    if gpu.xid is None or gpu.xid_since is None:
        return UNKNOWN, "errors of the driver (XID) are not watched here"
    worst: Answer | None = None
    for one in gpu.xid:
        ours = expected.step_since is not None and one.at is not None and one.at >= expected.step_since
        found = meaning(one.code)
        verdict = BLOCK if found.remedy in GRAVE or (found.remedy is Remedy.APP and ours) else WARN
        if found.remedy is Remedy.IGNORE or found.remedy is Remedy.ACTION:
            continue
        untimed = found.remedy is Remedy.APP and one.at is None and expected.step_since is not None
        if found.remedy is Remedy.UNKNOWN or untimed:
            verdict = UNKNOWN
        when = " (whether in this step or before it is not known)" if untimed else ""
        answer = (verdict, f"XID {one.code}, {found.says}{when}: {found.remedy.value}")
        if worst is None or _ORDER[verdict] >= _ORDER[worst[0]]:
            worst = answer
    if worst is not None and worst[0] is not WARN:
        return worst
    begins = expected.step_since
    if gpu.xid_since and (begins is None or gpu.xid_since > begins):
        return UNKNOWN, "errors before this program looked are not known (the kernel's log may not be read)"
    return worst or (PASS, "none since the machine started" if not gpu.xid_since else "none since the step began")


_ORDER = {verdict: place for place, verdict in enumerate((PASS, WARN, UNKNOWN, BLOCK))}


def _ecc(gpu: Gpu) -> Answer:
    if gpu.ecc_uncorrected:
        return BLOCK, f"{gpu.ecc_uncorrected} uncorrected errors since the driver was loaded: reset the GPU"
    if gpu.sram_exceeded:
        return BLOCK, "uncorrected SRAM errors exceed the card's threshold: have it replaced"
    if gpu.retired_pending:
        return BLOCK, "a page is waiting to be retired: reset the GPU"
    if gpu.retired is not None and gpu.retired > RETIRED_PAGES:
        return BLOCK, f"{gpu.retired} pages of its memory are retired: have it replaced"
    if gpu.ecc_corrected is not None and gpu.ecc_corrected > CORRECTED_ECC:
        return BLOCK, f"{gpu.ecc_corrected:,} corrected errors since the driver was loaded: have it looked at"
    if "ecc" in gpu.without:
        return PASS, "this card has no ECC memory"
    if gpu.ecc is False:
        return WARN, "ECC is switched off on this card"
    retires = gpu.row_remap is None and "retired" not in gpu.without  # cards that remap rows retire no pages
    untold = {
        "whether ECC is on": gpu.ecc is None,
        "uncorrected errors": gpu.ecc_uncorrected is None,
        "corrected errors": gpu.ecc_corrected is None,
        "the SRAM threshold": gpu.sram_exceeded is None and "sram_exceeded" not in gpu.without,
        "retired pages": retires and (gpu.retired is None or gpu.retired_pending is None),
    }
    if any(untold.values()):
        return UNKNOWN, f"the source does not tell {', '.join(what for what, missing in untold.items() if missing)}"
    return PASS, "no uncorrected errors since the driver was loaded"


def _remap(gpu: Gpu) -> Answer:
    if "row_remap" in gpu.without:
        return PASS, "this card does not remap rows"
    remap = gpu.row_remap
    if remap is not None and remap.failure:
        return BLOCK, "a row could not be remapped: have the card replaced"
    if remap is not None and remap.pending:
        return BLOCK, "a remapped row waits for a reset: reset the GPU before a new deployment"
    if remap is None or remap.failure is None or remap.pending is None:
        return UNKNOWN, "the source does not tell whether rows wait to be remapped"
    count = (remap.uncorrectable or 0) + (remap.correctable or 0)
    return PASS, f"{count} rows remapped so far, none waiting" if count else "no row was remapped"


def _throttle(gpu: Gpu, window: Window | None) -> Answer:
    told = window.told if window is not None else 0
    if window is not None and window.hard:
        hits = round(window.hard_share * told)
        seen = f"{', '.join(window.hard)} in {hits} of {told} readings of {window.seconds:.0f} s"
        # so many of them in ten minutes are enough, whatever came before a watch that is shorter
        if told >= FEW and (hits >= HARD_PER_MINUTE * LONG / 60 or window.hard_share > 0.99):
            return BLOCK, seen
        if told < FEW or window.seconds < WHOLE * LONG:
            return UNKNOWN, f"{seen}; whether that lasts is known after ten minutes of watching"
        if gpu.throttle is not None:
            return WARN, seen
    if gpu.throttle is None:
        return UNKNOWN, "the source does not tell why clocks are held down"
    hard = [reason for reason in gpu.throttle if reason in HARD_THROTTLE]
    if hard:
        return UNKNOWN, f"{', '.join(hard)} now; whether that lasts is known after ten minutes of watching"
    if strange := [one for one in gpu.throttle if one not in NORMAL_THROTTLE | SOFT_THROTTLE]:
        return UNKNOWN, f"{', '.join(strange)} holds the clocks down, for which this program has no words"
    if SOFT_THROTTLE.intersection(gpu.throttle) or (window is not None and window.soft_share > 0):
        return WARN, "the driver holds the clocks down against heat"
    return PASS, f"clocks: {', '.join(gpu.throttle)}" if gpu.throttle else "nothing holds the clocks down"


def _nvlink(gpu: Gpu, window: Window | None, expected: Expected) -> Answer:
    links = gpu.nvlink
    _, count, speed = next((card for card in LINKS if card[0].search(gpu.name)), (None, None, None))
    wanted = count if links is None or links.links is None else max(count or 0, links.links)
    wanted = wanted if expected.nvlinks is None else expected.nvlinks
    if wanted == 0:
        return PASS, "no NVLink is asked for"
    if "nvlink" in gpu.without:
        return (BLOCK, f"no link is told of, {wanted} there must be") if wanted else (PASS, "this card has no NVLink")
    if links is None or links.active is None:
        return UNKNOWN, "the source does not tell the state of the links"
    if links.inactive and (expected.nvlinks is None or links.active < expected.nvlinks):
        return BLOCK, f"{links.inactive} of {links.active + links.inactive} links are inactive"
    if wanted is not None and links.active < wanted:
        return BLOCK, f"{links.active} links are active, {wanted} there must be"
    if speed is not None and links.speed is not None and links.speed < SLOWER * speed:
        return BLOCK, f"a link runs at {links.speed:,.0f} MB/s, {speed:,.0f} is its speed"
    if links.inactive is None or (speed is not None and links.speed is None):
        return UNKNOWN, f"{links.active} links are active; the source does not tell them all and their speed"
    if wanted is None:
        return UNKNOWN, f"{links.active} links are active; how many there must be nobody says (--nvlinks)"
    if links.errors is None:
        return UNKNOWN, f"{links.active} links are active; the source does not tell their errors"
    if window is None or window.link_errors is None:
        return UNKNOWN, f"{links.active} links are active; errors are counted from the second reading on"
    if window.link_errors:
        return WARN, f"{window.link_errors} errors on the links in {window.seconds:.0f} s"
    return PASS, f"{links.active} links are active, no errors in {window.seconds:.0f} s"


def _fabric(gpu: Gpu, host: GpuHost) -> Answer:
    manager = host.fabric_manager
    if manager not in (None, NO_SWITCH, "active"):
        return BLOCK, f"there are NVSwitches here, and nvidia-fabricmanager is {manager}: start it"
    if "fabric" in gpu.without or gpu.fabric == "unsupported":
        if manager is None and "nvlink" not in gpu.without:
            return UNKNOWN, "whether there are NVSwitches, and their manager is active, the source does not tell"
        return PASS, "the fabric's manager is active" if manager == "active" else "no NVSwitch fabric here"
    if gpu.fabric is None:
        return UNKNOWN, "the source does not tell the state of the fabric"
    if gpu.fabric != "completed":
        return BLOCK, f"the fabric is {gpu.fabric}: look at nvidia-fabricmanager"
    if manager is None:
        return UNKNOWN, "the fabric is up; whether nvidia-fabricmanager is active the source does not tell"
    return PASS, "the fabric is up" + (
        ", its manager active" if manager == "active" else "; its switches are elsewhere"
    )


def _strangers(gpu: Gpu, expected: Expected) -> Answer:
    if gpu.processes is None:
        return UNKNOWN, "the source does not tell the processes"
    strangers = [one for one in gpu.processes if not _welcome(one, expected)]
    if strangers:
        shown = ", ".join(map(_named, strangers[:3])) + (
            f" and {len(strangers) - 3} more" if len(strangers) > 3 else ""
        )
        return BLOCK, f"not ours: {shown}"
    if gpu.memory_used is None:
        return UNKNOWN, "the source does not tell the memory in use"
    rest = gpu.memory_used - sum(one.memory or 0 for one in gpu.processes)
    if rest > IDLE_MEMORY + ROUNDED * len(gpu.processes):
        if any(one.memory is None for one in gpu.processes):
            return UNKNOWN, f"{rest // MIB} MiB are in use, and the source does not tell how much of it is whose"
        return BLOCK, f"{rest // MIB} MiB are in use and nobody is seen to use them"
    return PASS, "only ours" if gpu.processes else "nobody uses it"


def _welcome(process: GpuProcess, expected: Expected) -> bool:
    display = process.kind == "graphics" and (process.memory or 0) <= IDLE_MEMORY  # a display, and nothing else
    return display or process.pid in expected.pids or process.user in expected.users


def _named(process: GpuProcess) -> str:
    memory = f", {process.memory // MIB} MiB" if process.memory is not None else ""
    return f"{process.name or 'a process'} ({process.user or 'owner unknown'}, pid {process.pid}{memory})"


def _persistence(gpu: Gpu) -> Answer:
    if gpu.persistence is None:
        return UNKNOWN, "the source does not tell"
    if gpu.persistence:
        return PASS, "the driver stays loaded"
    return WARN, "off: the driver is unloaded when idle, which costs seconds and resets its counters"


def _temperature(gpu: Gpu) -> Answer:
    margin = gpu.temperature_margin
    if margin is None and gpu.temperature is not None and gpu.temperature_slowdown is not None:
        margin = gpu.temperature_slowdown - gpu.temperature
    if margin is None:
        return UNKNOWN, "the source does not tell how far the card's own limit is"
    if margin <= 0:
        return BLOCK, "the card is at its own limit and slows down"
    return (WARN if margin < NEAR else PASS), f"{margin:.0f} °C to the card's own limit"


def _replay(gpu: Gpu, window: Window | None) -> Answer:
    if gpu.pcie_replay is None:
        return UNKNOWN, "the source does not tell"
    if window is None or window.replays is None:
        return UNKNOWN, "counted from the second reading on"
    if window.replays:
        return WARN, f"{window.replays} transfers were repeated in {window.seconds:.0f} s"
    return PASS, f"no transfer was repeated in {window.seconds:.0f} s"


def of_named(checks: Iterable[Check], names: Iterable[str], host: GpuHost) -> list[Check]:
    """The checks of a host and of those of its devices that a command names, and one for each that is not there."""
    found = {name: [gpu.uuid for gpu in host.gpus if means(name, gpu)] for name in sorted(names)}
    uuids = {uuid for there in found.values() for uuid in there}
    missing = []
    for name in (name for name, there in found.items() if not there):
        told = f"GPU {name} is not there" if name.isdigit() else f"{name} is no device that is known here"
        verdict = BLOCK if name.isdigit() or name.startswith(("GPU-", "MIG-")) else UNKNOWN
        detail = f"{told}, and the command names it"
        missing.append(Check(check="device", verdict=verdict, detail=detail, source="the command", host=host.host))
    return [*missing, *(check for check in checks if check.gpu is None or check.gpu in uuids)]

"""One device in full: histories, facts, what is wrong and what to do, and who uses it. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from runbook_tui.run.gpu.model import Gpu, GpuHost, GpuProcess
from runbook_tui.run.gpu.trail import Trail
from runbook_tui.run.gpu.verdicts import Check, Verdict
from runbook_tui.run.gpu.words import recovery_words
from runbook_tui.run.gpu.xids import GRAVE, meaning
from runbook_tui.tui.gpu import words
from runbook_tui.tui.gpu.plots import plot
from runbook_tui.tui.rows import Part
from runbook_tui.tui.terminal_text import safe

LABEL = 18
SORTS = ("memory", "user", "name", "pid")


class Line(NamedTuple):
    parts: tuple[Part, ...]
    process: GpuProcess | None = None


def lines(
    host: GpuHost, gpu: Gpu, trail: Trail, checks: Sequence[Check], width: int, *, sort: str, needle: str, tall: bool
) -> list[Line]:
    """Everything about the device, a line each."""
    out = [Line((*_title(host, gpu),))]
    out += [Line(tuple(parts)) for parts in _wrong(host, gpu, checks, width)]
    out += [Line(tuple(parts)) for parts in _histories(gpu, trail, width, 2 if tall else 1)]
    out += [Line(tuple(parts)) for parts in _facts(host, gpu, trail, width)]
    out += _processes(gpu, sort, needle)
    return out


def _title(host: GpuHost, gpu: Gpu) -> list[Part]:
    index = "?" if gpu.index is None else str(gpu.index)
    return [
        (f"GPU {index} on {safe(host.host)}", "strong"),
        (f"  {words.model(gpu)}", ""),
        (f"  {safe(gpu.uuid)}  {safe(gpu.pci)}", "quiet"),
        *words.marks(host),
        *([(f"  read {gpu.age:.0f} s ago", "warning")] if gpu.age > words.OLD else []),
    ]


def _wrong(host: GpuHost, gpu: Gpu, checks: Sequence[Check], width: int) -> Iterator[list[Part]]:
    """What the health table says but passes, then every error of the driver with what to do."""
    order = (Verdict.BLOCK, Verdict.UNKNOWN, Verdict.WARN)
    mine = [check for check in checks if check.gpu == gpu.uuid]
    of_host = [check for check in checks if check.gpu is None and check.host in ("", host.host)]
    for wanted in order:
        glyph, _, pen = words.VERDICTS[wanted]
        for check in [*mine, *of_host]:
            if check.verdict is wanted and wanted is not Verdict.UNKNOWN:
                yield from _fact(f"{glyph} {check.check}", check.detail, width, pen, pen if pen == "error" else "")
    unknown = [check.check for check in mine if check.verdict is Verdict.UNKNOWN]
    if unknown or not mine:
        yield from _fact("? not proved", ", ".join(unknown) or "no check was made", width, "warning", "quiet")
    passed = sum(check.verdict is Verdict.PASS for check in mine)
    if mine and passed == len(mine):
        yield [(f"✔ all {passed} checks pass", "success")]
    for xid in reversed(gpu.xid or ()):
        found = meaning(xid.code)
        pen = "error" if found.remedy in GRAVE else "warning"
        when = datetime.fromtimestamp(xid.at, UTC).astimezone().strftime("%H:%M:%S") if xid.at else "before"
        yield from _fact(f"XID {xid.code}", f"{when}  {found.says} → {found.remedy.value}", width, pen, "")


def _histories(gpu: Gpu, trail: Trail, width: int, height: int) -> Iterator[list[Part]]:
    graph = max(8, width - LABEL - 14)
    points = trail.points(graph)
    tops = {
        "utilisation": ([point.util for point in points], 100.0, words.number(gpu.util, " %")),
        "memory": (
            [point.memory for point in points],
            100.0,
            f"{words.gib(gpu.memory_used)}/{words.gib(gpu.memory_total)} GiB",
        ),
        "power": (
            [point.power for point in points],
            gpu.power_limit or _highest([point.power for point in points]),
            f"{words.number(gpu.power)}/{words.number(gpu.power_limit)} W",
        ),
        "temperature": (
            [point.temperature for point in points],
            gpu.temperature_slowdown or 100.0,
            f"{words.number(gpu.temperature)} °C"
            + (f" of {gpu.temperature_slowdown:.0f}" if gpu.temperature_slowdown else ""),
        ),
        "SM clock": (
            [point.clock for point in points],
            gpu.clock_sm_max or _highest([point.clock for point in points]),
            f"{words.number(gpu.clock_sm)} MHz",
        ),
    }
    for name, (values, top, now) in tops.items():
        rows = plot(values, graph, height, high=top)
        for number, row in enumerate(rows):
            last = number == len(rows) - 1
            label = f"{name:<{LABEL}}" if last else " " * LABEL
            yield [(label, "quiet"), (row, "accent"), (f"  {now}" if last else "", "")]


def _highest(values: Sequence[float | None]) -> float:
    return max((value for value in values if value is not None), default=1.0) or 1.0


def _facts(host: GpuHost, gpu: Gpu, trail: Trail, width: int) -> Iterator[list[Part]]:
    def fact(name: str, says: str) -> Iterator[list[Part]]:
        return _fact(name, says, width)

    window = trail.window(600)
    yield from fact("held back by", "nothing" if gpu.throttle == () else _list(gpu.throttle))
    yield from fact("ECC", _ecc(gpu))
    yield from fact("row remap", _remap(gpu))
    yield from fact(
        "recovery", "n/a" if gpu.recovery is None else f"the driver asks for: {recovery_words(gpu.recovery)}"
    )
    yield from fact("NVLink", _nvlink(gpu))
    managed = {None: "", "none": ""}.get(host.fabric_manager, f", its manager {host.fabric_manager}")
    yield from fact("fabric", ("not on this card" if "fabric" in gpu.without else gpu.fabric or "n/a") + managed)
    replays = "n/a" if gpu.pcie_replay is None else f"{gpu.pcie_replay} replays"
    if window is not None and window.replays is not None:
        replays += f", {window.replays} in {window.seconds:.0f} s"
    now, most = (
        f"gen {number(gpu.pcie_gen)} x{number(gpu.pcie_width)}",
        f"{number(gpu.pcie_gen_max)} x{number(gpu.pcie_width_max)}",
    )
    yield from fact("PCIe", f"{now} of {most}, {replays}")
    state = f"P{gpu.pstate}" if gpu.pstate is not None else "n/a"
    persistence = {True: "on", False: "off", None: "n/a"}[gpu.persistence]
    memory_heat = f"memory {words.number(gpu.temperature_memory)} °C"
    yield from fact(
        "state", f"{state}, persistence {persistence}, {memory_heat}, reserved {words.gib(gpu.memory_reserved)} GiB"
    )
    watched = "nobody watches for errors of the driver (XID)" if gpu.xid is None else None
    if watched:
        yield from fact("XID", watched)
    for one in gpu.slices:
        yield from fact(
            f"MIG {one.gpu_instance}",
            f"{safe(one.name)}  {words.gib(one.memory_used)}/{words.gib(one.memory_total)} GiB  {safe(one.uuid)}",
        )


def number(value: float | None) -> str:
    return words.number(value)


def _fact(name: str, says: str, width: int, pen: str = "quiet", says_pen: str = "") -> Iterator[list[Part]]:
    """A name and what is said of it, on as many lines as that takes."""
    for number_, piece in enumerate(textwrap.wrap(says, max(20, width - LABEL)) or [""]):
        yield [(f"{'' if number_ else name:<{LABEL}}", pen), (piece, says_pen)]


def _list(names: tuple[str, ...] | None) -> str:
    return "n/a" if names is None else ", ".join(names)


def _ecc(gpu: Gpu) -> str:
    if "ecc" in gpu.without:
        return "not on this card"
    mode = {True: "on", False: "off", None: "n/a"}[gpu.ecc]
    counts = f"{number(gpu.ecc_uncorrected)} uncorrected, {number(gpu.ecc_corrected)} corrected"
    pages = "" if gpu.retired is None else f"; {gpu.retired} pages retired"
    return f"{mode}: {counts} since the driver was loaded, {number(gpu.ecc_uncorrected_total)} uncorrected ever{pages}"


def _remap(gpu: Gpu) -> str:
    remap = gpu.row_remap
    if remap is None:
        return "not on this card" if "row_remap" in gpu.without else "n/a"
    waits = {True: "waits for a reset", False: "none waits", None: "pending n/a"}[remap.pending]
    failed = {True: "FAILED", False: "none failed", None: "failure n/a"}[remap.failure]
    return f"{number(remap.correctable)} correctable, {number(remap.uncorrectable)} uncorrectable, {waits}, {failed}"


def _nvlink(gpu: Gpu) -> str:
    links = gpu.nvlink
    if links is None:
        return "not on this card" if "nvlink" in gpu.without else "n/a"
    speed = f" at {links.speed / 1000:.1f} GB/s" if links.speed else ""
    of = "" if links.links is None else f" of {links.links}"
    return f"{number(links.active)} active{of}, {number(links.inactive)} inactive{speed}, {number(links.errors)} errors"


def _processes(gpu: Gpu, sort: str, needle: str) -> list[Line]:
    if gpu.processes is None:
        return [Line(((f"{'processes':<{LABEL}}", "quiet"), ("n/a: the source does not tell them", "")))]
    shown = [one for one in gpu.processes if needle.lower() in f"{one.pid} {one.user} {one.name}".lower()]
    keys = {
        "memory": lambda one: (-(one.memory or 0), one.pid),
        "user": lambda one: (one.user or "~", one.pid),
        "name": lambda one: (one.name, one.pid),
        "pid": lambda one: (one.pid,),
    }
    shown.sort(key=keys[sort])
    matching = f", {len(shown)} match “{needle}”" if needle else ""
    out = [Line(((f"{'processes':<{LABEL}}", "quiet"), (f"{len(gpu.processes)}{matching}, by {sort}", "")))]
    for one in shown:
        memory = "n/a" if one.memory is None else f"{one.memory / (1 << 20):,.0f} MiB"
        kind = "" if one.kind == "compute" else f"  {one.kind}"
        row = f"  {one.pid:>8}  {safe(one.user or 'n/a')[:12]:<12}  {memory:>12}  {safe(one.name) or 'n/a'}{kind}"
        out.append(Line(((row, ""),), one))
    return out

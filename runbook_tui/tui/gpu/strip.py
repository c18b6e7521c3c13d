"""The line of the walk that shows what the GPUs do. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len

from runbook_tui.run.gpu.model import Gpu, GpuHost
from runbook_tui.run.gpu.trail import Trail
from runbook_tui.tui.gpu import words
from runbook_tui.tui.gpu.plots import spark
from runbook_tui.tui.ports import GpuView
from runbook_tui.tui.rows import Part
from runbook_tui.tui.terminal_text import safe

SHORT, LONG = 4, 10  # columns of history


def strip(view: GpuView, width: int, key: str = "g") -> tuple[list[Part], list[Part]]:
    """As much of each device as there is room for; with many devices only those that matter most. `key` shows more."""
    hosts = view.hosts()
    gpus = [(host, gpu) for host in hosts for gpu in host.gpus]
    right: list[Part] = [
        *(part for host in hosts[:1] for part in words.marks(host)),
        (f"  {key}", "strong accent"),
        (" more", ""),
    ]
    if not gpus:
        text = next((host.error for host in hosts if host.error), "no GPU was found")
        return [("GPU  ", "quiet"), (safe(text), "warning")], right
    room = width - 4 - sum(cell_len(text) for text, _ in right)
    for form in (_long, _short, _tiny):
        if (pieces := _all(view, gpus, form, room)) is not None:
            return _joined(pieces), right
    pressing = sorted(gpus, key=lambda pair: _pressing(*pair))
    pieces, used = [], 12
    for _, gpu in pressing:
        piece = _short(view.trail(gpu.uuid), gpu)
        used += _wide(piece) + 3
        if used > room and pieces:
            break
        pieces.append(piece)
    rest = len(gpus) - len(pieces)
    return [*_joined(pieces), (f"   + {rest} more", "quiet")] if rest else _joined(pieces), right


def _all(
    view: GpuView, gpus: Sequence[tuple[GpuHost, Gpu]], form: Callable[[Trail, Gpu], list[Part]], room: int
) -> list[list[Part]] | None:
    """A piece of that form for each; None as soon as there is no room: of 64 devices most need not be written."""
    pieces = []
    for _, gpu in gpus:
        pieces.append(form(view.trail(gpu.uuid), gpu))
        room -= _wide(pieces[-1]) + 3
        if room < 0:
            return None
    return pieces


def _pressing(host: GpuHost, gpu: Gpu) -> tuple[bool, float]:
    """Those in trouble first, then the busiest."""
    return (not any(True for _ in words.troubles(gpu)) and host.error is None, -(gpu.util or 0.0))


def _long(trail: Trail, gpu: Gpu) -> list[Part]:
    history = spark([point.util for point in trail.points(LONG)], LONG, high=100)
    memory = f" {words.gib(gpu.memory_used)}/{words.gib(gpu.memory_total)} GiB"
    power = f" {words.number(gpu.power)} W"
    return [
        *_name(gpu),
        (f"{history} ", "accent"),
        *_use(gpu),
        (memory, ""),
        (power, "quiet"),
        *_heat(gpu),
        *_trouble(gpu),
    ]


def _short(trail: Trail, gpu: Gpu) -> list[Part]:
    history = spark([point.util for point in trail.points(SHORT)], SHORT, high=100)
    share = gpu.memory_share
    memory = f" m{'n/a' if share is None else f'{100 * share:.0f} %'}"
    return [
        *_name(gpu),
        (f"{history} ", "accent"),
        *_use(gpu),
        (memory, "quiet"),
        *_heat(gpu),
        *_trouble(gpu, short=True),
    ]


def _tiny(_: Trail, gpu: Gpu) -> list[Part]:
    return [*_name(gpu), *_use(gpu), *_trouble(gpu, short=True)]


def _name(gpu: Gpu) -> list[Part]:
    return [(f"{'?' if gpu.index is None else gpu.index} ", "strong")]


def _use(gpu: Gpu) -> list[Part]:
    stale = gpu.error is not None or gpu.age > words.OLD
    return [(words.number(gpu.util, " %", wide=5), "quiet" if stale else "")]


def _heat(gpu: Gpu) -> list[Part]:
    return [(f" {words.number(gpu.temperature)} °C", words.heat(gpu) or "quiet")]


def _trouble(gpu: Gpu, *, short: bool = False) -> list[Part]:
    first = next(words.troubles(gpu), None)
    if first is None:
        return []
    return [(" !" if short else f" ! {first[0]}", first[1])]


def _wide(piece: Sequence[Part]) -> int:
    return sum(cell_len(text) for text, _ in piece)


def _joined(pieces: Sequence[list[Part]]) -> list[Part]:
    parts: list[Part] = [("GPU ", "quiet")]
    for index, piece in enumerate(pieces):
        parts += [(" │ ", "rule")] if index else []
        parts += piece
    return parts

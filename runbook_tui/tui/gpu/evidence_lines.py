"""What GPUs did around a command, as the step shows it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from runbook_tui.run.gpu.kept import DeviceEvidence, HostEvidence, Span
from runbook_tui.tui.terminal_text import safe

GIB = 1 << 30
MOST = 8  # devices in full; more are counted


def evidence(found: HostEvidence) -> Iterator[Content]:
    """A line for each device: least, mean and greatest value, then what happened."""
    marks = (" FAKE" if found.fake else "") + (" REPLAY" if found.replayed else "")
    if found.note:
        yield Content.assemble(("  GPU  ", "$quiet"), (safe(found.note), "$warning"), (marks, "bold $warning"))
    eventful = sorted(found.devices, key=lambda device: not device.events)
    for device in eventful[:MOST]:
        index = "?" if device.index is None else str(device.index)
        yield Content.assemble(
            (f"  GPU {index}  ", "$quiet"), (_values(device), "$quiet"), (marks, "bold $warning"),
            *((f"  ! {safe(event)}", "$warning") for event in device.events),
        )  # fmt: skip
    if len(eventful) > MOST:
        yield Content.styled(f"  and {len(eventful) - MOST} more GPUs", "$quiet")


def _values(device: DeviceEvidence) -> str:
    memory = device.memory
    parts = [
        _span(device.util, "%"),
        None if memory is None else _range(f"{memory.min / GIB:.0f}", f"{memory.max / GIB:.0f}") + " GiB",
        _span(device.power, "W"),
        _span(device.temperature, "°C"),
    ]
    return ", ".join(part for part in parts if part) or f"no values in {device.readings} readings"


def _range(least: str, greatest: str) -> str:
    return least if least == greatest else f"{least}–{greatest}"


def _span(span: Span | None, unit: str) -> str | None:
    if span is None:
        return None
    least, mean, greatest = f"{span.min:.0f}", f"{span.mean:.0f}", f"{span.max:.0f}"
    return f"{least} {unit}" if least == greatest else f"{least}–{greatest} {unit} (mean {mean})"

"""What stands in a line about a GPU. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_tui.run.gpu.model import Gpu, GpuHost
from runbook_tui.run.gpu.verdicts import Check, Verdict, worst
from runbook_tui.run.gpu.words import HARD_THROTTLE, NORMAL_THROTTLE, recovery_words
from runbook_tui.run.gpu.xids import GRAVE, meaning
from runbook_tui.tui.rows import Part
from runbook_tui.tui.terminal_text import safe

GIB = 1 << 30
OLD = 5.0  # seconds from which a value shows its age
VERDICTS = {
    Verdict.PASS: ("✔", "pass", "success"),
    Verdict.WARN: ("!", "warn", "warning"),
    Verdict.UNKNOWN: ("?", "unknown", "warning"),
    Verdict.BLOCK: ("✖", "blocking", "error"),
}


def number(value: float | None, unit: str = "", *, wide: int = 0) -> str:
    """n/a where there is no value; never 0 in its place."""
    return f"{'n/a' if value is None else f'{value:.0f}{unit}':>{wide}}"


def gib(value: int | None) -> str:
    return "n/a" if value is None else f"{value / GIB:.0f}" if value >= 10 * GIB else f"{value / GIB:.1f}"


def model(gpu: Gpu) -> str:
    return safe(gpu.name).replace("NVIDIA ", "").replace(" (FAKE)", "") or "GPU"


def heat(gpu: Gpu) -> str:
    """The pen of a temperature, by the card's own limit where it is known."""
    if gpu.temperature is None:
        return "quiet"
    margin = gpu.temperature_margin
    if margin is None and gpu.temperature_slowdown is not None:
        margin = gpu.temperature_slowdown - gpu.temperature
    if margin is None:
        return ""
    return "error" if margin <= 0 else "warning" if margin < 5 else ""


def troubles(gpu: Gpu, *, in_words: bool = False) -> Iterator[Part]:
    """What wants attention, the gravest first, each with its pen; `in_words` where a code has room for more."""
    if gpu.error is not None:
        yield safe(gpu.error), "error"
    if gpu.age > OLD:
        yield f"{gpu.age:.0f} s old", "warning"
    if gpu.recovery:
        yield f"wants: {recovery_words(gpu.recovery)}", "error"
    for xid in reversed((gpu.xid or ())[-2:]):
        found = meaning(xid.code)
        said = f"{found.says} (XID {xid.code})" if in_words else f"XID {xid.code}"
        yield said, "error" if found.remedy in GRAVE else "warning"
    if gpu.ecc_uncorrected:
        yield f"{gpu.ecc_uncorrected} ECC errors", "error"
    if gpu.row_remap is not None and (gpu.row_remap.failure or gpu.row_remap.pending):
        yield ("row remap failed", "error") if gpu.row_remap.failure else ("row remap waits for a reset", "error")
    if gpu.nvlink is not None and gpu.nvlink.inactive:
        yield f"{gpu.nvlink.inactive} NVLinks down", "error"
    if gpu.nvlink is not None and gpu.nvlink.missing:
        yield f"{gpu.nvlink.missing} NVLinks do not answer", "error"
    if held := [reason for reason in gpu.throttle or () if reason not in NORMAL_THROTTLE]:
        yield f"slowed: {', '.join(held)}", "error" if HARD_THROTTLE.intersection(held) else "warning"


def judged(verdict: Verdict, checks: str) -> list[Part]:
    """What its mark means, for a device of which nothing else is told: which checks say so."""
    said = {Verdict.WARN: "", Verdict.UNKNOWN: "not proved", Verdict.BLOCK: ""}.get(verdict)
    if said is None:
        return []
    return [(": ".join(filter(None, (said, checks))), VERDICTS[verdict][2])]


def origin(host: GpuHost) -> list[Part]:
    """Where the values come from, and whether they prove anything."""
    parts: list[Part] = [(host.source.value, "quiet")]
    if host.driver:
        parts.append((f" · driver {safe(host.driver)}", "quiet"))
    if host.cuda:
        parts.append((f" · CUDA {host.cuda}", "quiet"))
    return [*parts, *marks(host)]


def marks(host: GpuHost) -> list[Part]:
    parts: list[Part] = []
    if host.fake:
        parts.append(("  FAKE", "strong warning"))
    if host.replayed:
        parts.append(("  REPLAY", "strong warning"))
    return parts


def verdict(checks: Sequence[Check]) -> Part:
    """All checks in a word."""
    gravest = worst(checks)
    glyph, word, pen = VERDICTS[gravest]
    count = sum(check.verdict is gravest for check in checks)
    return f"{glyph} {count} {word}" if count and word != "pass" else f"{glyph} {word}", f"strong {pen}"

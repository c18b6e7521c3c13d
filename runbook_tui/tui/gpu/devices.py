"""The devices as rows: one line each, under the machine they are in."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_tui.run.gpu.model import Gpu, GpuHost
from runbook_tui.run.gpu.verdicts import Check, Verdict, worst
from runbook_tui.tui.gpu import words
from runbook_tui.tui.gpu.plots import bar, spark
from runbook_tui.tui.ports import GpuView
from runbook_tui.tui.rows import Part, RowList
from runbook_tui.tui.terminal_text import safe

Row = tuple[GpuHost, Gpu | None]
ROOMY = 150  # columns from which errors of the driver are told in words


class Devices(RowList):
    """Told what there is; the cursor rests on devices, and on machines that have none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._view: GpuView | None = None
        self._rows: tuple[Row, ...] = ()
        self._judged: dict[str, tuple[Verdict, str]] = {}  # the gravest verdict of each, and the checks that give it

    @property
    def chosen(self) -> Row | None:
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def show(self, view: GpuView, hosts: Sequence[GpuHost], checks: Sequence[Check]) -> None:
        """Draw everything anew; the cursor stays on its device."""
        before = self.chosen
        self._view = view
        headed = len(hosts) > 1 or any(not host.gpus for host in hosts)
        rows: list[Row] = []
        for host in hosts:
            rows += [(host, None)] if headed else []
            rows += [(host, gpu) for gpu in host.gpus]
        self._rows = tuple(rows)
        judged: dict[str, list[Check]] = {}
        for check in checks:
            if check.gpu is not None:
                judged.setdefault(check.gpu, []).append(check)
        self._judged = {uuid: _gravest(of) for uuid, of in judged.items()}
        if before is not None and before[1] is not None:
            uuid = before[1].uuid
            there = next((n for n, (_, gpu) in enumerate(rows) if gpu is not None and gpu.uuid == uuid), None)
            if there is not None and there != self.cursor:
                self.cursor = there
        elif rows and not self.can_rest(self.cursor):
            self.cursor = next((n for n in range(len(rows)) if self.can_rest(n)), 0)
        self.changed()

    def count(self) -> int:
        return len(self._rows)

    def can_rest(self, index: int) -> bool:
        if index >= len(self._rows):
            return False
        host, gpu = self._rows[index]
        return gpu is not None or not host.gpus

    def parts(self, index: int, width: int) -> Sequence[Part]:
        host, gpu = self._rows[index]
        return self._of_host(host) if gpu is None else self._of_gpu(gpu, width)

    def _of_host(self, host: GpuHost) -> list[Part]:
        parts: list[Part] = [(f" {safe(host.host)}  ", "strong"), *words.origin(host)]
        return [*parts, (f"  {safe(host.error)}", "error")] if host.error else parts

    def _of_gpu(self, gpu: Gpu, width: int) -> list[Part]:
        view = self._view
        points = view.trail(gpu.uuid).points(24) if view is not None else []
        index = "?" if gpu.index is None else str(gpu.index)
        old = gpu.error is not None or gpu.age > words.OLD
        pen = "quiet" if old else ""
        graph = 6 if width < 90 else 12 if width < 130 else 20
        memory_bar = 0 if width < 90 else 8
        verdict, checks = self._judged.get(gpu.uuid, (Verdict.UNKNOWN, ""))
        glyph, _, colour = words.VERDICTS[verdict]
        parts: list[Part] = [(f" {glyph} ", colour), (f"{index:>2} ", "strong")]
        if width >= 110:
            parts.append((f"{words.model(gpu)[:18]:<18} ", pen))
        parts += [
            (spark([point.util for point in points], graph, high=100), "accent" if not old else "quiet"),
            (words.number(gpu.util, " %", wide=6), pen),
        ]
        if memory_bar:
            parts.append(("  " + bar(gpu.memory_share, memory_bar), "quiet" if old else "success"))
        parts += [
            (f" {words.gib(gpu.memory_used):>4}/{words.gib(gpu.memory_total)} GiB", pen),
            (f" {words.number(gpu.power, wide=4)} W", pen),
            (f" {words.number(gpu.temperature, wide=3)} °C ", words.heat(gpu) or pen),
        ]
        wrong = list(words.troubles(gpu, in_words=width >= ROOMY)) or words.judged(verdict, checks)
        for number, (text, trouble_pen) in enumerate(wrong):
            parts += [(" · " if number else "  ", "quiet"), (text, trouble_pen)]
        return parts


def _gravest(checks: Sequence[Check]) -> tuple[Verdict, str]:
    verdict = worst(checks)
    return verdict, ", ".join(dict.fromkeys(check.check for check in checks if check.verdict is verdict))

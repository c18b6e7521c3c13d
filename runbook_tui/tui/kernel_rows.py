"""How a kernel validation is written on the screen: rows, bars and the lines about one case. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from runbook_tui.run.kernels import KernelCase, KernelProgress, KernelVerdict, Verdict
from runbook_tui.tui.rows import Part, spread
from runbook_tui.tui.terminal_text import safe

WIDE = 100  # columns from which on everything fits
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_MARKS = {
    Verdict.PASS: ("✔", "success", "validated"),
    Verdict.FAIL: ("✖", "error", "FAILED"),
    Verdict.NOT_VALIDATED: ("?", "warning", "not validated"),
}


def in_order(cases: Sequence[KernelCase]) -> list[KernelCase]:
    """Failures first, then the newest."""
    return [case for case in cases if not case.ok] + [case for case in reversed(cases) if case.ok]


def bar(share: float | str | None, width: int) -> str:
    """How much of a bound is used; what is beyond it says so."""
    if not isinstance(share, float | int):
        return ("·" if share is None else str(share))[:width].ljust(width)
    if share > 1:
        return f"{'█' * (width - 1)}▶"
    eighths = round(share * width * 8)
    return (_EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8]).ljust(width)[:width]


def figure(value: float | str | None, form: str) -> str:
    if value is None:
        return "–"
    return safe(value) if isinstance(value, str) else format(value, form)


def of_case(case: KernelCase, width: int, *, here: bool) -> Sequence[Part]:
    """One row."""
    mark, pen = ("✔", "success") if case.ok else ("✖", "error")
    left: list[Part] = [
        ("▌" if here else " ", "accent"),
        (f"{mark} ", pen),
        (f"{safe(case.kernel)[:15]:<16}", "strong"),
    ]
    shape = "×".join(map(str, case.shape))
    bound = (bar(case.bound, 8), "error" if not case.ok else "accent")
    error = (f"{figure(case.norm_rel, '.1e'):>9} ", "" if case.ok else "error")
    way = "→" if case.direction == "forward" else "←"
    right: list[Part] = [(f"{safe(case.dtype):<5}{way} ", "quiet"), error, ("▕", "rule"), bound, ("▏ ", "rule")]
    if width >= WIDE:
        right = [(f"{shape:>14}  ", "quiet"), *right]
        right += [(f"{figure(case.ratio, '.2f'):>6} ", "quiet"), (f"{figure(case.ms, '.2f'):>9} ms ", "quiet")]
        speed = f"{case.gbps:.0f} GB/s" if case.gbps is not None else ""
        right.append((f"{speed:>11} ", "quiet"))
    return spread(left, (safe(case.case), "" if case.ok else "error"), right, width)


def header(width: int) -> Sequence[Part]:
    """The names of the columns."""
    right = [(f"{'format':<8}", "quiet"), (f"{'error':>9} ", "quiet"), (f"{' of bound':<11}", "quiet")]
    if width >= WIDE:
        right = [(f"{'shape':>14}  ", "quiet"), *right, (f"{'/torch':>6} ", "quiet"), (f"{'time':>12} ", "quiet")]
        right.append((f"{'bandwidth':>11} ", "quiet"))
    return spread([("   ", ""), (f"{'kernel':<16}", "quiet")], ("case", "quiet"), right, width)


def about(case: KernelCase | None, progress: KernelProgress) -> Content:
    """What there is to say of the case under the cursor; of the whole where there is none."""
    if case is None:
        return Content("\n").join([Content(safe(line)) for line in progress.not_compiled] or [Content("")])
    direction = "forward" if case.direction == "forward" else "backward, gradient of " + (case.output or "?")
    lines = [
        Content.assemble(
            (f"{safe(case.kernel)} ", "bold"), f"“{safe(case.case)}”", (f"  {direction} {safe(case.dtype)}", "$quiet"),
            (f"  on {safe(case.device)}" if case.device else "", "$quiet"),
        )
    ]  # fmt: skip
    lines += [Content.styled(f"✖ {safe(reason)}", "$error") for reason in case.reasons]
    if case.where is not None:
        place = f"{safe(case.output)}[{', '.join(map(str, case.where))}]"
        wrong = not case.ok
        words = ("  differs most at ", "$quiet") if wrong else ("  the largest error is at ", "$quiet")
        values = f": {figure(case.got, '.7g')}, right is {figure(case.expected, '.7g')}"
        lines.append(Content.assemble(words, (place, "bold"), values))
    facts = [
        f"error {figure(case.max_abs, '.2e')} absolute, {figure(case.norm_rel, '.2e')} of the largest magnitude",
        f"{figure(case.ratio, '.2f')} times torch's own",
        f"{figure(case.bound, '.1%')} of the bound",
    ]
    lines.append(Content.styled("  " + ", ".join(facts), "$quiet"))
    return Content("\n").join(lines)


def standing(progress: KernelProgress, *, running: bool) -> tuple[Sequence[Part], Sequence[Part]]:
    """How far it has come and what was found."""
    seen = len(progress.cases) + progress.left_out
    of = f" of {progress.announced:,}" if progress.announced is not None else ""
    failed = len(progress.failed)
    left: list[Part] = [(f"{seen:,}{of} cases", "strong")]
    left.append((f"  {failed} failed", "error") if failed else ("  none failed", "quiet"))
    if progress.planted:
        caught = sum(one.caught for one in progress.planted)
        missed = caught < len(progress.planted)
        left.append(
            (f"  planted bugs: {caught} of {len(progress.planted)} caught", "strong error" if missed else "quiet")
        )
    if progress.compiled:
        trouble = len(progress.not_compiled)
        left.append((f"  compiled: {progress.compiled}", "quiet"))
        left.append((f", {trouble} with a problem" if trouble else "", "error"))
    return left, [("▶ running", "accent")] if running else []


def verdict_part(verdict: KernelVerdict) -> Part:
    mark, pen, word = _MARKS[verdict.verdict]
    return f"{mark} {word}", f"strong {pen}"


def place_part(progress: KernelProgress) -> Part:
    """On what it ran."""
    if progress.executed_on == "gpu":
        return safe(progress.device) or "a graphics card", "accent"
    words = {"interpreter": "Triton's interpreter, no graphics card", "none": "no graphics card"}
    return words.get(progress.executed_on, "not said where"), "warning"

"""Reads kernel validations out of a command's output, as it comes. Pure: bytes in, cases and a verdict out."""

from __future__ import annotations

from typing import Any

import msgspec

from runbook_tui.run.kernels import ON_A_CARD, KernelCase, KernelProgress, KernelVerdict, Planted, Verdict

SCHEMA = "runbook-tui/kernels@1"
MARK = SCHEMA.encode()
LONGEST_LINE = 16 * 1024 * 1024  # bytes; the verdict line repeats all cases
MOST_CASES = 20_000
FAILURES = 10  # of which the record keeps a line


class Line(msgspec.Struct):
    """A line the gate prints; every field is somebody else's word."""

    event: str = ""
    schema: str = ""
    cases: Any = None
    devices: Any = None
    executed_on: str = ""
    device: str | None = None
    verdict: str = ""
    reason: str = ""
    skipped: int = 0
    mutants: Any = None
    evidence_sha256: str = ""
    problems: tuple[str, ...] = ()
    name: str = ""
    target: str = ""


_line = msgspec.json.Decoder(Line)
_case = msgspec.json.Decoder(KernelCase)
_planted = msgspec.json.Decoder(Planted)


class KernelReader:
    """Fed with a job's output; quick while nothing in it is a kernel validation."""

    def __init__(self) -> None:
        self.progress = KernelProgress()
        self.seen = False  # a line of a validation was read
        self._rest = bytearray()
        self._skipping = False  # within a line that is too long
        self._last: Line | None = None  # the verdict line

    def feed(self, data: bytes) -> None:
        """Take in the next bytes of the output."""
        first_end, last_end = data.find(b"\n"), data.rfind(b"\n")
        if first_end < 0:
            self._keep(data)
            return
        self._keep(data[:first_end])
        first = bytes(self._rest)
        self._rest.clear()
        if not self._skipping:
            self._read(first)
        self._skipping = False
        # One byte is found thirty times as fast as a word, and most output has no JSON in it.
        if first_end < last_end and (self.seen or (b"{" in data and MARK in data)):
            for line in data[first_end + 1 : last_end].split(b"\n"):
                self._read(line)
        self._keep(data[last_end + 1 :])

    def verdict(self, status: int | None) -> KernelVerdict | None:
        """The verdict once the command is over, with its exit status; None when it printed no validation.

        What the command says of itself is not enough for a pass: every promised case must have been printed, run on a
        graphics card and have held, and the command must have succeeded.
        """
        if self._rest and not self._skipping:
            self._read(bytes(self._rest))
            self._rest.clear()
        if not self.seen:
            return None
        verdict, reason = self._judge(status)
        progress = self.progress
        progress.verdict = KernelVerdict(
            verdict=verdict,
            reason=reason,
            executed_on=progress.executed_on,
            device=progress.device,
            cases=len(progress.cases) + progress.left_out,
            failed=len(progress.failed),
            planted=len(progress.planted),
            caught=sum(one.caught for one in progress.planted),
            evidence_sha256=self._last.evidence_sha256 if self._last else "",
            failures=tuple(in_words(case) for case in progress.failed[:FAILURES]),
        )
        progress.version += 1
        return progress.verdict

    # --- inside ---

    def _keep(self, piece: bytes) -> None:
        if self._skipping:
            return
        if len(self._rest) + len(piece) > LONGEST_LINE:
            self._rest.clear()
            self._skipping = True
        else:
            self._rest += piece

    def _read(self, text: bytes) -> None:
        text = text.strip()
        if not text.startswith(b"{") or not (self.seen or MARK in text):
            return
        try:
            line = _line.decode(text)
            self._take(line, text)
        except (msgspec.DecodeError, ValueError):
            return  # something else that begins with a brace

    def _take(self, line: Line, text: bytes) -> None:
        progress = self.progress
        if line.schema == SCHEMA and line.event == "start":
            self._start(line)
        elif line.schema == SCHEMA and not line.event:
            self._end(line)
        elif not self.seen:
            return
        elif line.event == "case":
            case = _case.decode(text)
            if len(progress.cases) < MOST_CASES or not case.ok:
                progress.cases.append(case)
            else:
                progress.left_out += 1
        elif line.event == "mutant":
            progress.planted.append(_planted.decode(text))
        elif line.event == "compiled":
            progress.compiled += 1
            progress.not_compiled += [f"{line.name} for {line.target}: {problem}" for problem in line.problems]
        progress.version += 1

    def _start(self, line: Line) -> None:
        if self.seen:  # a second validation in one output: both must hold, so what was seen stays
            self.progress.announced = (self.progress.announced or 0) + int(line.cases or 0)
        else:
            self.progress.announced = int(line.cases or 0)
        self.seen = True
        self._last = None
        self.progress.ended = False
        weaker = self.progress.executed_on and self.progress.executed_on != line.executed_on
        self.progress.executed_on = "none" if weaker else line.executed_on
        names = [str(card.get("name", "")) for card in line.devices or [] if isinstance(card, dict)]
        self.progress.device = ", ".join(sorted(set(names)))

    def _end(self, line: Line) -> None:
        progress = self.progress
        if not self.seen:  # only the verdict was printed: its own list of cases is all there is
            for one in msgspec.convert(line.cases or [], list[KernelCase])[:MOST_CASES]:
                progress.cases.append(one)
            progress.executed_on = line.executed_on
        self.seen = True
        self._last = line
        progress.ended = True
        progress.device = line.device or progress.device

    def _judge(self, status: int | None) -> tuple[Verdict, str]:
        progress, last = self.progress, self._last
        if failed := progress.failed:
            return (
                Verdict.FAIL,
                f"{len(failed)} of {len(progress.cases)} cases failed, the first: {in_words(failed[0])}",
            )
        if missed := [one for one in progress.planted if not one.caught]:
            return Verdict.FAIL, f"the gate let a planted bug pass: {missed[0].mutant}"
        if progress.not_compiled:
            return Verdict.FAIL, progress.not_compiled[0]
        if last is None:
            return Verdict.NOT_VALIDATED, "it ended without a verdict"
        if last.verdict == Verdict.FAIL:
            return Verdict.FAIL, last.reason or "the check says so"
        return self._weaknesses(last, status)

    def _weaknesses(self, last: Line, status: int | None) -> tuple[Verdict, str]:
        """Why it is no pass although nothing failed; else a pass."""
        progress = self.progress
        count = len(progress.cases) + progress.left_out
        why = ""
        if last.verdict != Verdict.PASS:
            why = last.reason or f"the check says {last.verdict or 'nothing'}"
        elif progress.executed_on != ON_A_CARD or last.executed_on != ON_A_CARD:
            where = last.executed_on or progress.executed_on or "nowhere"
            why = f"it ran on no graphics card ({where})"
        elif count == 0:
            why = "no case was executed"
        elif progress.announced is not None and progress.announced != count:
            why = f"{count} of {progress.announced} cases were seen"
        elif last.skipped:
            why = f"{last.skipped} cases were left out"
        elif not last.evidence_sha256:
            why = "it names no evidence"
        elif status != 0:
            why = "its exit status is not known" if status is None else f"it says pass and ended with status {status}"
        return (Verdict.NOT_VALIDATED, why) if why else (Verdict.PASS, "")


def in_words(case: KernelCase) -> str:
    """A failed case in one line: what, and where it differs."""
    place = f" at {case.output}{list(case.where)}: {case.got} instead of {case.expected}" if case.where else ""
    reason = case.reasons[0] if case.reasons else "it did not hold"
    return f"{case.kernel} {case.direction} {case.dtype} “{case.case}”: {reason}{place}"

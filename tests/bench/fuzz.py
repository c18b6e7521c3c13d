"""Guided fuzzing of parse, lint and show: `python tests/bench/fuzz.py CORPUS/ [-max_total_time=60]`, with atheris installed.

Without atheris: `python tests/bench/fuzz.py --random SECONDS runbooks/*.md`, a mutator with a fixed seed.
No document may crash or hang what reads it, give a result that is no JSON, or lose the line of a box in silence.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from pathlib import Path

SEED = 20_260_101
SLOW = 2.0  # seconds of processor time for a document of a few kilobytes
BOX = re.compile(r"(?:^|[\s|>])(?:\[[ xX]\](?=\s|$|\|)|[☐⬜□☑])")
LISTED = re.compile(r"^[\s>|]*(?:(?:[-*+]|\d+[.)])\s+)*(?:\[[ xX]\]|[☐⬜□☑])(?:\s|$)")


class BoxLost(AssertionError):
    """A line with a box is neither taken nor told about."""


def one(data: bytes) -> None:
    from runbook_tui.document.errors import Unreadable
    from runbook_tui.document.lint import lint
    from runbook_tui.document.reader import read
    from runbook_tui.document.summary import summary

    started = time.process_time()
    try:
        runbook = read(data, "fuzz.md")
    except Unreadable:
        return
    findings = lint(runbook)
    json.dumps(summary(runbook)).encode()
    if time.process_time() - started > SLOW and len(data) < 16_384:
        raise TimeoutError(f"{len(data)} bytes took {time.process_time() - started:.1f} s")
    lost = boxes_lost(runbook)
    told = sum(finding.boxes for finding in runbook.findings)
    if len(lost) > told:
        raise BoxLost(f"lines {lost} hold boxes, {told} were told about")
    for finding in findings:
        if not 1 <= finding.line <= max(len(runbook.lines), 1) or "\n" in finding.message:
            raise AssertionError(f"a finding without place or in several lines: {finding}")


def boxes_lost(runbook: object) -> list[int]:
    """The lines with a box that no step, slot or field was taken from; in code only listed ones and those of tables."""
    lines: tuple[str, ...] = runbook.lines  # type: ignore[attr-defined]
    taken = {step.line for step in runbook.steps if step.box}  # type: ignore[attr-defined]
    taken |= {slot.line for slot in (*runbook.signoffs, *runbook.fields)}  # type: ignore[attr-defined]
    code = any(mark in line for line in lines for mark in ("``", "~~~", "    ", "\t", "{code", "<pre"))
    return [
        number
        for number, line in enumerate(lines, 1)
        if number not in taken
        and BOX.search(line)
        and (not code or LISTED.match(line) or line.lstrip().startswith("|"))
    ]


def mutated(corpus: list[bytes], chance: random.Random) -> bytes:
    return rearranged(chance.choice(corpus), corpus, chance)


def rearranged(data: bytes, corpus: list[bytes], chance: random.Random) -> bytes:
    """Some lines of a document, with lines of others put in, cut, indented and quoted."""
    rows = data.split(b"\n")
    start = chance.randrange(len(rows))
    rows = rows[start : start + chance.randrange(1, 60)]
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(rows))
        other = chance.choice(chance.choice(corpus).split(b"\n"))
        cut = chance.randrange(len(rows[at]) + 1)
        rows[at] = chance.choice(
            [
                other,
                rows[at][:cut] + other,
                rows[at][cut:],
                rows[at] + chance.randbytes(3),
                b"  " + rows[at],
                b"> " + rows[at],
                b"```",
            ]
        )
    return b"\n".join(rows)


def main() -> int:
    if sys.argv[1:2] == ["--random"]:
        end = time.monotonic() + float(sys.argv[2])
        corpus = [Path(name).read_bytes() for name in sys.argv[3:]]
        chance = random.Random(SEED)
        runs = failures = 0
        while time.monotonic() < end:
            data = mutated(corpus, chance)
            runs += 1
            try:
                one(data)
            except Exception as error:
                failures += 1
                Path(f"fuzz-{failures}.md").write_bytes(data)
                print(f"fuzz-{failures}.md: {type(error).__name__}: {error}")
        print(f"{runs} documents, {failures} failures")
        return 1 if failures else 0
    import atheris

    with atheris.instrument_imports(include=["runbook_tui.document"]):
        import runbook_tui.document.lint
        import runbook_tui.document.summary  # noqa: F401
    folders = [Path(word) for word in sys.argv[1:] if not word.startswith("-")]
    corpus = [path.read_bytes() for folder in folders for path in sorted(folder.iterdir()) if path.is_file()] or [
        b"# T"
    ]

    def change(data: bytes, longest: int, seed: int) -> bytes:
        """By turns what the fuzzer itself thinks of, and whole lines moved about."""
        if seed % 2:
            return bytes(atheris.Mutate(data, longest))
        return rearranged(data, corpus, random.Random(seed))[:longest]

    atheris.Setup(sys.argv, one, custom_mutator=change)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())

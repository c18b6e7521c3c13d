"""Guided fuzzing of the reader: `python tests/bench/fuzz.py runbooks/ [-max_total_time=60]`, with atheris installed.

Without atheris: `python tests/bench/fuzz.py --random SECONDS runbooks/*.md`, a mutator with a fixed seed.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

SEED = 20_260_101
SLOW = 2.0  # seconds for a document of a few kilobytes


def one(data: bytes) -> None:
    from runbook_tui.document.errors import Unreadable
    from runbook_tui.document.reader import read
    from runbook_tui.document.summary import summary

    started = time.monotonic()
    try:
        summary(read(data, "fuzz.md"))
    except Unreadable:
        return
    if time.monotonic() - started > SLOW and len(data) < 16_384:
        raise TimeoutError(f"{len(data)} bytes took {time.monotonic() - started:.1f} s")


def mutated(corpus: list[bytes], chance: random.Random) -> bytes:
    rows = chance.choice(corpus).split(b"\n")
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
        import runbook_tui.document.summary  # noqa: F401
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())

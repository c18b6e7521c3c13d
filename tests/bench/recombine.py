"""Documents put together from pieces of others, by the thousand: `python -m tests.bench.recombine SECONDS FILE…`.

Each is held to what must hold for any document: it is read, in a time that its size explains; no box vanishes;
what is offered to run is what bash would accept.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from runbook_tui.document.errors import Unreadable
from runbook_tui.document.lint import lint
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Runbook
from runbook_tui.document.summary import summary

SEED = 20_260_101
PER_KILOBYTE = 0.05  # seconds of this process
AT_LEAST = 2.0
LISTED = re.compile(r"^[\s>|]*(?:(?:[-*+]|\d+[.)])\s+)*(?:\[[ xX]\]|[☐⬜□☑])(?:\s|$)")
BASH = shutil.which("bash")


def pieces(texts: Sequence[str]) -> list[list[str]]:
    """The paragraphs, lists, fences and tables of some documents, cut at blank lines and at odd places."""
    found: list[list[str]] = []
    for text in texts:
        rows = text.split("\n")
        start = 0
        for at, row in enumerate([*rows, ""]):
            if not row.strip():
                if at > start:
                    found.append(rows[start:at])
                start = at + 1
        found += [rows[at : at + 25] for at in range(0, len(rows), 17)]
    return found


def _fenced(rows: list[str], chance: random.Random) -> list[str]:
    mark = chance.choice(["```", "````", "~~~"])
    return [mark + chance.choice(["", "bash", "markdown", "yaml", "console", "{note}"]), *rows, mark]


WRAPPERS: list[Callable[[list[str], random.Random], list[str]]] = [
    lambda rows, chance: rows,
    lambda rows, chance: rows,
    lambda rows, chance: ["", *rows, ""],
    lambda rows, chance: [f"> {row}" for row in rows],
    lambda rows, chance: [" " * chance.choice([1, 2, 3, 4, 6]) + row for row in rows],
    lambda rows, chance: ["- [ ] do this:", "", *[f"  {row}" for row in rows], ""],
    lambda rows, chance: [f"{chance.randrange(1, 12)}. then", "", *[f"   {row}" for row in rows], ""],
    lambda rows, chance: ["<details>", "<summary>more</summary>", "", *rows, "", "</details>"],
    lambda rows, chance: ["!!! note", *[f"    {row}" for row in rows]],
    lambda rows, chance: [":::warning", *rows, ":::"],
    lambda rows, chance: ["<!--", *rows, "-->"],
    lambda rows, chance: [row.replace("  ", "\t") for row in rows],
    lambda rows, chance: [row + "\r" for row in rows],
    lambda rows, chance: rows[: chance.randrange(1, len(rows) + 1)],
    lambda rows, chance: chance.sample(rows, len(rows)),
    lambda rows, chance: [f"| {row} | [ ] |" for row in rows],
    lambda rows, chance: [f"- [ ] {row}" for row in rows],
    lambda rows, chance: [f"## {rows[0]}", *rows[1:]],
    lambda rows, chance: [f"**{rows[0]}**", *rows[1:]],
    _fenced,
]


def documents(texts: Sequence[str], seed: int = SEED) -> Iterator[str]:
    """Documents without end, the same for the same texts and seed."""
    chance = random.Random(seed)
    stock = pieces(texts)
    while True:
        rows: list[str] = []
        for _ in range(chance.randrange(2, 30)):
            piece = list(chance.choice(stock))
            for _ in range(chance.randrange(1, 3)):
                piece = chance.choice(WRAPPERS)(piece, chance)
            rows += piece
            if chance.random() < 0.6:
                rows.append("")
        yield "\n".join(rows)


@lru_cache(maxsize=100_000)
def refused(command: str) -> str:
    """What bash says against the syntax of a command; empty when it has nothing to say."""
    if BASH is None:
        return ""
    done = subprocess.run([BASH, "-n"], input=command.encode(), capture_output=True, check=False, timeout=20)
    return done.stderr.decode("utf-8", "replace") if done.returncode or b"here-document" in done.stderr else ""


def lost(runbook: Runbook) -> list[int]:
    """The lines with a listed box that are neither taken nor told."""
    taken = {step.line for step in runbook.steps} | {slot.line for slot in runbook.signoffs}
    taken |= {field.line for field in runbook.fields}
    missing = [at for at, line in enumerate(runbook.lines, 1) if LISTED.match(line) and at not in taken]
    return missing if len(missing) > sum(finding.boxes for finding in runbook.findings) else []


def broken(text: str) -> list[str]:
    """What is wrong with how a document was read."""
    data = text.encode("utf-8", "surrogatepass")
    started = time.process_time()
    try:
        runbook = read(data, "made.md")
    except Unreadable:
        return []
    summary(runbook)
    lint(runbook)
    spent = time.process_time() - started
    wrong = [f"line {line}: a box was lost" for line in lost(runbook)]
    if spent > AT_LEAST + PER_KILOBYTE * len(data) / 1000:
        wrong.append(f"{len(data)} bytes took {spent:.1f} s")
    for command in runbook.commands:
        if command.runnable and (said := refused(command.text)):
            wrong.append(f"line {command.line}: bash refuses {command.text!r}: {said.strip()}")
    return wrong


def main() -> int:
    end = time.monotonic() + float(sys.argv[1])
    texts = [Path(name).read_text("utf-8", "replace") for name in sys.argv[2:]]
    seed = random.SystemRandom().randrange(1_000_000)
    read_ = failures = 0
    for text in documents(texts, seed):
        if time.monotonic() > end:
            break
        read_ += 1
        try:
            wrong = broken(text)
        except Exception as error:
            wrong = [f"{type(error).__name__}: {error}"]
        if wrong:
            failures += 1
            Path(f"made-{failures}.md").write_text(text, "utf-8", "surrogatepass")
            print(f"made-{failures}.md", *wrong, sep="\n  ", flush=True)
    print(f"{read_} documents (seed {seed}), {failures} with something wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

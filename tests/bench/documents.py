"""1 MB of Markdown: seconds to parse, and to a first frame with its steps.

`python -m tests.bench documents FOLDER/` scores documents that have truth files instead; with `--growth` it tells how
time grows with size, of odd shapes too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.bench.figures import interleaved, tell
from tests.bench.startup import RBT
from tests.bench.terminal import Terminal


def megabyte() -> str:
    """A deployment document of 1 MB: phases, boxes, prose and shell fences."""
    parts = ["# A very long deployment\n"]
    size = 0
    phase = 0
    while size < 1_000_000:
        phase += 1
        boxes = "\n".join(f"- [ ] Check {number} of phase {phase} is *done* and `recorded`" for number in range(12))
        part = (
            f"## Phase {phase}: part of the work (15 minutes)\n\nSome prose that says why this matters, in a sentence or two. "
            f"It has **bold words** and [a link](https://example.org/{phase}).\n\n{boxes}\n\n"
            f"```bash\n# 1. Look at it\nkubectl get pods -n phase-{phase}\n\n# 2. Change it\n"
            f"kubectl set image deployment/api api=registry/api:v{phase} -n phase-{phase}\n```\n\n"
        )
        parts.append(part)
        size += len(part)
    return "".join(parts)


def shape(name: str, size: int) -> str:
    """About so many characters of one thing, as nobody writes it but a converter or an attacker might."""
    row = {
        "one line": "word and `code` [a](b) **bold** if error rate > 5% ",
        "quotes in quotes": "> ",
        "lists in lists": "- ",
        "boxes": "- [ ] Check *it* and `kubectl get pods` number 7\n",
        "rows of a table": "| Check | `kubectl get pods` | [ ] |\n",
        "backticks": "`",
        "brackets": "[",
        "stars": "*a ",
        "lines of a fence": "kubectl get pods -n web | grep -c Running\n",
        "fences": "```bash\nkubectl get pods\n```\n\n",
        "headings": "## Part\n",
        "paragraphs": "If the error rate is above 5 % for 10 minutes, roll back.\n\n",
        "underscores": "Name: ____ Date: ____\n",
        "pipes": "|",
        "open tags": "<a ",
        "entities": "&amp",
    }[name]
    head = {"rows of a table": "| What | How | Done |\n|---|---|---|\n", "lines of a fence": "```bash\n"}.get(name, "")
    return "# T\n\n" + head + row * (size // len(row)) + "\n"


SHAPES = ("one line", "quotes in quotes", "lists in lists", "boxes", "rows of a table", "backticks", "brackets", "stars",
          "lines of a fence", "fences", "headings", "paragraphs", "underscores", "pipes", "open tags", "entities")  # fmt: skip


def seconds(data: bytes) -> float:
    """Processor time of one reading."""
    from runbook_tui.document.errors import Unreadable
    from runbook_tui.document.reader import read

    begin = time.process_time()
    with suppress(Unreadable):
        read(data, "big.md")
    return time.process_time() - begin


def growth() -> None:
    """Whether time grows as the size does: of the ordinary megabyte, and of the odd ones."""
    whole = megabyte().encode()
    doubled = whole + whole.replace(b"hase ", b"art ")
    times = [seconds(data) for data in (whole[:250_000], whole[:500_000], whole, doubled)]
    tell("0.25, 0.5, 1 and 2 MB of Markdown: read", ", ".join(f"{one:.2f} s" for one in times))
    for name in SHAPES:
        half, full = (seconds(shape(name, size).encode()) for size in (250_000, 500_000))
        tell(f"0.25 and 0.5 MB of {name}: read", f"{half:.2f} s, {full:.2f} s = {full / max(half, 0.001):.1f}×")


def main() -> None:
    if "--growth" in sys.argv:
        growth()
        return
    folders = [Path(word) for word in sys.argv[1:] if "/" in word]
    if folders:
        from tests.bench import truth

        for folder in folders:
            truth.main(folder)
        return
    from markdown_it import MarkdownIt

    from runbook_tui.document.reader import read

    text = megabyte()
    data = text.encode()
    floor_parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    def timed(work: object) -> float:
        begin = time.perf_counter()
        work()  # type: ignore[operator]
        return time.perf_counter() - begin

    ours, floor = interleaved(
        3, lambda: timed(lambda: read(data, "big.md")), lambda: timed(lambda: floor_parser.parse(text))
    )
    tell("1 MB of Markdown: read / markdown-it-py alone", f"{ours:.2f} s / {floor:.2f} s = {ours / floor:.1f}×")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.md"
        path.write_bytes(data)

        def frame(marker: bytes) -> float:
            with tempfile.TemporaryDirectory() as state:
                terminal = Terminal([RBT, str(path)], env={"RBT_STATE": state})
                try:
                    return terminal.wait_from_start(marker, 60)
                finally:
                    terminal.kill()

        first, steps = interleaved(3, lambda: frame(b"big"), lambda: frame(b"Phase 1"))
    tell("1 MB of Markdown: first frame, then its steps", f"{first:.2f} s, {steps:.2f} s")


if __name__ == "__main__":
    sys.exit(main())

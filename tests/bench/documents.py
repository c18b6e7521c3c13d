"""1 MB of Markdown: seconds to parse, and to a first frame with its steps.

`python -m tests.bench documents FOLDER/` scores documents that have truth files instead.
"""

from __future__ import annotations

import sys
import tempfile
import time
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


def main() -> None:
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

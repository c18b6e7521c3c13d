"""What somebody may have meant who named a file or a verb that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from runbook_tui.verbs import VERBS

ENOUGH = 0.7  # how alike two words must be
MOST_LOOKED_AT = 500  # names of the folder


def meant(path: Path) -> str:
    """`: did you mean …` or nothing."""
    from difflib import get_close_matches

    verbs = {} if path.suffix or len(path.parts) != 1 else dict.fromkeys(VERBS)
    files = dict.fromkeys(_beside(path))
    found = get_close_matches(path.name, [*verbs, *files], n=1, cutoff=ENOUGH)
    if not found:
        return ""
    word = f"rbt {found[0]}" if found[0] in verbs else str(path.with_name(found[0]))
    return f": did you mean {word}?"


def _beside(path: Path) -> Iterable[str]:
    try:
        for number, entry in enumerate(path.parent.iterdir()):
            if number >= MOST_LOOKED_AT:
                return
            if entry.suffix.lower() in (".md", ".markdown"):
                yield entry.name
    except OSError:
        return

"""Files to carry between this machine and a target: fences labelled `upload` and `download`.

    ```upload
    build/app.tar.gz -> /srv/app/app.tar.gz  mode=0644
    ```

Each line is one file: where it is, where it goes, and if wished its `sha256` and `mode`. Names with blanks are quoted.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Effect, Value

if TYPE_CHECKING:
    from runbook_tui.document.judgement import Typed

LANGUAGES = frozenset({"upload", "download"})
_SHA256 = expression(r"[0-9a-fA-F]{64}\Z")
_MODE = expression(r"0?[0-7]{3}\Z")


class Transfer(Value, frozen=True, kw_only=True):
    """One file from here to there, or back."""

    source: str
    destination: str
    sha256: str | None = None  # what the file must be, lower case
    mode: str | None = None  # octal; of an upload


def parsed(text: str) -> Transfer | None:
    """The file a line names; None when it is not such a line."""
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        return None
    if len(words) < 3 or words[1] not in ("->", "→"):
        return None
    source, destination = words[0], words[2]
    said: dict[str, str] = {}
    for word in words[3:]:
        key, equals, value = word.partition("=")
        if not equals or key in said:
            return None
        said[key] = value
    if said.keys() - {"sha256", "mode"} or not (source and destination):
        return None
    if not _SHA256.match(said.get("sha256", "0" * 64)) or not _MODE.match(said.get("mode", "644")):
        return None
    digest = said.get("sha256")
    return Transfer(
        source=source, destination=destination, sha256=digest.lower() if digest else None, mode=said.get("mode")
    )


def read(lines: Sequence[str], first_line: int) -> list[Typed]:
    """The files of a fence, one a line; a line that names none is kept and not run."""
    from runbook_tui.document.judgement import Typed  # the shell's grammar: a run carries files without it

    found: list[Typed] = []
    for offset, line in enumerate(lines):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        typed = Typed(text, first_line + offset, first_line + offset, effect=Effect.CHANGE)
        if parsed(text) is None:
            typed.problem = "not-a-transfer"
        found.append(typed)
    return found

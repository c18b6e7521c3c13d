"""What `rbt lint` looks up on this machine: whether files that commands name are there, and what shellcheck says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from runbook_tui.document import paths
from runbook_tui.document.runbook import Finding, Runbook, Severity

SLOWEST = 60.0  # seconds shellcheck may take for one document
_LARGEST_SCRIPT = 1_000_000
_LEVELS = {"error": ("RB301", Severity.ERROR), "warning": ("RB302", Severity.WARNING)}
# what makes no sense for commands typed one by one: no first line, cd without exit, variables set or used elsewhere,
# files not given
_NOT_HERE = "SC2148,SC2164,SC2103,SC2034,SC2154,SC1091,SC1090,SC2155"
_SHELLS = {"bash": "bash", "sh": "sh", "dash": "dash", "ksh": "ksh"}


def missing(runbook: Runbook, folder: Path) -> Iterator[Finding]:
    """Scripts and files that are not there, seen from the document's folder or the command's own."""
    for named in paths.named(runbook):
        if named.cwd is not None and re.search(r"[$<{*?]", named.cwd):
            continue
        file = folder / (named.cwd or "") / named.path
        if not file.exists():
            message = f"{named.path} is named and is not there (looked for in {file.parent}): correct the path."
            yield Finding(code="RB213", severity=Severity.WARNING, line=named.line, message=message)
        elif named.options and (text := _text(file)) is not None and "--" in text:
            for option in named.options:
                if option not in text and option[2:].replace("-", "_") not in text:
                    message = f"{option} does not occur in {named.path}: check the option's name."
                    yield Finding(code="RB214", severity=Severity.WARNING, line=named.line, message=message)


def _text(file: Path) -> str | None:
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST_SCRIPT:
            return None
        return file.read_text("utf-8", "replace")
    except OSError:
        return None


def shellcheck_program() -> str | None:
    return shutil.which("shellcheck")


def shellcheck(runbook: Runbook, program: str) -> tuple[Finding, ...]:
    """Its findings about the commands, on the lines where these stand in the document.

    The commands are laid out as one script with as many lines as the document, so its line numbers are ours.
    """
    rows: list[str] = []
    for command in sorted(runbook.commands, key=lambda one: one.line):
        if command.why_not is not None or command.prompt or len(rows) >= command.line:
            continue
        rows += [""] * (command.line - 1 - len(rows)) + command.text.split("\n")
    if not rows:
        return ()
    languages = {_SHELLS.get(command.language, "bash") for command in runbook.commands if command.runnable}
    shell = languages.pop() if len(languages) == 1 else "bash"
    try:
        done = subprocess.run(
            [program, "--format=json", f"--shell={shell}", f"--exclude={_NOT_HERE}", "--norc", "-"],
            input="\n".join(rows) + "\n",
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=SLOWEST,
            check=False,
        )
        said = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ()
    return tuple(_finding(one, len(runbook.lines)) for one in said if isinstance(one, dict))


def _finding(said: dict[str, object], last: int) -> Finding:
    code, severity = _LEVELS.get(str(said.get("level")), ("RB303", Severity.INFO))
    number = said.get("line")
    line = max(1, min(number if isinstance(number, int) else 1, last))
    words = " ".join(str(said.get("message", "")).split())
    return Finding(code=code, severity=severity, line=line, message=f"shellcheck: {words} (SC{said.get('code')})")

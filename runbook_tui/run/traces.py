"""Whether a command left what it must leave: how its target is asked, and what the answer means. Pure.

The question is a small POSIX script that only looks; it runs where the command ran, in the folder and with the
variables that the command left.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import msgspec

from runbook_tui.document.traces import ANY_AGE, Trace

SLACK = 2.0  # seconds: file times are whole seconds on many systems
MOST = 1 << 20  # bytes of a file that are looked at
MOST_FILES = 1_000
PATIENCE = 30.0  # seconds the look may take
SUFFIX = ".evidence"  # of the id under which the target knows the look
_NAME = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))|([*?\[\]])|^~(?=/)")
_LINE = re.compile(r"^\s*[\"']?([\w.-]+)[\"']?\s*[=:]\s*[\"']?(.*?)[\"']?,?\s*$")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of it."""

    ok: bool
    detail: str  # for the operator


def script(trace: Trace) -> str:
    """Prints the time there, a line for every file, and what the newest of them holds."""
    return f"""LC_ALL=C; export LC_ALL
echo "now $(date +%s)"
n=0; newest=; top=0
for f in {_word(trace.file)}; do
  [ -f "$f" ] && [ -r "$f" ] || continue
  n=$((n+1)); [ "$n" -le {MOST_FILES} ] || break
  s=$(stat -c '%Y %s' -- "$f" 2>/dev/null || stat -f '%m %z' -- "$f") || continue
  echo "file $s"
  if [ "${{s%% *}}" -ge "$top" ]; then top=${{s%% *}}; newest=$f; fi
done
echo content
[ -z "$newest" ] || head -c {MOST} -- "$newest"
"""


def _word(path: str) -> str:
    """The path as a word of the shell: variables and patterns do their work, everything else is quoted."""
    out, last = [], 0
    for match in _NAME.finditer(path):
        if match.start() > last:
            out.append(shlex.quote(path[last : match.start()]))
        name = match[1] or match[2]
        out.append(f'"${{{name}}}"' if name else match[3] or '"$HOME"')
        last = match.end()
    rest = path[last:]
    return "".join(out) + (shlex.quote(rest) if rest else "")


def judge(trace: Trace, answer: bytes, *, elapsed: float) -> Found:
    """What the answer means. `elapsed` are the seconds since the command was started."""
    head, mark, content = answer.partition(b"content\n")
    rows = head.decode("utf-8", "replace").split("\n")
    if not mark or not rows[0].startswith("now "):
        return Found(ok=False, detail=f"{trace.file} could not be looked at")
    now = float(rows[0][4:])
    files = [(float(when), int(size)) for _, when, size in (row.split() for row in rows if row.startswith("file "))]
    if not files:
        return Found(ok=False, detail=f"{trace.file} is not there")
    allowed = elapsed + SLACK if trace.fresh is None else trace.fresh + SLACK
    fresh = [(when, size) for when, size in files if trace.fresh == ANY_AGE or now - when <= allowed]
    if not fresh:
        age = now - max(when for when, _ in files)
        older = "older than the command" if trace.fresh is None else f"{age:.0f} s old"
        return Found(ok=False, detail=f"{trace.file} is {older}: it was not written now")
    if not any(size for _, size in fresh):
        return Found(ok=False, detail=f"{trace.file} is empty")
    return _of_content(trace, len(fresh), content.decode("utf-8", "replace"))


def _of_content(trace: Trace, files: int, text: str) -> Found:
    several = any(sign in trace.file for sign in "*?[")
    if not trace.field:
        counted, what = (
            (files, "files") if several else (len([row for row in text.split("\n") if row.strip()]), "lines")
        )
        if counted < trace.count:
            return Found(ok=False, detail=f"{trace.file}: {counted} {what}, {trace.count} are wanted")
        return Found(ok=True, detail=f"{trace.file}: {counted} {what}")
    value, there = _field(text, trace.field)
    if not there or value in (None, "", [], {}):
        return Found(ok=False, detail=f"{trace.file} has no {trace.field}" if not there else f"{trace.field} is empty")
    if isinstance(value, (list, dict)):
        if len(value) < trace.count:
            return Found(ok=False, detail=f"{trace.field} has {len(value)} entries, {trace.count} are wanted")
        return Found(ok=True, detail=f"{trace.field}: {len(value)} entries")
    said = str(value).lower() if isinstance(value, bool) else str(value)
    if trace.equals is not None and said != trace.equals:
        return Found(ok=False, detail=f"{trace.field} is {said}, not {trace.equals}")
    if trace.count > 1 and (not isinstance(value, (int, float)) or value < trace.count):
        return Found(ok=False, detail=f"{trace.field} is {said}, {trace.count} or more are wanted")
    return Found(ok=True, detail=f"{trace.field} is {said}")


def _field(text: str, path: str) -> tuple[Any, bool]:
    """A value by its dotted path, in JSON or in lines of key=value; and whether it is there."""
    try:
        value: Any = json.loads(text)
    except ValueError:
        rows = (_LINE.match(row) for row in text.split("\n"))
        known = {match[1]: match[2] for match in rows if match is not None}
        return known.get(path), path in known
    for part in path.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None, False
    return value, True

"""Info strings: what stands after the ``` of a fence, in the forms that Runme, Pandoc, mdcode, croft and others write.

More is read than Runme itself reads; `lost` says which of it Runme would lose, by doing exactly what Runme does
(`extractAttributes` in its document package: first brace to first closing brace, JSON or else split at blanks).
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import yaml

from runbook_tui.document.patterns import expression

LONGEST = 4096  # characters of an info string that are looked at

_LANGUAGE = expression(r"^[^\s{,]*")
_DIRECTIVE = expression(r"^\{(?:code-block|code|sourcecode|code-cell)\}\s*(\S*)")
_KEY = expression(r"^[A-Za-z_][\w.-]*$")
_NO_ATTRIBUTE = expression(r"^(?:[#.].*|[\d,-]+)$")  # Pandoc's ids and classes, Docusaurus' line numbers
_SPACED = expression(r"\s*=\s*")
_OUTSIDE = frozenset(["name", "cwd", "run", "confirm", "background", "interactive", "excludeFromRunAll", "tag"])
_SWITCHES = {"prompt": "manual", "norun": "manual"}  # Rundown, elseano/rundown: shown, never run


def read(info: str) -> tuple[str, dict[str, Any]]:
    """The language, and every key with its value as written."""
    stripped = info.strip()[:LONGEST]
    if stripped.isalnum():
        return stripped.lower(), {}
    directive = _DIRECTIVE.match(stripped)
    if directive:
        return directive[1].lower(), {}
    match = _LANGUAGE.match(stripped)
    language = match[0] if match else ""
    start = stripped.find("{")
    before = stripped[len(language) : start if start >= 0 else None]
    found = _outside(before)
    if start >= 0:
        span = _braced(stripped, start)
        found.update(_inside(span))
        found.update(_outside(stripped[start + len(span) :]))
    return language.lower(), found


def lost(info: str) -> str | None:
    """What Runme itself would make of it differently, in words; None when it reads the same."""
    language, ours = read(info)
    stripped = info.strip()[:LONGEST]
    if not ours or _DIRECTIVE.match(stripped):
        return None
    theirs_language, theirs = runme(stripped)
    wanted = {key: _text(value) for key, value in ours.items() if key != "manual"}
    if not wanted:
        return None
    if theirs_language.lower() != language:
        return f"it takes “{theirs_language}” for the language"
    gone = [key for key, value in wanted.items() if theirs.get(key) != value]
    return f"it loses or changes {', '.join(gone)}" if gone else None


def runme(info: str) -> tuple[str, dict[str, str]]:
    """The language and attributes exactly as Runme takes them."""
    language = info.split(" ", 1)[0] if not info.startswith("{") else ""
    start = next((at for at in range(len(info) - 1) if info[at] == "{" and info[at + 1] != "}"), -1)
    end = info.find("}", start)
    if start < 0 or end < 0:
        return language, {}
    span = info[start : end + 1]
    try:
        value = json.loads(span)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return language, {str(key): _text(item) for key, item in value.items()}
    pairs = (token.partition("=") for token in span.strip("{}").strip().split(" ") if token)
    return language, {key: text for key, _, text in pairs}


def pairs(text: str) -> dict[str, Any]:
    """`key=value key2="two words"`; a word alone is a switch."""
    text = text.replace("\n", " ")
    if '"' not in text and "'" not in text:
        text = _SPACED.sub("=", text)
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    found: dict[str, Any] = {}
    for word in words:
        key, sign, value = word.rstrip(",").partition("=")
        if (sign or not word.endswith(":")) and _KEY.match(key):
            found[key] = value if sign else True
    return found


def _inside(span: str) -> dict[str, Any]:
    body = span[1:-1] if span.endswith("}") else span[1:]
    try:
        value = json.loads(span)
    except (ValueError, RecursionError):
        value = None
    if value is None and re.search(r"[\w\"']\s*:\s", body) and "{%" not in span:
        value = _flow(span)
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    return pairs(" ".join(word for word in body.split(" ") if not _NO_ATTRIBUTE.match(word)))


def _flow(span: str) -> object:
    """`{ name: "test" }`, which is YAML and not JSON."""
    if any(mark in span for mark in "&*!") or span.count("{") + span.count("[") > 20:
        return None
    try:
        return yaml.safe_load(span)
    except (yaml.YAMLError, ValueError, RecursionError, AttributeError, TypeError):
        return None


def _outside(words: str) -> dict[str, Any]:
    """Words beside the braces: mdcode's `name=test`, Rundown's `prompt`."""
    found: dict[str, Any] = {}
    for key, value in pairs(words).items() if words and not words.isspace() else ():
        if value is True and key in _SWITCHES:
            found[_SWITCHES[key]] = True
        elif value is not True and key in _OUTSIDE:
            found[key] = value
    return found


def _braced(text: str, start: int) -> str:
    """From the brace to its partner, quotes respected."""
    depth = 0
    quote = ""
    for index in range(start, len(text)):
        char = text[index]
        if quote:
            quote = "" if char == quote and text[index - 1] != "\\" else quote
        elif char in "\"'":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return text[start : index + 1]
    return text[start:]


def _text(value: object) -> str:
    """A value as Runme keeps it: always text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)

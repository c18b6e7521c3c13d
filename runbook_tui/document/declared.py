"""What the prose declares to be replaced: "Replace `10.0.0.1` with …", "Placeholders: `TENANT` is the slug, …"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runbook_tui.document.patterns import expression

_REPLACE = expression(  # with words, not with other code: "replacing `db-1` by `db-2`" edits a file
    r"\b(?:replac(?:e|ing)|substitut(?:e|ing)|chang(?:e|ing)|swap)\b[^.`]{0,60}(?:`[^`]+`(?:,| and| or) ?){0,4}"
    r"`(?P<value>[^`\n]{3,60}|[A-Z]{1,2})`\s+(?:with|by|for|to)\s+(?:the|your|a|an|its|their|whatever|actual|real|correct|one)\b",
    re.IGNORECASE,
)
_CAPITALS = r"[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*"
_PLAIN = expression(  # "replacing NAME and VERSION:", "Fill in DEPOT.", "replace RING by the network it is on"
    rf"\b(?i:replac(?:e|ing)|substitut(?:e|ing)|fill(?:ing)?\s+in)\s+(?i:both\s+)?(?P<values>{_CAPITALS}(?:(?:,\s*|,?\s+(?:and|or)\s+){_CAPITALS}){{0,5}})"
    r"(?=\s*(?:[:.,;)]|$)|\s+(?:with|by|for)\s+(?:the|your|an?|its|their|whatever|actual|real|what)\b)"
)
_NAME = re.compile(_CAPITALS)
_TWO = re.compile(r"[A-Z]{2}")
_LISTS = expression(
    r"\b(?:placeholders?|to\s+be\s+(?:replaced|substituted|filled\s+in)|values\s+to\s+(?:fill\s+in|replace))\b",
    re.IGNORECASE,
)
_LISTING = ("placeholder", "replaced", "substituted", "filled", "values")  # one of which it has
_NOT_LISTED = expression(r"\b(?:no|without|not)\s+placeholders?\b", re.IGNORECASE)
_ROW = expression(r"^\s*(?:[-*+]|\||\d+[.)])\s*(?:\*\*)?`(?P<value>[^`\s]{1,40})`")
_TOKEN = expression(r"`(?P<value>[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*)`")
_OPTION = expression(r"\s--(?P<option>[a-z][a-z0-9-]*)[ =](?P<value>[A-Z][A-Z_]*[A-Z])(?=\s|$|[`,])")
_MEANT = expression(  # "where `NODE` is the new one", "`TENANT` stands for the slug", "`SHARD` is the name of"
    r"(?:\bwhere\s+|(?<!\w))`(?P<value>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)`\s+(?:stands\s+for|denotes|is\s+to\s+be\s+replaced|is\s+a\s+placeholder"
    r"|(?:is|being)\s+(?:the|your|its|whatever)\s+(?:[\w'’]+\s+){0,2}?(?:name|id|number|slug|hostname|host|node|ip|address|version|tag|date|ticket|region|cluster|tenant|customer|account|branch|commit|sha|user)\b)"
)


def read(lines: Sequence[str]) -> tuple[str, ...]:
    """What the prose declares to be replaced: "Replace `10.0.0.1` with the IP of a Redis node"."""
    folded = "\n".join(lines).casefold()
    listing = any(map(folded.__contains__, _LISTING))
    found: list[str] = [name for name in _listed_in(lines, listing=listing) if not _is_variable(name, lines)]
    text = ""
    for line in lines if _replaces(folded) else ():
        text = f"{text[-200:]} {line.strip()}" if line.strip() else ""
        if not _replaces(text.casefold()):
            continue
        for match in _PLAIN.finditer(text) if _TWO.search(line) else ():
            found += [one for one in _NAME.findall(match["values"]) if not _is_variable(one, lines)]
        if "`" in line:
            found += [match["value"].strip() for match in _REPLACE.finditer(text)]
    return tuple(value for value in dict.fromkeys(found) if len(value) > 2 or value.isupper())


def _listed_in(lines: Sequence[str], *, listing: bool) -> Iterator[str]:
    """Names in capitals that the words call placeholders: in one line, in a list or a table below it, or one by one.

    `listing`: the document has one of those words. Nor is a name a value that only says again what its option is for:
    "--nodegroup-name NODEGROUP".
    """
    below = False
    for line in lines:
        if " --" in line:
            for match in _OPTION.finditer(line):
                if len(match["value"]) > 2 and match["value"].lower().replace("_", "") in match["option"].replace(
                    "-", ""
                ):
                    yield match["value"]
        if not line.strip():
            continue
        if "`" in line:
            if below and (row := _ROW.match(line)) is not None:
                if _TOKEN.fullmatch(f"`{row['value']}`"):
                    yield row["value"]
                continue
            yield from (match["value"] for match in _MEANT.finditer(line))
        lists = listing and _LISTS.search(line) is not None and not _NOT_LISTED.search(line)
        if lists:
            yield from (match["value"] for match in _TOKEN.finditer(line))
        below = lists or (below and line.lstrip()[:1] in {*"|-*+#"})


def _replaces(folded: str) -> bool:
    return "replac" in folded or "fill" in folded or "substitut" in folded or "chang" in folded or "swap" in folded


def _is_variable(name: str, lines: Sequence[str]) -> bool:
    """Whether a shell expands or sets a name somewhere: it is no placeholder then."""
    return any(name in line and re.search(rf"\$\{{?{name}\b|\b{name}=", line) for line in lines)

"""Where the words of a document lead: pages and other files, so that a reader sees the address too. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from runbook_tui.document.patterns import expression

_INLINE = expression(
    r"(?<![!\\])\[(?P<words>[^\[\]\n]{1,200})\]\(<?(?P<address>[^\s()<>]{1,1000})>?(?:\s+\"[^\"\n]*\")?\)"
)
_NAMED = expression(r"(?<![!\\\]])\[(?P<words>[^\[\]\n]{1,200})\]\[(?P<name>[^\[\]\n]{0,200})\]")
_DEFINED = expression(r" {0,3}\[(?P<name>[^\[\]\n^][^\[\]\n]{0,199})\]:\s+<?(?P<address>[^\s<>]{1,1000})>?")
_FENCE = expression(r"\s*(?:```|~~~)")
_BEGINS = expression(r"\s*(?:[-*+]|\d+[.)])\s|\s*(?:```|~~~|>|\|)")
_MARKS = expression(r"[`*]+")
MOST = 5  # links told of one step


def defined(lines: Sequence[str]) -> dict[str, str]:
    """`[name]: address` lines, by their name in lower case; the first of a name counts."""
    found: dict[str, str] = {}
    for line in lines:
        if line.lstrip(" ").startswith("[") and (match := _DEFINED.match(line)) is not None:
            found.setdefault(match["name"].strip().lower(), match["address"])
    return found


def resolved(text: str, known: Mapping[str, str]) -> str:
    """`[words][name]` as `[words](address)` where the document defines the name."""
    if not known or "][" not in text:
        return text

    def inline(match: re.Match[str]) -> str:
        address = known.get((match["name"] or match["words"]).strip().lower())
        return f"[{match['words']}]({address})" if address is not None else match[0]

    return "\n".join(_NAMED.sub(inline, line) if open_ else line for line, open_ in _outside(text))


def spelled(text: str) -> str:
    """Each link followed by its address, for who cannot click; blocks of code stay as they are."""
    if "](" not in text:
        return text

    def with_address(match: re.Match[str]) -> str:
        words, address = match["words"], match["address"]
        return match[0] if _says_itself(words, address) else f"{match[0]} ({address})"

    return "\n".join(_INLINE.sub(with_address, line) if open_ else line for line, open_ in _outside(text))


def of_item(lines: Sequence[str], line: int, end_line: int, known: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Words and addresses of the links in the first paragraph of some lines (counted from 1)."""
    rows = lines[line - 1 : end_line]
    whole = "\n".join(rows)
    if "](" not in whole and "][" not in whole:
        return ()
    last = next((at for at, row in enumerate(rows) if at and (not row.strip() or _BEGINS.match(row))), len(rows))
    text = resolved("\n".join(rows[:last]), known)
    if "](" not in text:
        return ()
    found = ((_MARKS.sub("", match["words"]).strip(), match["address"]) for match in _INLINE.finditer(text))
    return tuple(dict.fromkeys(pair for pair in found if not _says_itself(*pair)))[:MOST]


def _says_itself(words: str, address: str) -> bool:
    return address.startswith("#") or words.strip("`*_ /") == address.strip("/")


def _outside(text: str) -> Iterator[tuple[str, bool]]:
    """The lines of a text, and whether they stand outside blocks of code."""
    open_ = True
    for line in text.split("\n"):
        if _FENCE.match(line):
            open_ = not open_
            yield line, False
        else:
            yield line, open_

"""Sentences that send the reader to the way back by its number or letter: "…, continue with section 7", "invoke F"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from runbook_tui.document import entries, likely, markdown, orders, retreat, verdict_lists
from runbook_tui.document.draft import Draft, Place
from runbook_tui.document.outline import Part
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity, SectionRole

_BACK = frozenset({SectionRole.ROLLBACK, SectionRole.EMERGENCY})
_NUMBERED = expression(
    r"^\W*(?:(?:section|chapter|part|annex|appendix|§)\s*)?(?P<label>\d{1,2}(?:\.\d{1,2})*|[A-H])(?:\s*[.):–—-]\s*|\s+)(?=\S)"
)
_WRONG = expression(
    r"\b(?:if|when)\s+(?:(?:it|this|things|everything|something|all)\s+)+(?:goes?|went|fails?|breaks?)(?:\s+wrong)?\b|\bplan\s+b\b|\bway\s+(?:back|out)\b|\bback\s+to\s+(?:the\s+)?old\b",
    re.IGNORECASE,
)
_OWN_LINE = expression(r"^\s*[A-Z\d\"“(*`].*[.!;)]\W*$")  # a sentence on a line of its own
_LABEL = r"(?P<label>\d{1,2}(?:\.\d{1,2})*|[A-H])(?![\w%]|\.\d|\s*(?:%|min|hours?|s\b|h\b))"
_SENDS = expression(
    rf"\b(?:go(?:es|ing)?|continue|proceed|jump|switch|turn|move|execute|invoke|perform|do|start|apply|follow|enter|carry\s+out|run)s?\s+(?:(?:on|over|straight|right|directly|immediately|at\s+once)\s+)*(?:to|with|at|into|through)?\s*(?:the\s+)?(?:section|chapter|part|annex|appendix|§)\s*{_LABEL}"
)
_SENDS_BARE = expression(  # without a word for it: "you go straight to 6.0", "then it's 6.0", "the lead invokes F"
    rf"\b(?:(?:go|goes|proceed|jump|move)\s+(?:straight|right|directly|immediately|on)\s+to|go\s+to|goes\s+to|invokes?|executes?|then\s+it(?:['’]s|\s+is)|it(?:['’]s|\s+is)\s+then)\s+{_LABEL}"
)
_WHEN = expression(
    r"\b(?:if|when(?:ever)?|in\s+case|once|should|any|other|more|less|over|above|below|after|still|not|no|fails?|failed|means|unless|exceeds?|missing|wrong)\b|[<>≥≤]|n['’]t\b",
    re.IGNORECASE,
)


def labels(parts: Iterable[Part]) -> frozenset[str]:
    """The numbers and letters of the sections that are the way back."""
    found = (
        _NUMBERED.match(part.title)
        for part in parts
        if part.role in _BACK or retreat.retreats(part.title) or _WRONG.search(part.title)
    )
    return frozenset(_plain(match["label"]) for match in found if match is not None)


def decided(draft: Draft, rows: list[str], line: int, place: Place) -> bool:
    """Take what the sentences of a paragraph or an entry say of going back.

    Rows that say each for itself what follows are taken one by one; who sends to a section by its number sends back.
    """
    apart = len(rows) > 1 and all(map(_OWN_LINE.match, rows)) and _may_say(place)
    if apart and (asked := verdict_lists.read([markdown.plain(row) for row in rows])):
        for at, row in enumerate(rows):
            if at in asked:
                entries.trigger(
                    draft, markdown.plain(row), line + at, replace(place, announced=False), None, mood=asked[at]
                )
            else:
                decided(draft, [row], line + at, place)
        return True
    first = len(draft.triggers)
    found = likely.decided(draft, rows, line, place)
    if not draft.ways or not _may_say(place):
        return found
    whole = "\n".join(map(markdown.plain, rows))
    if _SENDS.search(whole) is None and _SENDS_BARE.search(whole) is None:
        return found
    for start, sentence in entries.split(list(rows)):
        text = markdown.plain(sentence).replace("\n", " ").strip()
        if not (end := _sends(text, draft.ways)):
            continue
        found = True
        known = next(
            (at for at in range(first, len(draft.triggers)) if _same(draft.triggers[at].text, text, draft.ways)), None
        )
        if known is not None:
            draft.triggers[known] = replace(draft.triggers[known], polarity=Polarity.DO)
        else:
            where = line + whole.count("\n", 0, start)
            entries.trigger(draft, text[:end], where, replace(place, announced=False), None, mood=Polarity.DO)
    return found


def _may_say(place: Place) -> bool:
    return place.part.role is not SectionRole.REFERENCE and place.polarity is None


def _sends(text: str, ways: frozenset[str]) -> int:
    """Where the words end that send to the way back under a condition; 0 for none: "Go to section 7" alone has none."""
    for pattern in (_SENDS, _SENDS_BARE):
        for match in pattern.finditer(text):
            before = text[: match.start()]
            own = len(before.split()) > 1 and not orders.imperative(before) and _WHEN.search(before) is not None
            behind = _WHEN.search(text[match.end() :]) is not None
            if _plain(match["label"]) in ways and (own or behind):
                return match.end() if own else len(text)
    return 0


def _same(one: str, other: str, ways: frozenset[str]) -> bool:
    return (one.rstrip(" .") in other or other in one) and _sends(one, ways) > 0


def _plain(label: str) -> str:
    """The label of a section as it is referred to: "6.0" is "6"."""
    return label.removesuffix(".0")

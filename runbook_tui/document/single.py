"""A text that says one thing only of going back: an entry of a list, or a box."""

# a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import decisions, hints, orders, retreat, triggers, verdict_lists
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

_SAYS = expression(r"→|➜|➔|⇒|⟶|=>|->|:\s|\s[–—=-]\s")
_IF_FIRST = expression(
    r"^\W*(?:no-?\s?go\s+(?:if|when)|if|when(?:ever)?|should|as\s+soon\s+as|in\s+case)\b", re.IGNORECASE
)


def contrary(text: str) -> Polarity | None:
    """What an entry among conditions says of itself: "times out on the gateway → not a stop, run it again"."""
    if retreat.reason(text) is Polarity.DONT:
        return Polarity.DONT
    said = decisions.read(text, home=True) if _SAYS.search(text) else []
    return said[0].polarity if len(said) == 1 and said[0].polarity is not Polarity.DO else None


_JUDGED = expression(r"^(?P<seen>[^→➜➔⇒:]{3,160}?)\s*(?P<sign>→|➜|➔|⇒|=>|-->|->|:(?=\s))\s*(?P<said>\S.*)$", re.DOTALL)
# what must be so stands first: "Value printed is 0. Any other value: HALT"
_EXCEPTION = expression(
    r"[.;,]\s+(?:(?:on|in|with|for)\s+)?(?:any|every|all)(?:thing)?\s+(?:other|else)\b|[.;,]\s+(?:otherwise|else|if\s+not|if\s+it\s+(?:is\s+not|isn['’]t|does\s+not|doesn['’]t))\b",
    re.IGNORECASE,
)
_HARMLESS = expression(
    r"\b(?:tolerable|tolerated|acceptable|accepted|harmless|expected|known|fine|ok(?:ay)?|normal|no\s+(?:problem|reason|blocker))\W*$",
    re.IGNORECASE,
)


def sends_back(text: str) -> bool:
    """Whether a box is a condition and nothing to do: "If a payment is booked twice, stop and go to Rollback"."""
    return triggers.conditional_rollback(text) or is_one(text)


def of_boxes(texts: Sequence[str]) -> dict[int, Polarity]:
    """What follows from the boxes of a list that say so themselves, by place: "two hosts down → pause, tell storage".

    One that says to go on is a check that is passed, "all green → continue", unless another beside it sends back.
    """
    found = {at: said for at, text in enumerate(texts) if (said := _judged(text)) is not None}
    back = any(polarity is Polarity.DO and ill for polarity, ill in found.values())
    if not back and not (found and any(map(sends_back, texts))):
        return {}
    return {at: polarity for at, (polarity, ill) in found.items() if ill or polarity is Polarity.DO}


def _judged(text: str) -> tuple[Polarity, bool] | None:
    """Which way an entry goes, and whether it names something gone wrong; None where it says neither."""
    worth = ": " in text or ">" in text or not text.isascii()
    match = _JUDGED.match(text) if worth and len(text) <= decisions.LONGEST else None
    if match is None or orders.imperative(match["seen"]) or _EXCEPTION.search(match["seen"]):
        return None
    said = verdict_lists.verdict(match["said"])
    if said is None:
        return None
    if match["sign"] == ":" and said is Polarity.DONT:
        return said, _HARMLESS.search(match["seen"]) is not None
    return said, hints.ill(match["seen"])


def whole(title: str, said: str) -> bool:
    """Whether a box is nothing but the condition found in it: "if it lists a forced update, nope out and ask"."""
    if len(title) - len(said) >= _ASIDE or _ELSE.search(title) or orders.imperative(title):
        return False
    return (
        _IF_FIRST.match(title) is not None or _ANY_FIRST.match(title) is not None or _COUNTED.match(title) is not None
    )


_ASIDE = 8  # characters beside it: a number, a mark
_ELSE = expression(r"\b(?:else|otherwise|if\s+not|unless|sonst)\b", re.IGNORECASE)
_ANY_FIRST = expression(
    r"^\W*(?:any|anything|anybody|anyone|still|one|more|fewer|less|over|under)\b[^?]{2,80}\?\s", re.IGNORECASE
)
_COUNTED = expression(  # "More than 5: no opening today"
    r"^\W*(?:any|more|fewer|less|over|under|above|below|longer|later|at\s+least)\b[^:→?]{1,80}(?::\s|→|->|=>)",
    re.IGNORECASE,
)


def is_one(text: str) -> bool:
    """Whether a text is a single condition under which one goes back, and has nothing else to do in it."""
    if not _IF_FIRST.match(text) or len(text) > decisions.LONGEST:
        return False
    said = decisions.read(text)
    return len(said) == 1 and said[0].polarity is Polarity.DO and len(text) - len(said[0].text) < 8

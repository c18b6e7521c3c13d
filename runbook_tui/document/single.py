"""A text that says one thing only of going back: an entry of a list, or a box."""

from __future__ import annotations

import re

from runbook_tui.document import decisions, retreat
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


def is_one(text: str) -> bool:
    """Whether a text is a single condition under which one goes back, and has nothing else to do in it."""
    if not _IF_FIRST.match(text) or len(text) > decisions.LONGEST:
        return False
    said = decisions.read(text)
    return len(said) == 1 and said[0].polarity is Polarity.DO and len(text) - len(said[0].text) < 8

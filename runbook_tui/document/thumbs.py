"""A thumb as a hand: "mika 👍 in the thread (means ok)" says what it is for, and "tobi 👍 in the thread" beside it.

A thumb that nobody explains may as well say that something looks good: only somebody's who is known as one is a hand.
"""

# a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import hands
from runbook_tui.document.patterns import expression

_LOOK = expression(r"👍|👌|🆗|\+1|thumb|lgtm|\back", re.IGNORECASE)
_ENTRY = expression(
    r"^\W*?(?P<who>@?[^\W\d_][\w.'’-]*(?:\s+[\w.'’-]+){0,2}?)(?:['’]s)?\s*[:–—-]?\s*"
    r"(?:👍|👌|🆗|:?\+1:?|:thumbs_?up:|thumbs?[\s-]up|lgtm|ack(?:ed)?)(?:[\ufe0f\U0001f3fb-\U0001f3ff])?"
    r"(?:\s+(?:here|below)|\s+(?:in|on|under|at|from)\s+[^():=_]{1,40}?)?\s*"
    r"(?P<means>\([^()]*\)|[=:–—-]\s*\S.*)?\W*$",
    re.IGNORECASE,
)
_ASSENT = expression(
    r"\b(?:ok|okay|approv\w+|agree\w*|go|yes|fine|consent\w*|accept\w*|release\w*|sign\w*|happy)\b", re.IGNORECASE
)
_THING = expression(
    r"\b(?:build|ci|tests?|pipeline|dashboards?|graphs?|metrics?|logs?|checks?|status|screenshot|numbers|all|everything|everyone|nobody|customers?|is|are|a|the)\b",
    re.IGNORECASE,
)


def given(texts: Sequence[str]) -> dict[int, str]:
    """Whose thumb the boxes of a list wait for, by place."""
    if not any(map(_LOOK.search, texts)):
        return {}
    found = {at: one for at, text in enumerate(texts) if (one := _ENTRY.match(text)) is not None}
    named = {at: one["who"] for at, one in found.items() if not _THING.search(one["who"])}
    explained = any(found[at]["means"] and _ASSENT.search(found[at]["means"]) for at in named)
    return {at: who.lstrip("@") for at, who in named.items() if explained or who.startswith("@") or hands.person(who)}

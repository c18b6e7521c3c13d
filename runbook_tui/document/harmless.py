"""What is seen and said to do no harm: "The line `…` is harmless", "Followers log it all day. That's normal".

Writers say so of messages and of odd states, in whatever section: it tells the reader not to stop. Words that as often
tell how things are ("fine", "expected") count only of what looks odd.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import hints, orders
from runbook_tui.document.patterns import expression
from runbook_tui.document.stems import Stems

_LOOK = Stems(("harmless", "normal", "expected", "problem", "ignor", "disregard", "fine", "benign", "cosmetic", "by design", "unusual", "can wait", "concern", "worr", "may wait"))  # fmt: skip
ALONE = ("benign", "by design")  # what no other quick look has
_ADVERB = r"(?:(?:completely|perfectly|quite|all|entirely|usually|just|only|totally|absolutely|well|also|known\s+and|always|both|still|mostly)\s+)?"
_STRONG = (
    rf"(?:(?:is|are|was|were)\s+{_ADVERB}(?:harmless|benign|cosmetic|by\s+design|no\s+(?:problem|cause\s+for\s+(?:concern|alarm)|reason\s+to\s+worry|concern|issue)|not\s+(?:a|an)\s+(?:problem|issue|concern|emergency)|nothing\s+(?:unusual|to\s+worry\s+about)|of\s+no\s+(?:concern|consequence))"
    r"|(?:is|are)n['’]t\s+(?:a|an)\s+(?:problem|issue|concern|emergency)|nothing\s+to\s+worry\s+about"
    r"|(?:can|may|should)\s+(?:safely\s+|all\s+)?(?:be\s+(?:safely\s+)?(?:ignored|disregarded)|wait(?=\W*$|\s+(?:until|till|for\s+(?:the\s+next|another|monday|office)))))"
)
_WEAK = rf"(?:(?:is|are|was|were)\s+{_ADVERB}(?:normal|expected|fine|ok(?:ay)?|usual))"
_END = r"(?=\W*$|\s*[,;:(–—]|\s-\s|\s+(?:and|so|then|at|in|for|during|while|after|until|on|here|when|because|but|as\s+long\s+as|with)\b)"
_NO_PRONOUN = r"(?!(?:it|this|that|these|they|those|there|all|everything|nothing|no|none|zero|which|what|who|how|if|when|where|once|unless|you|we|and|but|or|so)\b)"
_OF_A_THING = expression(
    rf"^\W*(?P<seen>{_NO_PRONOUN}[^.;]{{3,160}}?)\s+(?:(?P<strong>{_STRONG})|{_WEAK}){_END}", re.IGNORECASE
)
# "…, that is fine, let it run", "… shows a changed `x`, this is harmless"
_IN_PASSING = expression(
    rf"^\W*(?P<seen>{_NO_PRONOUN}[^.;]{{8,200}}?)(?:,|\s[–—-])\s+(?:but\s+|and\s+|though\s+)?(?:that|this|it|they|these|both)(?:['’]s|['’]re)?\s+(?:(?P<strong>{_STRONG})|{_WEAK}|(?:{_ADVERB}(?:normal|expected|harmless|benign|cosmetic|by\s+design|not\s+a\s+problem|no\s+problem|fine)))(?=\W*$|\s*[,;:(–—])",
    re.IGNORECASE,
)
# behind a sentence of its own: "That's normal.", "That has been there for years and is harmless."
_SAID_OF_IT = expression(
    rf"^\W*(?:but\s+|and\s+)?(?:that|this|it|they|these|those|both)(?:['’]s|['’]re)?\s+(?:[^.;,]{{0,50}}?\b(?:and|but)\s+)?(?:(?P<strong>{_STRONG}|{_ADVERB}(?:harmless|benign|cosmetic|by\s+design|not\s+a\s+problem|no\s+problem|nothing\s+to\s+worry\s+about|nothing\s+unusual))|(?:is|are)\s+{_ADVERB}(?:normal|expected|usual)|{_ADVERB}(?:normal|expected))(?=\W*$|\s*[,;:(–—]|\s+(?:and|here|in|for|during|while|until|on|so|after|at)\b)",
    re.IGNORECASE,
)
_ODD = expression(
    r"x{4,}|\b(?:spikes?|storms?|dips?|lags?|gaps?|drops?|slow\w*|restarts?|chang(?:e|es|ed)|warn\w*|notices?|messages?|alarms?|alerts?|elections?|delay\w*|pending|mixed|differ\w*|blips?|red|yellow|jumps?|pauses?|complain\w*|scary|silent|hang\w*|hiccups?|flapp?\w*|noise|noisy|fails?|failed|failing|errors?|missing|rejected|retr(?:y|ies)|timeouts?|disconnect\w*|drops|loud|higher|lower|longer|behind|stale|empty|disappear\w*|vanish\w*)\b",
    re.IGNORECASE,
)
_NOT = expression(r"\b(?:not|never|no\s+longer|hardly)\W*$|n['’]t\W*$|\?", re.IGNORECASE)
# what is chosen or asked for: "Two at a time is fine", "With OK by phone"
_CHOSEN = expression(
    r"^\W*(?:(?:one|two|three|four|either|any|any\s+other|both)\s+(?:at\s+a\s+time|of\s+them|way|order)\b|by\s+\w+\b|your\s+\w+\b|a\s+(?:reply|call|mail|message)\s+(?:from|by|in|to)\b|(?:an?|the)\s+(?:answer|approval|ok)\b|expected\b)",
    re.IGNORECASE,
)
_ASKS = expression(r"\b(?:asks?|prompts?|wants?)\b", re.IGNORECASE)  # the reader to type something
_BACK = expression(
    r"\b(?:roll(?:ing|ed)?[\s-]?back|revert\w*|abort\w*|back-?out|going\s+back|downgrad\w*|undo\w*)\b", re.IGNORECASE
)
_IF = expression(r"^\W*(?:if|when|once|after|where)\b", re.IGNORECASE)  # explains what is seen then
_LEAST = 3  # words of what is seen


def judge(body: str) -> bool:
    """Whether a sentence says of something seen that it does no harm."""
    if not _LOOK.found(body):
        return False
    return any((found := way.match(body)) is not None and _seen(found) for way in (_OF_A_THING, _IN_PASSING))


def of(before: str, sentence: str) -> bool:
    """Whether a sentence says so of the one before it."""
    if not _LOOK.found(sentence) or len(before.split()) < _LEAST or before.rstrip().endswith(("?", ":")):
        return False
    found = _SAID_OF_IT.match(sentence)
    return (
        found is not None
        and not orders.imperative(before.strip())
        and not _BACK.search(before)
        and not _ASKS.search(before)
        and not _IF.match(before)
        and (found["strong"] is not None or _ODD.search(before) is not None)
    )


def _seen(found: re.Match[str]) -> bool:
    seen = found["seen"]
    if _NOT.search(seen) or _CHOSEN.match(seen) or orders.imperative(seen) or _BACK.search(seen):
        return False
    least = _LEAST if found["strong"] is None else _LEAST - 1
    if len(seen.split()) < least:
        return False
    return found["strong"] is not None or _ODD.search(seen) is not None or hints.ill(seen)

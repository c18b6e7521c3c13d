"""Words to be sent: a quote that is a mail, a post or a notice names commands for those who get it."""

from __future__ import annotations

import re

from runbook_tui.document import alternatives
from runbook_tui.document.patterns import expression

_STARTS = expression(
    r"^\W*(?:(?:subject|betreff|from|to|cc|re|fwd)\s*:\s*\S|(?:dear|hi|hello|hey|good\s+(?:morning|evening|afternoon)|greetings)\b[^.:]{0,40}[,!–—]|@(?:here|channel|all|everyone)\b)",
    re.IGNORECASE,
)
_SENDS = expression(
    r"^\W*(?:(?:then|now|please|also|finally|first|next|after\s+that|afterwards|and)[\s,]+)*(?:announce|post|send|e?-?mail|write|tell|inform|notify|reply|answer|message|tweet|publish|say|paste|copy)\b(?!\s+down\b)",
    re.IGNORECASE,
)
_NAMES = expression(
    r"\b(?:template|wording|text|draft|notice|announcement|message|mail|e-mail|post|reply|status\s+page|newsletter)\b[^.]*:\W*$"
    r"|^\W*(?:announcement|message|mail|e-mail|notice|template)\W*$",
    re.IGNORECASE,
)
_AT_A_PROMPT = expression(r"\b(?:command|commands|shell|terminal|prompt|console|config\w*)\b", re.IGNORECASE)
_GOES_ON = expression(r"\b(?:then|next|afterwards|steps?)\W*$", re.IGNORECASE)  # "Inform the team, then:"
_ALERT = expression(r"^\W*\[!\w+\]|^\W*(?:warning|caution|danger|important|attention)\b", re.IGNORECASE)
_LONGEST = 200
_SAYS = expression(
    r"\b(?:announce|post|send|e?-?mail|write|tell|inform|notify|reply|answer|message|tweet|publish|say|comment)\b[^\"“]*(?:\"[^\"]*\"[^\"“]*)*[\"“](?=[^\"”]*\w)[^\"”]*$",
    re.IGNORECASE,
)


def spoken(before: str) -> bool:
    """Whether what follows some words of a sentence is inside a quotation to be sent: `Reply with "fixed by `."""
    return ('"' in before or "“" in before) and _SAYS.search(before[-_LONGEST:]) is not None


def is_letter(first: str, before: str) -> bool:
    """Whether a quote is to be sent: by how it starts, or by what the words before ask for."""
    if _STARTS.match(first):
        return True
    if _ALERT.match(first):
        return False
    last = alternatives.parted(before.strip())[-1]
    if not last or len(last) > _LONGEST or _AT_A_PROMPT.search(last) or _GOES_ON.search(last):
        return False
    return _NAMES.search(last) is not None or _SENDS.match(last) is not None

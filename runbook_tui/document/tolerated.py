"""What is put up with where going back is the matter: "No need to pull it for late units", "Fine to carry on with one"."""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import orders, retreat
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

_FINE = expression(
    r"^\W*(?:(?:it['’]?s|it\s+is|that['’]?s)\s+)?(?:(?!not\b|never\b|hardly\b|no\b)\w+\s+)?(?:fine|ok(?:ay)?|all\s*right|alright|acceptable|safe)\s+to\s+"
    r"(?:carry\s+on|go\s+on|continue|proceed|press\s+on|keep\s+going|go\s+ahead|stay)\s+(?:with|despite|in\s+spite\s+of|even\s+(?:if|with|when))\s+(?P<seen>\S+\s+\S.*)$",
    re.IGNORECASE,
)
_NEXT = expression(  # what one goes on with, and for how long nothing is stopped
    rf"^(?:(?:the|this|that|these|our|your|a|an|next|second|third|following|other|rest\s+of|remaining)\s+)*(?:step|section|part|page|ring|item|point|region|site|host|node|{retreat.UNDER_WAY})s?\b"
    r"|^(?:now|long|good|ever|the\s+(?:moment|time|rest|day|night)|more\s+than|less\s+than|at\s+least|up\s+to|about|\d[\d.,]*\s*(?:s|m|min|h|d|sec\w*|minutes?|hours?|days?|weeks?)\b|an?\s+(?:minute|hour|day|week|while|moment))\b"
    r"|^(?!(?:missing|failing|flapping|hanging|lagging|dangling|warning)\b)\w+ing\b",
    re.IGNORECASE,
)
_REFUSED = expression(
    r"^\W*(?:we\s+)?(?:(?:do\s+not|don['’]t|never)(?:\s+ever)?|(?:there\s+is\s+|there['’]s\s+)?no\s+need\s+to)\s+(?P<main>\S+(?:\s+\S+){0,3}?)\s+"
    r"(?:just\s+|only\s+)?(?:for|over|because\s+of|on\s+account\s+of|due\s+to)\s+(?P<seen>\S+\s+\S.*)$",
    re.IGNORECASE,
)
_PULL = expression(
    r"^(?:pull|yank|drop|withdraw|unship|scrap|bin|end|stop|halt|abort|cut)\s+(?:it|this|them)(?:\s+(?:early|short|off))?$",
    re.IGNORECASE,
)


# "One upstream down is fine", "The webhook's own restarts are fine, ignore them", "Yellow for a minute is normal"
_NORMAL = expression(
    r"^(?P<seen>(?!(?:it|this|that|these|they|there|all|everything|which|what|who|if|when|once|we|you|and|but)\b)[^.;:]{3,90}?)\s+(?:is|are)\s+(?:\w+ly\s+|quite\s+|still\s+)?"
    r"(?:fine|normal|ok(?:ay)?|harmless|expected|acceptable|tolerable|no\s+(?:reason|cause|problem)|(?:well\s+)?within\s+the\s+(?:normal|usual|expected)\b)(?=\W*$|[,;:(–—-]|\s+(?:and|so|then|at|in|for|during|while|after|until)\b)",
    re.IGNORECASE,
)


# "Back-out is not required where a single client rejects the new issuer"
_NOT_REQUIRED = expression(
    r"^\W*(?:an?\s+|the\s+)?(?:roll-?\s?back|back-?\s?out|revert|fall-?\s?back|return|abort|reversal)\s+(?:is|will\s+be)\s+not\s+(?:required|necessary|needed|warranted|justified|called\s+for)\s+(?:where|when|if|for|because\s+of|in\s+case\s+of)\s+\S+\s+\S",
    re.IGNORECASE,
)


_NOT_FOR = expression(
    r"^\W*not\s+an?\s+(?:\w+\s+)?(?:criterion|reason|trigger|ground)\W|^\W*(?:but\s+)?not\s+(?:for|because\s+of|over)\s+(?:an?|the|one|single|some|\w+ing)\s+\S",
    re.IGNORECASE,
)


def not_for(body: str) -> bool:
    """Whether a sentence excepts something, where going back is the matter: "Not for a flapping session"."""
    return _NOT_FOR.match(body) is not None


def not_required(body: str) -> bool:
    """Whether a sentence says for what going back is not required."""
    return _NOT_REQUIRED.match(body) is not None


_WORDS = ("normal", "fine", " ok", "harmless", "expected", "cceptable", "tolerable", "no reason", "no cause", "within")


def spoken(body: str) -> bool:
    """Whether a sentence may put up with something: a quick look before the grammar."""
    return any(word in body for word in _WORDS)


def normal(body: str) -> bool:
    """Whether something seen is said to be put up with: "Yellow for a few minutes is normal, let it finish"."""
    match = _NORMAL.match(body)
    return match is not None and not orders.imperative(match["seen"]) and not retreat.retreats(match["seen"])


def let_be(body: str) -> bool:
    """Whether something seen is no reason, where going back is the matter: "No need to pull it for late units"."""
    if (fine := _FINE.match(body)) is not None:
        return _NEXT.match(fine["seen"]) is None and not orders.imperative(fine["seen"])
    refused = _REFUSED.match(body)
    if refused is None or _NEXT.match(refused["seen"]):
        return False
    return retreat.mood(refused["main"], home=True) is Polarity.DO or _PULL.match(refused["main"]) is not None

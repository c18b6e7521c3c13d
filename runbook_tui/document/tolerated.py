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
_PULL = expression(r"^(?:pull|yank|drop|withdraw|unship|scrap|bin)\s+(?:it|this|them)$", re.IGNORECASE)


def let_be(body: str) -> bool:
    """Whether something seen is no reason, where going back is the matter: "No need to pull it for late units"."""
    if (fine := _FINE.match(body)) is not None:
        return _NEXT.match(fine["seen"]) is None and not orders.imperative(fine["seen"])
    refused = _REFUSED.match(body)
    if refused is None or _NEXT.match(refused["seen"]):
        return False
    return retreat.mood(refused["main"], home=True) is Polarity.DO or _PULL.match(refused["main"]) is not None

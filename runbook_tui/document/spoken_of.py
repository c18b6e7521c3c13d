"""Code that a sentence speaks of and asks nobody to type here: "After `x` the old files are gone", "(`x` via pdsh)"."""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import orders
from runbook_tui.document.patterns import expression

_SINCE = expression(
    r"^\W*(?:(?:but|and|note\s+that|remember\s*[:,]?)\s+)?(?:(?:right|directly|immediately|shortly)\s+)?(?:after|once|since|as\s+soon\s+as|from)(?:\s+the)?\W*$",
    re.IGNORECASE,
)
# what is so then: "the files are unusable", "users see the banner", "has run there is no way back"
_THEN = expression(
    r"^\W*(?:(?:has|have|is|was|had)\s+(?:been\s+)?\w+\W+|on\s+)?(?:the|an?|all|no|every|any|users?|customers?|clients?|there|it|they|nobody|nothing|everyone|everything|its|your|our|this|that|these|both)\s+(?:\S+\s+){0,12}?"
    r"(?:is|are|was|were|will|would|can|cannot|can['’]t|come|comes|see|sees|has|have|goes?|stays?|takes?|gets?|loses?|starts?|stops?|runs?|needs?|works?|no\s+longer)\b",
    re.IGNORECASE,
)
_TOOLS = r"(?:pdsh|pssh|clush|dsh|xdsh|psh|ansible|salt(?:stack)?|mcollective|rundeck|fabric|bolt|knife|puppet|chef|capistrano|csshx?|cluster-?ssh|parallel[\s-](?:ssh|shell)|ssm|session\s+manager|orchestrator|awx|tower|sccm|jamf|intune)"
_BY_A_TOOL = expression(
    rf"^\s*,?\s*(?:(?:on|to)\s+[\w\s-]{{2,40}}?\s+)?(?:via|with|through|by|using|over|in)\s+(?:the\s+|an?\s+|our\s+)?{_TOOLS}\b",
    re.IGNORECASE,
)
_WITH_A_TOOL = expression(
    rf"\b(?:via|with|through|by|using|over|in)\s+(?:the\s+|an?\s+|our\s+)?(?P<tool>{_TOOLS})\s*[:,(]\s*$", re.IGNORECASE
)


def only(code: str, before: str, after: str) -> bool:
    """Whether the words around code say what follows from it, or that another tool runs it on other machines."""
    if _SINCE.match(before):
        return _THEN.match(after) is not None and not orders.imperative(after.strip(" ,"))
    if _BY_A_TOOL.match(after):
        return True
    found = _WITH_A_TOOL.search(before)
    return found is not None and not code.lower().startswith(found["tool"].lower()[:4])

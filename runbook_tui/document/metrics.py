"""What a metric is called: the words of a sentence before its comparison, without what only leads to them."""

from __future__ import annotations

import re

from runbook_tui.document.patterns import expression

_ARTICLES = frozenset(["the", "a", "an"])
_LEADING = expression(
    r"^(?:(?:verify|check|confirm|ensure|validate|monitor|watch|keep|maintain|alert|trigger|fail|abort|page|see|any|all|our|i\.e\.?|ie"
    r"|that|with|where|while|and|then|also)\s+)+",
    re.IGNORECASE,
)
_TRAILING = expression(
    r"(?:\s+(?:consistently|is|are|was|be|being|stays?|remains?|still|again|now|optimized|met|verified|bounds\s+verified|confirmed|has|have"
    r"|of|to|at|by|with|for\s+any|must|should|shall|can|may|will|takes?|took|handles?|supports?|currently|suddenly"
    r"|goes|go|becomes?|rises?|falls?))+$",
    re.IGNORECASE,
)
_CUT = expression(r"^.*\b(?:if|when|whenever|because|since|where|once|until)\s+", re.IGNORECASE)
NO_METRIC = frozenset(
    [
        "it",
        "this",
        "that",
        "they",
        "these",
        "there",
        "value",
        "which",
        "for",
        "over",
        "in",
        "per",
        "within",
        "after",
        "during",
        "until",
        "every",
        "and",
        "or",
        "from",
        "on",
        "not",
    ]
)


def metric_of(phrase: str) -> str:
    """A metric's name: the words as written without articles, verbs around it, and marks; lower case."""
    words = _CUT.sub("", phrase.strip(" \t-–—*:,.\"'“”‘’_•!?✅❌⚠️🔴🟡🟢"))
    words = _LEADING.sub("", words)
    while (shorter := _TRAILING.sub("", words)) != words:
        words = shorter
    kept = [word.strip("\"'“”*") for word in words.split() if word.lower() not in _ARTICLES]
    while kept and not any(char.isalnum() for char in kept[0]):
        kept = kept[1:]
    name = " ".join(word for word in kept if word).lower()
    if not kept or len(kept) > 8 or not any(char.isalpha() for char in name) or kept[-1].lower() in NO_METRIC:
        return ""
    return name

"""Boxes that say which of several things it is: all of a list below words that ask so, or the last ones of a list of tasks.

"Tick which hall you are doing:", "What changed (tick all that apply)", and "Android only", "iOS only", "Both".
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import alternatives, forms, orders
from runbook_tui.document.patterns import expression

# what may be several: "tick all that apply", "mark which ones you touch"
_APPLIES = expression(
    r"\b(?:tick|mark|check|select|cross|circle|choose|pick)\s+(?:off\s+)?(?:(?:all|any|those|whatever|everything|the\s+ones?|what|each)\s+(?:of\s+(?:these|them)\s+)?(?:that|which)?\s*(?:apply|applies|fits?|are\s+affected|is\s+affected|you\s+(?:touch|changed?|use|are\s+doing)|changed|is\s+in)\b|(?:which|what|whichever)(?:\s+\S+){0,3}?\s+(?:you|we|it|this|apply|applies|is|are)\b)|\(\s*(?:all|any|those|the\s+ones?)\s+(?:that|which)\s+appl(?:y|ies)\s*\)",
    re.IGNORECASE,
)
# what names the things it is of: "What changed", "Affected systems:", "Applies to"
_OF_WHAT = expression(
    r"^\W*(?:what(?:['’]s|\s+is|\s+has|\s+have)?\s+(?:been\s+)?(?:changed|changing|new|different|in\s+(?:it|this\s+\w+)|affected|touched)\b[^.:]{0,30}|(?:affected|impacted|touched|involved)\s+(?:by\s+\w+\s+)?\w+(?:\s+\w+)?|applies\s+to|(?:this\s+)?(?:change|release|train|run|window)\s+(?:is\s+for|touches|affects|contains|includes|covers)|which\s+(?:\w+\s+){0,2}?(?:is\s+it|are\s+we\s+(?:doing|on|in)|is\s+this|are\s+you\s+(?:doing|on))[^.:]{0,30})\W*$",
    re.IGNORECASE,
)
# "pick the storefronts in scope:", "tick the sites you ship to"
_IN_SCOPE = expression(
    r"\b(?:tick|mark|check|select|cross|circle|choose|pick)\s+(?:off\s+)?(?:all\s+|only\s+|any\s+of\s+)?(?:the|those|your)\s+(?:[\w-]+\s+){0,3}?(?:in\s+scope|concerned|affected|involved|touched|needed|wanted|impacted|in\s+question|(?:that\s+|which\s+)?(?:you|we)\s+(?:need|ship|deploy|roll|release|touch|use|want|change|migrate|upgrade|serve)\b[^:.]{0,20}|of\s+this\s+\w+|for\s+this\s+\w+)\W*$",
    re.IGNORECASE,
)
# one of them has it: "Confirm who has the registrar login:", "Where the zone is hosted:"
_WHOSE = expression(
    r"^\W*(?:(?:please\s+|first\s+)?(?:confirm|check|find\s+out|note|write\s+down|clarify|establish|ask|say|determine|record|mark|tick|state|settle|decide|clear\s+up)\s+|(?=.*[:?]\W*$))(?:(?:by\s+|with\s+)?(?:who|whom)\s+(?:has|holds|owns|hosts|keeps|manages|pays|controls|administers|registered|operates|maintains)|whose|where)\b(?!\s+(?:to|possible|applicable|needed|necessary|appropriate)\b)[^:.?]{2,60}[:?]?\W*$",
    re.IGNORECASE,
)
_CASE = expression(
    r"^(?P<seen>[^→➜⇒]{3,120}?)\s*(?:→|➜|⇒|=>|-->|->)\s*(?:(?:we\s+|it\s+)?(?:down-?grade|up-?grade|raise|lower|stays?|remains?|keep|treat|handle|classify|becomes?|is|set|make\s+it|declare|escalate|file|log)\s+)?(?:(?:it|this|the\s+incident)\s+)?(?:(?:to|at|on|as|an?)\s+){0,2}(?:sev(?:erity)?[\s-]?\d|p\d\b|prio(?:rity)?\s*\d|s\d\b|level\s*\d|tier\s*\d|category\s*\w\b|class\s*\w\b|major\b|minor\b|low\b|medium\b|high\b|critical\b)",
    re.IGNORECASE,
)
_BOTH = expression(
    r"^\W*(?:both(?:\s+of\s+(?:them|these))?|neither|none(?:\s+of\s+(?:them|these|the\s+above))?|all\s+(?:of\s+(?:them|these)|three|four)|either)\W*$",
    re.IGNORECASE,
)
_VERDICT = expression(
    r"^\W*(?:(?:(?P<no>not(?:\s+yet)?)\s+)?(?:ready|approved|accepted|passed|safe|fit|met|successful|releasable)(?:\s+(?:with|subject\s+to|under|after)\s+[\w-]+)?"
    r"|(?:ready|approved|accepted|passed|go)\s*,?\s+but\s+[\w-]+(?:\s+[\w-]+){0,3})\W*$",
    re.IGNORECASE,
)
# one of a list of values: "none", "not needed (why: …)"
_NONE = expression(
    r"^\W*(?:none(?:\s+of\s+(?:them|these|the\s+above))?|n/a|not\s+(?:needed|applicable|required))\W*(?:\(.*\))?\W*$",
    re.IGNORECASE,
)
_CLASS = expression(
    r"^\W*(?P<class>(?:un)?announced|(?:un)?planned|(?:un)?scheduled|routine|regular|normal|standard|emergency|urgent|expedited|major|minor|patch|hotfix)"
    r"(?:\s+(?:change|release|maintenance|window|deployment|update|upgrade|fix|patch|work|outage|version|patching))?\W*$",
    re.IGNORECASE,
)
_FORM = expression(r"\bforms?\b|\bfill(?:ed)?\s+(?:it\s+|this\s+)?(?:in|out)\b", re.IGNORECASE)
_MOST_VALUES = 8
_LONGEST = 160
_ASIDE = expression(r"\s*\([^()]*\)")
_MOST = 8  # words of a thing to pick
_MOST_BEFORE = 5  # words of what stands before "Both"


def whole(texts: Sequence[str], lead: str, heading: str) -> bool:
    """Whether the boxes of a list say which of several things it is."""
    if len(texts) <= _MOST_VALUES and max(map(len, texts), default=0) <= _LONGEST and _alone(texts, lead, heading):
        return True
    words = (lead or heading).strip(" *_")
    if len(texts) < 2 or not words or len(words) > 240:
        return False
    last = alternatives.last(words).strip(" *_")
    asked = (
        _APPLIES.search(last) or _IN_SCOPE.search(last) or _WHOSE.match(last) or _OF_WHAT.match(_ASIDE.sub("", last))
    )
    if not asked:
        return False
    return all(_thing(_ASIDE.sub("", text), _MOST) for text in texts)


def _alone(texts: Sequence[str], lead: str, heading: str) -> bool:
    """Whether boxes say by themselves that one of them is so."""
    if _verdicts(texts) or _classes(texts) or _cases(texts):
        return True
    return (any(map(_NONE.match, texts)) or (not lead and _FORM.search(heading) is not None)) and values(texts)


def values(texts: Sequence[str]) -> bool:
    """Whether boxes are what something can be set to: "none (bf16)", "fp8", "awq"."""
    bare = [_ASIDE.sub("", text) for text in texts]
    if not 1 < len(texts) <= _MOST_VALUES or any(":" in text or forms.has_blank(text) for text in bare):
        return False
    return forms.values(bare, ordered=False) and not any(" " in text and orders.imperative(text) for text in bare)


def in_a_form(texts: Sequence[str], label: str) -> bool:
    """Whether boxes below a label among blanks are its values: "Glaze" beside "Kiln: ____"; "Backups" are all of them."""
    words = label.strip(" :*_")
    named = 0 < len(words.split()) <= _MOST_BEFORE and (not words.endswith("s") or words.endswith(("ss", "us", "is")))
    return named and not forms.told(words) and not forms.STATEMENT.search(words) and values(texts)


def _cases(texts: Sequence[str]) -> bool:
    """Whether boxes tell cases apart, each with the level that follows: "our own calls → downgrade to SEV-3"."""
    if not all(any(arrow in text for arrow in ("→", "➜", "⇒", ">")) for text in texts):
        return False
    found = [_CASE.match(text) for text in texts]
    return len(texts) > 1 and all(one is not None and not orders.imperative(one["seen"]) for one in found)


def _classes(texts: Sequence[str]) -> bool:
    """Whether boxes are the classes of one change: "announced maintenance", "emergency (at level orange)"."""
    bare = [_ASIDE.sub("", text) for text in texts]
    first = [found["class"].lower() for text in bare if (found := _CLASS.match(text)) is not None]
    return 1 < len(texts) <= _MOST_VALUES and len(set(first)) == len(texts)


def _verdicts(texts: Sequence[str]) -> bool:
    """Whether boxes are the answers to one question: "Ready", "Ready with conditions", "Not ready"."""
    found = [_VERDICT.match(_ASIDE.sub("", text)) for text in texts]
    return 1 < len(texts) <= _MOST_BEFORE and all(found) and any(one is not None and one["no"] for one in found)


def last_ones(texts: Sequence[str]) -> range:
    """The places of the last boxes of a list where these are a choice that ends in "Both" or "Neither"."""
    if len(texts) < 2 or not _BOTH.match(texts[-1]):
        return range(0)
    start = len(texts) - 1
    while start and _thing(_ASIDE.sub("", texts[start - 1]), _MOST_BEFORE):
        start -= 1
    return range(start, len(texts)) if len(texts) - start > 1 else range(0)


def _thing(text: str, most: int) -> bool:
    """Whether some words name a thing, and none is done or said of it."""
    words = text.strip(" .*_")
    return (
        0 < len(words.split()) <= most
        and ":" not in words
        and not (" " in words and orders.imperative(words))
        and not forms.STATEMENT.search(words)
        and not forms.has_blank(words)
    )

"""Whether words say when: "error rate above 5 %" does, "if needed" and "when it is done" do not."""

from __future__ import annotations

import re

from runbook_tui.document import orders, retreat
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

COUNTED = expression(
    r"[<>≥≤%]|\b\d|\b(?:more|less|fewer|longer|later|higher|lower|larger|smaller|above|below|under|over|past|beyond|any|no|not|without|red|two|single|two|three|several|twice|first|second|third|still|exceed\w*|red|down|missing|fail\w*|error\w*|mismatch\w*|loss|lost|corrupt\w*|wrong|broken|stuck|unexpected|double|triple|half)\b",
    re.IGNORECASE,
)
_EMPTY = expression(
    r"^(?:it\s+(?:is|was|becomes?)\s+|(?:is|as|this\s+is|that\s+is)\s+)?(?:ever\s+|really\s+)?(?:needed|necessary|required|applicable|appropriate|desired|wanted|possible|asked|told|prompted|you\s+(?:need|want|have\s+to|like|prefer|wish|must|decide)\b.*"
    r"|something|things?\s+go(?:es)?\s+wrong|done|finished|complete[d]?|ready|over|so|not|in\s+use|available|relevant|using\b.*|deploying|upgrading|releasing|all\s+else\s+fails|you(?:['’]re|\s+are)\s+(?:done|finished|ready|happy)|desired|that\s+case|this\s+case|any|every\s+case|no\s+case|the\s+case)\b\W*$"
    r"|^(?:you\s+(?:need|want|have\s+to|like|prefer|wish)|we\s+(?:need|want|have\s+to)|it\s+(?:is|was)\s+(?:necessary|needed|required)|necessary|needed|required)\b",
    re.IGNORECASE,
)
_STEP_FAILS = expression(
    r"^(?:it|this|that|these|they|one|anything|something|any\s+step|the\s+(?:above|command|step|script)(?:\s+above)?)\s+(?:fails?|failed|does\s*n[o'’]t\s+(?:work|help)|breaks?|is\s+(?:stuck|wrong|not\s+ok)|errors?|happens?|occurs?|goes\s+wrong)\b",
    re.IGNORECASE,
)
_WELL = expression(
    r"\b(?:ready|healthy|done|complete[ds]?|finish(?:ed|es)|succeed(?:s|ed)?|success(?:ful(?:ly)?)?|pass(?:es|ed)(?!\s+(?:\d|the\b))|all\s+(?:is|are)\s+(?:well|green|good|fine|ok)|ok|okay|verified|tested|confirmed|satisfied|approved|stable"
    r"|in\s+sync|caught\s+up|recovered|restored|up\s+and\s+running|reached\s+zero|is\s+(?:green|up|back|known|found|fixed|clear)|are\s+(?:green|up|back|drained|running))\b",
    re.IGNORECASE,
)
_ILL = expression(
    r"n['’]t\b|\b(?:not|never|no|fail\w*|error\w*|without|un\w+|in\w*complete|partially|only|longer|more|later|before|than|still)\b|[<>%]",
    re.IGNORECASE,
)
_OWN_DOING = expression(
    r"you\s+(?!(?:see|notice|find|observe|get|lose|lost|can|cannot|could|hit|read|count|measure|hear|doubt|suspect|are\s+(?:un|not|in\s+doubt)|have\s+(?:lost|seen|any|doubts?))\b|can['’]t)",
    re.IGNORECASE,
)


def says_when(condition: str, polarity: Polarity, *, home: bool) -> bool:
    """Whether a condition says when, and not only "if needed" or "when it is done"."""
    condition = condition.strip(" ,.:")
    if (
        not condition
        or _EMPTY.match(condition)
        or (_OWN_DOING.match(condition) and not (home or COUNTED.search(condition)))
    ):
        return False
    first = re.split(r",\s|\s+(?:or|and)\s+(?:if|when)\b", condition, maxsplit=1)[0]
    if _STEP_FAILS.match(first) and not home:
        return False
    if len(condition.split()) < 2 and not re.search(r"\d", condition):
        return False
    if retreat.retreats(first) and re.search(
        r"\b(?:roll|rollback|revert|back-?out|abort|rolling|go(?:es|ing)?\s+back)", first, re.IGNORECASE
    ):
        return False
    return not (_WELL.search(first) and not _ILL.search(first) and polarity is not Polarity.DONT)


def names_something(condition: str) -> bool:
    """Whether words name something seen, and are no order."""
    return not orders.imperative(condition.strip()) and not re.match(
        r"^(?:we|you|i|they|it|to|how)\b", condition.strip(), re.IGNORECASE
    )

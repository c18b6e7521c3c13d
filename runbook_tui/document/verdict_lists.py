"""Lists whose entries say each for itself what follows: "rows differ: stop", "column order differs → ignore".

One such entry is as often a step or a label; two that answer, apart from each other or for what went wrong, make the
list one of verdicts, wherever it stands.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import hints, orders
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

_LONGEST = 320
_LONGEST_SEEN = 18  # words
_FIRST_CLAUSES = 4
_PARTS = expression(
    r"^(?P<seen>.{1,120}?)(?:\s*(?:→|➜|➔|⇒|=>|-->|->)\s*|:\s+|\s+[–—-]\s+|\s+=\s+|\s+means\s+|\s+(?=blocks?\s+(?:the|it|this)\b)|\s+is\s+(?=(?:ok|okay|fine|harmless|normal|expected|acceptable|tolerated|accepted|no\s+(?:problem|reason|blocker))\b))(?P<said>\S.*)$",
    re.DOTALL | re.IGNORECASE,
)
_NO_SUBJECT = expression(
    r"^\W*(?:(?:step|phase|stage|part|section|option|plan|case|day|week|wave|ring|note|warning|tip|hint|info|important|example|e\.g\.|who|how|what|when|where|why|owner|contact|action|goal|result|output|expected|command|run|then|next|first|finally|before|after|rollback|back-?out|fallback|abort|stop|pause|restart|start|kill|disable|enable|emergency|recovery|cleanup)\b.{0,16}|T\s?[+-].*|.*\d{1,2}[:.]\d\d.*)$",
    re.IGNORECASE,
)
_CLAUSE = expression(r"(?<!\d)[,;.](?!\d)\s*|\s+and\s+(?=(?:do|don|never|stop|go|restore|roll)\b)|\s+[–—-]\s+")
_THEN = expression(
    r"^\W*(?:(?:then|so|and|but|at\s+once|immediately|please|we|you|just|in\s+that\s+case|everything|the\s+(?:train|release|drill|change|wave|rollout|upgrade|migration|run|whole\s+\w+)|it|this|that|drill|train|change)\s+)*",
    re.IGNORECASE,
)
_WORK = r"(?:the\s+|this\s+|that\s+|our\s+|all\s+|any\s+)?(?:[\w-]+\s+)?(?:work|run|train|release|rollout|roll-out|deploy\w*|upgrade|migration|import|load|wave|drill|change|switch|swap|cut-?over|backfill|everything|others?|rest|pr|merge|job|window|night|pipeline|plan|submit|publish\w*|go-?live)"
_OUT = expression(
    rf"^(?:(?:hard\s+|full\s+)?(?:stop|abort|halt|no[\s-]?go|cancel|freeze)s?(?:\s+(?:here|now|at\s+once|immediately|there|it\s+all|{_WORK}|for\s+(?:today|tonight|good)))?$"
    rf"|(?:block|hold|stop|halt|cancel|abort|end|freeze)s?\s+(?:up\s+)?{_WORK}\b|waits?$|(?:has|have)\s+to\s+wait$|must\s+wait$|(?:stays?|is)\s+(?:on\s+hold|out|parked|closed)\b|on\s+hold$|blocks?$|(?:is\s+a\s+)?blocker$"
    rf"|(?:roll(?:s|ed)?\s?-?back|back\s?-?out|revert(?:ed)?|restored?|fall\s?-?back|swap\s+back|switch\s+back|go(?:es)?\s+(?:back|home)|withdraw(?:n)?|return(?=\s+to\s+(?:the\s+)?(?:old|previous|former|last)|$))(?:$|\s+(?:now|at\s+once|immediately|it|this|everything|{_WORK}|to\b.*|home\b.*|as\s+well|of\s+(?:this|the)\s+.*))"
    rf"|(?:\w+\s+){{0,2}}stays?\s+(?:out|off|closed|down|parked|shut)\b|start\s+no\s+(?:other|further|more|new|next)\b|no\s+return\s+to\b|send\s+every(?:body|one)\s+home|(?:we\s+)?try\s+(?:again\s+)?(?:next|tomorrow|another)\b|book\s+(?:a|another)\s+(?:\w+\s+)?(?:night|window|slot|evening|weekend)|leave\s+(?:it|them)\s+on\s+the\s+(?:old|previous|former)\b|if\s+(?:they|he|she|somebody|someone|anybody|anyone)\s+(?:asks?|tells?|wants?|orders?)\s+(?:you|us)?\s*to\s+(?:stop|abort|halt|pause|go\s+back|roll\s?back|revert)\b|pull\s+{_WORK}|pause$|pause\s+(?!for\b|\d)\w+|(?:do\s+not|don['’]t|never|no)\s+(?:publish|merge|go(?:\s+(?:on|ahead|live))?|schedule|start|continue|proceed|release|deploy|ship|submit|swap|switch|run\s+(?:the|any)|open|promote|(?:further|more|next)\s+\w+)\b(?!\s+reason))",
    re.IGNORECASE,
)
_ON = expression(
    r"^(?:ignored?(?:\s+it|\s+them|\s+that|\s+this)?$|ignore\s+(?:it|them|these|this|that)\b|(?:can|may)\s+be\s+ignored|go(?:es)?\s+(?:on|ahead)\b|continues?(?:$|\s+(?:anyway|as\s+planned|the\s+\w+))|will\s+continue\b|carry\s+on\b|carries\s+on\b|proceeds?(?:$|\s+anyway|\s+even\s+(?:if|when|with)\b)"
    r"|(?:it['’]?s\s+|is\s+|are\s+|that['’]?s\s+|all\s+)?(?:ok|okay|fine|harmless|normal|expected|tolerable|tolerated|acceptable|accepted|cosmetic|a\s+known\s+(?:issue|bug)|known)(?:$|\s+(?:since|issue|bug|noise|to\s+(?:publish|merge|go|ship|continue|proceed)|here|too|as\s+well|for\s+(?:now|today|us))\b)"
    r"|if\s+[^,]*\b(?:ok|okay|fine)\s+to\s+(?:publish|merge|go|ship|continue|proceed)\b|no\s+(?:problem|worries|blocker|issue|action|harm|reason\s+to\s+\w+)\b|not\s+(?:a|an)\s+(?:blocker|problem|reason|issue|failure)\b|isn['’]?t\s+a\s+(?:failure|problem|blocker|reason)\b"
    r"|(?:publish|merge|ship|release)(?:s|es)?(?:\s+(?:it|as\s+is|anyway))?$|leave\s+(?:it|them)(?:$|\s+(?:alone|as\s+(?:it\s+is|they\s+are)|be|running)\b)|stay(?:s)?(?:$|\s+(?:like\s+this|as\s+(?:is|it\s+is)|on\s+the\s+new\b.*))"
    r"|no\s+(?:restore|roll-?\s?back|fall-?back|drain|stop|pause|revert|back-?out|abort)\b|(?:do\s+not|don['’]t|never)\s+(?:undo|roll\s?back|revert|restore|fall\s?back|back\s?out|abort|go\s+back)\b|(?:just\s+)?give\s+(?:it|them|that)\s+(?:an?\s+|some\s+|\d+\s*|a\s+few\s+)(?:s|min|h|seconds?|minutes?|moments?|hours?|time)\b|let\s+(?:it|them)\s+(?:be|run|finish)\b|nice\s+to\s+have\b|return(?:s)?\s+to\s+(?:service|operation|normal)\s+anyway|(?:the\s+)?(?:[\w-]+\s+){0,3}(?:continues|goes\s+on)\s+(?:meanwhile|anyway|as\s+planned)|just\s+(?:life|noise)$|usual\s+noise)",
    re.IGNORECASE,
)
_OF = expression(r"^\W*(?:fail|failure|loss|lack|drop|rise|break)\s+(?:of|in)\b", re.IGNORECASE)  # "Fail of D6"
_LEAST = 2


def read(texts: Sequence[str]) -> dict[int, Polarity]:
    """What follows from the entries of a list, by their place in it; empty where the list is none of verdicts."""
    parts = [_PARTS.match(text) if len(text) <= _LONGEST else None for text in texts]
    if sum(1 for part in parts if part is not None) < _LEAST:
        return {}
    found: dict[int, Polarity] = {}
    ordered = 0
    ill = 0
    for at, part in enumerate(parts):
        if part is None:
            continue
        seen = part["seen"].strip(" *_`")
        if _NO_SUBJECT.match(seen) or len(seen.split()) > _LONGEST_SEEN:
            ordered += 1
            continue
        if orders.imperative(seen) and not hints.ill(seen) and not _OF.match(seen):
            ordered += 1
            continue
        if (polarity := verdict(part["said"])) is not None:
            found[at] = polarity
            ill += hints.ill(seen)
    if len(found) < _LEAST or ordered * 3 > len(texts) or len(found) * 3 < len(texts):
        return {}
    return found if len(set(found.values())) > 1 or ill >= _LEAST else {}


def verdict(said: str) -> Polarity | None:
    """Which way the first clause goes that goes either; None where somebody else is asked first, or none does."""
    clauses = [clause for clause in _CLAUSE.split(said.strip(" *_`.!")) if clause and clause.strip()]
    for clause in clauses[:_FIRST_CLAUSES]:
        text = clause.strip(" *_`.!()")
        bare = text[match.end() :] if (match := _THEN.match(text)) is not None else text
        if _OUT.match(bare) or _OUT.match(text):
            return Polarity.DO
        if _ON.match(bare) or _ON.match(text):
            return Polarity.DONT
    return None

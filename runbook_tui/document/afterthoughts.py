"""What a sentence of its own says of the one before: "… goes away on its own. Carry on.", "… is at it. Stop."."""

from __future__ import annotations

import re

from runbook_tui.document import harmless, orders, outcomes, retreat, stances
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

_LONGEST = 8  # words
# "Failure of A1 results in the return. Failure of A4 does not."
_NOT_THIS = expression(
    r"^\W*(?P<what>(?!(?:it|this|that|he|she|they|we|you|if|when)\b)\S+(?:\s+\S+){0,8}?)\s+(?:does|do|is|are|will|would)(?:\s+not|n['’]t)(?=\s*[;,.]|\W*$)",
    re.IGNORECASE,
)
# "Any rollout that is under way gets stopped"
_IS_STOPPED = expression(
    rf"^\W*(?:any|every|all|the|this)\s+(?:[\w-]+\s+(?:or|and)\s+)?(?:[\w-]+\s+)?{retreat.UNDER_WAY}\b.{{0,60}}\s(?:gets?|is|are|must\s+be|has\s+to\s+be)\s+(?:stopped|halted|paused|aborted|frozen|cancell?ed|called\s+off|suspended)\b",
    re.IGNORECASE,
)
_THEN_NOT = expression(
    r"^\W*(?:then|in\s+that\s+case)\s+(?:you|we)\s+(?:must|may|can|should|shall|do)\s*n[o'’]t\b", re.IGNORECASE
)
_THE_WORK = expression(r"^\W*(?:the|our)\s+\w+", re.IGNORECASE)
_NO_GROUND = expression(r"^\W*(?:that['’]?s\s+|that\s+is\s+|this\s+is\s+|it\s+is\s+)?(?:not|no|never)\b", re.IGNORECASE)
_ASIDE = expression(r"\([^()]*\)")
_OTHERWISE = expression(
    r"(?:otherwise|or\s+else|else|if\s+(?:not|it\s+(?:is|does)\s*n[o'’]t))\b|(?:anything\s+)?(?:less|fewer|more|else)\s*[:,]",
    re.IGNORECASE,
)
_IT_TOO = expression(
    r"^\W*(?:then\s+)?(?:cancel|abort|stop|kill|revert|undo|withdraw|scrap|halt)\s+(?:it|this|everything)\b",
    re.IGNORECASE,
)
# "Is the old writer off? If not, don't."
_IF_NOT = expression(
    r"^\W*(?:if\s+(?:not|so|no|yes)|no|otherwise)\W+(?:then\s+)?(?:don['’]?t|do\s+not|stop|abort|go\s+back|wait)\W*$",
    re.IGNORECASE,
)
_ASKED = expression(r"^(?:do(?:es)?|did|is|are|was|has|have|can|could|will|would|any|were)\b", re.IGNORECASE)
_NO_ACTION = expression(
    r"^\W*(?:so\s+)?(?:nothing\s+to\s+(?:do|fix|see|worry\s+about)(?:\s+(?:here|there|for\s+us))?(?=\W*$|\s*[,;:(–—]\s*(?:let|leave|carry|go|keep|move|it|they))|(?:no|without)\s+(?:action|reaction|intervention))(?:\s+(?:is\s+)?(?:needed|required|necessary))?(?=\W*$|\s*[,;:(–—])",
    re.IGNORECASE,
)
_NOT_BACK = expression(
    r"^\W*(?:so\s+|please\s+)?(?:do\s+not|don['’]t|never|no\s+need\s+to)\s+(?:roll\s?back|roll\s+(?:it|this|anything)\s+back|revert|go\s+back|back\s+(?:it\s+)?out|undo|abort|downgrade|stop|pull\s+(?:it|the\s+plug))(?:\s+(?:it|this|anything|for\s+(?:it|this|that)))?(?=\W*$|\s*[,;:(–—])",
    re.IGNORECASE,
)
_AT_ONCE = expression(
    r"^\W*(?:so\s+|then\s+|and\s+)?(?:stop|abort|halt|go\s+back|roll\s+back|revert|undo|back\s+out|bail\s+out|(?:do\s+not|don['’]t)\s+(?:proceed|continue|start|go\s+(?:on|ahead)))(?:\s+(?:here|there|now|at\s+once|immediately|everything))?(?:\s+and\s+(?:find\s+out|call|ask|tell|page|ping|wake|escalate|get)\b.*)?\W*$",
    re.IGNORECASE,
)
_IF_SEEN = expression(r"^\W*(?:if|when|should|as\s+soon\s+as)\b", re.IGNORECASE)
_YOU_SEE = expression(
    r"^\W*(?:you|we)(?:['’]ll|\s+will|\s+may|\s+might|\s+can)?\s+(?:see|get|find|notice)\b", re.IGNORECASE
)
_COUNTED = expression(
    r"\d|[<>≥≤%]|\b(?:more|less|fewer|any|no|not|still|fail\w*|error\w*|missing|wrong|lost|loss)\b", re.IGNORECASE
)
_SAYS_WHO = expression(r"^(?:we|you|i|they|it|to|how)\b", re.IGNORECASE)


# behind what was said of something: "Not a reason to go back.", "Do not abort for them.", "It is expected, too."
_OF_IT_TOO = expression(
    r"^\W*(?:so\s+|and\s+)?(?:(?:that|this|it|they|these|those|both)(?:['’]s|['’]re)?\b(?![^.]*\b(?:if|when|unless|but)\b)|(?:not|no)\s+(?:an?\s+)?(?:reason|cause|ground)\b|nothing\s+to\s+(?:do|fix|see|worry)\b|[^.,]{3,60}\s(?:(?:is|are)\s+not|(?:is|are)n['’]t)\s+either\b|(?:do\s+not|don['’]t|never)\s+[^.]{0,40}?\b(?:for|because\s+of|over)\s+(?:it|them|that|this|these|those)\b)",
    re.IGNORECASE,
)


def says_more(sentence: str) -> bool:
    """Whether a sentence says more of what the one before it was about."""
    return _OF_IT_TOO.match(sentence) is not None


_MORE = expression(
    r"^\W*(?:then\s+)?(?:stop|abort|halt|no\s+[\w-]+|do\s+not|don['’]t|never|call|page|ping|ask|wake|tell)\b(?!.*(?:\b(?:if|when(?:ever)?|unless|once|while|before|until|as\s+soon|more\s+than|less\s+than)\b|[<>≥≤%:→]|\d))",
    re.IGNORECASE,
)


def orders_more(sentence: str) -> bool:
    """Whether a sentence only orders more of what the condition before it asked for: "Stop and call the desk."."""
    return len(sentence.split()) <= _LONGEST + 2 and _MORE.match(sentence) is not None


def contrary(sentence: str) -> bool:
    """Whether a sentence takes something out of what the one before it said: "A failure of A4 does not"."""
    return _NOT_THIS.match(_ASIDE.sub("", sentence)) is not None


def of(before: str, sentence: str, *, home: bool) -> Polarity | None:
    """What a sentence asks for where what the one before it names is seen; None where it asks for nothing."""
    body = _ASIDE.sub("", sentence).strip(" .!")
    told = len(before.split()) > 3
    otherwise = _OTHERWISE.match(body)
    if otherwise is not None and told and stances.goes_back(body[otherwise.end() :].strip(" ,:")):
        return Polarity.DO
    if (
        before.rstrip()[-1:] not in ".!?:"
        and _IF_SEEN.match(before)
        and retreat.retreats(body)
        and retreat.mood(body) is Polarity.DO
    ):
        return Polarity.DO  # "If it is theirs, do not kill it; abort the change"
    if _IS_STOPPED.match(body) and outcomes.seen(before):
        return Polarity.DO
    if harmless.of(before, body):
        return Polarity.DONT
    if len(body.split()) > _LONGEST:
        return None
    if told and home and _NOT_BACK.match(body) and _names(before):
        return Polarity.DONT  # "A mismatch on one host: that's its disk. Don't roll back, reseed it"
    if told and _NO_ACTION.match(body) and _names(before):
        return Polarity.DONT  # "The peak at noon is the report. No action, it drains."
    if told and _NO_GROUND.match(body) and retreat.reason(body) is Polarity.DONT:
        return Polarity.DONT
    asked = before.rstrip().endswith("?")
    if (asked and (stances.forbids(body) or stances.goes_no_further(body))) or (
        _IF_NOT.match(body) and _ASKED.match(before.rpartition(": ")[2].strip())
    ):
        return Polarity.DO
    if before.rstrip()[-1:] not in ".!?:" and told and stances.goes_on(body) and _THE_WORK.match(body):
        return Polarity.DONT
    mood = retreat.mood(body, home=True)
    if mood is None and not stances.goes_on(body):
        return None
    if mood is Polarity.DONT and told and _THEN_NOT.match(body) and retreat.retreats(body):
        return Polarity.DONT
    seen = outcomes.seen(before)
    if mood is Polarity.DO and (
        (_AT_ONCE.match(body) and (seen or _IF_SEEN.match(before)))
        or (otherwise is not None and told)
        or (seen and _IT_TOO.match(body) and _COUNTED.search(before))
    ):
        return Polarity.DO
    named = home and (seen or _names(before))
    if told and stances.goes_on(body) and (named or retreat.normal(before) or _YOU_SEE.match(before)):
        return Polarity.DONT
    if mood is Polarity.DONT and told and retreat.stays(body) and (named or retreat.normal(before)):
        return Polarity.DONT
    return None


def _names(words: str) -> bool:
    """Whether words name something seen, and are no order."""
    return not orders.imperative(words.strip()) and _SAYS_WHO.match(words.strip()) is None

"""Sentences that say in few plain words that the work waits, or that something seen does not count.

"No work starts until all four are present", "Messages of the importer may be disregarded", "Chatter is not a criterion",
"`Inconclusive` isn't failure", "… can be repaired later". What is seen is named, never only pointed to.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import retreat
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

LOOK = (
    "criteri",
    "disregard",
    "neglect",
    "ignored",
    "failure",
    "be repaired",
    "be fixed",
    "be mended",
    "be sorted",
    " later",
    "void",
    "not stop",
    "n't stop",
    "never stop",
    "not end",
    "never end",
    "not cancel",
    " over ",
    "account of",
    "make us",
    "forbidden",
    " only if",
    " only when",
    " only after",
    " only once",
    " only with",
    "is enough",
    "is sufficient",
    "even if",
    "even with",
    "even when",
    "despite",
    "although",
    "cares",
    "stopper",
    "breaker",
    "termination",
    "send us",
    "sends us",
    "makes us",
)  # a quick look, with that of `stances`
_WORK = rf"(?:{retreat.UNDER_WAY}|art[ei]facts?|builds?|images?|packages?|tags?|versions?|traffic|tasks?|orders?|parcels?|[\w-]+ing)"
_WAITS = expression(
    rf"^\W*(?:no\s+(?:[\w-]+\s+)?{_WORK}|nothing)\s+(?:[\w-]+\s+)?(?:starts?|begins?|leaves?|goes|ships?|happens|takes\s+place|proceeds?|opens?|moves?)\b[^.;]*?\b(?:until|till|before|unless|without)\s+\S+\s+\S",
    re.IGNORECASE,
)
_SEEN = r"(?P<seen>(?!(?:it|this|that|these|they|those|there|all|everything|which|what|who|if|when|once|you|we|the\s+(?:step|section|rest|following))\b)\S[^.;]{3,140}?)"
_NAMED_THING = _SEEN.replace("?P<seen>", "?:")
_NO_CRITERION = expression(
    rf"^\W*{_SEEN}\s+(?:alone\s+|by\s+(?:itself|themselves)\s+)?(?:(?:is|are)\s+(?:not|no|never)|(?:is|are)n['’]t)\s+(?:an?\s+|any\s+|one\s+of\s+the\s+|among\s+the\s+)?(?:(?:stop|abort|roll-?back|exit|no[\s-]?go|go)[\s-]+)?(?:criteri(?:on|a)|triggers?)\b",
    re.IGNORECASE,
)
_DISREGARDED = expression(
    rf"^\W*{_SEEN}\s+(?:may|can|should|must|are\s+to|is\s+to)\s+(?:safely\s+|all\s+)?be\s+(?:safely\s+)?(?:disregarded|neglected|ignored)(?=\W*$|[,;:(–—])",
    re.IGNORECASE,
)
_NO_FAILURE = expression(
    rf"^\W*{_SEEN}\s+(?:(?:is|are)\s+not|(?:is|are)n['’]t)\s+(?:an?\s+|yet\s+an?\s+)?(?:failure|outage|incident|regression)s?(?=\W*$|\s*[,;:(–—])",
    re.IGNORECASE,
)
_LATER = expression(
    rf"^\W*{_SEEN}\s+(?:may|can)\s+be\s+(?:repaired|fixed|mended|corrected|sorted\s+out|cleaned\s+up|dealt\s+with|put\s+right|re-?sent|caught\s+up)\s+(?:later|afterwards|tomorrow|the\s+next\s+day|after\s+the\s+\w+)\b",
    re.IGNORECASE,
)
# "One slow host does not void the exercise", "A missing label never stops the release"
_NO_END = expression(
    rf"^\W*{_SEEN}\s+(?:do(?:es)?\s+not|do(?:es)?n['’]t|never|will\s+not|won['’]t)\s+(?:by\s+itself\s+)?"
    rf"(?:(?:void|invalidate|end|stop|cancel|abort|halt)s?\s+(?:the|this|our|a)\s+(?:[\w-]+\s+)?{retreat.UNDER_WAY}\b"
    r"|(?:make|send|force)s?\s+us\s+(?:to\s+)?(?:go\s+back|back|home|roll\s?back|revert|stop|abort)\b)",
    re.IGNORECASE,
)
# "We will not pull the plug over angry tweets"
_NOT_OVER = expression(
    r"^\W*(?:we|you|nobody)\s+(?:will\s+not|won['’]t|will\s+never|do\s+not|don['’]t|never|shall\s+not|should\s+not|are\s+not\s+going\s+to|would\s+not|wouldn['’]t)\s+(?P<back>\S+(?:\s+\S+){0,4}?)\s+(?:only\s+|just\s+|merely\s+)?(?:over|on\s+account\s+of|because\s+of)\s+(?!it\b|this\b|that\b|the\s+(?:wire|vpn|network|air|phone|line|link)\b)\S+\s+\S",
    re.IGNORECASE,
)
_NAMED = 2  # words of what is seen
_NOT_BACK = expression(
    r"\b(?:do\s+not|don['’]t|never)\s+(?:run|start|use|try|attempt|execute|begin|apply|trigger)\s+(?:the\s+|a\s+|this\s+|any\s+)?(?:[\w-]+\s+)?(?:roll-?\s?back|back-?\s?out|undo|down[\s-]migrations?|way\s+back|revert)\b(?!\s+(?:twice|again|by\s+hand|as\b|with(?:out)?\b|from\b|until\b|before\b))",
    re.IGNORECASE,
)
_IF = expression(
    r"^\W*(?:(?:but|and|only|however)[\s,]+)?(?:if|when|once|where|should|after|as\s+soon\s+as)\b", re.IGNORECASE
)


# "No resume on weekends or before the holidays", "No QA tick, no patch"
_NOT_THEN = expression(
    r"^\W*no\s+(?:(?:production|prod|new|further|manual|live|planned|big|risky)\s+)?(?:resum\w+|re-?starts?|merges?|cut-?overs?|switch(?:es)?|deploy\w*|releases?|roll-?outs?|migrations?|upgrades?|changes?|waves?|launch(?:es)?|go-?lives?|fail-?overs?|maintenance|promotions?|publish\w*|ramp(?:-?ups?)?)\s+(?:(?:at\s+all|ever)\s+)?(?:on|in|during|over|between|at|within|after|before|without|while|as\s+long\s+as)\s+(?!(?:this|that|it|these|those|place|progress|use|sight|flight|hand)\b)\S+",
    re.IGNORECASE,
)
_NO_NO = expression(
    rf"^\W*no\s+(?:[\w-]+\s+){{1,4}}?[\w-]*,\s+no\s+(?:\w+\s+)?(?:{retreat.UNDER_WAY}|patch(?:es)?|ship(?:ping|ment)?|merge|go|start|tag|push|deal|landing|take-?off)(?:\s+(?:today|tonight))?(?=\W*$|[;:(–—])|^\W*no\s+[\w-]+,\s+no\s+(?:{retreat.UNDER_WAY}|patch(?:es)?|ship|merge|go|start|tag|push)(?=\W*$|[;:(–—])",
    re.IGNORECASE,
)
# "It may go ahead without the portal, because …", "The switch can start even with one reader missing"
_MAY_GO = expression(
    rf"^\W*(?:but\s+|however,?\s+)?(?:(?:it|this)(?!\s+(?:can|could|will)\s+(?:still\s+)?(?:start|begin|continue|leave))|we|(?:the|this|our)\s+(?:[\w-]+\s+)?(?:{retreat.UNDER_WAY}|train|team|switch)(?:\s+\d+)?)\s+(?:may|can|could|will)\s+(?:still\s+|nevertheless\s+|also\s+)?(?:go\s+(?:ahead|on|live|out)|start|begin|proceed|continue|leave|depart|ship|sail|happen|take\s+place|be\s+(?:held|done|made|released|shipped|started))\s+(?:anyway\s+|all\s+the\s+same\s+|on\s+time\s+)?(?:without(?!\s+(?:a\s+)?(?:risk|downtime|problems?|trouble|us|you|me|ask\w*|further|any\s+further|interruption|delay)\b)|even\s+(?:if|without|with|when)|despite|in\s+spite\s+of|although)\s+\S+",
    re.IGNORECASE,
)
# "Missing GPU nodes do not block, …", "Flaky tests on the list don't hold the train", "… do not prevent the failover"
_BLOCKS_NOT = expression(
    rf"^\W*{_SEEN}\s+(?:(?:do(?:es)?|will|shall|should)\s+not|(?:do(?:es)?|wo)n['’]t|never)\s+(?:block(?:s)?(?=\W*$|\s*[,;:(–—])|(?:hold|block|stop|delay|prevent|hinder)s?\s+(?:us|anyone|anybody|it|go-?live|(?:the|this|our|a)\s+(?:[\w-]+\s+)?(?:{retreat.UNDER_WAY}|train|ship|boat|continuation))\b(?:\s+up)?(?=\W*$|\s*[,;:(–—]))",
    re.IGNORECASE,
)
# where going back is the matter: "One user behind a proxy isn't enough, keep serving", "Angry tweets are not on the list"
_NOT_ENOUGH = expression(
    rf"^\W*{_SEEN}\s+(?:alone\s+|by\s+(?:itself|themselves)\s+)?(?:(?:is|are)\s+(?:not|never)|(?:is|are)n['’]t)\s+(?:(?:yet\s+|alone\s+|reason\s+)?(?:enough|sufficient)|on\s+(?:the|this|that|our)\s+list|among\s+(?:them|these|those)|one\s+of\s+(?:them|these|those)|either|in\s+it)(?=\W*$|\s*[,;:(–—]|\s+(?:to|for|on\s+its)\b)",
    re.IGNORECASE,
)
# "The locale error shows up twice, we don't care"
_NOBODY_MINDS = expression(
    rf"^\W*{_SEEN}(?:,|\s[–—-]|:)\s+(?:and\s+|but\s+)?(?:(?:we|i)\s+(?:do\s+not|don['’]t)\s+(?:really\s+)?(?:care|mind)|no(?:body|\s+one)\s+(?:really\s+)?(?:cares|minds)|who\s+cares|never\s+mind)(?:\s+about\s+(?:it|that|them|those|these))?(?=\W*$|\s*[,;:(–—])",
    re.IGNORECASE,
)
# "With any output it is forbidden to continue", "The maintenance may begin only if …", "Missing records are a show stopper",
# "One wrong sum is sufficient to break off", "Deviating names lead to the termination of the procedure"
_BARRED = expression(
    rf"\b(?:is|are)\s+(?:strictly\s+)?forbidden\s+to\s+(?:continue|proceed|start|begin|go\s+(?:on|ahead|live))\b"
    rf"|^\W*(?:we|the\s+(?:[\w-]+\s+)?(?:{retreat.UNDER_WAY}|train))\s+(?:may|can|must|shall)\s+(?:begin|start|commence|go\s+(?:ahead|live)|proceed|continue|be\s+(?:started|opened|deployed|released|promoted|shipped))\s+only\s+(?:if|when|after|once|with)\s+\S+\s+\S"
    rf"|^\W*{_NAMED_THING}\s+(?:is|are)\s+an?\s+(?:absolute\s+|clear\s+|hard\s+)?(?:show[\s-]?stoppers?|deal[\s-]?breakers?)\b"
    r"|^\W*(?:one|a\s+single|any|even\s+one)\s+\S+(?:\s+\S+){0,4}?\s+(?:is|are)\s+(?:enough|sufficient|reason\s+enough)\s+(?:for\s+(?:us|you|me|the\s+\w+)\s+)?to\s+(?:not\s+\w+|break\s+off|hold|postpone|cancel|end|stop|go\s+home)\b"
    rf"|^\W*{_NAMED_THING}\s+leads?\s+to\s+(?:the\s+|an?\s+)?(?:immediate\s+)?(?:termination|abortion|cancellation|postponement|withdrawal|end)\s+of\s+(?:the|this|our)\b",
    re.IGNORECASE,
)
_LEAVES_BE = expression(
    r"[,;:–—]\s*(?:so\s+|just\s+|then\s+)?(?:keep|stay|leave|carry\s+on|wait|go\s+on|continue|let)\b", re.IGNORECASE
)


def judge(body: str, *, home: bool = False) -> Polarity | None:
    """What a sentence without its full stop says; None where it says nothing of the kind. `home`: where one goes back."""
    low = body.lower()
    if _WAITS.match(body) or (low[:1] in "n*_" and (_NOT_THEN.match(body) or _NO_NO.match(body))):
        return Polarity.DO
    if any(map(low.__contains__, _BARS)) and _BARRED.search(body):
        return Polarity.DO
    denied = "n't" in low or "n’t" in low or any(map(low.__contains__, _DENIES))
    if not denied and not any(map(low.__contains__, _PASSES)):
        return None
    for way in (_NO_CRITERION, _DISREGARDED, _NO_FAILURE, _LATER, *((_NOBODY_MINDS,) if denied else ())):
        if (found := way.match(body)) is not None and not retreat.retreats(found["seen"]):
            return Polarity.DONT
    if _MAY_GO.match(body):
        return Polarity.DONT
    if not denied:
        return None
    if _NO_END.match(body) or ((found := _BLOCKS_NOT.match(body)) and not retreat.retreats(found["seen"])):
        return Polarity.DONT
    if (found := _NOT_ENOUGH.match(body)) is not None and (home or _LEAVES_BE.match(body, found.end())):
        return None if retreat.retreats(found["seen"]) or len(found["seen"].split()) < _NAMED else Polarity.DONT
    over = _NOT_OVER.match(body)
    return Polarity.DONT if over is not None and retreat.retreats(over["back"]) else None


_BARS = ("forbidden", " only ", "stopper", "breaker", "enough", "sufficient", "lead to", "leads to")
_DENIES = ("not", "never", "nobody", "no one", "who cares")
_PASSES = ("disregarded", "neglected", "ignored", " be ", "without", "even ", "despite", "although", "in spite")


def not_back(body: str) -> bool:
    """Whether in some case the way back is forbidden, whatever is stopped: "If …, STOP, do not run the rollback"."""
    return "n" in body and _IF.match(body) is not None and _NOT_BACK.search(body) is not None

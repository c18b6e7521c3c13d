"""Boxes that say how things stand with somebody, and ask nobody's hand: who was told, who is there, what lies on file.

"Support lead knows: @", "Second engineer watching, name:", "CAB approval is in the ticket", "PR approved by a second
maintainer" are seen to be so by whoever walks the runbook, and ticked as tasks.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import hands, orders
from runbook_tui.document.forms import bare, has_blank
from runbook_tui.document.patterns import expression

_BE = r"(?:is\s+|are\s+|was\s+|were\s+|(?:has|have)\s+(?:been\s+)?|got\s+)?(?:also\s+|already\s+|both\s+)?"
_TOLD = expression(
    rf"^(?P<who>[^:,;()_]{{2,60}}?)\s+{_BE}(?:informed|notified|told|knows?|aware|briefed|warned|paged|heads-up|watching|watches|listening|standing\s+by|on\s+stand-?by|on\s+the\s+(?:call|bridge|line|phone)|in\s+the\s+(?:call|channel|room|bridge)|at\s+(?:the\s+)?(?:desk|keyboard|console|terminal|controls|rack|bench|panel|machine)|available|reachable|present|awake|sober|rested|online|logged\s+in|dialled\s+in|in\s+the\s+(?:building|office)|nearby)\b(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
# an assent with it: "Duty manager informed and agrees: ____"
_ASSENT = expression(
    r"\b(?:and|&|\+)\s+(?:\w+\s+)?(?:agree|approv|accept|ok\b|okay|consent|sign|clear|releas|fine|happy|content|allow|go\b|confirm)|\b(?:ok|go|approval|sign-?off|signature|signed|agree[sd]|approve[sd]|accept(?:s|ed))\b",
    re.IGNORECASE,
)
# what a forge keeps: "PR approved by …", "That MR has a `/lgtm` of …"
_FORGE = expression(
    r"^(?:the\s+|that\s+|this\s+|your\s+|our\s+|each\s+|every\s+)?(?:[\w-]+\s+)?(?:prs?|mrs?|pull\s+requests?|merge\s+requests?|patch(?:es)?|diffs?|commits?|changelists?|cls?)\s+(?:is\s+|are\s+|was\s+|were\s+)?(?:has|have|got|carr(?:y|ies)|approved|reviewed|accepted|signed\s+off|lgtm['’]?e?d)\b",
    re.IGNORECASE,
)
_FILED = expression(
    r"\b(?:approvals?|consent|sign-?offs?|permission|acceptance|agreement|ok|go-ahead|release|clearance)\b[^:_@]*?\s(?:is|are|lies|has\s+been|was)\s+(?:there\b|in\s+(?:the\s+)?\w+|on\s+file|attached|filed|recorded|documented|linked|stored)",
    re.IGNORECASE,
)
_IN_WRITING = expression(
    r"^(?:[^:_@]*?\s(?:has|have)|@[\w.-]+)\s+(?:confirmed|agreed|accepted|approved|consented|acknowledged)\b[^:_@()]*\b(?:in\s+writing|by\s+(?:e-?)?mail|in\s+the\s+(?:ticket|thread|issue))\W*(?:\([^()]*\)\W*)?$",
    re.IGNORECASE,
)
# what is done with somebody's consent is done: "Stop long jobs, with the consent of their owner"
_WITH_CONSENT = expression(
    r"\b(?:with|after|having|given|under)\s+(?:\w+\s+)?(?:the\s+|their\s+|an?\s+)?(?:\w+\s+)?(?:consent|ok|okay|approval|agreement|permission|blessing|go-?ahead|clearance|assent)\s+(?:of|from|by)\b|\b(?:if|when|once|where|as\s+soon\s+as)\s+(?:the\s+|their\s+|its\s+)?(?:owners?|users?|customers?|teams?|they)\s+(?:agrees?|consents?|approves?|(?:is|are)\s+(?:ok|okay|fine|happy))\b",
    re.IGNORECASE,
)
# what came, or was there to see: "CAB approval received", "QA sign-off is on file"
_RECEIVED = expression(
    r"^(?:[\w &/-]{1,20}:\s+)?[^:_@]*?\b(?:approvals?|consent|sign-?offs?|permission|acceptance|agreement|go-ahead|clearance|authori[sz]ation|visa|endorsement|ok|okay)\s+(?:(?:is|are|was|were|has\s+been|have\s+been)\s+)?(?:all\s+|already\s+|formally\s+|both\s+)?(?:received|obtained|recorded|on\s+file|on\s+record|filed|attached|documented|collected|secured|available|present|archived|logged|uploaded|linked|in\s+(?:hand|place|the\s+\w+))\b(?![^()]*:\W*$)",
    re.IGNORECASE,
)
# what was done to a thing, and by whom: "Hazard log reviewed by the safety officer", "UAT accepted by product"
_DONE_BY = expression(
    r"^(?P<what>[^_@]*?\w)\s+(?:(?:is|are|was|were|been|being|be|has|have|had|got|fully|also|already|both|all|independently|manually|jointly|finally|formally|must|should|to)\s+)*(?:re-?|pre-?|double-?|cross-?|counter-?)?(?P<act>reviewed|accepted|approved|compared|checked|verified|confirmed|signed(?:\s+off)?|tested|validated|inspected|seen|read|cleared|released|agreed|acknowledged|witnessed|counted|sampled|audited|proof-?read|tried|rehearsed|endorsed|ratified|walked\s+through|looked\s+(?:at|over|through)|spot-?checked|authori[sz]ed|certified|attested|assessed|rated|closed)(?:\s*(?:,|and|&|/)\s*\w+)*\s+by\s+",
    re.IGNORECASE,
)
# who approves the run itself answers for it, and so do four eyes: "Go-live approved by the duty manager"
_GIVEN = expression(r"approved|accepted|agreed|authori[sz]ed|signed|released|cleared|endorsed", re.IGNORECASE)
_OF_THE_RUN = expression(
    r"^(?:the\s+|this\s+|our\s+)?(?:\w+\s+)?(?:go-?live|release|roll-?\s?out|deploy(?:ment)?|cut-?\s?over|launch|fail-?over|fail-?back|switch-?over|restart|restore|resume|roll-?\s?back|promotion|publication|hold\s+point)$",
    re.IGNORECASE,
)
_FOUR_EYES = expression(r"(?:a|the|another|one)\s+(?:second|other|further|different|more)\b|another\b", re.IGNORECASE)
_NO_THING = expression(
    r"^\W*(?:(?:it|this|finally|formally|then|also|been|be|is|to|must|has|technically|\w+ly|\d[\w.]*|[A-Z]\d[\w.]*)(?:\W+|$))*$",
    re.IGNORECASE,
)
# what other parts of the document have: "Section B fully signed", "All sign-offs of section 4 are in"
_PART = expression(
    r"^(?:[A-Z]?\d[\w.]*[.):]?\s+)?(?:(?:all|both|every|each|the|this)\s+)*(?:sections?|parts?|chapters?|checklists?|appendix|annex|tables?|sheets?|steps?|pages?|forms?|gates?|blocks?|phases?|(?:sign-?offs?|approvals?|signatures?|boxes|items)\s+(?:of|in|from|under|above|for)\s+(?:the\s+)?(?:section|part|chapter|phase|checklist|page|appendix|gate)s?)\b[^:_@]{0,30}?\s(?:is\s+|are\s+|was\s+|were\s+|has\s+been\s+|have\s+been\s+)?(?:fully\s+|completely\s+|all\s+)?(?:signed(?:\s+off)?|completed?|approved|ticked(?:\s+off)?|closed|done|filled(?:\s+in)?|finished|in|there|collected)\W*(?:\([^()_@]*\)\W*)?$",
    re.IGNORECASE,
)
_WAITS = expression(
    r"@\s*$|:\W*$|\(\s*(?:name|initials?|signature|date|who)\b[^()]*\)|[–—-]\s*(?:name|who|date)\W*$|[→➜]|->",
    re.IGNORECASE,
)
_HAND = expression(r"\b(?:initials?|signature|sign)\b", re.IGNORECASE)  # "is aware of the noise, initials ____"
_COUNTED = expression(r"^\W*\d+\s*(?:/|of|out\s+of)\s*\d+\s", re.IGNORECASE)  # "50/50 tenants ok"
_DENIED = expression(r"^[^():_@]*\s(?:is|are|was|were)\s+not\s", re.IGNORECASE)
_ASIDE = expression(r"\s*\([^()]*\)")
# what somebody has confirmed, other than their go: "Auditor has confirmed the scope"
_CONFIRMED = expression(
    r"^[^:,;_@()]{2,60}\s(?:has|have)\s+confirmed\s+(?!.*\b(?:go|ok|okay|yes|approv\w+|consent\w*|agree\w*|readiness|sign\w*|release)\b)\w[^:_@]*$",
    re.IGNORECASE,
)
# what those outside see: "Test customer 2 (____) confirms normal operation"
_SEES = expression(
    r"^[^:,;_@()]{2,60}\s*\([^()]*\)\s+(?:confirms?|reports?|sees)\s+(?:a\s+|the\s+|that\s+|normal\s+|full\s+)*(?:\w+\s+)?(?:operations?|receipt|arrival|access|reception|delivery|functions?|service|works?|runs?|arrived|working|running)\W*$",
    re.IGNORECASE,
)
_NOTED = r"(?:[\w.-]+\s+){0,3}?(?:nonce|hash|tag|label|id|ids|number|nr|no\.|reference|ref|count|version|value|size|build|digest|serial|checksum|path|file\s*name)(?:\s+(?:noted|recorded|written\s+down))?\s*:\s*_{2,}"
_WITH_NOTE = expression(rf"[,;–—-]\s*{_NOTED}\W*$", re.IGNORECASE)  # "…, tag noted: ____"
_DOES_IT = expression(  # "Lock accepts (nonce: ____)"
    rf"^(?:the\s+)?(?P<who>[^:,;_@()]{{2,40}}?)\s+(?:accepts?|accepted|acknowledges?|confirms?|signs|releases?)\s*\(\s*{_NOTED}\s*\)\W*$",
    re.IGNORECASE,
)
_NUMBER_OF = expression(  # "CAB approval number: ____"
    r"^(?:the\s+)?(?:[\w-]+\s+){0,3}(?:approval|consent|permit|permission|authori[sz]ation|acceptance|change)\s+(?:number|nr|no\.?|id|reference|ref)\W*:\W*_{2,}\W*$",
    re.IGNORECASE,
)
_SET_UP = expression(
    r"^(?:set\s+up|configure|define|create|maintain|register|enter|add|customi[sz]e)\s+[^:_@]{2,50}:\s", re.IGNORECASE
)
_AMOUNT = expression(
    r"_{2,}\s*(?:%|(?:ms|s|sec|seconds?|min|minutes?|h|hours?|days?|rps|qps|tps|[kmgt]i?b|rows?|users?|requests?|credits?|eur|usd|gbp|€)\b|\w+/(?:s|min|h)\b)\W*(?:\([^()]*\)\W*)?$",
    re.IGNORECASE,
)
_LONGEST = 200


def stands(raw: str, *, signing: bool) -> bool:
    """Whether a box only says how things stand. `signing`: words above ask for hands, so that what lies there is one."""
    text = bare(raw).replace("*", "").strip()
    if len(text) > _LONGEST:
        return False
    told = _TOLD.match(text)
    if told is not None and not _ASSENT.search(told["rest"]) and not _ASSENT.search(told["who"]):
        return not (_HAND.search(told["rest"]) and has_blank(raw))
    if _SET_UP.match(text) or _CONFIRMED.match(text) or _SEES.match(text) or _AMOUNT.search(text):
        return True
    if (does := _DOES_IT.match(text)) is not None and not hands.person(does["who"]):
        return True
    if _COUNTED.match(text) or _DENIED.match(text) or _IN_WRITING.match(text):
        return True
    if _WITH_CONSENT.search(text) and not has_blank(raw) and orders.imperative(_ASIDE.sub("", text)):
        return True
    if _PART.match(text) and not has_blank(raw) and not _WAITS.search(text):
        return True
    return not signing and (
        bool(_FORGE.match(text) or _FILED.search(text) or _NUMBER_OF.match(text)) or _over(text, raw)
    )


def _over(text: str, raw: str) -> bool:
    """Whether an assent came, or somebody has looked at a thing, and no place waits for a hand."""
    noted = _WITH_NOTE.search(text)  # the blank waits for a note, and for no hand
    text = text if noted is None else text[: noted.start()]
    if "@" in text or (noted is None and has_blank(raw)) or _WAITS.search(text):
        return False
    if noted is None and _RECEIVED.match(text):
        return True
    done = _DONE_BY.match(text)
    if done is None or _NO_THING.match(done["what"]) or hands.person(done["what"]):
        return False
    if noted is not None and has_blank(text):
        return False
    return not (_GIVEN.match(done["act"]) and (_OF_THE_RUN.match(done["what"]) or _FOUR_EYES.match(text, done.end())))

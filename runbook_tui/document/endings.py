"""How a clause says that work ends or is not begun, without an order to stop: by what becomes of it, or stays.

"The bridge stays paused", "the change does not take place", "the import is thrown away", "the end of the trial", "nothing
is upgraded", "no further hosts": a subject, and a word of the families below. `outcomes` and `leads` know the orders.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from functools import lru_cache

from runbook_tui.document import families
from runbook_tui.document.patterns import expression
from runbook_tui.document.retreat import UNDER_WAY
from runbook_tui.document.runbook import Polarity

_SHUT = families.alternatives(families.SHUT)
_THROWN = families.alternatives(families.THROWN_AWAY)
_THING = families.alternatives(families.RELEASED)
_OLD = families.alternatives(families.OLD)
_WORK = rf"(?:{UNDER_WAY}|day|pilot|project|{_THING})"
_BE = r"(?:is|are|gets?|will\s+be|must\s+be|has\s+to\s+be|have\s+to\s+be|should\s+be|shall\s+be|is\s+to\s+be)"
_NOT = r"(?:does\s+not|do\s+not|doesn['’]t|don['’]t|will\s+not|won['’]t|must\s+not|may\s+not|cannot|can['’]t|is\s+not\s+to|shall\s+not|never)"
_GO_ON = r"(?:take\s+place|start|begin|happen|go\s+(?:ahead|on|live|out|any\s+further)|proceed|continue|leave\s+the\s+house|open|be\s+(?:started|begun|opened|released|deployed|continued|promoted))"
# what is said of a thing: wherever it stands
_STAYS = expression(
    rf"\b(?:stays?|remains?|(?:is|are)\s+kept|(?:is|are)\s+left|is\s+held)\s+(?:\w+ly\s+)?(?:{_SHUT}|(?:on|with|at)\s+(?:the\s+)?{_OLD})\b",
    re.IGNORECASE,
)
_KEEPS = expression(
    rf"^\W*(?:we\s+)?(?:keep|leave|hold)\s+(?:[\w-]+\s+){{1,4}}?{_SHUT}\b|^\W*(?:we\s+)?leave\s+(?:it|this|that)\s+(?:for|until|till)\s+(?:the\s+)?(?:next|another|tomorrow|monday|later)|\b(?:leave|keep|stay\s+(?:on|with)|continue\s+with|carry\s+on\s+with)\s+(?:the\s+|our\s+)?{_OLD}\s+[\w-]+",
    re.IGNORECASE,
)
_WITHHELD = expression(rf"\b(?:{_WORK}|we|nobody|nothing|no\s*-?one)\s+{_NOT}\s+{_GO_ON}\b", re.IGNORECASE)
_BECOMES = expression(
    rf"(?<!old )(?<!former )(?<!previous )\b{_WORK}\s+(?:{_BE}\s+(?:\w+ly\s+)?(?:{_THROWN}|over|off|void)\b|comes\s+(?:off|out|down|back)\b|goes\s+(?:back|out|off)\b|(?:ends|stops|closes|is\s+closed|is\s+ended|finishes)(?:\s+(?:early|at\s+once|here|there|immediately|then|for\s+(?:today|tonight|good)))|(?:ends|stops)(?:\s+(?:early|at\s+once)))|\b(?:night|evening|day|window|show|party|exercise|drill|trial|pilot)\s+(?:ends|stops|is\s+over)(?=\s*(?:\W*$|should\b|if\b|when\b))",
    re.IGNORECASE,
)
_NOTHING = expression(
    r"\bnothing\s+(?:more\s+|else\s+|further\s+)?(?:is|gets|will\s+be|may\s+be)\s+(?!lost\b|wrong\b|found\b|seen\b|reported\b|said\b|known\b|left\b)\w+ed\b",
    re.IGNORECASE,
)
_END_OF = expression(
    rf"(?:^|\b(?:is|are|means?|=|spells)\s+)\W*(?:the\s+)?end\s+of\s+(?:the\s+|this\s+|our\s+)?(?:\w+\s+)?{_WORK}\b",
    re.IGNORECASE,
)
_NO_MORE = expression(r"^\W*no\s+(?:further|more|next|other)\s+\w+", re.IGNORECASE)
_SENDS = expression(
    r"\b(?:sends?|brings?|takes?|puts?|moves?|returns?)\s+(?:the\s+|this\s+|our\s+)?(?:[\w-]+\s+){1,3}?back\b(?!\s+(?:up|online|on\b))|\brules?\s+out\s+(?:going|continuing|proceeding|starting|any)\b",
    re.IGNORECASE,
)
_AGAIN = expression(
    rf"\b(?:take|pull|put|move|bring|remove|uninstall|unload|unmount|detach|drain)\s+(?:the\s+|this\s+)?(?:[\w-]+\s+){{1,3}}?(?:out\s+of\s+(?:the\s+)?[\w-]+\s+)?again\b|\b(?:remove|uninstall|unpublish|take\s+down|take\s+out|switch\s+off|turn\s+off)\s+(?:the\s+|this\s+)?(?:new\s+)?(?:{_THING}|canary|canaries)\b",
    re.IGNORECASE,
)
_FAILED = expression(
    rf"\b(?:{_WORK}\s+)?(?:is|are|counts?\s+as|(?:is|are)\s+considered|(?:is|are)\s+(?:treated|regarded|deemed)(?:\s+as)?|(?:is|are)\s+declared)\s+(?:a\s+)?(?:failed|failure|unsuccessful|broken|lost)\b|\b(?:treat|regard|declare|consider|count)\s+(?:the\s+|this\s+)?{_WORK}\s+(?:as\s+)?(?:a\s+)?(?:failed|failure|unsuccessful|lost)\b",
    re.IGNORECASE,
)
_GIVES = expression(rf"\b(?:give|call)\s+(?:the\s+|this\s+|our\s+)?(?:\w+\s+)?{_WORK}\s+(?:up|off)\b", re.IGNORECASE)
_BACK_ON = expression(
    rf"\b{_OLD}\s+[\w-]+\s+(?:is|are|gets?)\s+(?:restored|reinstated|re-?enabled|re-?activated|re-?deployed|used\s+again)\b|\b{_OLD}\s+[\w-]+\s+(?:becomes|serves|is)\s+(?:\S+\s+){{1,3}}?again\b|\bnew\s+[\w-]+\s+(?:is|are|gets?)\s+(?:dropped|removed|deleted|discarded|destroyed|taken\s+down)\b|^\W*(?:the\s+|our\s+)?{_OLD}\s+[\w-]+(?:\s+\w+)?\s+(?:back|again|in\s+again)\b|\b(?:service|system|application|site|platform|model|cluster|traffic|{_WORK})\s+{_BE}\s+(?:returned|handed\s+back|moved\s+back|sent\s+back|taken\s+back)\s+to\b",
    re.IGNORECASE,
)
_ASK = expression(
    r"^\W*(?:please\s+|first\s+)?(?:ask|consult|talk\s+to|speak\s+to|call|check\s+with|agree\s+with|get)\s+.{2,60}?\b(?:before|prior\s+to)\s+(?:you\s+|we\s+)?(?:go|going|continu|proceed|revert|roll|stopp?|halt|start|open|swap|switch|mov)",
    re.IGNORECASE,
)
_WAITS = expression(
    r"\b(?:if|when(?:ever)?|where|as\s+soon\s+as|(?:as|so)\s+long\s+as|while|in\s+case(?:\s+of)?|in\s+the\s+(?:case|event)(?:\s+of)?|on|upon|after|under|for|with|(?<!at\s)once|should|provided|one\s+of\s+these|any\s+of\s+(?:these|the\s+following)|(?:these|such|the\s+following)\s+(?:\w+\s+)?(?:cases?|events?|situations?|circumstances|conditions?))(?:\s+(?:only|even|just|you\s+see|we\s+see|any|one|either|all|any\s+of|one\s+of|of|,|,?\s*within\s+\S+\s+\w+,?|,\s*(?:before|until|by)\s+\d[\d:.]*(?:\s+[ap]m)?(?:\s+(?:on|of|in)\s+(?:\w+\s+){1,3}?\w+)?|these|the|following|this|is|are|true|holds?|happens?|occurs?|observed|seen|applies|apply|\([^()]*\)))*\W*$",
    re.IGNORECASE,
)
_GIVEN = expression(
    r"^\W*(?:in|under|on|with|for|at|should|if|when|once|as\s+soon\s+as)\s+(?:\w+\s+){0,2}?(?:any|either|one|these|those|such|the\s+following|each)\b[^,:]{0,60}?(?:,|\s+(?=the\s))\s*(?P<main>.+?):?\W*$",
    re.IGNORECASE,
)
_MACHINE = (
    r"^\W*(?:the|this|our|a|your)\s+(?:[\w-]+\s+)?(?:script|tool|job|operator|pipeline|controller|scheduler|command|program"
    r"|installer|playbook|service|server|daemon|agent|process|pod|container|system|alert|alarm|rule|probe|driver|client"
    r"|kernel|app|application|module|plugin|hook|build|test)s?\s+(?:will\s+)?"
)
_TELLS = expression(_MACHINE + r"(?!(?:is|are|has|must|should|stays|remains|does|comes|goes)\b)\w+s?\b", re.IGNORECASE)
_ALONE = expression(_MACHINE + r"\w+s?\s+(?:if|when|on|as\s+soon\s+as|in\s+case(?:\s+of)?)\W*$", re.IGNORECASE)
_STAYS_NEW = expression(
    r"^\W*(?:we\s+)?(?:keep|leave|stay\s+(?:on|with)|continue\s+with|carry\s+on\s+with)\s+(?:the\s+|our\s+)?(?:new|current|present)\s+[\w-]+",
    re.IGNORECASE,
)
# "Step 5.5 is over when"
_STEP_OVER = expression(
    r"^\W*(?:step|phase|stage|part|this|that|it|section|task)\b[\w.\s]{0,20}\bis\s+(?:over|off|done)\b", re.IGNORECASE
)
_OVER = expression(
    r"^\W*(?:what|whatever|things\s+that|that\s+which)\s+(?:would\s+|will\s+|makes\s+us\s+)?(?:stop|end|cancel|abort|halt|send|turn|kill|sink)\w*\b|^\W*(?:points?|moments?|places?)\s+(?:at|from|in|where|when)\s+(?:which\s+)?(?:we|you|one)\s+(?:give\s+up|stop|turn|go\s+back|abandon|return|end|call)",
    re.IGNORECASE,
)
_TOWARDS = expression(
    rf"\b(?:exit|return|go|switch|move|fall)\w*\s+(?:back\s+)?to\s+(?:the\s+)?{_OLD}\b", re.IGNORECASE
)
_REFUSES = expression(
    r"\b(?:do\s+not|don['’]t|never|not)\s+(?:\w+ly\s+)?(?:start|begin|proceed|continue|go|open|deploy|release|carry|move|enter|launch|upgrade|migrate|cut|switch|promote)\b[^,.;]*\b(?:if|when|while)\W*$",
    re.IGNORECASE,
)
_FORBIDS = expression(
    r"\b(?:must|may|shall|can|should|will)\s+not\s+be\s+\w+(?:ed|en|un)\b|\b(?:is|are)\s+not\s+(?:taken|started|done|begun|opened|carried\s+out|performed|executed|continued)\b",
    re.IGNORECASE,
)
_AWAY = expression(r"\b(?:when|if)\b.*\b(?:stay|keep|remain)\s+(?:away|off|out|clear)\b", re.IGNORECASE)


_GATE = expression(
    r"^\W*(?:we\s+|you\s+|please\s+|it['’]?s\s+(?:a\s+)?|we['’]re\s+(?:a\s+)?)?(?:go(?:\s+(?:live|on|ahead))?|proceed|continue|start|begin)\s+only\s+(?:if|when|once|after|with)\b[^,.]*$",
    re.IGNORECASE,
)


def gate(words: str) -> bool:
    """Whether what stands below must hold before one goes on, so that none of it sends back: "GO only if:"."""
    low = words.lower()
    if "only" in low and _GATE.match(words.strip(" *_")) is not None:
        return True
    return ("all" in low or "each" in low or "every" in low) and _ALL.match(words.strip(" *_")) is not None


# "We go live when all of these hold:", "Cut over once each of them is green"
_ALL = expression(
    r"^\W*(?:we\s+|you\s+|then\s+)?(?:only\s+)?(?:go(?:\s+(?:live|on|ahead))?|proceed|continue|start|begin|open|ship|release|deploy|promote|merge|publish|switch(?:\s+over)?|cut\s+over)\s+(?:only\s+)?(?:if|when|once|after|as\s+soon\s+as)\s+(?:all|each|every(?:thing|\s+one)?)\b[^,.]*$",
    re.IGNORECASE,
)


def asks(words: str) -> bool:
    """Whether a lead-in has somebody asked before: "Call the owner before rolling back for:"."""
    return _ASK.match(words) is not None and _WAITS.search(words.strip(" *_")) is not None


def told(words: str) -> bool:
    """Whether a machine stops by itself: "The script aborts if"."""
    return _ALONE.match(words) is not None


_SAID = expression(
    "|".join(kind.pattern for kind in (_BECOMES, _NOTHING, _END_OF, _SENDS, _GIVES, _BACK_ON, _AGAIN)), re.IGNORECASE
)


@lru_cache(maxsize=256)  # several rooms ask for the same words
def said(clause: str) -> bool:
    """Whether a clause says that work ends, is undone or is not begun."""
    return _SAID.search(clause) is not None


_LEADS = expression(
    rf"\b(?:leads?\s+to|results?\s+in|entails?|means?)\s+(?:the\s+|an?\s+)?(?:immediate\s+)?(?:termination|abortion|cancellation|suspension|withdrawal|abandonment|discontinuation|interruption)\s+of\s+(?:the\s+|this\s+)?(?:\w+\s+)?{_WORK}\b",
    re.IGNORECASE,
)


def sent(sentence: str) -> int:
    """Where in a sentence its subject is said to send things back or to rule out going on; -1 for nowhere."""
    match = _SENDS.search(sentence) or _LEADS.search(sentence)
    return match.start() if match is not None else -1


def order(clause: str) -> bool:
    """Whether a part of a sentence leaves things as they were: "leave the old certificate in place"."""
    return _KEEPS.search(clause) is not None or _BACK_ON.match(clause) is not None


def lead(words: str) -> Polarity | None:
    """What a lead-in asks for that ends with a condition still to come: "The gate remains closed as long as:"."""
    text = words.strip(" *_")
    if len(text) > 200 or _TELLS.match(text) or _STEP_OVER.match(text):
        return None
    if _WAITS.search(text):
        if _REFUSES.search(text) or _FORBIDS.search(text):
            return Polarity.DO
        if _ASK.match(text):
            return Polarity.CONSIDER
        if _STAYS_NEW.match(text):
            return Polarity.DONT
        return Polarity.DO if _kept(text) or said(text) else None
    given = _GIVEN.match(text) if text.endswith(":") else None
    if given is not None and (said(given["main"]) or _kept(given["main"])):
        return Polarity.DO
    return None


_KEPT = expression("|".join(kind.pattern for kind in (_STAYS, _KEEPS, _WITHHELD, _FAILED, _NO_MORE)), re.IGNORECASE)


def _kept(text: str) -> bool:
    return _KEPT.search(text) is not None


def heading(words: str) -> Polarity | None:
    """What a heading stands over: "What stops us", "Do not proceed if", "Exit to the old version when"."""
    if len(words.split()) > 12 or _TELLS.match(words):
        return None
    waits = _WAITS.search(words) is not None
    if _OVER.match(words) or _REFUSES.search(words) or _AWAY.search(words) or (waits and _TOWARDS.search(words)):
        return Polarity.DO
    return lead(words) if waits else None

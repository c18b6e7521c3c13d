"""Words over conditions that say whether one goes on, not what is taken back: "We don't switch if:", "NO-GO (one is enough):".

Going back needs no mention: what stands below bars the work ("The drill is postponed when", "It's a no-go if"), or is
no bar ("Still a go with", "OK to continue when"). Of the last the list itself must tell what went wrong, because
"OK to start when" is as often a gate that must be passed.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from functools import lru_cache

from runbook_tui.document import abroad, alternatives, leaving, retreat, shrugged
from runbook_tui.document.patterns import either, expression
from runbook_tui.document.runbook import Polarity

_LONGEST = 160
_ANY = r"(?:(?:any|one|either|even\s+one|at\s+least\s+one|a\s+single\s+one)(?:\s+(?:single\s+)?(?:box|tick|line)(?:\s+(?:below|here))?)?(?:\s+(?:of|from))?\s*)?(?:(?:these|this|them|the\s+following|the\s+below|following|below)(?:\s+(?:points?|things?|items?|conditions?|cases?|statements?))?\s*)?(?:(?:is|are|holds?|applies|apply|happens?|occurs?|was|were|gets?|comes?)\s*(?:true|met|seen|so|the\s+case|given|up|ticked|checked|marked|fulfilled|found)?\s*)?(?:(?:for|in|on|at|of)\s+(?:the|this|that|our)\s+[\w\s-]{1,30})?"
_IF = rf"\b(?:if|when(?:ever)?|while|as\s+long\s+as|so\s+long\s+as|in\s+case(?:\s+of)?|in\s+the\s+(?:case|event)\s+of|on|with|where|should|for|at)\b\s*(?:\([^()]*\)\s*)?,?\s*{_ANY}(?:\([^()]*\)\s*)?(?:you\s+see|we\s+see)?\W*$"
_NOT = r"(?:do\s+not|don['’]?t|does\s+not|doesn['’]t|must\s+not|mustn['’]t|may\s+not|shall\s+not|will\s+not|won['’]t|cannot|can['’]?t|should\s+not|shouldn['’]t|are\s+not\s+going\s+to|never)"
_WHO = r"(?:(?:we|you|one|nobody|please|then|so|and|but|also|again)\s+)*"
_SERVICE = r"(?:(?:the|our|this|all\s+of\s+the)\s+(?:[\w-]+\s+){0,2}?(?:service|site|website|shop|store|app|application|system|platform|api|portal|product|repository|registry|endpoint|frontend|cluster)|everything|it)"
_ONWARDS = (
    r"(?:fail(?:ing)?[\s-]?over|cut(?:ting)?[\s-]?over|switch(?:[\s-]?over)?|start|begin|proceed|continue|carry\s+on|go(?:\s+(?:on|ahead|live|further|in|out))?"
    r"|deploy|release|upgrade|migrate|promote|merge|ship|launch|open|publish|roll\s+out|flip|take\s+(?:the|this|part)(?![^.:]*\bout\b)|let|enter|touch|drain|import|load|send|apply|run|move|hand\s+over|advance|submit)"
)
_RETURN = r"(?:(?:immediate|automatic|full)\s+)?(?:roll-?\s?back|back-?\s?out|abort|reversal|revert|fall-?\s?back|termination|stop)"
_ANY_OF = r"(?:\s+(?:any|one|each|either)(?:\s+(?:one\s+)?of(?:\s+(?:these|the\s+following|those|them))?)?|\s+(?:these|the\s+following))?"
# what is to leave, as writers call it; "the server stays up" is none
_VESSEL = r"(?:train|boat|ship|ferry|bus|plane|flight|rocket|cargo|parcel|package|release|build|change|version|upgrade|deployment|deploy|update|patch|drop|image|candidate|cut-?over|migration|launch|everybody|everyone|we|it)"
_HELD = (
    rf"(?:(?:(?:the|this|our)\s+)?(?:[\w-]+\s+)?{_VESSEL}\s+(?:(?:stays?|remains?|waits?|sits?)\b(?!\s+(?:up|live|online|open))[^.:]{{0,40}}|(?:does|do|is|are|will)(?:\s+not|n['’]t)\s+(?:leave|go|depart|sail|ship|start|deploy|release|launch|happen|started|released|deployed)\b[^.:]{{0,40}}|is\s+(?:off|postponed|deferred|cancell?ed|called\s+off|held(?:\s+back)?)\b[^.:]{{0,30}})"
    rf"|(?:keeps?|holds?)\s+(?:the|this|our)\s+(?:[\w-]+\s+)?{_VESSEL}\s+(?:in|at|on|back|home|where|from)\b[^.:]{{0,40}}|no[\s-]?go\b[^.:]{{0,30}}|no\s+{_VESSEL}\b[^.:]{{0,30}})"
)
_BARS = tuple(
    expression(pattern, re.IGNORECASE)
    for pattern in (
        # "NO-GO (one is enough):", "It's a no-go when", "That is no go with"
        r"^\W*(?:(?:it['’]?s|it\s+is|that['’]?s|that\s+is|this\s+is|we\s+are|we['’]re|call\s+it|automatic|instant|immediate|clear|hard)\s+)*(?:an?\s+)?no[\s-]?go\b(?!\s*(?:/|or\b))(?:\s*\([^()]*\))?(?:\s*[,;–—-]\s*(?:no|nobody|without|whoever|not|one|any|even)\s[^.:]{2,40}(?=:))?(?:\s+(?:if|when(?:ever)?|with|for|in\s+case(?:\s+of)?|on|criteria|reasons?|list)\b[^.]{0,40})?\W*$",
        # "The drill is to be deferred if", "Release is postponed when any of these"
        rf"^(?!\W*(?:if|when|once|after)\b)[^.:]{{0,60}}?\b(?:is|are|gets?|be|will\s+be|has\s+to\s+be|to\s+be)\s+(?:\w+ly\s+)?(?:deferred|postponed|rescheduled|cancell?ed|called\s+off|put\s+off|moved\s+to\s+(?:the\s+)?(?:next|another|later)\s*[\w-]*|adjourned|stood\s+down|not\s+(?:started|begun|opened|held|made|done|to\s+(?:start|begin|take\s+place)))\s+{_IF}",
        # "We postpone when", "Reschedule if any of these"
        rf"^\W*{_WHO}(?:must\s+|should\s+|will\s+|have\s+to\s+)?(?:postpone|reschedule|defer|call\s+(?:it|this|the\s+\w+)\s+off|put\s+(?:it|this|the\s+\w+)\s+off|stand\s+down|stay\s+(?:home|out|away))\b[^.:]{{0,40}}?\s{_IF}",
        # "Reasons not to start:", "Grounds for waiting"
        r"^\W*(?:good\s+|valid\s+|the\s+)?(?:reasons?|grounds)\s+(?:not\s+to\s+(?:start|begin|go|proceed|deploy|release|continue|switch|upgrade|ship|open)\b|to\s+(?:wait|postpone|defer)\b|for\s+(?:waiting|postponing|a\s+(?:delay|postponement|no[\s-]?go))\b)[^.]{0,40}\W*$",
        # "What blocks the release:", "What keeps us from starting"
        r"^\W*(?:what|things\s+that|these\s+things|the\s+following)\s+(?:blocks?|keeps?\s+us\s+from|prevents?|bars?|forbids?)\s+(?!.*\?)[^.]{0,50}:?\W*$",
        # "Start only if none of these is true:", "We go unless:", "Proceed unless you see"
        r"^\W*[^.:]{2,60}?\bonly\s+(?:if|when)\s+(?:none|nothing|not\s+one)\b[^.:]{0,50}:?\W*$",
        rf"^\W*{_WHO}(?:will\s+|can\s+|may\s+)?(?:go(?:\s+(?:on|ahead|live))?|proceed|continue|start|begin|carry\s+on|open|release|deploy|ship|upgrade|switch)\b(?![^.:]*\b(?:not|n['’]t|never)\b)[^.:]{{0,30}}?\s+unless\b(?:\s+(?:you|we)\s+(?:see|find|notice|have))?\s*{_ANY}\W*$",
        # "Deal breakers:", "Hard no:", "Veto points"
        r"^\W*(?:(?:the|our|absolute|known)\s+)?(?:deal[\s-]?breakers?|hard\s+no(?:s|es)?|veto(?:s|es|\s+points?|\s+reasons?)?|knock-?\s?out\s+criteria)\b(?:\s*\([^()]*\))?\W*$",
        # "What would stop us:", "Any of these sends us home:"
        r"^\W*what\s+(?:would|will|can|could|may|might)\s+(?:stop|block|hold|keep|send|turn)\s+(?:us|you|the\s+\w+|this)\b[^.:?]{0,40}:?\W*$",
        r"^\W*(?:any|one|either|each)\s+(?:one\s+)?of\s+(?:these|this|the\s+following|the\s+below)\s+(?:sends|stops|blocks|ends|keeps|holds|moves|bars|is\s+(?:enough\s+to\s+stop|a\s+no|a\s+veto))\b[^.:]{0,40}:?\W*$",
        # "The upgrade waits if:", "Not today if"
        rf"^\W*(?:the|this|our)\s+(?:[\w-]+\s+){{1,2}}?waits\s+{_IF}",
        rf"^\W*not\s+(?:today|tonight|now|this\s+(?:week|night|time|evening))\s+{_IF}",
        # "Backout is triggered by:", "A rollback is called for by any of these"
        rf"^\W*(?:an?\s+|the\s+)?{_RETURN}\s+(?:(?:is|are|gets?|will\s+be)\s+)?(?:\w+ly\s+)?(?:triggered|called\s+for|forced|required|warranted|justified|demanded|caused|mandated)\s+(?:by|on|upon|after)\b{_ANY_OF}\W*$",
        # "Two situations where you must keep your hands off and call Ann instead:"
        r"^[^.:]{0,60}?\b(?:situations?|cases?|things|conditions?)\s+(?:where|when|in\s+which)\s+(?:you|we)\s+(?:must\s+|should\s+|have\s+to\s+|will\s+)?(?:keep\s+(?:your|our)\s+hands\s+off|stop|abort|(?:do\s+not|don['’]t|not)\s+(?:skip|touch|start|begin|continue|proceed|go\s+on|do\s+(?:it|this)))\b[^.:]{0,50}:\W*$",
        # "Ctrl-C the script (it finishes the node) when:", "Press Ctrl+C if", "Interrupt the loop as soon as"
        rf"^\W*{_WHO}(?:(?:press|hit|use|send|type)\s+)?(?:ctrl[\s+-]?c|\^c|interrupt|break\s+off|stop\s+and\s+leave|everybody\s+(?:out|off)|drop\s+everything)\b[^.:()]{{0,40}}?(?:\s*\([^()]*\))?\s+(?:{_IF}|as\s+soon\s+as\W*$)",
        # "The train stays in the station if any of these is ticked", "Nobody leaves the yard when"
        rf"^\W*(?:(?:the|this|our)\s+)?(?:[\w-]+\s+)?{_VESSEL}\s+(?:stays|remains|sits|is\s+kept|keeps|waits)\b(?!\s+(?:up|live|online|open|on\s+(?:track|course|time)))[^.:]{{0,40}}?\s(?:{_IF}|as\s+soon\s+as\s+{_ANY}\W*$)",
        rf"^\W*(?:nobody|no\s+one|nothing|no\s+{_VESSEL})\s+(?:leaves?|goes|departs?|sails?|ships?|starts?|moves?|gets?\s+(?:out|deployed|released|shipped|merged))\b[^.:]{{0,40}}?\s{_IF}",
        # "If any of these is ticked, the train stays in the station:", "One tick here means no release:"
        rf"^\W*(?:if|when|once|as\s+soon\s+as)\s+(?:any|one|even\s+one|at\s+least\s+one|a\s+single\s+one)\s+(?:(?:box|tick|line|point|item|answer)\b|of\s+(?:these|them|those|the\s+(?:following|below|boxes|points))\b|(?:is|are)\s+(?:ticked|checked|true|yes|so|met)\b)[^.:,]{{0,50}},?\s+(?:then\s+)?{_HELD}\W*$",
        rf"^\W*(?:any|one|a|every|each|(?:even\s+)?a\s+single|(?:even\s+)?one\s+single)\s+(?:tick(?:ed)?|box|mark|check(?:ed)?(?:\s+box)?|cross|yes)(?:\s+box)?(?:\s+(?:below|here|in\s+this\s+list|ticked|among\s+these))?\s*(?:\([^()]*\)\s*)?(?:(?:means|is|and|=|→|->)\s+)?{_HELD}\W*$",
        # "Too early when", "Not ready if:"
        rf"^\W*(?:(?:we|you)\s+are\s+|we['’]re\s+|it['’]?s\s+|it\s+is\s+)?(?:not\s+(?:yet\s+)?ready|too\s+(?:early|late|risky))\b[^.:]{{0,30}}?\s{_IF}",
    )
)
# "We don't fail over if any of this is true:", "Do not start the next wave if any of this is true for the last one:"
_NOT_ONWARDS = expression(
    rf"^\W*{_WHO}{_NOT}\s+(?:ever\s+|even\s+)?{_ONWARDS}\b(?![^.:]*\b(?:back|roll|revert|abort|stop)\b)[^.:]{{0,60}}?\s{_IF}",
    re.IGNORECASE,
)
_FAILS_OVER = expression(r"\bfail(?:ing)?[\s-]?over\b", re.IGNORECASE)
_PASSES = tuple(
    expression(pattern, re.IGNORECASE)
    for pattern in (
        # "It is still a go with", "Still go if"
        rf"^\W*(?:(?:it['’]?s|it\s+is|that['’]?s|we\s+are|this\s+is)\s+)?(?:still|also|nevertheless|all\s+the\s+same)\s+(?:an?\s+)?(?:go|ok(?:ay)?|fine|acceptable|alright)\b(?:\s+to\s+\w+(?:\s+\w+)?)?\s+(?:{_IF}|despite\W*$|even\s+(?:with|if)\W*$)",
        # "We go anyway with", "Continue anyway if", "Ship regardless of"
        rf"^\W*{_WHO}(?:can\s+|may\s+|will\s+)?(?:still\s+)?(?:go(?:\s+(?:on|ahead|live))?|continue|proceed|carry\s+on|start|ship|release|publish|open|deploy)\s+(?:anyway|nevertheless|all\s+the\s+same|nonetheless)\s+(?:{_IF}|despite\W*$)",
        # "May be open at go-live:", "Can wait until after the release:"
        r"^\W*(?:(?:the\s+following|these)\s+)?(?:may|can)\s+(?:stay|remain|be)\s+(?:open|missing|broken|red)\s+(?:at|during|for)\s+[^.:]{2,40}:\W*$",
        # "Known and OK:", "Don't worry about:", "You're allowed to ignore:", "We live with:", "It can go ahead even if:"
        r"^\W*(?:these\s+are\s+)?known\s+and\s+(?:ok(?:ay)?|fine|harmless|accepted|tolerated|expected)\b(?:\s*\([^()]*\))?\W*$",
        r"^\W*(?:please\s+)?(?:do\s+not|don['’]t)\s+(?:bother|worry|panic|react|mind)(?:\s+(?:about|with|over|if|when|for))?\W*$",
        r"^\W*(?:(?:we|you|it|these|this|they)(?:\s+are|['’]re|['’]s|\s+is)?\s+)?(?:(?:allowed|free|welcome|ok(?:ay)?|fine|safe)\s+to\s+ignore|(?:can|may)\s+(?:safely\s+)?(?:be\s+ignored|ignore))(?:\s+(?:these|this|the\s+following|today|tonight))?\W*$",
        rf"^\W*{_WHO}(?:can\s+)?live\s+with(?:\s+(?:these|this|the\s+following))?\W*$",
        r"^\W*[^.:]{2,40}?\b(?:can|may|will)\s+(?:still\s+)?(?:go\s+(?:ahead|on)|continue|proceed|start|happen|take\s+place)\s+even\s+(?:if|when|with)\W*$",
        # "We are still go, even though:", "The train leaves anyway despite", "We ship even when:"
        rf"^(?![^:]*(?:\b(?:not|never|no(?!\s+matter)|nobody|nothing|back|stop\w*|abort\w*|revert\w*|halt\w*|cancel\w*|postpone\w*|wait\w*|no-go|off)\b|n['’]t\b))\W*(?:[\w'’-]+\s+){{0,4}}?(?:go|goes|leaves?|departs?|sails?|ships?|releases?|released|shipped|deployed|continues?|proceeds?|starts?|deploys?|runs?|opens?|publish(?:es)?|fl(?:y|ies)|launch(?:es)?|moves?\s+on|fine|ok(?:ay)?|green|good)\b(?:\s+(?:out|on|ahead|live|tonight|today|to\s+\w+|as\s+(?:planned|scheduled)|on\s+time|anyway|all\s+the\s+same|regardless|nevertheless|nonetheless|just\s+the\s+same)){{0,3}}\s*,?\s+(?:even\s+(?:if|though|when|with|where|while)|despite|in\s+spite\s+of|although|regardless\s+of|no\s+matter(?:\s+(?:if|whether))?)\b\s*{_ANY}\W*$",
        # "Not blocking:", "Non-blockers"
        r"^\W*(?:(?:known|these\s+are)\s+)?(?:not?|non)[\s-]+block(?:ing|ers?)\b(?:\s*\([^()]*\))?\W*$",
    )
)
_PASSES = (
    *_PASSES,
    # "A rollback is never triggered by:"
    expression(
        rf"^\W*(?:an?\s+|the\s+)?{_RETURN}\s+(?:is|are|gets?|will)(?:\s+(?:not|never)|n['’]t)\s+(?:be\s+)?(?:triggered|called\s+for|forced|required|warranted|justified|demanded|caused)\s+(?:by|on|upon|after|for)\b{_ANY_OF}\W*$",
        re.IGNORECASE,
    ),
)
_ANY_BAR = either(_BARS)
_ANY_PASS = either(_PASSES)
_MAY_PASS = expression(  # where what stands below went wrong
    rf"^\W*(?:(?:it['’]?s|it\s+is|that['’]?s|you\s+are|we\s+are)\s+)?(?:(?:fine|ok(?:ay)?|safe|acceptable|all\s*right|alright|allowed|permitted|tolerable)\s+(?:to\s+(?:continue|proceed|go(?:\s+(?:on|ahead|live))?|carry\s+on|start|ship|merge|publish|release|finish|open|move\s+on|let\s+it\s+run)\b[^.:]{{0,30}}?\s)?{_IF}"
    rf"|{_WHO}(?:may|can|could)\s+(?:still\s+)?(?:continue|proceed|go\s+(?:on|ahead)|carry\s+on|move\s+on)\b[^.:]{{0,30}}?\s{_IF})",
    re.IGNORECASE,
)
# where what stands below went wrong: "Take the whole service offline if:", "Put up the maintenance page when"
_SHUTS = expression(
    rf"^\W*{_WHO}(?:immediately\s+|at\s+once\s+)?(?:(?:take|pull|bring|put)\s+(?:{_SERVICE})\s+(?:offline|down|out\s+of\s+(?:service|dns)|off\s+the\s+(?:net|network|air))|(?:shut|close|lock|cut|switch|turn)\s+(?:{_SERVICE}\s+(?:down|off)|(?:down|off)\s+{_SERVICE})|(?:put\s+up|serve|show|switch\s+on|turn\s+on|raise)\s+(?:the|a|our)\s+maintenance\s+(?:page|banner|mode|screen)|(?:disconnect|isolate|close)\s+{_SERVICE})\b(?:\s*\([^()]*\))?[^.:,]{{0,30}}?\s*(?:{_IF}|as\s+soon\s+as\s*{_ANY}\W*$)",
    re.IGNORECASE,
)
# over boxes, where going back is the matter: "Boxes are ticked by the second pilot if seen:"
_TICKED = expression(
    r"\b(?:box(?:es)?|tick(?:s|ed)?|mark(?:s|ed)?|cross(?:ed)?)\b[^.:]*\b(?:if|when|once|as\s+soon\s+as)\s+(?:seen|observed|true|noticed|(?:it|they)\s+(?:happens?|occurs?|appl(?:y|ies))|you\s+see(?:\s+(?:it|one))?)\W*$",
    re.IGNORECASE,
)


def over(lead: str, *, heading: str = "", home: bool = False) -> Polarity | None:
    """What a lead-in says of the work when what is listed below holds; None when it says nothing of it.

    `heading`: the words of the section; `home`: conditions of failing over were asked for before, which leave a
    primary as a rollback leaves a release.
    """
    last = _last(lead)
    if not last:
        return None
    if (left := leaving.over(last, home=home or retreat.retreats(heading))) is not None:
        return left
    if _NOT_ONWARDS.match(last):
        leaves = _FAILS_OVER.search(last) is not None and home and not _FAILS_OVER.search(heading)
        return Polarity.DONT if leaves else Polarity.DO
    if _TICKED.search(last) and retreat.retreats(heading):
        return Polarity.DO
    asked = _says(last)
    return asked if asked is not None else shrugged.over(last, heading=heading, home=home)


@lru_cache(maxsize=64)  # a paragraph is asked, and then the list below it
def _says(last: str) -> Polarity | None:
    if _ANY_BAR.match(last):
        return Polarity.DO
    return Polarity.DONT if _ANY_PASS.match(last) else abroad.over(last)


def may_pass(lead: str) -> bool:
    """Whether a lead-in lets one go on, which is no gate where what stands below went wrong: "OK to continue when:"."""
    last = _last(lead)
    return bool(last) and _MAY_PASS.match(last) is not None


def may_shut(lead: str) -> bool:
    """Whether a lead-in shuts a service, where what stands below went wrong: "Take the whole service offline if:"."""
    last = _last(lead)
    return bool(last) and _SHUTS.match(last) is not None


def _last(lead: str) -> str:
    text = lead.strip(" *_")
    if not text or len(text) > _LONGEST * 3:
        return ""
    last = alternatives.last(text).strip(" *_")
    return last if len(last) <= _LONGEST else ""

"""Words over a list that leave things be, or forbid to: "Leave the release where it is when", "Do not ignore:".

The verbs are those of doing nothing ("sit tight", "snooze the alert", "let it ride", "note it and carry on"), and of
going back with a "not" ("we do not call it when"). A "not" before the former turns them round, and one that only speaks
of asking or waiting ("No debate, revert if:") says nothing of what is asked for.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import retreat
from runbook_tui.document.patterns import either, expression
from runbook_tui.document.runbook import Polarity
from runbook_tui.document.stems import Stems

_LOOK = Stems(
    [
        "leave",
        "leaving",
        "keep",
        "sit ",
        "tight",
        "ride",
        "let ",
        "carry",
        "going",
        "snooz",
        "silenc",
        "mute",
        "sleep",
        "bed",
        "ack",
        "ignor",
        "accept",
        "tolera",
        "live",
        "relax",
        "calm",
        "nerve",
        "continue",
        "goes on",
        "proceeds",
        "carries",
        "stay",
        "nothing to",
        "anything",
        "wake",
        "call it",
        "void",
        "help",
        "worse",
        "debate",
        "discuss",
        "excuse",
        "question",
        "permission",
        "ask",
        "wait",
        "hesitat",
        "delay",
        "move on",
        "intervene",
        "escalat",
        "dismiss",
        "tolerated",
        "negotia",
        "urge",
        "temptation",
        "think",
        "finish",
        "complete",
        "hands off",
        "not fine",
        "go on",
        "go ",
        "turn over",
        "chill",
        "proceed",
        "press on",
        "soldier",
        "course",
        "shrug",
        "close",
        "put up",
        "overlook",
        "forgiv",
        "endure",
        "touch",
        "scrubbed",
        "withdrawn",
        "reverted",
        "rolled back",
        "cancel",
        "do nothing",
        "pointless",
        "useless",
        "no use",
        "not ok",
    ]
)
_WHO = r"(?:(?:we|you|please|just|simply|then|and|so|also|better|always|can|may|should|shall|will|must|are\s+to|are\s+free\s+to|are\s+allowed\s+to)\s+|(?:we|you)['’]ll\s+)*"
_NOT = r"(?:do\s+not|don['’]?t|does\s+not|doesn['’]?t|must\s+not|mustn['’]t|may\s+not|shall\s+not|will\s+not|won['’]t|cannot|can['’]?t|can\s+not|should\s+not|shouldn['’]t|never)"
_OLD = r"(?:old(?:er)?|previous|former|prior|last|original|earlier|legacy|blue|stable|backup|snapshot|others?|rest|remaining|next|second)\b"
_LISTED = r"(?:(?:only|merely|just|nothing\s+but)\s+)?(?:(?:any|one|all|each|some|either)(?:\s+of)?\s*)?(?:(?:these|this|those|them|the\s+following|the\s+below|below)(?:\s+(?:points?|things?|items?|cases?))?\s*)?(?:(?:is|are|holds?|applies|apply|happens?|occurs?)\s*(?:true|met|seen|the\s+case)?\s*)?(?:(?:you|we)\s+(?:only\s+|just\s+)?(?:see|notice|find|get|have)\s*)?"
_IF = rf"\b(?:even\s+)?(?:if|when(?:ever)?|while|as\s+long\s+as|so\s+long\s+as|in\s+case(?:\s+of)?|despite|regardless\s+of|for|with|over|because(?:\s+of)?|on\s+account\s+of|where)\b\s*{_LISTED}\W*$"
_RUNS = r"(?:release|version|build|patch|change|upgrade|update|deploy\w*|roll-?out|image|config\w*|feature|flag|canary|migration|schema|new\s+[\w-]+)"
_BELL = r"(?:it|this|them|these|(?:the|this|that|your)\s+(?:alert|alarm|page|pager|ticket|notification|warning)s?)"
# what somebody does who does nothing
_LEAVES = (
    rf"(?:leave\s+(?:it|them|this|that|things|everything|the\s+(?!{_OLD})[\w-]+(?:\s+[\w-]+)?)\s+(?:in|on|alone|be|out(?:\s+there)?|running|live|up|deployed|in\s+(?:place|peace)|(?:where|as|the\s+way)\s+(?:it\s+is|they\s+are))"
    rf"|keep\s+(?:it|them|(?:the|this|our)\s+(?!{_OLD}){_RUNS})(?:\s+(?:in|on|running|going|rolling|moving|live|up|deployed|out|where\s+it\s+is))?|keep\s+(?:serving|running|selling|working)(?:\s+(?:from|on|with)\s+(?:it|(?:the|this|our)\s+(?!{_OLD})(?:new\s+)?[\w-]+))?|keep\s+(?:calm|cool)|stay\s+calm|sit\s+(?:tight|it\s+out|this\s+out|still)"
    r"|let\s+(?:it|them|things|this|sleeping\s+dogs|the\s+(?!old\b)[\w-]+)\s+(?:ride|run|be|go|slide|pass|settle|lie|burn|drain|finish|recover)|(?:ride|wait|sit)\s+(?:it|this|them)\s+out|(?:hold|keep)\s+(?:your|the|our)\s+nerves?|hold\s+(?:the\s+)?course"
    r"|relax|chill|sleep(?:\s+(?:on|well|in))?|(?:go|turn)\s+(?:back\s+)?(?:to\s+(?:sleep|bed)|over)|do\s+(?:nothing|not\s+react|not\s+worry)|shrug(?:\s+(?:it|them)\s+off)?|live\s+with\s+(?:it|this|them))"
)
_GOES_ON = r"(?:keep\s+(?:going|rolling|on)|carry\s+on|go\s+on|move\s+on|continue|proceed|press\s+on|soldier\s+on)"  # alone a gate
_HUSHES = (
    rf"(?:(?:snooze|silence|mute|dismiss|close|ack(?:nowledge)?)\s+{_BELL}|ack|ignore(?:\s+(?:{_BELL}|the\s+[\w-]+))?)"
)
_NOTES = r"(?:(?:note|log|record|report|mention|write)\s+(?:it|them|this|that)(?:\s+down)?(?:\s+in\s+[^,.:]{2,30}?)?|(?:open|file|raise|write|make)\s+(?:an?\s+)?(?:ticket|note|issue|bug)|tell\s+[\w@#-]+(?:\s+[\w-]+)?)"
_AND = r"(?:\s*,?\s*(?:and|then|but|,)\s+(?:then\s+|just\s+|simply\s+)?)"
_FINE = r"(?:(?:fine|ok(?:ay)?|no\s+(?:problem|worries))\s*[,:;–—.!-]\s*)"
_ANYWAY = r"(?:\s+(?:anyway|regardless|nevertheless|as\s+planned|calmly|happily))?"
_BE = tuple(
    expression(pattern, re.IGNORECASE)
    for pattern in (
        # "Leave the release where it is when", "You can snooze the alert and go back to bed if", "Note it and move on if:"
        rf"^\W*{_FINE}?{_WHO}(?:(?:{_LEAVES}|{_HUSHES}|{_NOTES}|{_GOES_ON}){_ANYWAY}{_AND})*(?:{_LEAVES}|{_HUSHES}){_ANYWAY}(?:{_AND}(?:{_NOTES}|{_HUSHES}|{_LEAVES}|{_GOES_ON}))?\s*,?\s*{_IF}",
        rf"^\W*{_WHO}{_NOTES}{_AND}{_GOES_ON}{_ANYWAY}\s*,?\s*{_IF}",
        rf"^\W*{_FINE}{_WHO}{_GOES_ON}{_ANYWAY}\s*,?\s*{_IF}",
        # "Carry on regardless of:", "Go on even if", "Continue anyway when"
        rf"^\W*{_WHO}{_GOES_ON}(?:\s+(?:anyway|regardless|nevertheless)\s*,?\s*{_IF}|\s*,?\s*(?:even\s+(?:if|when|with)|despite|regardless\s+of)\s*{_LISTED}\W*$)",
        # "The following are entered under Remarks and the ceremony continues:", "These get a ticket and we go on:"
        rf"^\W*(?:these|those|they|this|the\s+(?:following|points?\s+below|below))\b[^.:]{{0,80}}?(?:,|\band\b|\bbut\b|;|–|—)\s*(?:then\s+)?(?:the\s+|our\s+)?(?:{retreat.UNDER_WAY}|we|you|everybody|everyone|things?|it)\s+(?:still\s+|just\s+|simply\s+|nevertheless\s+)?(?:continues?|goes?\s+on|proceeds?|carr(?:y|ies)\s+on|runs?\s+on|moves?\s+on|is\s+not\s+(?:interrupted|stopped|held\s+up)){_ANYWAY}\W*$",
        # "The release stays where it is when", "It stays live even if:"
        rf"^\W*(?:it|(?:the|this|our)\s+(?!{_OLD})(?:new\s+)?(?:[\w-]+\s+)?{_RUNS})\s+(?:still\s+)?stays?(?:\s+(?:in|on|out(?:\s+there)?|live|up|deployed|put|where\s+it\s+is|as\s+it\s+is))?\s*,?\s*{_IF}",
        rf"^\W*(?:we|you)\s+stay\s+(?:live|up|in|on\s+the\s+new\s+[\w-]+)\s*,?\s*{_IF}",
        # "We do NOT call it when:"
        rf"^\W*(?:(?:we|you|nobody|please)\s+)?{_NOT}\s+(?:\w+ly\s+|ever\s+)?call\s+(?:it|this|that|everything|the\s+[\w-]+)(?:\s+off)?(?:\s*\([^()]*\))?\s*,?\s*{_IF}",
        # "Nobody needs to wake up if", "No need to wake anybody for", "You don't have to do anything when"
        rf"^\W*(?:nobody|no\s*-?one|you|we|there\s+is|there['’]s)?\s*(?:needs?\s+to|has\s+to|must|no\s+need\s+to|{_NOT}(?:\s+(?:have|need)\s+to)?)\s+(?:wake(?:\s+(?:up|any\s?body|any\s?one|people|somebody|[\w-]+))?|be\s+(?:woken|paged|called)(?:\s+up)?|get\s+up|do\s+anything|act|react|intervene|step\s+in|escalate|touch\s+anything)\s*,?\s*{_IF}",
        # "Keep your hands off the rollback button if:"
        rf"^\W*{_WHO}(?:keep\s+)?(?:your\s+|the\s+)?hands\s+off\s+(?:the\s+)?(?:roll-?\s?back|back-?out|revert|abort|red|stop|kill|undo)(?:[\s-]+[\w-]+)?\s*,?\s*{_IF}",
        # "A rollback does not help if:", "Going back makes it worse when"
        r"^\W*(?:an?\s+|the\s+)?(?:roll(?:ing)?-?\s?back|revert(?:ing)?|going\s+back|back(?:ing)?[\s-]?out|(?:an?\s+)?abort(?:ing)?|stopping|undoing\s+it)\s+(?:(?:does\s+not|doesn['’]t|will\s+not|won['’]t|would\s+not|wouldn['’]t|cannot|can['’]t|never)\s+(?:help|fix|cure|change|improve|solve)s?(?:\s+(?:it|this|anything|things))?|(?:only\s+)?makes?\s+(?:it|things|everything|matters)\s+worse|is\s+(?:useless|pointless|no\s+(?:use|help|good)))\s*,?\s*"
        + _IF,
        # "The ceremony is not void when"
        rf"^\W*(?:it|the\s+(?:[\w-]+\s+)?{retreat.UNDER_WAY})\s+(?:(?:is|are)\s+not|(?:is|are)n['’]t|never\s+becomes?)\s+(?:thereby\s+|yet\s+)?(?:void|off|over|dead|cancell?ed|doomed)\s*,?\s*{_IF}",
        # "The launch is not scrubbed for:"
        rf"^\W*(?:it|(?:the|this|our|an?)\s+(?:[\w-]+\s+)?(?:{retreat.UNDER_WAY}|{_RUNS}))\s+(?:is|are|gets|will)(?:\s+(?:not|never)|n['’]t)\s+(?:be\s+)?(?:scrubbed|withdrawn|reverted|rolled\s+back|cancell?ed|called\s+off|pulled|aborted|backed\s+out|stopped|taken\s+(?:back|out))\s*,?\s*{_IF}",
        # "Stay calm, these are normal:"
        r"^\W*(?:stay\s+calm|relax|do\s+not\s+panic|don['’]?t\s+panic|no\s+panic)\s*[,:;–—-]\s*(?:these|this|those|they|all|it)\b[^.:]{0,40}\W*$",
        # "Nothing to stop for:", "Resist the urge to revert when:"
        rf"^\W*(?:(?:that|this|these|it)(?:\s+(?:is|are)|['’]s)\s+)?nothing\s+to\s+(?:stop|revert|roll\s?back|go\s+back|bail(?:\s+out)?|panic|get\s+up|wake\s+(?:up|any\s?body)|call\s+it\s+off)\s+(?:for|about|over|because\s+of)\s*{_LISTED}\W*$",
        rf"^\W*{_WHO}(?:resist|withstand)\s+(?:the|any|your)\s+(?:urge|temptation|reflex|wish)\s+to\s+[^.:]{{3,40}}?{_IF}",
    )
)
# where going back is the matter
_PUT_UP = expression(
    r"^\W*(?:we\s+|you\s+(?:can\s+)?|please\s+)?(?:accept|tolerate|put\s+up\s+with|forgive|endure|overlook|leave\s+(?:these|them|those|the\s+following)\s+(?:alone|be|in|as\s+they\s+are))(?:\s+(?:these|this|the\s+following))?\s*:\W*$",
    re.IGNORECASE,
)
_BUT_NOT = tuple(
    expression(pattern, re.IGNORECASE)
    for pattern in (
        # "Do not ignore:", "You may not ignore any of these", "Don't sit tight when:", "Never leave it in if"
        rf"^\W*(?:(?:we|you|please|nobody)\s+)?{_NOT}\s+(?:ever\s+|even\s+|just\s+|simply\s+)?(?:{_HUSHES}|{_LEAVES}|{_GOES_ON}){_ANYWAY}(?:{_AND}(?:{_LEAVES}|{_HUSHES}|{_GOES_ON}))?\s*,?\s*{_IF}",
        rf"^\W*(?:(?:we|you|please)\s+)?{_NOT}\s+(?:ever\s+|just\s+)?(?:ignore|dismiss|accept|tolerate|put\s+up\s+with|shrug\s+off|live\s+with|overlook)(?:\s+(?:any\s+of\s+)?(?:these|this|those|them|the\s+following))?\s*(?::\W*)?$",
        r"^\W*(?:(?:these|those|this|the\s+following)\s+(?:is|are)\s+)?not\s+(?:tolerated|tolerable|acceptable|accepted|negotiable|fine|ok(?:ay)?|all\s*right|harmless)(?:\s*\([^()]*\))?\s*:\W*$",
        # "The release does not stay if:", "We don't stay on the new version when"
        rf"^\W*(?:it|we|(?:the|this|our)\s+(?!{_OLD})(?:new\s+)?(?:[\w-]+\s+)?{_RUNS})\s+{_NOT}\s+stay(?:\s+(?:in|on|out|live|up|deployed|where\s+(?:it\s+is|we\s+are)|on\s+(?:it|the\s+new\s+[\w-]+)))?\s*,?\s*{_IF}",
        # "Don't even think about continuing if", "Do not finish the rollout if"
        rf"^\W*(?:(?:we|you|please)\s+)?{_NOT}\s+(?:even\s+)?(?:think\s+(?:about|of)\s+(?:continuing|going\s+on|proceeding|starting)|(?:finish|complete)\s+(?:the|this|our)\s+[\w-]+)\s*,?\s*{_IF}",
    )
)
# nobody is asked, and no time is lost: "No debate, revert if:", "You don't need permission to roll back when:"
_AT_ONCE = tuple(
    expression(pattern, re.IGNORECASE)
    for pattern in (
        r"^\W*(?:there\s+is\s+|with\s+)?(?:no|without(?:\s+any)?)\s+(?:further\s+|more\s+|long\s+)?(?:discussions?|debates?|excuses?|questions?(?:\s+asked)?|ifs\s+and\s+buts|ifs|hesitation|hesitating|heroics|second\s+thoughts|vot(?:e|es|ing)|mercy|waiting|asking(?:\s+(?:any\s?one|any\s?body))?|delay|approval(?:\s+needed)?)\s*(?:[,:;!.–—]|\s-\s)\s*(?P<rest>\S.*)$",
        r"^\W*(?:(?:we|you|please)\s+)?(?:do\s+not|don['’]?t|never)\s+(?:wait|hesitate|delay|dither|debate|discuss|debug|investigate|argue|ask|think|try\s+to\s+[\w\s]{2,20}|fix\s+forward)\s*(?:[,:;–—]|\s-\s|\band\b|\bbut\b)\s*(?P<rest>\S.*)$",
        r"^\W*(?:(?:we|you|please)\s+)?(?:do\s+not|don['’]?t|never)\s+(?:wait|hesitate|delay|linger|dither|be\s+(?:shy|afraid|slow))\s+(?:with|to|about)\s+(?P<rest>\S.*)$",
        r"^\W*(?:nobody|no\s*-?one|you|we)\s+(?:needs?|has|have|do(?:es)?\s+not\s+(?:need|have)|do(?:es)?n['’]t\s+(?:need|have))\s+(?:to\s+(?:ask|wait|be\s+asked|justify)(?:\s+(?:any\s?one|any\s?body|for\s+[\w\s]{2,20}?))?|(?:any\s+|a\s+)?(?:permission|approval|consent|go|reason|second\s+opinion))\s*(?:,|before|to|for|and\s+can|and)\s+(?P<rest>\S.*)$",
    )
)
_ANY_BE = either(_BE)
_ANY_BUT_NOT = either(_BUT_NOT)
_OPEN = expression(
    r"(?:\b(?:if|when(?:ever)?|as\s+soon\s+as|in\s+case(?:\s+of)?|on|for|with)\b[^,.:]{0,30}?|:)\W*$", re.IGNORECASE
)


def over(last: str, *, home: bool = False) -> Polarity | None:
    """What the last sentence of a lead-in says of what is listed below it; None where it says nothing of the kind.

    `home`: going back is the matter here.
    """
    if not _LOOK.found(last):
        return None
    if _ANY_BUT_NOT.match(last):
        return Polarity.DO
    if _ANY_BE.match(last) or (home and _PUT_UP.match(last)):
        return Polarity.DONT
    for way in _AT_ONCE:
        if (found := way.match(last)) is not None and retreat.retreats(found["rest"]) and _OPEN.search(last):
            return Polarity.DONT if retreat.mood(found["rest"], home=True) is Polarity.DONT else Polarity.DO
    return None

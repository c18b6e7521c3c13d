"""Sentences that forbid the next move or put up with something: "…, do not demote", "…; ignore it and let it run".

`decisions` and `outcomes` look for words of going back. Here the main clause forbids the work itself, whatever the work
is called, or says that what is seen does not matter. Most prohibitions in a runbook are advice ("do not edit it by
hand") and most shrugs explain ("warnings are normal"): so the verb is one of doing the work, what is seen went wrong
or is counted, and a shrug says to go on as well, unless going back is the matter (`home`).
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_tui.document import orders, outcomes, retreat
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity
from runbook_tui.document.stems import Stems

_WHO = r"(?:(?:we|you|please|then|and|so|just|simply|but|must|should|may|shall|will)\s+)*"
_NOT = r"(?:do\s+not|don['’]?t|never|must\s+not|should\s+not|shall\s+not|may\s+not|cannot|can['’]t|nobody|no\s*-?one)"
_WORK = (
    r"(?:start|begin|proceed|continue|carry\s+on|go\s+(?:on|ahead|further|live|up|higher|any\s+(?:further|higher))|run|execute|deploy|release|reload|transfer|demote|promote|patch|apply"
    r"|flip|replay|merge|cut|switch|upgrade|install|move|migrate|evacuate|join|sync|load|publish|ship|roll(?!\s*-?back)|advance|enter|attempt|launch|import|push"
    r"|enable|activate|open|update|swap|flash|drain|reboot|boot|approve|sign|hand\s+over|schedule|unseal|re-?shard|shard|split|scale|rotate|revoke|publish|process|submit|unpause|resume"
    r"|follow\s+(?:this|the)\s+(?:page|procedure|runbook|rest)|restore|do\s+(?:it|this|that|the\s+(?:next|rest|other))|try\s+(?:it\s+)?(?:again|the\s+next))(?:s|es)?"
)
# what is under way, as those who do it call it
_OUR_WORK = r"(?:change|work|deployment|release|upgrade|migration|ceremony|procedure|cut-?over|rollout)"
# moves by hand, which are forbidden only where something is seen
_MOVE = r"(?:pull|unplug|power|wipe|restart|reopen|remount|fail\s*over|rejoin|re-?join|resize|energi[sz]e|connect|take|put|close|acknowledge|hand|leave|return|force|continue)"
_MOVES = expression(
    rf"^\W*{_WHO}{_NOT}\s+(?:\w+ly\s+|even\s+)?(?:{_MOVE})\b(?!\s+(?:it\s+)?back\b)(?!\s+\S+(?:\s+\S+)?\s+back\b)",
    re.IGNORECASE,
)
# "No disk gets wiped while any of the rows is empty"
_NONE_IS = expression(
    r"^\W*(?:no\s+[\w-]+(?:\s+[\w-]+)?|nobody|nothing)\s+(?:is|are|gets?|may\s+be|will\s+be|must\s+be)\s+\w+(?:ed|en|un|ut|ped)\b",
    re.IGNORECASE,
)
_MOVED = expression(
    r"\b(?:is|are|gets?|will\s+be)\s+(?:\w+ly\s+)?(?:moved|shifted|put\s+off|pushed|rescheduled|postponed|cancell?ed|called\s+off|scrapped)\b"
    r"|\b(?:moves?|slips?|goes|shifts?)\s+to\s+(?:the\s+)?(?:next|another|following|tomorrow|monday)\b|^\W*(?:(?:the|this|our)\s+)?[\w-]+(?:\s+[\w-]+)?\s+ends(?=\W*$|,)|^\W*(?:press\s+)?ctrl-?\s?c\b"
    r"|^\W*(?:then\s+)?(?:it|we|nothing)\s+(?:does\s+not|doesn['’]t|do\s+not|don['’]t)\s+(?:go\s+(?:on|any\s+further|further|ahead)|continue|proceed|start)\b"
    r"|^\W*no\s+(?:further|more|next)\s+\w+|^\W*no\s+\w+\s+(?:today|tonight|this\s+week)\b|\bgo\s+no\s+further\b|^\W*(?:flag|feature|switch|canary)\s+off\W*$"
    r"|^\W*not\s+(?:today|tonight|this\s+(?:week|evening|time|window))\b|\bwe(?:['’]re|\s+are)\s+not\s+(?:shipping|deploying|releasing|going\s+(?:live|on|ahead)|starting|doing\s+(?:it|this))\b|^\W*no\s+(?:tag|release|merge|deploy\w*|upgrade|publish\w*|cut-?over|go-?live|launch|rollout)\b|\bwe\s+slip\b|\bslips?\s+(?:by\s+)?(?:a|one|another)\s+(?:day|week|sprint|release)\b|^\W*skip\s+(?:the|this|that)\s+(?:[\w-]+\s+)?(?:batch|run|release|window|wave|deploy\w*|upgrade|migration|night|change)\b(?=\W*$|[,.;]|\s+(?:tonight|today|tomorrow|for|this|and)\b)|^\W*(?:end|cease|quit|break\s+off)\s+(?:the\s+)?(?:maintenance|work|exercise|test|run|window)\b",
    re.IGNORECASE,
)
# "The step shall not commence unless …", "A plan that destroys is not applied"
_NOT_DONE = expression(
    r"\b(?:(?:shall|must|may|will|can|is|are)\s+(?:not|never)\s+(?:to\s+)?(?:be\s+)?(?:commence[sd]?|begin|begun|start(?:ed)?|proceed|continued?|executed|applied|deployed|released|promoted|opened|upgraded|migrated|switched|merged|shipped|patched|rebooted|performed|carried\s+out|issued|signed|touched)|(?:is|are|stays?|remains?)\s+(?:blocked|forbidden|vetoed))\b",
    re.IGNORECASE,
)
# where a mark points from what is seen to what is forbidden, any verb will do
_ANY_NOT = expression(
    rf"^\W*{_WHO}(?:do\s+not|don['’]?t|never)\s+(?!(?:panic|worry|react|care|bother|roll|revert|stop|abort|go\s+back|fail|back|escalate|page|call|undo|switch\s+back|put|touch|kill|forget|be|count|use|edit|share|confuse|expect)\b)\w+",
    re.IGNORECASE,
)
_REFUSES = expression(
    rf"^\W*{_WHO}{_NOT}\s+(?:\w+ly\s+|even\s+|yet\s+)?{_WORK}\b(?!\s+(?:as\s+root|by\s+hand|manually|with\s+[`-]))",
    re.IGNORECASE,
)
_BARE = expression(rf"^\W*{_WHO}(?:don['’]?t|do\s+not|no)\W*$", re.IGNORECASE)
_ANY_WORK = expression(
    r"^\W*(?:we|you|nobody|no\s*-?one)\s+(?:do\s+not|don['’]?t|will\s+not|won['’]t|cannot|can['’]t|must\s+not)\s+\w+|^\W*(?:there\s+is\s+)?no\s+\w+",
    re.IGNORECASE,
)
_OTHER_WAY = expression(
    r"\binstead\b|[;.–—]\s*use\b|\bbut\s+(?:use|run)\b|\bunless\s+(?:asked|told|you\s+know)", re.IGNORECASE
)
# what is said to do no harm
_SHRUGS = (
    r"(?:(?:is|are|that['’]?s|it['’]?s|was|were|may\s+be|might\s+be|can\s+be|will\s+be|(?:is|are)\s+to\s+be)\s+)?(?:(?!not\b|never\b|no\b|hardly\b)\w+\s+)?"
    r"(?:fine|ok(?:ay)?|acceptable|accepted|tolerated|tolerable|harmless|normal|expected|cosmetic|rounding|noise|flaky|benign|no\s+(?:problem|issue|worry|big\s+deal)|not\s+a\s+problem|(?:safely\s+)?(?:be\s+)?(?:ignored|disregarded|neglected)|all\s+right|safe\s+to\s+(?:apply|ignore|proceed|continue|go\s+on)|(?:no|not\s+an)\s+obstacle|of\s+no\s+(?:concern|consequence|importance)|good\s+enough(?:\s+to\s+(?:go\s+on|continue|proceed))?)\b"
    r"|(?:do(?:es)?\s+not|do(?:es)?n['’]?t)\s+(?:matter|count)\b"
)
_GOES_ON = (
    rf"(?:the|our)\s+{_OUR_WORK}\s+(?:goes\s+(?:on|ahead)|continues|proceeds)\b|{_WHO}(?:ignore(?:\s+(?:it|them|that|these|this|until|for))?\b|keep\s+(?:going|rolling|on|the\s+[\w-]+\s+running|it\s+(?:on|running))|carry\s+on|go\s+(?:on|ahead)(?!\s+to\b)|continue(?!\s+(?:to|until|watching|monitoring)\b)|proceed(?!\s+to\b)|press\s+on|let\s+(?:it|them|the\s+[\w-]+)\s+(?:run|be|go\s+on|finish|drain|settle|pass|recover|catch\s+up)"
    r"|ride\s+(?:it|them|this)\s+out|sit\s+(?:it|them|this)\s+out|stay\s+on\s+the\s+(?:new|current)|never\s+mind|leave\s+it(?=\W*$|,|\s+(?:on|in|alone|be|running)\b)|nothing\s+to\s+(?:do|stop\s+for|worry|roll\s+back|revert)|(?:just|simply)\s+(?:wait|retry|rerun|repeat)|accept(?:\s+it)?(?=\W*$|,)|\w+\s+anyway|keep\s+(?:the\s+)?(?:new|green|patch|current|release))"
)
_SHRUG = expression(rf"^\W*(?:{_SHRUGS})", re.IGNORECASE)
_ON = expression(rf"^\W*(?:{_GOES_ON})", re.IGNORECASE)
_ON_TOO = expression(rf"(?:[,;.:–—(-]|\band\b|\bbut\b)\s*(?:{_GOES_ON})", re.IGNORECASE)
_NO_STOP = expression(
    r"^\W*(?:is\s+|are\s+|alone\s+is\s+|that['’]?s\s+)?not\s+(?:yet\s+)?an?\s+(?:\w+\s+)?(?:roll-?\s?back|no-?\s?go|abort|stop|back-?out|blocker|show-?\s?stopper|revert)\b",
    re.IGNORECASE,
)
_UNTIL_LATER = expression(r"\b(?:until|till)\s+\S", re.IGNORECASE)
_IF = expression(
    r"^\W*(?:(?:and|but|or|so|also|only)\s+)?(?P<sub>if|when(?:ever)?|should|once|where|as\s+soon\s+as|in\s+case(?:\s+of)?|in\s+the\s+(?:case|event)\s+(?:of|that)|without|with\s+(?:more|less|fewer|any|no)|unless|as\s+long\s+as|on)\b\s+(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_LATER = expression(
    r"(?:,\s*|\s+)(?:only\s+|even\s+)?(?P<sub>if|when(?:ever)?|where|unless|until|till|without|while|as\s+long\s+as|so\s+long\s+as|in\s+case(?:\s+of)?|before|with\s+(?:any|an|no)\s+(?:of\s+)?)\s*(?<=[\s])(?=\S)",
    re.IGNORECASE,
)
_THEN = expression(
    r",\s+(?:then\s+)?|:\s+|\s+[–—-]+\s+|;\s+|\s+then\s+|\s+(?=(?:we|you|nobody)(?:['’]re)?\s)|\s+(?=(?:do\s+not|don['’]?t|never)\s)|(?:(?<=\bfails)|(?<=\bfailed))\s+(?=(?:leave|stop|abort|roll|revert|halt|undo|pause|go\s+back)\s)|\s+(?=the\s+(?:change|deployment|release|upgrade|migration|cut-?over|work|procedure|window)\s+(?:is|will|shall)\s)",
    re.IGNORECASE,
)
_POINTS = expression(
    r"\s*(?:→|➜|⇒|=>|->|\.{3,}|…{2,})\s*|\s+=\s+|:\s+|;\s+|\s+[–—-]+\s+|,\s+|\s+(?=(?:is|are|was|were|can\s+be|may\s+be|might\s+be|do(?:es)?\s+not\s+(?:matter|count)|do(?:es)?n['’]?t\s+(?:matter|count))\b)|\s+and\s+(?=(?:the|we)\s)|\s+means?\s+(?:that\s+)?(?=(?:we|you|nobody|no|the|do\s+not|don['’]t)\b)"
)
_OTHERWISE = expression(
    r"(?:\s+[–—-]+\s+|[;,.]\s+|\()(?:or\s+)?(?:(?:otherwise|else|if\s+not)(?:[,:]?\s+|\s*(?:→|->|=)\s*)|(?:below|above|under|over|less|more|anything\s+(?:else|less|more|above|below|higher|lower)|one\s+\w+)(?:\s+(?:that|this|it|than\s+that))?\s*(?:[,:]|and\s+we|we|→|->|=)\s*)(?P<main>\S.*)$",
    re.IGNORECASE,
)
_WITHHELD = expression(
    r"^(?:the|this|our|any|every|no)?\s*(?P<what>[\w-]+(?:\s+[\w-]+)?)\s+(?:does\s+not|doesn['’]t|do\s+not|will\s+not|won['’]t|is\s+not\s+to)\s+(?:take\s+place|happen|go\s+ahead|go\s+live|leave|depart|ship|sail)\b",
    re.IGNORECASE,
)
_VOTE = expression(r"^\W*(?:one|a\s+single|any|each|every)\s+(?:\w+\s+)?(?:no-?\s?go|veto|no|red)\b", re.IGNORECASE)
_FOR_ANY = expression(
    r"^\W*(?:we\s+(?:do\s+)?|you\s+)?(?P<main>\S+(?:\s+\S+){0,4}?)\s+(?:only\s+)?(?:for|on|upon|at)\s+(?:any|anything|every|everything|each|all)\b\s*\S",
    re.IGNORECASE,
)
_JUSTIFIED = expression(
    r"^\W*(?:an?\s+|the\s+)?(?:roll-?\s?back|back-?\s?out|abort|revert|stop|halt|fall-?\s?back|reversal)\s+(?:is|are)\s+(?:only\s+)?(?:justified|warranted|called\s+for|in\s+order|required|mandatory|allowed)\s+(?:only\s+)?(?:by|for|on|with|in\s+case\s+of|after|at)\s+\S+\s*\S",
    re.IGNORECASE,
)
_NO_GO = expression(r"^\W*no-?\s?go\s*(?:[:–—]|\s-\s|\bif\b|\bwhen\b)\s*\S+\s+\S", re.IGNORECASE)
_PRONOUN = expression(
    r"^\W*(?:it|its|their|this|that|these|those|they|he|she|there|which|what|who|everything|all|you|we|i)\b(?!\s+(?:take|last|fail|does\s*n|do\s*n|did\s*n|is\s+not|stay|hang))",
    re.IGNORECASE,
)
_DOING = expression(
    r"^\W*(?!(?:any|every|no|some)thing\b)\w+ing\b(?!\s+(?:is|are|errors?|pods?|macro|entries|rows))", re.IGNORECASE
)
_RESTORES = expression(
    r"\b(?:restore|reload|re-?import|put\s+back)\s+(?:from\s+)?(?:the\s+|your\s+|last\s+)*(?:\w+\s+)?(?:back-?up|dump|snapshot|copy|image|export)\b|\b(?:start|boot|mount|use|power\s+up)\s+(?:the\s+)?(?:old|previous|former)\s+\S+|\bstart\s+(?:\S+\s+){1,3}?(?:again\s+)?on\s+the\s+(?:old|previous|former)\s+\S+|\bcall\s+it\s+a\s+(?:night|day)\b",
    re.IGNORECASE,
)
_WHEN_TO = expression(
    r"^\W*(?:when\s+(?:do\s+(?:we|you)|to|should\s+(?:we|you)|we|you)|what\s+(?:makes|would\s+make|lets|has|brings|causes|forces)\s+us(?:\s+to)?)\s+(?:stop|go\s+back|roll\s+back|revert|abort|turn\s+\S+\s+\S+\s+(?:back|a?round)|halt|end|pause|quit|cancel|call\s+\w+\s+off|give\s+up|press|pull|hit|trip|walk\s+away|turn\s+(?:back|round|around))\b(?!.*\b(?:and|container|service|process)\b)",
    re.IGNORECASE,
)
_LET_BE = expression(
    r"^\W*when\s+(?:(?:we|you)\s+)?(?:not\s+to\s+(?:worry|panic|react|stop|roll|act)|to\s+(?:leave\s+(?:it|them)|ignore\s+(?:it|this|them)|do\s+nothing|sit\s+tight|carry\s+on|keep\s+going))\b|^\W*leave\s+(?:it|them)\s+alone\s+(?:if|when)\W*$|^\W*keep\s+\w+ing\s+(?:if|when)\s+(?:you|we)\s+(?:only\s+)?see\W*$|^\W*(?:we\s+|you\s+)?let\s+(?:these|this|those|the\s+following)\s+(?:ride|be|pass|go|slide)\W*$",
    re.IGNORECASE,
)
_NONE_SEEN = expression(
    r"\b(?:only\s+(?:if|when)|as\s+long\s+as|provided(?:\s+that)?)\s+(?:none|nothing|not\s+one|no\s+one)\b|\bunless\s+(?:any|one|either|some)\s+of\s+(?:these|this|the\s+following|those)\b",
    re.IGNORECASE,
)
_FORBIDS = expression(
    rf"^\W*(?:please\s+|we\s+)?(?:do\s+not|don['’]?t|never|no)\s+(?:\w+ly\s+|even\s+)?(?:{_WORK}|restor\w+|lower|raise|increase|decrease|reduce|delete|remove|drop|restart|resize|force|purge|truncate|clear|reset|skip|wipe|unplug|replace|fail[\s-]?over|cut-?over|deploy\w*|release\w*|change\w*|touch\w*)\b.*\b(?:if|when(?:ever)?|while|as\s+long\s+as|in\s+case(?:\s+of)?|during)(?:\s+(?:any|one|either)(?:\s+of\s+(?:these|the\s+following|this))?(?:\s+(?:is|are|holds?|applies|apply)(?:\s+true)?)?)?\W*$",
    re.IGNORECASE,
)
_EMPTY = expression(r"^(?:it|this|that|you|they)\s+(?:is|are|was|were|really\s+|must|have\s+to|need)\b", re.IGNORECASE)
# what is not to be begun, whatever is seen: "If migrations are running, do not start"
_BEGINS = expression(
    rf"^\W*{_WHO}(?:do\s+not|don['’]?t|never)\s+(?:start|begin|proceed|continue|carry\s+on|go\s+(?:on|ahead|live|further))\b(?!\s+(?:the\s+\w+\s+)?(?:with|from|by|as)\b)",
    re.IGNORECASE,
)
# "below 1 GB it is truncated, in which case stop"
_IN_WHICH = expression(r"[,;]\s+in\s+(?:which|that)\s+case\s+(?P<main>\S.*)$", re.IGNORECASE)
# "The return is also to be made if …"
_TO_BE_MADE = expression(
    r"^\W*(?:the|an?)\s+(?:\w+\s+)?(?:return|roll-?\s?back|back-?\s?out|reversal|fall-?\s?back|abort|termination|withdrawal)\s+(?:is|must|shall|has|will)\s+(?:(?:also|likewise|always|not)\s+)*(?:to\s+)?(?:be\s+)?(?:made|done|performed|carried\s+out|initiated|started|executed|triggered|ordered|effected)\b",
    re.IGNORECASE,
)
# what a tool shows before anything is done
_SHOWS = expression(
    r"\b(?:shows?|prints?|returns?|reports?|contains?|lists?|mentions?|says?|gives?|proposes?|wants?\s+to|would|includes?|outputs?)\b",
    re.IGNORECASE,
)
_NOT_IT = expression(
    rf"^\W*{_WHO}(?:do\s+not|don['’]?t|never)\s+(?:apply|run|execute|merge|start|deploy|promote|switch|flip|ship|release|publish|import|push|approve|submit|install|continue|proceed)\b(?:\s+(?:it|this|that|them|the\s+(?:plan|change|migration|diff|release|upgrade|step)))?(?=\s*(?:$|[,.;(–—]|and\b))",
    re.IGNORECASE,
)
_BREAKS = expression(r"^\W*(?:(?:press|hit|use|type)\s+)?(?:ctrl[\s+-]?c|\^c)\b", re.IGNORECASE)
# "is noted and the ceremony continues", "does not interrupt the release", "does not hold up the train"
_CONTINUES = expression(
    rf"^\W*\S+(?:\s+\S+){{2,}}?\s+(?:and|but)\s+(?:the|our)\s+{_OUR_WORK}\s+(?:goes\s+(?:on|ahead)|continues|proceeds)\b",
    re.IGNORECASE,
)
_HINDERS_NOT = expression(
    rf"^\W*\S+(?:\s+\S+)*?\s+(?:(?:do(?:es)?|will|should|must|need)\s+not|(?:do(?:es)?|wo|should|must|need)n['’]t)\s+(?:interrupt|delay|hold\s+up|hinder|prevent|stop|end|affect|block|change)\s+(?:the|this|our)\s+(?:{_OUR_WORK}|train|plan|go-?live)\b",
    re.IGNORECASE,
)
_CONTINUING = Stems(("goes", "continues", "proceeds"))
# "Withdrawal is ordered by the manager if, within 48 hours:"
_ORDERED_IF = expression(
    r"^\W*(?:the\s+|an?\s+)?(?:immediate\s+)?(?:withdrawal|return|roll-?\s?back|back-?\s?out|reversal|abort|termination|fall-?\s?back)\b(?:\s*\([^()]*\))?\s+(?:is|will\s+be|must\s+be|shall\s+be|gets?)\s+(?!not\b|finish|complet|done|over|test|verif|prov)(?:\w+ly\s+)?\w+(?:ed|n|de|ne)\b[^:]{0,60}?\s(?:if|when|where|as\s+soon\s+as)\b[^:]{0,40}$",
    re.IGNORECASE,
)
# "STOP: queries still above 50/s five minutes after the withdrawal"
_STOP_SIGN = expression(
    r"^\W*(?:STOP|ABORT|HALT|NO-?GO|ROLL\s?-?BACK)\s*(?::|–|—|\s-)\s+(?=[^,;]*(?:\d|[<>]|\b(?:any|no|not|still|fail\w*|error\w*|missing|lost)\b))(?!(?:the|all|it|everything|and|then)\b)\S+\s+\S"
)
_WE_TOLERATE = expression(r"^\W*we\s+(?:tolerate|accept|put\s+up\s+with|live\s+with|ignore)\s+\S+\s+\S", re.IGNORECASE)
# "Do not go on to the next node before the lead has confirmed it", "Go no further until the queue is empty"
_HELD = expression(
    rf"^\W*{_WHO}(?:(?:do\s+not|don['’]?t|never)\s+(?:proceed|continue|carry\s+on|move\s+on|go\s+(?:on|ahead|live|further)|(?:start|begin|take)(?=\W*$|\s+(?:with\s+)?(?:the\s+|this\s+|any\s+|another\s+)?(?:next|second|other|{retreat.UNDER_WAY})\b))|go\s+no\s+further\b)",
    re.IGNORECASE,
)
# "Do not park, and call the owner instead, when"
_NOT_BUT_INSTEAD = expression(
    r"^\W*(?:do\s+not|don['’]?t|never)\s+\w+\b.*\binstead\b[^.]*\b(?:if|when)\W*$", re.IGNORECASE
)
_EXCEPT = frozenset({"unless", "without"})
_LONGEST = 420
SPOKEN = Stems(("not", "no ", "nothing", "nobody", "n't", "n’t", "dont", "never", "fine", "ok", "accept", "tolerat", "harmless", "normal", "expected", "cosmetic", "ignore", "matter",
          "carry on", "go on", "going", "continue", "proceed", "restore", "old", "back", "justified", "warrant", "call it", "without", "below", "above", "flaky", "abort", "noise", "let ", "skip", "no further", "block", "postpon", "slip", "today", "in which", "return", "ride", "no-go", "no go"))  # fmt: skip


def spoken(text: str) -> bool:
    """Whether a text may say any of it: a quick look before the grammar."""
    return SPOKEN.found(text)


# "If it prints anything, there are blocked queries."
_EXPLAINS = expression(
    r"^\W*(?:if|when)\b[^,]*,\s+there\s+(?:is|are)\s+(?!no\b)(?:an?\s+|some\s+)?[\w-]+\s+\w+\W*$", re.IGNORECASE
)


def judge(sentence: str, *, home: bool = False) -> Polarity | None:
    """What a sentence forbids (do) or puts up with (dont); None when it does neither."""
    body = sentence.rstrip(" .!;")
    if not 8 < len(body) <= _LONGEST or not spoken(body) or body.endswith(":") or _EXPLAINS.match(body):
        return None
    if _JUSTIFIED.match(body) or _NO_GO.match(body):
        return Polarity.DO
    every = _FOR_ANY.match(body)
    if every is not None and retreat.mood(every["main"]) is Polarity.DO and retreat.retreats(every["main"]):
        return Polarity.DO
    which = _IN_WHICH.search(body)
    if which is not None and which.start() > 8 and outcomes.seen(body[: which.start()]):
        if goes_back(which["main"]) or retreat.mood(which["main"], home=True) is Polarity.DO:
            return Polarity.DO
        if shrugs(which["main"]):
            return Polarity.DONT
    other = _OTHERWISE.search(body)
    if other is not None and other.start() > 8 and goes_back(other["main"]):
        return Polarity.DO
    if _STOP_SIGN.match(body):
        return Polarity.DO
    if home and _WE_TOLERATE.match(body):
        return Polarity.DONT
    low = body.lower()
    denied = "not" in low or "n't" in low or "n’t" in low
    if (
        (denied or _CONTINUING.found(body))
        and _IF.match(body) is None
        and (_HINDERS_NOT.match(body) or (_CONTINUES.match(body) and not retreat.retreats(body)))
    ):
        return Polarity.DONT
    return _if_first(body, home=home) or _if_last(body) or _of_a_thing(body, home=home)


def shrugs(words: str) -> bool:
    """Whether words put up with what stands before them: "fine, proceed", "tolerated"."""
    return _SHRUG.match(words) is not None or _ON.match(words) is not None or _NO_STOP.match(words) is not None


def goes_no_further(words: str) -> bool:
    """Whether words say that the work ends or is put off: "then it does not go further", "moved to the next day"."""
    return _MOVED.search(words) is not None


def goes_on(words: str) -> bool:
    """Whether words say to go on with what is under way: "carry on", "let it run"."""
    return _ON.match(words) is not None


def over(words: str) -> Polarity | None:
    """What words over a list forbid: "Do not restore when", "When to end it early", "Go on only if none of this was seen:"."""
    words = words.strip(' *_:…."')
    if len(words.split()) > 24:
        return None
    if _LET_BE.match(words):
        return Polarity.DONT
    if _NOT_BUT_INSTEAD.match(words) or _ORDERED_IF.match(words) or _WHEN_TO.match(words) or _NONE_SEEN.search(words):
        return Polarity.DO
    return Polarity.DO if _FORBIDS.match(words) and not retreat.retreats(words) else None


def forbids(words: str) -> bool:
    """Whether an order forbids a move of whatever kind: "Do not restart"."""
    return refuses(words) or _MOVES.match(words) is not None


def refuses(words: str) -> bool:
    """Whether an order forbids the next move: "do not demote", "don't run the real one"."""
    return _REFUSES.match(words) is not None and _OTHER_WAY.search(words) is None


def goes_back(main: str) -> bool:
    """Whether one of the orders of a clause goes back, stops or forbids to go on."""
    first = re.split(r",\s+|\s+and\s+", main)
    return (
        refuses(main)
        or any(retreat.mood(part, home=True) is Polarity.DO and retreat.retreats(part) for part in first[:3])
        or _RESTORES.search(main) is not None
    )


def _if_first(body: str, *, home: bool) -> Polarity | None:
    match = _IF.match(body)
    if match is None:
        return None
    sub, rest = match["sub"].lower(), match["rest"]
    for split in _THEN.finditer(rest):
        condition, main = rest[: split.start()], rest[split.end() :]
        if _BARE.match(main) and len(condition.split()) < 3:
            continue
        bad = outcomes.seen(f"{match['sub']} {condition}") and not outcomes.own(condition)
        if sub.startswith("with") and not sub.startswith("with "):
            bad = bad or len(condition.split()) < 4
            if bad and _ANY_WORK.match(main):
                return Polarity.DO
        if _BEGINS.match(main) and len(condition.split()) > 2 and not outcomes.own(condition):
            return Polarity.DO
        if (
            _SHOWS.search(condition)
            and (_NOT_IT.match(main) or _NOT_DONE.search(main) or _BREAKS.match(main))
            and not outcomes.own(condition)
        ):
            return Polarity.DO
        if not bad:
            continue
        if (
            refuses(main)
            or _MOVED.search(main)
            or ((_WITHHELD.match(main) or _NOT_DONE.search(main)) and not retreat.retreats(main))
            or (_MOVES.match(main) and not _OTHER_WAY.search(main))
            or (_RESTORES.search(main) and not orders.imperative(condition))
        ):
            return Polarity.DO
        if (home or _ON_TOO.search(main)) and shrugs(main):
            return Polarity.DONT
        if home and re.match(
            r"^(?:you|we)\s+(?:may|can)\s+(?:still\s+)?(?:proceed|continue|go\s+(?:on|ahead)|carry\s+on)\b",
            main,
            re.IGNORECASE,
        ):
            return Polarity.DONT
    return None


def _if_last(body: str) -> Polarity | None:
    for mark in _LATER.finditer(body):
        main, condition, sub = body[: mark.start()], body[mark.end() :], mark["sub"].lower()
        if _WITHHELD.match(main) and not retreat.retreats(main) and sub != "before":
            return Polarity.DO
        forbidden = (
            refuses(main)
            or (_MOVES.match(main) is not None and sub in {"if", "when", "unless"})
            or _NONE_IS.match(main) is not None
        )
        withheld = _NOT_DONE.search(main) and not retreat.retreats(main) and not outcomes.own(condition)
        if withheld and len(condition.split()) > 1 and (sub in _EXCEPT or outcomes.seen(condition)):
            return Polarity.DO
        made = _TO_BE_MADE.match(main)
        if (
            made is not None
            and sub in {"if", "when", "whenever", "in case", "in case of"}
            and len(condition.split()) > 2
        ):
            return Polarity.DONT if " not" in made.group() else Polarity.DO
        if sub in {"until", "till", "before"}:
            held = _HELD.match(main) or (_NOT_DONE.search(main) and not retreat.retreats(main))
            if (
                held
                and len(condition.split()) > 2
                and (not outcomes.own(condition) or any(map(str.isdigit, condition)))
            ):
                return Polarity.DO
            if sub != "before":
                continue
        if not forbidden or len(condition.split()) < 2 or _EMPTY.match(condition):
            continue
        if sub in {"as long as", "so long as", "while"} and len(condition.split()) > 3 and not outcomes.own(condition):
            return Polarity.DO
        if sub in _EXCEPT:
            return Polarity.DO
        if sub != "before" and outcomes.seen(condition) and not outcomes.own(condition):
            return Polarity.DO
    return None


_CLAUSES = expression(r"[;:]\s+")


def _of_a_thing(body: str, *, home: bool) -> Polarity | None:
    """What is seen stands first, as the subject or before a mark: "C → do not reload", "C is fine, go on"."""
    for mark in _points(body):
        condition, main = body[: mark.start()].strip(), body[mark.end() :]
        firm = not mark.group().strip() or mark.group().strip() not in {",", ";"}
        subject = _CLAUSES.split(condition)[-1].strip()
        if not subject or _IF.match(subject) or orders.imperative(subject) or len(subject.split()) > 18:
            continue
        if _NO_STOP.match(main) and not retreat.retreats(subject):
            return Polarity.DONT
        if _WITHHELD.match(main) and not retreat.retreats(main) and outcomes.seen(subject):
            return Polarity.DO
        if _VOTE.match(subject) and len(subject.split()) < 5 and (retreat.mood(main) is Polarity.DO or refuses(main)):
            return Polarity.DO
        if _PRONOUN.match(subject) or _DOING.search(subject):
            continue
        if _NOT_DONE.match(main) and outcomes.seen(subject) and not retreat.retreats(main):
            return Polarity.DO
        pointed = mark.group().strip()[:1] in {":", "→", "➜", "⇒", "=", "-"}
        if (refuses(main) or (pointed and (_ANY_NOT.match(main) or _MOVED.search(main)))) and (
            _begins(subject) or pointed or (firm and outcomes.seen(subject))
        ):
            return Polarity.DO
        if firm and mark.group().strip() and outcomes.seen(subject) and not outcomes.own(subject) and goes_back(main):
            return Polarity.DO
        if retreat.retreats(subject) or not shrugs(main):
            continue
        on = _ON.match(main) is not None
        if (
            (on and (home or outcomes.seen(subject)))
            or _ON_TOO.search(main)
            or (home and (outcomes.seen(subject) or not _UNTIL_LATER.match(main)))
        ):
            if on and mark.group().strip() == "," and not home:
                continue
            return Polarity.DONT
    return None


def _points(body: str) -> Iterator[re.Match[str]]:
    yield from _POINTS.finditer(body)


def _begins(subject: str) -> bool:
    return (
        re.match(r"^\W*(?:any|anything|more|less|fewer|no|one|two|a\s+single|\d)\b", subject, re.IGNORECASE) is not None
    )

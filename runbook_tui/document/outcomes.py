"""Sentences of going back decided by their kind: something is seen, and what follows is of the class of stopping.

`decisions` knows the forms and `retreat` the firm words. Here the words are wider ("discard", "hand over again",
"set to zero", "the evening is finished"), and therefore what is seen must be bad or be counted: a number, a comparison,
a state like "red", "missing", "differs". What is seen and what follows from it are told apart by where they stand:
an order begins its part of the sentence.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import endings, orders, retreat
from runbook_tui.document.patterns import expression
from runbook_tui.document.retreat import UNDER_WAY
from runbook_tui.document.runbook import Polarity
from runbook_tui.document.stems import Stems

_WHO = r"(?:(?:we|you|one|everybody|everyone|somebody|please|then|immediately|always|just|simply|at\s+once|and|so|must|should|have\s+to|need\s+to|will|shall|it\s+is\s+time\s+to|better|rather)\s+|(?:the\s+)?(?:operator|captain|lead|engineer|team|crew|owner)\s+(?:must|should|has\s+to|will)\s+)*"
_OLDER = r"(?:old(?:er)?|previous|former|prior|last|known|original|earlier|blue|green|stable|champion|legacy|proven|backup|snapshot|baseline|yesterday\S*|today\S*|stock|primary|site|region|v?\d\S*|zero|0)"
# what begins a part of a sentence and stops, refuses or goes back
_STOPS = expression(
    rf"^\W*{_WHO}(?:"
    r"(?:stop|halt|end|abandon|cancel|abort|quit|terminate|freeze|suspend|postpone|withdraw|discard|reject|refuse|withhold|undo|revert|scrap|bin|trash|repeal|retract)\b(?!\s+(?:the\s+)?(?:[\w-]+\s+)?(?:process|service|server|container|daemon|agent|job\s+with|silence|alarm|alert))"
    r"|leave\s+(?:it|that)(?=\s*(?:$|[,.;]|and\b|there\b|at\s+that))|(?:drop|discard|throw\s+away|pull|hold|park|kill)\s+(?:(?:it|this|that|them)\b(?!\s+again)|the\s+(?:\w+\s+)?(?:copy|clone|copies|feature|build|release|change|train|update|version|candidate|image|artifact|wave|batch|run|attempt|result|import|evening|night))\b"
    rf"|(?:re-?store|re-?install|re-?flash|re-?point|re-?deploy|re-?activate|reinstate|return|move|switch|shift|send|route|hand|bring|put|swap|go|set|change|turn|fail|give|step|point|load|boot|take)\b(?:\s+(?!to\b)[^\s,;:]+){{0,6}}?\s+(?:back\b(?!\s+(?:on|up|online|in)\b)|(?:to|from|into)\s+(?:(?:the|our|its|your|a)\s+)?{_OLDER}\b)|(?:re-?store|re-?install|re-?flash|re-?deploy|re-?activate|reinstate|re-[a-z]+)\s+(?:(?:the|our|its|your|a)\s+)?{_OLDER}\b"
    r"|back\s+(?:to|out|off)\b|do\s+it\s+(?:another|some\s+other)\s+(?:day|night|time)"
    rf"|(?:re-?store|re-?install|reinstate)\s+(?:from\s+)?(?:the\s+)?{_OLDER}"
    r"|(?:do\s+not|don['’]t|never|nobody|no\s*-?one|not)\s+(?:\w+ly\s+|even\s+)?(?:flash|swap|switch|carry|continue|proceed|start|begin|go|move|upgrade|install|touch|open|promote|merge|deploy|release|publish|ship|roll|drain|reboot|migrate|cut|import|push|advance|apply|enter|take|do\s+(?:it|the\s+next)|attempt|try\s+(?:again|the\s+next))\w*\b"
    rf"|no\s+(?:\w+\s+)?(?:{UNDER_WAY})\b|nothing\s+(?:goes|leaves(?!\s+(?:this|the|your|our)\s+(?:machine|laptop|host|network))|ships|starts|moves)|stay\s+(?:here|put|on(?!\s+(?:the\s+)?(?:new|current))|with(?!\s+(?:the\s+)?(?:new|current))|away|where)|wait\s+for\s+(?:the\s+)?(?:next\s+(?:window|week|night|sunday|saturday)|another\s+(?:day|night))"
    r"|no[\s-]?go\b|hands\s+off|fence\s+the\s+new"
    r")",
    re.IGNORECASE,
)
# what is said of somebody or something else, and means the same
_ENDS = expression(
    rf"\b(?:(?:the|this|our|tonight['’]s)\s+(?:[\w-]+\s+)?(?:{UNDER_WAY}|day|evening|night|pilot|change|window|show)\s+(?:is|are)\s+(?:over|finished|off|void|dead|done\s+for|cancell?ed|lost|ended|not\s+(?:to\s+be\s+)?(?:started|continued))"
    r"|(?:sends?|brings?|takes?|puts?|forces?|drives?)\s+(?:us|you|everything|all|everybody)\s+back"
    r"|(?:the\s+)?(?:old|former|previous|first|original)\s+(?:\w+\s+){1,2}(?:takes?\s+over|comes?\s+back|returns?|goes?\s+back|is\s+(?:restored|put\s+back|reinstated))"
    r"|(?:is|are)\s+(?:enough|reason\s+enough|sufficient)\s+to\s+(?:stop|go\s+back|end|return|halt|revert|abort|cancel|abandon)"
    r"|we(?:['’]re|\s+are)\s+(?:done|finished|out)\b|we\s+go\s+home|(?:nobody|no\s*-?one)\s+(?:starts|continues|goes\s+on|flashes|switches|deploys|moves|touches|carries\s+on|proceeds)"
    rf"|(?:stops?|ends?|blocks?|cancels?|halts?|kills?|vetoes|voids|forbids|prevents?)\s+(?:the|this|our|any|every|all)?\s*(?:next\s+|whole\s+|further\s+)?(?:{UNDER_WAY}|step\s+\d+|phase\s+\d+|pilot|night|evening|change)\b)",
    re.IGNORECASE,
)
_GOES_ON = expression(
    rf"^\W*{_WHO}(?:carry\s+on|continue|proceed|go\s+(?:on|ahead)|keep\s+(?:going|calm|rolling)|ignore|tolerate|accept|let\s+(?:it|them|that)\s+(?:run|be|pass)|leave\s+(?:it|them)\s+(?:alone|be|running)|no\s+(?:action|reason|need|problem|worry|worries)|never\s+mind|harmless|expected|(?:is|are)\s+(?:fine|ok|okay|harmless|expected|normal|acceptable|tolerable)|nothing\s+to\s+worry|don['’]t\s+(?:worry|panic|care|mind|react)|can\s+be\s+(?:ignored|tolerated))\b",
    re.IGNORECASE,
)
_SHRUGS = expression(
    r"\b(?:can\s+(?:safely\s+)?be\s+(?:ignored|tolerated|left\s+alone)|(?:is|are)\s+(?:\w+\s+)?(?:harmless|expected|normal|tolerable|acceptable)\b.*\b(?:continue|go\s+on|carry\s+on|proceed|ignore|(?:do\s+not|don['’]t)\s+(?:roll\s+back|revert|abort|stop|go\s+back))|(?:do(?:es)?\s+not|don['’]t|doesn['’]t|need\s+not|needn['’]t|no)\s+(?:(?:need|have)\s+to\s+)?(?:stop|halt|abort|go\s+back|return|roll\s+back|revert|switch\s+back|give\s+up|cancel|abandon)\s+(?:\w+\s+)?(?:for|because|over|on\s+account|on\s+its\s+account|only|just)\b|(?:no\s+(?:roll-?\s?back|abort|back-?out|stop|return)\s+is|(?:roll-?\s?back|abort|back-?out|stop|return)\s+is\s+not)\s+(?:needed|required|necessary|called\s+for)\s+(?:for|because|over)\b|don['’]t\s+\w+\s+\w+\s+on\s+(?:its|their|that)\s+account)",
    re.IGNORECASE,
)
_INSTEAD = expression(
    r"\b(?:instead\s+of|rather\s+than)\s+(?:halting|stopping|rolling\s+back|reverting|going\s+back|aborting|switching\s+back|a\s+(?:halt|stop|rollback|return|revert)|returning)",
    re.IGNORECASE,
)
_WEIGHS = expression(
    r"\b(?:decides?\s+(?:if|whether|on|about)|ask\s+\S.{0,60}\b(?:before|whether|if)|talk\s+\S.{0,40}\b(?:before|about|first)|discuss|conversation\s+about|think\s+\S.{0,30}\bbefore|consult\s+\S.{0,40}\bbefore|may\s+(?:also\s+)?(?:halt|stop|call|ask|order|demand|decide|abort|cancel|go\s+back|roll\s+back)|can\s+(?:also\s+)?(?:call\s+(?:it|for)|ask\s+for|demand|order)|up\s+to\s+(?:the|you)|worth\s+(?:a|the)\s+(?:conversation|talk|discussion|chat|thought))",
    re.IGNORECASE,
)
_THINKS = expression(
    r"\bthink\s+\S.{0,30}\bbefore\s+(?:halt|stopp|go|roll|revert|abort|switch|return|cancel|pull)ing|\bworth\s+(?:a|the)\s+(?:conversation|talk|discussion|chat|thought)\s+about\b",
    re.IGNORECASE,
)
# "Back-out may also be considered where queries take twice as long"
_CONSIDERED = expression(
    r"^\W*(?:an?\s+|the\s+)?(?:roll-?\s?back|back-?\s?out|revert|fall-?\s?back|abort|reversal)\s+(?:may|can|could|should|might)\s+(?:also\s+)?be\s+(?:considered|discussed|weighed)\s+(?:where|when|if|for|in\s+case\s+of)\s+\S+\s+\S",
    re.IGNORECASE,
)
_MAY = expression(
    r"\bmay\s+(?:also\s+)?(?:halt|stop|abort|cancel|go\s+back|roll\s+back|pull|end)\b.*\b(?:for|when|if|on)\b|\bmay\s+(?:also\s+)?(?:ask|call)\s+for\s+(?:one|it|that|a\s+return)\b.*\bwhen\b",
    re.IGNORECASE,
)
_SUB = r"(?:if|when(?:ever)?|once|should|where|as\s+soon\s+as|in\s+case(?:\s+of)?|in\s+the\s+(?:case|event)\s+(?:of|that)|the\s+(?:moment|instant|minute)|while|whilst|until|till|as\s+long\s+as|so\s+long\s+as|unless|without|with\s+(?:more|less|fewer|any|no)|after\s+(?:more|a|an|the|two|three|\d)|on\s+any|upon|at\s+(?:the\s+first|more|less|any)|for\s+(?:any|every|anything)|above|below|over|under|beyond|past|between|from\s+\d|any(?:thing)?|every|each|more|less|fewer|no|one|two|three|four|five|\d|a\s+(?:single|second|third))"
_BEGINS = expression(rf"^\W*{_SUB}\b", re.IGNORECASE)
_MIDDLE = expression(
    r"(?:,\s*|\s+)(?:(?:and|but|or|only|also|even|just|with(?:out)?\s+\w+\s+\w+)\s+){0,2}(?P<sub>if|when(?:ever)?|(?<!\bat )once|as\s+soon\s+as|so\s+long\s+as|as\s+long\s+as|while|in\s+case(?:\s+of)?|in\s+the\s+(?:case|event)\s+(?:of|that)|where(?=\s+(?:an?|the|any|no|one|more|two)\s)|the\s+(?:moment|instant)|should(?=\s+(?:the|any|a|an|either|one|it|there)\b)|unless|on\s+(?:any|the\s+first)|at\s+the\s+first|after\s+(?=more|two|three|a\s+second|\d)|above|below|upon)\b\s+",
    re.IGNORECASE,
)
_BAD = expression(
    r"[<>≥≤≠±%]|n['’]t\b|\b\d|\b(?:one|two|three|four|five|half|twice|double[ds]?|triple|first|second|third|single|even|any|either|more|less|fewer|longer|later|higher|lower|larger|slower|worse|above|below|beyond|exceed\w*|above|past|outside|other\s+than|n['’]t|not|no|never|none|nothing|without|cannot|still|fail\w*|error\w*|red|down|missing|mismatch\w*|differ\w*|different|los[et]\w*|loss|lack\w*|corrupt\w*|damag\w*|wrong|broken|stuck|hang\w*|unexpected|unreachable|unavailable|unhealthy|degraded|unstable|slow\w*|crash\w*|complain\w*|report\w*|split[\s-]brain|duplicat\w*|negative|reject\w*|refuse\w*|den(?:y|ies|ied)|lag\w*|alarm\w*|alert\w*|flap\w*|timeout\w*|time[sd]?\s+out|climb\w*|rise[sn]?|drop\w*|fall\w*|spike\w*|breach\w*|leak\w*|outage|incident|panic\w*|dies|dead|unassigned|absent|overdue|late|incomplete|inconsistent|garbage|bad|ill|tired|doubt\w*|suspect\w*|trips?|fires?|burn\w*|throttl\w*|saturat\w*|full|exhaust\w*|backlog|empty|blank|worried|unhappy|asks?\s+for\s+it|gone|off|disconnect\w*|restart\w*|reboot\w*|shed\w*|overheat\w*|conflict\w*|zero|suspect\w*|visible|weird|strange|invalid|stale|expired|violat\w*|orphan\w*|anything\s+(?:but|else|other)|exposed?|disclos\w*|vulnerab\w*)\b",
    re.IGNORECASE,
)
# the condition of a reader, of a tool, or of what has gone well is none of a deployment
_OWN = expression(
    r"^\W*(?:\w+\s+){0,2}?(?:you\s+(?:are(?!\s+(?:not\s+sure|unsure))|have|use|need|want|do\s+not|don['’]t|haven['’]t|already|prefer|run|work|leave|log|press|close|go|see\s+the\s+prompt|get\s+asked)|you['’]re|asked|prompted|using|on\s+(?:a\s+)?(?:mac|windows|linux)|this\s+is|it\s+is\s+(?:a|an|not\s+(?:a|an|installed))|necessary|needed|required|applicable|not\s+applicable|in\s+doubt\s+about|command\s+(?:is\s+)?not\s+found|the\s+(?:command|tool|script|program|package|prompt|session|terminal|form|ticket|option|flag|file)\b(?!.*\d))\b|\b(?:not\s+installed|command\s+not\s+found|your\s+session|your\s+shell|(?:roll-?\s?back|back-?out|revert|way\s+back)\s+(?:is|was|has|fails?|failed))\b",
    re.IGNORECASE,
)
_GOOD = expression(
    r"\b(?:ready|healthy|finished|done|complete[ds]?|succeed(?:s|ed)|successful(?:ly)?|recovered|gone\s+well|all\s+(?:green|well)|are\s+gone|nothing\s+is|no\s+longer\s+(?:needed|used)|agrees|has\s+been\s+(?:saved|merged|sent))\b",
    re.IGNORECASE,
)
_FACT = expression(
    r"^\W*(?:the|a|an|this|these|its?)\s+(?:[\w-]+\s+){0,2}(?:operator|controller|scheduler|script|tool|gate|exporter|agent|probe|program|job|pipeline|alert|platform|system|plugin|library|daemon|broker|proxy|server|client|driver|kernel|queue|cluster|service|watchdog|breaker|option|flag|command|client|key|page|engine)\s+(?!(?:is|are)\s+(?:over|off|void|finished))\w+s\b|^\W*(?:it|they|this|that|kubernetes|kubelet|helm|argo\w*|prometheus|terraform|ansible|systemd|`?[A-Za-z]`?)\s+\w+s\b",
    re.IGNORECASE,
)
_TOOL = expression(
    r"\b(?:gate|script|tool|operator|controller|pipeline|job|agent|system|platform|`?\b[A-Z]`?|key|it|which|that|who|breaker|watchdog|hook|bot)\s*$"
)
_TALE = expression(r"\b(?:which|so|its|comes?|reads?|then|said|was|were|because)\b", re.IGNORECASE)
_PARTS = expression(r",\s+(?:then\s+|and\s+|but\s+|so\s+)?|\s+[–—-]+\s+|:\s+|;\s+|\s*(?:→|➜|⇒|=>|->)\s*|\s+then\s+")
_JOINS = expression(
    r"\s+(?=(?:nothing|nobody|no\s*-?one)\s+(?:is|are|goes|moves|starts|leaves|ships|gets|may|will|touches|deploys)\b)|\s+(?=(?:the|this|our|all|everything)\s+(?:[\w-]+\s+){0,2}?(?:must|has\s+to|have\s+to|should|is\s+to|shall|needs\s+to)\s+be\s+)|\s+(?:and\s+(?=(?:we|the|it['’]?s)\b)|means?\s+(?:that\s+)?|=\s+|is\s+(?=(?:an?\s+)?(?:no[\s-]?go|stop)\b))",
    re.IGNORECASE,
)
_ASIDE = expression(r"\([^()]*\)")
_ELSE = expression(
    r"\b(?:must|has\s+to|should|needs?\s+to|only|unless)\b.*?[,;.]\s*(?:or\s+)?(?:else|otherwise|if\s+not)[,:]?\s+(?P<main>.+)$",
    re.IGNORECASE,
)
_WHOEVER = expression(
    r"^\W*(?:whoever|anyone\s+who|who)\s+(?P<condition>.+?)\s+(?:stops|halts|ends|calls\s+off|aborts|pulls|cancels)\b",
    re.IGNORECASE,
)
_BARE_NO = expression(rf"^\W*(?:no|not)\s+(?:\w+\s+){{0,3}}?\w+,\s*no\s+(?:\w+\s+)?{UNDER_WAY}\W*$", re.IGNORECASE)
# a way within the document, a program on the screen, and what is begun anew at once
_NEAR = expression(
    r"\b(?:back|return|go)\s+to\s+(?:the\s+)?(?:step|top|page|beginning|start|point|menu|list|previous\s+(?:step|page|screen)|main)\b|\bctrl\b|\^C\b|\b(?:re)?start\s+(?:it|them)\b|\b(?:and|then)\s+(?:re-?)?(?:start|run|try|do)\b[^.;]*\bagain\b|\bwindow\b(?=\s+before)",
    re.IGNORECASE,
)
LONGEST = 420


def judge(sentence: str, *, home: bool = False) -> Polarity | None:
    """What a sentence says of going back; None when it is of another kind. `home`: going back is the matter here."""
    body = _ASIDE.sub(lambda aside: " " * len(aside.group()), sentence) if "(" in sentence else sentence
    body = body.rstrip(" .!;")
    if not 8 < len(body) <= LONGEST or _NEAR.search(body):
        return None
    if _SHRUGS.search(body) or (_INSTEAD.search(body) and _seen(body, home=home)):
        return Polarity.DONT
    if weighs(body) or (home and _MAY.search(body)):
        return Polarity.CONSIDER
    if _BARE_NO.match(body):
        return Polarity.DO
    if (
        _WEIGHS.search(body)
        and retreat.retreats(body)
        and (home or re.search(r"\d|\b(?:anything|when|if)\b", body))
        and not _FACT.match(body)
        and (re.search(r"\d", body) or home)
    ):
        return Polarity.CONSIDER
    found = _first(body, home=home)
    return found if found is not None else _last(body) or _said_of(body) or _otherwise(body)


_PRONOUN = expression(r"^\W*(?:then\s+)?(?:it|he|she|they|this)\b", re.IGNORECASE)


def _first(body: str, *, home: bool) -> Polarity | None:
    """What is seen stands first: "If C, V", "C: V", "C → V", "C, V"."""
    begins = _BEGINS.match(body) is not None
    marks = list(_PARTS.finditer(body))
    if not begins:
        marks += _JOINS.finditer(body)
    for mark in marks:
        condition, main = body[: mark.start()], body[mark.end() :]
        firm = begins or not mark.group().startswith(",")
        if not firm or not _seen(condition, home=home) or (not begins and not _noun(condition)):
            continue
        if _PRONOUN.match(main):
            continue
        if _stops(main) or ((_ENDS.search(main) or endings.said(main)) and not _FACT.match(main)):
            return Polarity.CONSIDER if _WEIGHS.match(main) else Polarity.DO
        if begins and _REMOVES.match(main) and _NUMBERED.search(condition):
            return Polarity.DO
        if _GOES_ON.match(main) and (home or (begins and not _GOOD.search(condition) and _ill(condition))):
            return Polarity.DONT
    for join in _JOINS.finditer(body) if begins else ():
        condition, main = body[: join.start()], body[join.end() :]
        if _seen(condition, home=home) and (
            _stops(main) or _ENDS.search(main) or endings.said(main) or retreat.mood(main) is Polarity.DO
        ):
            return Polarity.DO
    return None


_REMOVES = expression(r"^\W*(?:remove|unpublish|take\s+down|hide)\s+(?:it|them|this)\b", re.IGNORECASE)
_NUMBERED = expression(r"\d|\b(?:two|three|four|five|several|more\s+than|any|second|double)\b", re.IGNORECASE)


def _stops(main: str) -> bool:
    """Whether one of the orders of a part of a sentence stops or goes back: "rows got lost, discard the clone"."""
    return _STOPS.match(main) is not None or any(
        _STOPS.match(part) or endings.order(part) for part in re.split(r",\s+", main)
    )


def _last(body: str) -> Polarity | None:
    """What follows stands first: "V when C"."""
    if not (_STOPS.match(body) or _untold(body)):
        return None
    for mark in _MIDDLE.finditer(body):
        condition = body[mark.end() :]
        if mark["sub"].lower() != "unless" and _seen(condition, home=False) and not _BEGINS_GOOD.search(condition):
            return Polarity.DO
    return None


def _untold(body: str) -> bool:
    """Whether a sentence begins with how work ends: "The night ends at once should …"."""
    mark = _MIDDLE.search(body)
    main = body[: mark.start()] if mark is not None else ""
    return (endings.said(main) or endings.order(main)) and not _FACT.match(main)


_BEGINS_GOOD = expression(
    r"\b(?:has|have)\s+been\s+(?:stable|healthy|green|up)\b|^\W*(?:you\s+are\s+done|it\s+is\s+done|done|finished)\b",
    re.IGNORECASE,
)


def _said_of(body: str) -> Polarity | None:
    """The condition is the subject: "C ends the migration", "C sends us back", "whoever sees C stops"."""
    whoever = _WHOEVER.match(body)
    if whoever is not None and _ill(whoever["condition"]):
        return Polarity.DO
    ends = _ENDS.search(body)
    at = ends.start() if ends is not None else endings.sent(body)
    if at < 0 or _DENIES.search(body[:at]):
        return None
    subject = body[:at].strip(" ,")
    if not subject or _FACT.match(body) or _TOOL.search(subject) or not _seen(subject, home=False):
        return None
    return Polarity.DO if (_BEGINS.match(subject) or _noun(subject)) and not _GOOD.search(subject) else None


_DENIES = expression(  # "WARN lines do not prevent the upgrade"
    r"(?:\b(?:do(?:es)?|did|will|would|should|shall|must|need|can|may)\s*not|\b(?:do|does|did|wo|would|should|must|need|ca)n['’]t|\bnever)\s+(?:\w+ly\s+)?$",
    re.IGNORECASE,
)


def _otherwise(body: str) -> Polarity | None:
    """Something must hold, else one goes back: "must pass, else swap back"."""
    match = _ELSE.search(body)
    return Polarity.DO if match is not None and (_STOPS.match(match["main"]) or _ENDS.search(match["main"])) else None


_SUB_FIRST = expression(rf"^\W*{_SUB}\s+", re.IGNORECASE)
_UP_TO_LAST = expression(r"^.*[,;]")
_DIGIT = expression(r"\d")
_DENIED = expression(r"n['’]t|\bnot\b|\d")


def _seen(condition: str, *, home: bool) -> bool:
    """Whether words name something bad or counted that may be seen of a deployment."""
    if _OWN.search(_SUB_FIRST.sub("", condition, count=1)) or _OWN.search(condition):
        return False
    if retreat.retreats(_UP_TO_LAST.sub("", condition)) and not _DIGIT.search(condition):
        return False
    return (_ill(condition) or home) and not (_GOOD.search(condition) and not _DENIED.search(condition))


def seen(condition: str) -> bool:
    """Whether words name something bad or counted."""
    return _seen(condition, home=False)


def own(condition: str) -> bool:
    """Whether words tell of the reader, or of a tool, and nothing of a deployment."""
    return _OWN.search(condition) is not None


def _ill(condition: str) -> bool:
    return _BAD.search(condition) is not None


_LEADS_TO = expression(
    r"(?P<not>\b(?:not|never|no)\b[^.:]{0,12}\s)?\b(?:leads?|amounts?|points?)\s+to\s+(?:an?\s+|the\s+)?(?:immediate\s+)?(?:return|stop|halt|roll-?\s?back|abort|retreat|end|withdrawal|cancellation|termination)",
    re.IGNORECASE,
)
_NOW = expression(
    r"^\W*(?:now|at\s+once|immediate(?:ly)?|right\s+away|straight\s+away|without\s+(?:asking|discussion|question|waiting).*|always|instantly|no\s+questions.*|do\s+it|yes)\W*$",
    re.IGNORECASE,
)
_PLEASE_NOT = expression(
    r"^\W*(?:please\s+)?(?:don['’]t|do\s+not|never|not\s+at\s+all|no|not\s+for(?:\s+these)?|not|leave\s+it)(?:\s+please)?\W*$",
    re.IGNORECASE,
)
_AFTER_TALK = expression(
    r"(?<!without )(?<!no )\b(?:ask(?:ing)?|chat|talk(?:ing)?|discuss\w*|consult\w*|agree\w*|call|vote|word)\b",
    re.IGNORECASE,
)


def lead(words: str) -> Polarity | None:
    """What a lead-in with wide words asks for: "Return to 2023 under either of these", "lead to a return"."""
    words = _ASIDE.sub(" ", words)
    return leads_to(words) or (Polarity.DO if _STOPS.match(words) and not _NEAR.search(words) else None)


def leads_to(words: str) -> Polarity | None:
    """What "these conditions lead to a return" and "do not lead to a return" ask for."""
    match = _LEADS_TO.search(words)
    if match is None:
        return None
    return Polarity.DONT if match["not"] else Polarity.DO


_WEIGHED = Stems(("think", "worth", "considered", "discussed", "weighed"))


def weighs(sentence: str) -> bool:
    """Whether somebody is to think before: "past 30 % think carefully before halting", "worth a conversation about"."""
    if not _WEIGHED.found(sentence):
        return False
    return _THINKS.search(sentence) is not None or _CONSIDERED.match(sentence) is not None


def label(words: str) -> Polarity | None:
    """What a label over conditions asks for where going back is the matter: "now", "after asking", "please don't"."""
    words = words.strip(" *_:")
    if len(words.split()) > 9:
        return None
    if _NOW.match(words):
        return Polarity.DO
    if _PLEASE_NOT.match(words):
        return Polarity.DONT
    return (
        Polarity.CONSIDER
        if _AFTER_TALK.search(words) and not re.match(r"^\W*(?:who|how|what)\b", words, re.IGNORECASE)
        else None
    )


def tale(condition: str) -> bool:
    """Whether words tell or explain something, and name nothing that may be seen."""
    return _TALE.search(condition) is not None


def _noun(condition: str) -> bool:
    """Whether words name something seen, and are no order and no tale."""
    return len(condition.split()) <= 11 and not orders.imperative(condition.strip()) and not tale(condition)

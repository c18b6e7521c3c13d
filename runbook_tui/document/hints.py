"""Conditions below words that only hint at going back: what is listed decides.

`leads` and `announcements` know the words that firmly announce conditions. Writers have more of them than any list of
words ("Return the fleet to 3.1 if either", "We leave the window if by 03:00:"), but they list the same things: numbers
that are exceeded, things that fail. So a weak word above is enough where most of what stands below was seen going wrong;
and words right after a list may say what it was for ("Any of these → roll back").
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

from runbook_tui.document import endings, leads, orders, outcomes, retreat, stances
from runbook_tui.document.patterns import Pattern, expression
from runbook_tui.document.runbook import Polarity

_LONGEST = 240
_LONGEST_ITEM = 30  # words; what is longer tells a story
_WHO = r"(?:(?:we|you|everybody|please|then|immediately|always|just|simply|at\s+once|and|must|should|have\s+to|need\s+to|will|shall)\s+|(?:the\s+)?(?:team|operator|captain|lead|crew|on-?call)\s+(?:must\s+|should\s+|has\s+to\s+|will\s+)?)*"
# orders that take something back or out of use; to stop or to restart a thing is as often a step
_WEAK = expression(
    rf"(?:^|[,;:–—]\s*|\b(?:and|to|then)\s+)\W*{_WHO}(?:"
    r"(?:return|restore|re-?install|re-?flash|reset|(?:re-?)?(?:switch|swap|flip|move|send|route|shift|point|direct|connect|wire|cable|plug|deploy|publish|mount)|put|bring|turn|take|fall|fail|cut|go|change|step)(?:s|es)?\s+(?:[^\s,;:]+\s+){0,7}?(?:to|onto|from|into|back|out|off|down|home)\b(?!\s+(?:the\s+next|step|section))"
    r"|(?:restore|reinstate|reactivate)s?\s+(?:the\s+)?(?:old|former|previous|last|saved|original|backup|snapshot)\b"
    r"|(?:pull|yank|drop|withdraw|retract|unpublish|remove|uninstall|discard|abandon|scrap|bin|ditch|scuttle|reject|refuse|fail|postpone|defer|cancel|call\s+off|give\s+up|break\s+off|leave|quit|evict|unplug|disengage|unwind|unship)s?\s+(?:the|this|that|it|our|all|everything|for|on|at|from)\b"
    r"|(?:flip|engage|activate|fire|throw|trip|pull|hit|press|use)s?\s+(?:the\s+|our\s+)?(?:emergency\s+|red\s+|big\s+red\s+|kill\s+|global\s+|master\s+|feature\s+)*(?:switch|brake|button|flag|lever|cord|handle|toggle|breaker)"
    r"|(?:take|use)s?\s+(?:the\s+|our\s+)?(?:exit|way\s+(?:back|out)|off-?ramp|escape)\b"
    r"|(?:get|walk|step|back|turn)\s+(?:away|out|off|back|around)\b"
    r")",
    re.IGNORECASE,
)
# passive, of what was brought in
_TAKEN = expression(
    r"\b(?:release|version|build|change|feature|flag|rollout|deployment|deploy|migration|upgrade|update|canary|fleet|traffic|patch|package|image|window|cut-?over|switch-?over|it|everything)\b(?:\s+\S+){0,2}?\s+(?:is|are|gets?|has\s+to\s+be|must\s+be|should\s+be|will\s+be|goes|comes|has\s+to\s+come|has\s+to\s+go|must\s+go|must\s+come)\s+(?:\w+ly\s+)?(?:pulled|yanked|taken|dropped|withdrawn|returned|moved|sent|put|switched|swapped|flipped|undone|reverted|abandoned|binned|scrapped|rejected|refused|failed|cancelled|canceled|out|off|back|down|void)\b",
    re.IGNORECASE,
)
_UNTIL = r"(?:if|when(?:ever)?|once|should|unless|where|as\s+soon\s+as|the\s+(?:moment|instant|minute|first\s+time)|in\s+(?:the\s+)?(?:case|event)|in\s+any\s+of|on\s+any|upon|under|for|because|cases?|circumstances|conditions?|situations?|events?|reasons?|grounds)"
_CONDITIONAL = expression(
    rf"\b{_UNTIL}\b|\b(?:any|one|either|each|all)\s+of\b|\b(?:these|those|the\s+following|either|following)\b|\b(?:anything|whatever|everything)\s+(?:on|of|from|in)\s+this\b",
    re.IGNORECASE,
)
# the words lead to something else: who is told, how it is done, what was or will be
_OTHER = expression(
    r"^\W*(?:please\s+|then\s+|also\s+|immediately\s+)*(?:escalate|notify|inform|tell|call|page|contact|alert|warn|message|open|file|raise|log|check|verify|confirm|test|ensure|make\s+sure|see|read|note|document|record|investigate|look|restart|reboot|retry|repeat|rerun|re-?run|scale|increase|start|proceed|continue|go\s+(?:on|ahead|live)|promote|deploy|run|execute|use|try|expect|watch|monitor|wait)\b"
    r"|^\W*(?:we\s+)?(?:ship|make|cut|prepare)\b|^\W*(?:we\s+)?(?:move|switch|advance|step)\s+(?:\S+\s+){0,4}?(?:to|from)\s+(?:the\s+)?(?:next|ring|stage|phase|wave|new|prod\w*|\d+\s?%)"
    r"|^\W*(?:how|who|where|why|after|before|during|while|since|to\s+\w+|for\s+(?:a|the|each|every)\s+\w+:|steps?)\b"
    r"|\b(?:how\s+to|as\s+follows|the\s+following\s+(?:steps?|commands?|procedure|order|way)|these\s+steps|steps?\s*:?\W*$|following\s+(?:steps?|commands?))\b"
    r"|\b(?:success\w*|complete[ds]?|(?:finished|done|over)\s+(?:when|if|once)|healthy|verified|passes|known\s+(?:issues|problems)|limitations?|caveats?|risks?|consequences?|impact|side\s+effects|happens|means\s+that|loses|lost\s+is|to\s+normal|to\s+(?:service|operation)|does\s+not\s+(?:restore|revert|undo|bring|cover)|will\s+not\s+(?:restore|revert|undo|bring|cover)|cannot\s+be\s+(?:undone|reverted|rolled)|tell|inform|notify|contacts?|alerts?\s+(?:us|you|when|if|on)|pages?\s+(?:us|you|when|if)|causes?\s+(?:of|are|include)|symptoms?|error\s+messages?|troubleshoot\w*)\b",
    re.IGNORECASE,
)
# a machine does it by itself
_TITLE = expression(
    r"\b(?:criteri(?:as?|ons?)|conditions?|triggers?|thresholds?|limits?|lines?|points?|rules?|reasons?|grounds|signs?|signals?|when|if|whether|exits?|gates?|cases|circumstances|pull(?:ing)?\s+the\s+plug|kill\s+switch|call(?:ing)?\s+it\s+off|turn(?:ing)?\s+(?:back|a?round)|bail(?:ing)?\s+out)\b|\?\W*$",
    re.IGNORECASE,
)
# "The service stops accepting traffic when:"
_ITSELF = expression(
    r"^\W*(?:the|an?|this|our|each|every)\s+(?:[\w-]+\s+)?(?:service|controller|scheduler|operator|kernel|daemon|process|pod|container|server|client|agent|worker|broker|database|node|cluster|application|app|driver|job|script|tool|installer|command|proxy|queue|balancer|kubelet|cache)s?\s+\w+s\b",
    re.IGNORECASE,
)
_TRIGGERS = expression(r"^\W*(?:\w+\s+)?triggers?\b", re.IGNORECASE)  # "Triggers → previous AMI"
_OURS = expression(
    r"^\W*(?:reasons?|grounds|cases)\s+(?:why\s+|when\s+|where\s+|in\s+which\s+)?(?:we|you)\b", re.IGNORECASE
)
# "Pause the vault when one of these happens:"
_ONE_OF = expression(
    r"^\W*(?:[\w-]+\s+){1,12}?(?:if|when(?:ever)?|as\s+soon\s+as)\s+(?:any|either|one|a\s+single\s+one|at\s+least\s+one)\s+of\s+(?:these|the\s+following)\b[^,]*$",
    re.IGNORECASE,
)
_MILD = expression(
    r"^\W*(?:please\s+|then\s+|also\s+)*(?:escalate|notify|inform|tell|call|page|contact|alert|warn|message|open|file|raise"
    r"|log|check|verify|confirm|note|document|record|investigate|look|restart|reboot|retry|scale|increase|add|proceed|renew|rotate|replace|update|upgrade|review|create|request|choose|pick|apply|ship|schedule|extend|resize|clean|release|publish|order|buy|book|join"
    r"|continue|go|promote|deploy|run|execute|use|skip|ask|see|read|you\s+are|it\s+is)\b",
    re.IGNORECASE,
)
# "Pull the cord:" and nothing else
_BRIEF = expression(
    r"^\W*(?:we\s+|please\s+|immediately\s+)?(?:(?:automatic|immediate|hard|manual|instant)\s+(?:halt|stop|abort|roll-?back|pause|revert)|pull|hit|press|roll\s|back\s+out|bail|abort|revert|undo|yank|flip|trip|throw|kill|withdraw|turn\s|go\s+back|brake|scrub|call\s+it)\w*\b[^:]{0,40}:\W*$",
    re.IGNORECASE,
)
_REFUSING = expression(
    r"\b(?:do\s+not|don['’]t|never|no|not|nobody)\s+(?:\w+ly\s+)?(?:return|restore|switch|swap|flip|move|send|put|bring|turn|pull|yank|drop|withdraw|remove|discard|abandon|leave|cancel|give)\b",
    re.IGNORECASE,
)
_BEFORE_LIST = expression(r"(?<=[.!?])\s+(?=[^a-z\s])")
# "Any of these → roll back.", "If one of the above is true, we go back"
_POINTS_BACK = expression(
    r"^\W*(?:(?:if|when(?:ever)?|as\s+soon\s+as|on|upon|in\s+case\s+of|should|hitting|seeing|crossing)\s+)?(?:(?:you|we)\s+(?:see|observe|notice|hit|get|find|meet)\s+)?(?:(?:even\s+|just\s+|only\s+)?(?:any|one|two|each|either|all|every|a\s+single|some|more\s+than\s+one|two\s+or\s+more|at\s+least\s+(?:one|two))(?:\s+(?:single\s+)?one)?\s+of\s+)?(?:the\s+)?(?:these|those|this|them|the\s+above|above|conditions?\s+above|criteria\s+above|list\s+above|points\s+above)\b(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ANY_ONE = expression(
    r"^\W*(?:any|one|either|each|a\s+single)(?:\s+(?:one|single\s+one|hit|yes|(?:ticked\s+|checked\s+)?(?:tick|box|cross|item|point|match)|(?:tripped\s+)?wire|red\s+line|trigger|criterion))?\s*(?:→|->|=>|⇒|=|:|means|is\s+enough|and\s+we|and\s+it)\s*(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_THEN = expression(
    r"^\W*(?:in\s+(?:that|this|any\s+such|such\s+a)\s+case|if\s+so)\b[\s,:]+(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
# a condition that only names a list of conditions elsewhere
_NAMES_LIST = expression(
    r"^\W*(?:(?:if|when(?:ever)?|as\s+soon\s+as|on|upon|in\s+case|should|once|after|hitting|crossing|reaching|tripping|breaching|violating|meeting)\s+)*(?:(?:you|we)\s+(?:see|observe|notice|hit|get|find|meet)\s+)?(?:any|one|a|an|the|either|all|some|two|every|each|single|of|these|those|hard|soft|red|above|abort|stop|rollback|roll-back|no-go|exit|bail-?out|\d+\s+or\s+more|or|more)?(?:\s+(?:one|a|an|the|of|these|those|hard|soft|red|above|abort|stop|rollback|roll-back|no-go|exit|bail-?out|single|or|more|our))*\s*(?:trip-?\s?wires?|triggers?|criteri(?:as?|ons?)|conditions?|thresholds?|limits?|red\s+lines?|guard-?\s?rails?|lines?|(?:hard|full)\s+stops?|these|those|above|following|them)\b(?:\s+(?:above|below|listed|is|are|was|were|has|have|been|gets?|met|hit|true|holds?|apply|applies|crossed|breached|exceeded|reached|fires?|fired|tripped|seen|violated|triggered|triggers|and|,|any|longer|for|in|this|table|section|list))*\W*$",
    re.IGNORECASE,
)


def ill(text: str) -> bool:
    """Whether an entry of a list is something seen going wrong or counted, and no order."""
    return (
        len(text.split()) <= _LONGEST_ITEM
        and not _ordered(text)
        and (outcomes.seen(text) or _FEWER.search(text) is not None)
    )


_FEWER = expression(
    r"\b(?:doubles?|halves|grows?|growth|shrinks?|diverges?|drifts?|jams?|stalls?|stops|breaks|opened|withdraws|unreadable|ooms?|oomkilled|regress\w*|broke|died|hung|froze|went|passed|alarms?|garbled|swapped|locked\s+out|not\s+\w+)\b",
    re.IGNORECASE,
)


def _ordered(text: str) -> bool:
    """Whether it is an order; "write latency is above 40 ms" is none."""
    return orders.imperative(text) and _STATE.match(text) is None


_STATE = expression(
    r"^\W*\w+(?:\s+[\w%-]+){1,3}\s+(?:broken|missing|down|unavailable|incompatible|slow|stuck|wrong|red|failing|unreachable|lost|late|empty)\W*$|^\W*\w+(?:\s+[\w%-]+){0,4}?\s+(?:is|are|was|were|has|have|exceeds?|rises?|rose|drops?|falls?|fell|climbs?|grows?|stays?|remains?|fails?|differs?|above|below|over|under|higher|lower|worse|slower)\b",
    re.IGNORECASE,
)


def mostly_ill(items: Sequence[str]) -> bool:
    """Whether most entries went wrong, and hardly one is an order."""
    if len(items) < 2:
        return False
    return not _orders(items) and sum(map(ill, items)) * 5 >= len(items) * 3


def none_ordered(items: Sequence[str]) -> bool:
    """Whether something went wrong among some entries, and none of them is an order."""
    return len(items) > 1 and any(map(ill, items)) and not any(map(_ordered, items))


def _orders(items: Sequence[str]) -> bool:
    """Whether more than a quarter of some entries are orders, so that none of them is a condition."""
    most = len(items) // 4
    return next(islice(filter(_ordered, items), most, None), None) is not None


_ALL_NEEDED = expression(  # "Gate (all must hold)"
    r"\ball\s+(?:of\s+(?:them|these)\s+)?(?:must|have\s+to|need\s+to)\s+(?:be\s+)?(?:hold|true|met|green|ticked|pass|given|fulfilled|ok)\b",
    re.IGNORECASE,
)


def over(lead: str, title: str, items: Sequence[str]) -> Polarity | None:
    """What a list below a lead-in (may be empty) and a heading asks for; None where nothing hints at it.

    The lead-in, or without one the heading, speaks of going back in whatever words and waits for conditions.
    """
    if len(lead) > _LONGEST * 2 or not items or _ALL_NEEDED.search(lead or title):
        return None
    entitled = _ENTITLED.match(lead)  # "5.1 Grounds for reversal. Any one suffices."
    if entitled is not None and (asked := _titled(entitled["title"], items)) is not None:
        return asked
    over_it = stances.over(_BEFORE_LIST.split(lead.strip())[-1] if lead.strip() else title)
    if over_it is None and _REASONS.match(lead) and retreat.retreats(title):
        over_it = Polarity.DO
    if over_it is not None and not any(map(_ordered, items)):
        return over_it
    if endings.gate(lead) or _GO_IF.match(lead or title):
        return None
    if verdict(lead or title) and mostly_ill(items) and not any(map(_ordered, items)):
        return Polarity.DO if _BARE_BACK.match(lead or title) else Polarity.DONT
    last = _BEFORE_LIST.split(lead.strip())[-1] if lead.strip() else ""
    if last and not last.rstrip(" *_").endswith((".", "!", ")")):
        if len(last) <= _LONGEST and _waits(last) and mostly_ill(items):
            return _mood(last)
        if last.rstrip(" *_").endswith(":") and len(last.split()) < 9 and retreat.stays(last) and mostly_ill(items):
            return Polarity.DONT
        if len(last) > _LONGEST or _OTHER.search(last) or endings.told(last):
            return None
        brief = _BRIEF.match(last) is not None and all(map(ill, items))
        if not brief and (not (_hinted(last) and _CONDITIONAL.search(last)) or _is_only_condition(last)):
            return None
        return _mood(last) if mostly_ill(items) else None
    asked = _titled(title, items) if title and len(title) <= _LONGEST else None
    if last and asked is None:  # "None of these is enough alone; the lead weighs them up."
        around = f"{title}. {lead}"
        weighed = retreat.doubts(around) and _hinted(around) and not _OTHER.search(title)
        return Polarity.CONSIDER if weighed and mostly_ill(items) else None
    return Polarity.CONSIDER if asked is Polarity.DO and last and retreat.doubts(lead) else asked


# the verdict alone, over what was seen: "Roll back:", "Stay (fix forward):"
_BARE_BACK = expression(
    r"^\W*(?:(?:then|we|definitely|always|immediate(?:ly)?)\s+)?(?:roll(?:ing)?\s?-?backs?|revert(?:ing)?|back(?:ing)?\s+out|abort(?:ing)?|stop|go(?:ing)?\s+back|call\s+(?:it|the\s+\w+)\s+off|no-?\s?go|bail\s+out|fail\s?back|fall\s?back)(?:\s+(?:now|at\s+once|immediately|here))?(?:\s+\([^()]*\))?\W*$",
    re.IGNORECASE,
)
_BARE_ON = expression(
    r"^\W*(?:(?:then|we|no\s+roll-?\s?back)\W+)?(?:stay|(?:fix|roll|patch)[\s-]forward|keep\s+going|carry\s+on|continue|proceed|go\s+on|live\s+with\s+it|tolerate|accept|ignore|leave\s+it)(?:\s+(?:anyway|regardless))?(?:\s+\([^()]*\))?\W*$",
    re.IGNORECASE,
)


_ENTITLED = expression(
    r"^\W*(?:\d+(?:\.\d+)*\.?\s+)?(?P<title>(?!(?:if|when|should|in\s+case)\b)[^\W\d][^.:;?!]{4,50})\.\s+[A-Z]"
)


def verdict(words: str) -> bool:
    """Whether words over a list are a verdict alone: what stands below decides what they are, orders or conditions."""
    return bool(words) and (_BARE_BACK.match(words) is not None or _BARE_ON.match(words) is not None)


def _titled(title: str, items: Sequence[str]) -> Polarity | None:
    """What a heading asks for of the entries right below it, or below words that only comment on them."""
    if _waits(title) and mostly_ill(items):
        return _mood(title)
    several = len(items) > 1
    if (
        several
        and _PUTS_UP.search(title)
        and not any(map(_ordered, items))
        and not retreat.retreats(_NO_BACK.sub("", title))
    ):
        return Polarity.DONT
    title = title.replace("-", " ")  # "Pull-the-plug list"
    if _OTHER.search(title) or not _hinted(title):
        return None
    if _TITLE.search(title) or retreat.doubts(title):
        return _mood(title) if mostly_ill(items) else None
    return _mood(title) if several and not any(map(_ordered, items)) and all(map(_wrong, items)) else None


def _wrong(item: str) -> bool:
    """Whether an entry went wrong beyond doubt: "error rate below 1 %" may be well."""
    return ill(item) and _RIGHT.search(item) is None


# "We tolerate (no rollback)", "Nothing to worry about (keep going)", "Acceptable during the rollout, no action"
_PUTS_UP = expression(
    r"\b(?:we\s+(?:tolerate|accept|live\s+with|put\s+up\s+with|ignore)|tolerat(?:ed|able|ions?)|no\s+(?:roll-?\s?back|back-?out|revert|abort|action|reaction)|not\s+(?:an?\s+)?(?:reasons?|grounds|roll-?\s?back|emergenc\w+)|keep\s+(?:going|rolling)|carry\s+on|(?:nothing|no\s+need|not)\s+to\s+(?:worry|panic|react|bother)|don['’]t\s+(?:panic|worry|bother)|do\s+not\s+(?:panic|worry|bother)|(?:roll|fix|fail)\s+forward)\b",
    re.IGNORECASE,
)
_NO_BACK = expression(r"\b(?:no|not|without)\s+(?:an?\s+)?\S+", re.IGNORECASE)
_RIGHT = expression(
    r"\b(?:below|under|back|again|restored?|recovered|healthy|normal|running|ok|okay|verified|confirmed|green|stable|no|zero|reachable|available|returns?|returned|succeeds?|passes|works?|done|complete[ds]?|old|previous|removed|deleted|notified|informed)\b|[<≤]",
    re.IGNORECASE,
)


def _waits(words: str) -> bool:
    """Whether a drastic order waits for one of what is listed; to tell somebody, or to add something, is none."""
    return _ONE_OF.search(words) is not None and _MILD.match(words) is None


def how(rows: list[str]) -> list[str]:
    """The rows of a paragraph as what is asked for, where what stands below only tells how."""
    return [*rows[:-1], rows[-1].rstrip(" *_:")] if over_code(rows[-1]) else rows


def over_code(row: str) -> bool:
    """Whether a condition stands over what is typed then: "If a new version is the writer, undo it:"."""
    last = _BEFORE_LIST.split(row.strip())[-1]
    mended = _WAS.search(last) and not _DEPLOYED.search(last) and not _IN_TIME.search(last)
    if not last.rstrip(" *_").endswith(":") or mended:
        return False
    return _IF_FIRST.match(last) is not None or (_IF_LATER.search(last) is not None and retreat.retreats(last))


_IF_FIRST = expression(
    r"^\W*(?:if|when|should|as\s+soon\s+as)\b[^,]+(?:,|\s(?=(?:kill|abort|stop|roll|revert|halt|pause)\s+\w+\s))",
    re.IGNORECASE,
)
# "If it is not back within 3 minutes after the file was changed, put the old one back:"
_IN_TIME = expression(r"^[^,]*(?:\bnot\b|n['’]t\b)[^,]*\b(?:within|after)\s+\d", re.IGNORECASE)
# "If there was a deploy in the last hour, roll it back first:", "If the last release was in the past two hours, …"
_DEPLOYED = expression(
    r"^\W*(?:\d+\.\s+)?if\s+(?:the|a|our)\s+(?:(?:last|latest|most\s+recent|newest)\s+)?(?:deploy\w*|releas\w*|roll-?out|change|version)\s+(?:was|is|happened|went|came|ran)\b[^,]*\b(?:last|past|recent\w*|less\s+than|within|under|today|minutes|hours?)\b[^,]*,\s+(?:roll|revert|go\s+back|undo|back)\b|^\W*(?:\d+\.\s+)?if\s+(?:there\s+was|it\s+was|something\s+was|anything\s+was|somebody)\b[^,]*\b(?:deploy\w*|releas\w*|roll-?out|changed?|merged?|shipped)\b[^,]*\b(?:last|past|recent\w*|since|ago|today|before)\b[^,]*,\s+(?:roll|revert|go\s+back|undo|back)\b",
    re.IGNORECASE,
)
_IF_LATER = expression(r"\s(?:if|when|as\s+soon\s+as)\s+\S+\s+\S+\s+\S", re.IGNORECASE)
_WAS = expression(
    r"^[^,]*\b(?:was|were|been|you|we|all|only|ever|it)\b[^,]*,", re.IGNORECASE
)  # what was done is mended


def _hinted(words: str) -> bool:
    return (
        retreat.mood(words) is not None
        or (retreat.retreats(words) and not _ITSELF.match(words))
        or _OURS.match(words) is not None
        or _TRIGGERS.match(words) is not None
        or _WEAK.search(words) is not None
        or _TAKEN.search(words) is not None
        or endings.said(words)
    )


def _is_only_condition(last: str) -> bool:
    """Whether a comma after the condition leads to something else: "If we go back, these people are told:"."""
    match = re.match(
        r"^\W*(?:if|when(?:ever)?|once|after|before|while|should|as\s+soon\s+as|in\s+case)\s+(?P<condition>[^,]+),\s*(?P<main>.+)$",
        last,
        re.IGNORECASE,
    )
    if match is None:  # "If the rollback fails:" has nothing to do in it
        return (
            re.match(
                r"^\W*(?:if|when(?:ever)?(?!\s+(?:not\s+)?(?:to|do|should)\b)|once|after|before|while|as\s+soon\s+as)\b",
                last,
                re.IGNORECASE,
            )
            is not None
        )
    return not _hinted(match["main"])


def _mood(words: str) -> Polarity:
    if _REFUSING.search(words):
        return Polarity.DONT
    return retreat.mood(words, home=True) or (Polarity.CONSIDER if retreat.doubts(words) else Polarity.DO)


def afterwards(text: str, items: Sequence[str]) -> Polarity | None:
    """What words right after a list ask for when one of it holds: "Any of these → roll back."."""
    if len(text) > _LONGEST or not items:
        return None
    match = _POINTS_BACK.match(text) or _ANY_ONE.match(text) or _THEN.match(text)
    if match is None or not mostly_ill(items):
        return None
    rest = match["rest"]
    return retreat.mood(rest, home=True) or (Polarity.DO if _WEAK.search(rest) or endings.said(rest) else None)


def names_list(condition: str) -> bool:
    """Whether a condition only points at a list of conditions elsewhere: "if a tripwire is hit", "any of the above"."""
    return _NAMES_LIST.match(condition.strip(" ,.:")) is not None


_ANSWER = expression(
    r"^\W*(?:(?P<yes>yes|stop|abort)|(?P<no>no(?!-?\s?go)|continue|go\s+on)|(?P<maybe>maybe|perhaps|it\s+depends))\s*(?::|,|–|—|->|→|\s-\s|\bif\b|\bwhen\b)\s*\S",
    re.IGNORECASE,
)


def answered(text: str) -> Polarity | None:
    """What an entry says of itself below a question: "Yes: replication broken", "No: the import is slow"."""
    match = _ANSWER.match(text)
    if match is None:
        return None
    return Polarity.DO if match["yes"] else Polarity.DONT if match["no"] else Polarity.CONSIDER


def questions(words: str, items: Sequence[str]) -> bool:
    """Whether a question about going back is answered by each entry below it: "Abort?", "Yes: …", "No: …"."""
    return (
        words.rstrip(" *_:").endswith("?")
        and len(words) <= _LONGEST
        and len(items) > 1
        and (retreat.retreats(words) or _WEAK.search(words) is not None)
        and all(_ANSWER.match(item) for item in items)
    )


def points(sentence: str) -> bool:
    """Whether a sentence only points at conditions listed elsewhere: "Hitting a tripwire means a rollback"."""
    if _ANY_ONE.match(sentence):
        return True
    parts = _PARTS.split(sentence.strip(" .!"))
    return len(parts) > 1 and (names_list(parts[0]) or names_list(parts[-1]))


_PARTS = expression(
    r",\s+(?:then\s+)?|\s*(?:→|➜|->|=>|⇒)\s*|:\s+|\s+(?:means?|triggers?|calls?\s+for|is\s+enough\s+to|=)\s+|\s+(?=if\b|when(?:ever)?\b|as\s+soon\b|we\b)",
    re.IGNORECASE,
)


# "Reasons to return:", below "Return to the old hardware"
_REASONS = expression(
    r"^\W*(?:\w+\s+)?(?:reasons?|grounds|causes|criteria|conditions|triggers)(?:\s+(?:to|for|of)\s+[\w-]+(?:\s+\w+)?)?(?:\s*\([^()]*\))?\W*$",
    re.IGNORECASE,
)
_LABELLED = expression(r"^\W*(?P<label>[^:.?!\n]{3,90}):\W{0,3}\s+(?P<tail>\S.*)$", re.DOTALL)
_SIDE_BY_SIDE = expression(r"\s+[·•|/]\s+|;\s+(?:or\s+|and\s+)?")
_COMMAS = expression(r",\s+(?:or\s+|and\s+)?|\s+or\s+(?=(?:an?|the|any|no)\s)")
_CRITERIA = expression(
    r"^\W*(?:the\s+)?(?:reasons?|triggers?|criteri(?:as?|ons?)|conditions?|grounds|causes|signs|signals|when|for|on|if)\W*$",
    re.IGNORECASE,
)
# "Worth a rollback: …", "No abort for: …", "Rollback mandatory: …"
_WORTH = expression(
    r"^\W*(?P<not>not?\b\s*)?(?:\w+\s+){0,2}?(?:worth|enough|reasons?|mandatory|required|justif\w+|grounds|cause|triggers?|for|on|upon|when|if)\b|.*\b(?P<no>not\s+)?(?:for|on|upon|when|if|mandatory|required|triggers?|criteria|conditions?|thresholds?|limits?)\W*$",
    re.IGNORECASE,
)
_GOES_WITH = expression(
    r"^\W*(?:sustained|for|over|within|measured|which|that|i\.e|e\.g|compared|averaged|at|in|on|during|after|before|then|so|we|you|but|per|as|with|see|even|including|especially|unless|if\s+(?:not|needed))\b",
    re.IGNORECASE,
)
_ONE = expression(r"\b(?:trigger|condition|criterion|reason|threshold)\W*$", re.IGNORECASE)  # "Trigger: A, or B" is one
_GO_IF = expression(r"^\W*go\s+if\b", re.IGNORECASE)
_OPEN_END = expression(r"\b(?:if|when(?:ever)?|on|for|in\s+case\s+of|unless)\W*$", re.IGNORECASE)
_DO_THIS = expression(r"[→➜⇒]|=>|->|,\s+(?:then|we|you)\b")
_LONGEST_PIECE = 12  # words
_LONGEST_ALONE = 30


class Piece(NamedTuple):
    """One of several conditions of a line: where it starts, and its words."""

    at: int
    text: str


def enumerated(
    sentence: str, asks: Callable[[str], Polarity | None], *, home: bool
) -> tuple[list[Piece], Polarity] | None:
    """The conditions set in a row behind a label: "We revert on: failed logins > 4 % · crash loop · missing invoices".

    `asks` tells what a label asks for; where going back is the matter (`home`), "Reasons:" is one.
    """
    match = _LABELLED.match(sentence)
    if match is None or len(sentence) > _LONGEST * 2:
        return None
    label = match["label"].strip(" *_")
    if _GO_IF.match(label):
        return None
    asked = Polarity.DO if home and _CRITERIA.match(label) else asks(label)
    if asked is None and len(label.split()) < 8:
        worth = _WORTH.match(label) if retreat.retreats(label) else None
        if worth is not None:
            asked = Polarity.DONT if worth["not"] else Polarity.DO
        elif home and not _OTHER.search(label):
            asked = outcomes.label(label) or leads.answers(f"{label}:")
    if asked is None:
        return None
    tail, start = match["tail"], match.start("tail")
    apart = _SIDE_BY_SIDE
    pieces = _pieces(tail, start, apart)
    if len(pieces) < 2 and asked is not Polarity.DONT:
        pieces = [] if _ONE.search(label) else _pieces(tail, start, _COMMAS)
        if any(_GOES_WITH.match(piece.text) or len(piece.text.split()) < 2 for piece in pieces) or not all(
            ill(piece.text) for piece in pieces[:2]
        ):
            pieces = []
    elif len(pieces) < 2:
        pieces = _pieces(tail, start, _COMMAS)
    if len(pieces) < 2 and _OPEN_END.search(label) and outcomes.seen(tail) and not _DO_THIS.search(tail):
        pieces = [Piece(start, tail.strip(" .*_"))]  # "**Go back to blue if:** green errors > blue errors"
    elif len(pieces) < 2:
        return None
    if any(len(piece.text.split()) > (_LONGEST_PIECE if len(pieces) > 1 else _LONGEST_ALONE) for piece in pieces):
        return None
    if any(orders.imperative(piece.text) or retreat.retreats(piece.text) for piece in pieces):
        return None
    return pieces, asked


def _pieces(tail: str, start: int, apart: Pattern) -> list[Piece]:
    hidden = _ASIDE.sub(lambda aside: "x" * len(aside.group()), tail)
    marks = list(apart.finditer(hidden))
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(tail)]
    return [
        Piece(start + one, tail[one:other].strip(" .;*_"))
        for one, other in zip(starts, ends, strict=True)
        if tail[one:other].strip(" .;*_")
    ]


_ASIDE = expression(r"\([^()]*\)")

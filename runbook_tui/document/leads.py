"""Lead-ins and headings over conditions of going back, whatever words their writers have for it.

"Set the flag to 0 if any of the following is seen.", "Hands off if:", "We stay on the old driver in the event of",
"Brake at once:", "Tripwires", "Pull the plug if". What follows must look like conditions, which the caller judges.
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re

from runbook_tui.document import abroad, consent, endings, leaving, outcomes, retreat
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

_LONGEST = 320
_IF = r"(?:if|when(?:ever)?|(?<!\bat )once|where|should|unless|because|as\s+soon\s+as|the\s+(?:moment|instant|minute)|in\s+(?:the\s+)?(?:case|event)(?:\s+of)?|upon|on|for|after|at|regardless\s+of|despite|in\s+spite\s+of|because\s+of)"
_OPEN_END = expression(
    rf"\b{_IF}\s*(?:any|one|either)?(?:\s+of(?:\s+(?:these|the\s+following|them))?)?\W*$", re.IGNORECASE
)
_CONDITION = expression(
    r"^\W*(?:each|any|every|one|all|either)\s+(?:one\s+)?of\b|\b(?:if|when(?:ever)?|(?<!\bat )once|should|unless|as\s+soon\s+as|the\s+(?:moment|instant|minute|first\s+time)|in\s+(?:the\s+)?(?:case|event)|upon|where)\b"
    r"|\b(?:in|for|on|under|at|by|after|upon|with)\s+(?:any|each|one|all|either)?\s*(?:of\s+)?(?:the\s+)?(?:these|those|such|this|following|below|any\s+of|one\s+of|either)\b"
    r"|\b(?:mean|means|require[sd]?|force[sd]?|cause[sd]?|justif(?:y|ies)|warrants?|call\s+for|trigger\w*|is\s+enough|mak(?:e|es)\s+us|forces?\s+us|sends?\s+us|lets?\s+us|count\s+as|reasons?\s+(?:to|for)|enough\s+to)\b",
    re.IGNORECASE,
)
_LISTED = expression(
    r"\breasons?\s+(?:to|for)\b|\b(?:two|three|four|five|six|several|\d+)\s+(?:things|events|findings|cases|situations)\b|\b(?:regardless|in\s+spite)\s+of\b|^(?:things|what|anything|events|signs)\b|\b(?:following|these|those|below|any\s+of|any\s+one|one\s+of|each\s+of|such|either|(?:you|we)\s+(?:see|observe|notice|find|spot|get|hit))\b",
    re.IGNORECASE,
)
_NOUNS = expression(
    r"^\W*stop[\s-]the[\s-]line\W*$|^\W*(?:(?:the|our|your|some|key|possible|typical|clear|hard|soft|automatic|manual|immediate|known|common|sure|early|late|release|deploy(?:ment)?|canary|rollout|migration)\s+)*"
    r"(?:trip-?\s?wires?|(?:hard|full)\s+stops?|guard-?\s?rails?|red\s+(?:flags?|lines?)|show-?\s?stoppers?|deal-?\s?breakers?"
    r"|(?:stop|fail(?:ure|ed)?|no[\s-]?go|abort|bail(?:-?\s?out)?|halt|kill(?:[\s-]switch)?|roll-?\s?back|back-?\s?out|revert|fall-?\s?back|fail-?\s?back|cancell?ation|withdrawal|reversal|return|undo|retreat|exit|escape|brake|danger|warning)\s*(?:[/&]\s*\w+\s+)?"
    r"(?:signs?|signals?|lights?|criteri(?:as?|ons?)|conditions?|triggers?|points?|rules?|thresholds?|limits?|lines?|indicators?|reasons?|causes?|gates?|decision\s+points?|matrix|items?)"
    r"|(?:signs?|signals?|symptoms?|reasons?|grounds|criteria|conditions|thresholds|rules|limits|triggers)\s+(?:for|to|of|that|under\s+which|why|when)\s+.*)\b",
    re.IGNORECASE,
)
_STOP_NOUN = expression(r"^\W*(?:\w+\s+)?(?:kill|stop|halt|no[\s-]?go|abort|bail|exit)\b", re.IGNORECASE)
_JUDGE = expression(
    r"\b(?:soft\s+(?:criteria|limits?|triggers?|thresholds?|stops?)|judge?ment\s+calls?|grey\s+(?:zone|area)s?|gray\s+(?:zone|area)s?|borderline|amber|yellow\s+(?:zone|flags?|cards?))\b",
    re.IGNORECASE,
)
_STAY = expression(
    r"\b(?:not\s+(?:a\s+|an\s+)?(?:reasons?|grounds|causes?|problems?)|false\s+alarms?|known\s+noise|harmless|no\s+reason|can\s+(?:be\s+ignored|wait)|expected\s+(?:noise|symptoms)|safe\s+to\s+ignore|do(?:es)?\s+not\s+count)\b",
    re.IGNORECASE,
)
_CASES = r"(?:\w+\s+)?(?:cases?|deviations?|differences|discrepanc(?:y|ies)|noise|symptoms?|events?|anomal(?:y|ies)|warnings?|messages|fluctuations?|side[\s-]?effects?)"
_ALLOWED = r"(?:tolera(?:ble|ted)|acceptable|accepted|permitted|permissible|allowed|harmless|benign)"
# "Tolerable cases", "G.2 The following deviations are accepted"
_TOLERATED = expression(
    rf"^\W*(?:[A-Z]?\.?\d+(?:\.\d+)*\.?\s+)?(?:(?:the|some|other)\s+)?(?:{_ALLOWED}\s+{_CASES}\W*$|(?:the\s+following|these|such)\s+{_CASES}\s+(?:are|may\s+be|can\s+be)\s+(?:\w+\s+)?(?:{_ALLOWED}|normal|expected|ignored|disregarded)\b)",
    re.IGNORECASE,
)
_NOT_ONE = expression(r"^\W*not?\s+(?:an?\s+|the\s+)?(?=\w)", re.IGNORECASE)
_WHEN_TO = expression(r"\bwhen\s+(?:not\s+)?(?:to|we|you|do\s+we|should\s+(?:we|i|you))\b", re.IGNORECASE)
_HOW = expression(
    r"^\W*(?:how\s+(?:to|we|do)|what\s+(?:the\s+|an?\s+)?(?:roll|going\s+back|revert|back-?out)\w*|to\s+\w+|for\s+(?:a|the)\s+\w+\s*:|steps?\b|after|before|during|once\s+(?:the\s+)?(?:roll|back|revert)|if\s+(?:(?:you|we)\s+)?(?:need|have|must|want|decide|a\s+roll|the\s+roll|roll))\b",
    re.IGNORECASE,
)
_LEADS_AWAY = expression(
    r"^\W*(?:who|how|where|why|then|after|before|next|steps?|contacts?|owner|note)\b|\b(?:steps?|procedures?|commands?|contacts?|who|in\s+order|afterwards|verify|check)\b",
    re.IGNORECASE,
)
# "The pod does not start if:" tells of a machine
_ITS_STATE = expression(
    rf"^\W*(?:the|an?|your|its)\s+(?!(?:[\w-]+\s+)?{retreat.UNDER_WAY}\b)[\w-]+(?:\s+[\w-]+)?\s+(?:do(?:es)?\s+not|do(?:es)?n['’]t|will\s+not|won['’]t|cannot|can['’]t|may\s+not)\s+\w+[^,]*\b(?:if|when|because)\W*$",
    re.IGNORECASE,
)
# "We stay on v9 despite:", whichever it is: "Go back in spite of:" is another thing
_DESPITE = expression(
    r"^\W*(?:we\s+|you\s+|please\s+|(?:the|this|our)\s+(?:[\w-]+\s+){1,3}?)?(?:stay|remain|continue|proceed|carr(?:y|ies)\s+on|go(?:es)?\s+(?:on|ahead)|keep|press\s+on|leave\s+it)s?\b[^,.:]{0,50}\b(?:despite|in\s+spite\s+of|regardless\s+of|even\s+with)(?:\s+(?:any\s+of\s+)?(?:these|this|those|the\s+following))?\W*$",
    re.IGNORECASE,
)
# "Rollback is finished when"
_ITS_END = expression(
    r"^\W*(?:the\s+)?(?:roll-?\s?back|back-?\s?out|revert|reversal|fall-?\s?back|return)\s+(?:is|counts\s+as|may\s+be\s+called)\s+(?:finished|complete[d]?|done|over|successful|ok|closed|verified)\b",
    re.IGNORECASE,
)
# "Keep going, even if", "Leave it in when"
_EVEN_IF = expression(r"\b(?:if|when(?:ever)?|despite|although|in\s+spite\s+of)\W*$", re.IGNORECASE)
# "Rollback – yes or no?"
_ASKED = expression(
    r"^\W*(?!(?:how|what|who|where|why|which|is|are|was|were|did|has|have|can|does|could|after|before)\b).{4,60}\?\W*$",
    re.IGNORECASE,
)
_MAKES = expression(r"^\W*(?:we\s+|you\s+)?(?:ship|release|make|cut|publish|write|create|prepare)\b", re.IGNORECASE)
_NAMED_REASONS = expression(
    r"\b(?:following|these)\s+(?:\w+\s+)?(?:reasons?|grounds|triggers?|conditions|criteria)\s+(?:to|for)\b",
    re.IGNORECASE,
)
_PRONOUN = expression(r"\b(?:it|so|this|that)\W+(?:if|when|once|as\s+soon\s+as)\W*$", re.IGNORECASE)
# "The following do not stop the release: …", "The following do:"
_THESE_DO = expression(
    r"^\W*(?:the\s+following|these|those)(?:\s+ones)?\s+(?:do|are|will)(?P<not>\s*n['’]t|\s+not)?\s*:\W*$",
    re.IGNORECASE,
)
_NO_GO = expression(r"^\W*(?:no-?\s?go\b|yes\W|(?:abort|stop)\s*(?:[—–!:]|\s-\s))", re.IGNORECASE)
_ASIDE = expression(r"\([^()]*\)")
_ENDS = expression(r"(?<=[.!?])\s+(?=[^a-z\s])")
_WELL = expression(r"\b(?:complete|done|over|success\w*|finished|verified)\s+(?:when|if|once)\b", re.IGNORECASE)
_BUT_HOW = expression(
    r"\b(?:run|use|execute|follow|type|do|take|with)\s+(?:(?:these|the|this)\s+)?(?:following|these|steps?|commands?|below|this(?!\s+(?:if|when|once))|as\s+follows)\b|\bas\s+follows\b|\b(?:steps|commands|procedure|playbook|script)\W*$|\bby\s*\W*$|\blike\s+(?:this|so)\W*$",
    re.IGNORECASE,
)


def announced(paragraph: str, *, heading: str = "", home: bool = False) -> Polarity | None:
    """What a paragraph asks for when one of the conditions listed below it holds; None when it asks nothing.

    `heading`: the words of the section, for a pronoun ("do it when:"); `home`: conditions were already asked for here.
    """
    sentences = [one.strip() for one in _ENDS.split(paragraph.strip()) if one.strip()]
    if not sentences or endings.told(sentences[-1]):
        return None
    if _TOLERATED.match(sentences[-1]):
        return Polarity.DONT
    told = retreat.spoken(paragraph) or (_PRONOUN.search(sentences[-1]) is not None and retreat.spoken(heading))
    asked = _asked(sentences, heading=heading, home=home) if told else None
    return asked if asked is not None else endings.lead(sentences[-1])


def _asked(sentences: list[str], *, heading: str, home: bool) -> Polarity | None:
    last = sentences[-1]
    if _DESPITE.match(last) and retreat.spoken(last):
        return Polarity.DONT
    if (named := _named(last)) is not None:
        return named
    if (
        len(last) > _LONGEST
        or (_HOW.match(last) and not _NAMED_REASONS.search(last))
        or _WELL.search(last)
        or _ITS_STATE.match(last)
    ):
        return None
    ends = last.rstrip(" *_")
    opens = (
        ends.endswith((":", ",", "–", "—")) or _OPEN_END.search(last) is not None or not ends.endswith((".", "!", "?"))
    )
    if opens:
        conditional = _CONDITION.search(last) is not None or _OPEN_END.search(last) is not None
        if re.search(r"\bunless\W*$", last, re.IGNORECASE):
            return None
        own = retreat.mood(last, home=True) if conditional or home else retreat.mood(last)
        if own is None and conditional and re.search(r"\b(?:it|so|this|that)\b", last):
            own = next(
                (mood for one in (*reversed(sentences[:-1]), heading) if (mood := retreat.mood(one)) is not None), None
            )
            own = Polarity.CONSIDER if own is Polarity.DO and retreat.doubts(last) else own
        elif own is not None and not (retreat.retreats(last) or retreat.halts(last)) and _pronoun(last) and not home:
            around = " ".join((heading, *sentences[:-1]))
            own = own if retreat.retreats(around) else None
        if own is None:
            own = outcomes.lead(last) if conditional else outcomes.leads_to(last)
        if own is None or _BUT_HOW.search(last):
            return None
        if (
            own is Polarity.DONT
            and not home
            and (not (retreat.retreats(last) or retreat.stays(last)) or _MAKES.match(last))
        ):
            return None  # "Continue if:" is a gate, until going back was spoken of
        if conditional:
            waits = _OPEN_END.search(last) or _LISTED.search(last)
            return own if waits and not _only_condition(last) else None
        certain = _brief(last) or home or _LISTED.search(last) or _verdict(last) or _offers(last, own)
        return own if ends.endswith(":") and certain else None
    for one in sentences:  # "Set the flag to 0 if any of the following is seen. No need to find out why."
        if (
            _CONDITION.search(one)
            and re.search(r"\b(?:following|below|these\s+\w+)\b", one, re.IGNORECASE)
            and not _HOW.match(one)
            and not _BUT_HOW.search(one)
        ):
            mood = retreat.mood(one)
            if mood is not None and (retreat.retreats(one) or home) and not _only_condition(one):
                return mood
    return None


def heading(words: str) -> Polarity | None:
    """What a heading asks for under it: "Tripwires", "Pull the plug on the canary if", "When to stop half-way"."""
    words = words.strip(" *_:….")
    if _ITS_END.match(words):
        return None
    if (left := leaving.over(f"{words}:")) is not None:
        return left
    if _EVEN_IF.search(words) and retreat.stays(words) and not retreat.retreats(words):
        return Polarity.DONT
    if (named := _named(words)) is not None:
        return named
    if retreat.reason(words) is Polarity.DONT:
        return Polarity.DONT
    if _ASKED.match(words) and retreat.retreats(words):
        return Polarity.DO
    return _over(words) or endings.heading(words) or abroad.heading(words)


def _over(words: str) -> Polarity | None:
    if not retreat.spoken(words) or _HOW.match(words) or _WELL.search(words) or _BUT_HOW.search(words):
        return None
    mood = retreat.mood(words, home=True)
    if mood is None or not retreat.retreats(words):
        return None
    if re.search(rf"\b{_IF}\s*(?:any\s+of|one\s+of)?\W*$", words, re.IGNORECASE) and re.search(
        r"\b(?:if|when|whenever|in case|as soon as|case of|event of|for|on|upon|because of)\W*$", words, re.IGNORECASE
    ):
        return mood
    if _WHEN_TO.search(words):
        return Polarity.DONT if re.search(r"\bnot\s+to\b|\bnever\b", words, re.IGNORECASE) else mood
    return None


def _named(words: str) -> Polarity | None:
    """What stands over conditions by name: "Red flags", "No-go signals", "Judgement calls", "Not a reason to stop"."""
    if len(words.split()) > 14:
        return None
    if _TOLERATED.match(words):
        return Polarity.DONT
    if (no := _NOT_ONE.match(words)) is not None and _NOUNS.match(words[no.end() :]):
        return Polarity.DONT
    if _NOUNS.match(words):
        rest = _NOUNS.sub("", words, count=1)
        if re.search(
            r"\b(?:complete|success|done|readiness|verif\w*|procedure|steps?|plan|owner|contact|history|review|tested|policy)\b",
            words,
            re.IGNORECASE,
        ):
            return None
        head = re.match(
            r"^\W*(?:\w+\s+){0,3}?(?:signs?|signals?|symptoms?|reasons?|grounds|criteria|conditions|thresholds|rules|limits|triggers)\s+(?:for|to|of|that|under\s+which|why|when)\b",
            words,
            re.IGNORECASE,
        )
        if head is not None and not retreat.retreats(words) and not _STOP_NOUN.match(words):
            return None
        if re.match(r"^\W*(?:warning|danger|exit|escape)\b", words, re.IGNORECASE) and not retreat.retreats(rest):
            return None
        if re.search(r"\bnot\s+to\b|^\W*(?:no|not)\s+(?!go)", words, re.IGNORECASE):
            return Polarity.DONT
        return Polarity.CONSIDER if retreat.doubts(words) else Polarity.DO
    if _JUDGE.search(words):
        return Polarity.CONSIDER
    if retreat.reason(words) is Polarity.DONT and (words.rstrip().endswith(":") or len(words.split()) < 9):
        return Polarity.DONT
    return None


# "the totals must agree; if they don't, we call it off." speaks of nothing below it
_WHOLE = expression(
    r"(?:^|[;,.–—]\s*)(?:if|when|unless)\s+(?:it|they|that|this|one|he|she|not)\b[^,:]{0,40},[^:]*\.$", re.IGNORECASE
)


def answers(lead: str) -> Polarity | None:
    """After conditions: "Keep rolling:", "Please leave it on in these situations:", "Ask first, then maybe brake:"."""
    bare = lead.strip(" *_")
    if _JUDGE.search(bare):
        return Polarity.CONSIDER
    if _STAY.search(bare) or re.match(r"^hold\s+(?:off|back)\W*(?:if|when)?\W*$", bare, re.IGNORECASE):
        return Polarity.DONT
    if (these := _THESE_DO.match(bare)) is not None:
        return Polarity.DONT if these["not"] else Polarity.DO
    if (not bare.endswith(":") and not _CONDITION.search(bare)) or _WHOLE.search(bare):
        return None
    mood = retreat.mood(bare, home=True)
    if mood is not None and not _HOW.match(bare) and not _BUT_HOW.search(bare) and len(bare.split()) <= 25:
        return mood
    if retreat.doubts(bare) and _OPEN_END.search(bare):
        return Polarity.CONSIDER
    if re.match(
        r"^(?:continue|proceed|go\s+on|monitor|watch|wait|observe)\b|^(?:stay|hold|keep|remain)\W*$",
        bare,
        re.IGNORECASE,
    ):
        return Polarity.DONT
    return _briefly(bare)


def _briefly(bare: str) -> Polarity | None:
    """Few words with a colon between lists of conditions: "Talk to the commander first:", "What would not:"."""
    if (
        not (bare.endswith(":") or _OPEN_END.search(bare))
        or len(bare.split()) > 10
        or _LEADS_AWAY.search(bare)
        or _BUT_HOW.search(bare)
    ):
        return None
    if consent.asks(bare):
        return None
    if retreat.doubts(bare):
        return Polarity.CONSIDER
    if _NOTHING_YET.match(bare):
        return None
    negated = re.search(r"\b(?:not|no|never|nor|nothing|none)\b|n['’]t\b", bare, re.IGNORECASE) is not None
    if negated and _OTHER_WORK.match(bare):
        return None
    return Polarity.DONT if negated or retreat.goes_on(bare) else None


_NOTHING_YET = expression(  # what was seen after a step: "Still nothing:", "No answer:"
    r"^\W*(?:still\s+(?:nothing|not|no)\b.*|nothing(?:\s+(?:yet|there|again|happens|helps|helped))?|no\s+(?:luck|answer|reply|response|success|change|effect|improvement|difference)(?:\s+(?:yet|either|after)\b.*)?|not\s+(?:there|yet|either|back|up|better|helping))\W*$",
    re.IGNORECASE,
)
# "Do not skip anything when": work is forbidden, and not going back
_OTHER_WORK = expression(
    r"^\W*(?:(?:we|you|please)\s+)?(?:do\s+not|don['’]?t|never|must\s+not|may\s+not)\s+(?:skip|drop|delete|purge|overwrite|re-?start|re-?boot|re-?try|run|use|apply|add|remove|force|reset|reopen|resume|unpause|unfreeze|re-?enable|sign|approve|hand\s+over)\b",
    re.IGNORECASE,
)


def sibling(words: str) -> Polarity | None:
    """What a heading asks for that follows one over conditions: "Ask the commander to weigh a rollback", "Stay on v4 for"."""
    waits = _OPEN_END.search(words) is not None or len(words.split()) <= 5
    if len(words.split()) > 12 or _LEADS_AWAY.search(words) or _BUT_HOW.search(words):
        return None
    if re.match(r"^\W*(?:yes|no)\b", words, re.IGNORECASE):
        return None  # an answer
    if _DESPITE.match(words):
        return Polarity.DONT
    if retreat.doubts(words) and (waits or retreat.retreats(words) or len(words.split()) <= 8):
        return Polarity.CONSIDER
    if waits and (retreat.stays(words) or _STAY.search(words) or retreat.reason(words) is Polarity.DONT):
        return Polarity.DONT
    return None


def _pronoun(last: str) -> bool:
    return re.search(r"\b(?:it|so|this|that|them|yours)\b", last, re.IGNORECASE) is not None


def _brief(last: str) -> bool:
    """Whether it is an order and nothing else: "Brake at once:", "Abort immediately:"."""
    words = last.strip(" :*_")
    return (
        len(words.split()) <= 5
        and re.match(r"^(?:we\s+|please\s+|always\s+|immediately\s+)?\w+", words) is not None
        and re.search(
            r"\b(?:at\s+once|immediately|right\s+away|now|straight\s+away|without\s+\w+|instantly|hard)\b",
            words,
            re.IGNORECASE,
        )
        is not None
    )


def _verdict(last: str) -> bool:
    """Whether an order begins with the verdict: "NO-GO — stop here and switch back:"."""
    return _NO_GO.match(last) is not None


def _offers(last: str, own: Polarity) -> bool:
    """Whether it only has going back thought about: "Evaluate reverting (captain + PM):"."""
    words = _ASIDE.sub("", last).split()
    return own is Polarity.CONSIDER and len(words) <= 7 and retreat.retreats(last)


def _only_condition(last: str) -> bool:
    """Whether going back is only the condition: "If you roll back, tell these people:"."""
    match = re.match(
        r"^\W*(?:if|when(?:ever)?|(?<!\bat )once|after|before|while|during|should)\s+(?P<condition>[^,]+),\s*(?P<main>.+)$",
        last,
        re.IGNORECASE,
    )
    return match is not None and retreat.mood(match["main"], home=True) is None

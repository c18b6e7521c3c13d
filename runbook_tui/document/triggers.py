"""Which words announce the conditions of a rollback, and with which polarity.

Writers say it in headings ("Rollback criteria"), in lead-ins ("Initiate rollback immediately if:"), in labels
("**Rollback trigger:** …"), in table columns ("Rollback?"), and in sentences. What only sounds alike ("if rollback
occurs:", "rollback is complete when:") announces something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import announcements, endings, leads, leaving, outcomes, retreat, shrugged, verdicts
from runbook_tui.document.orders import imperative
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity, SectionRole

__all__ = [
    "announced",
    "answers",
    "aside",
    "conditional",
    "conditional_rollback",
    "firm",
    "heading_mood",
    "imperative",
    "is_heading",
    "labelled",
    "mood",
    "plain",
    "sentence",
    "speaks",
    "speaks_of_rollback",
    "to_do",
    "under_rollback",
]

# "roll the driver back" too: who writes a sentence puts the thing between the words
_APART = r"(?:the|this|that|it|your|our|everything|all)(?:\s+[\w-]+){0,2}?"
ROLL = (
    rf"(?:roll(?:ing|ed|s)?[\s-]?backs?|roll(?:ing|s)?\s+{_APART}\s+back|back(?:ing|s)?[\s-]?out"
    r"|back(?:ing|s)?\s+(?:it|this|the\s+change)\s+out|revert(?:ing|s)?)"
)
_STOP = rf"(?:{ROLL}|abort(?:ing|s)?|bail(?:ing)?[\s-]?out)"
_OVER = r"fail(?:ing)?[\s-]?over"  # the plans for disasters leave the primary as others leave a release
_FLOW = (
    r"(?:deploy\w*|roll-?out|release|migration|cut-?over|canary|upgrade|change|launch|go-?live|maintenance|experiment"
    r"|exercise|drill|switch-?over|game\s?day|procedure|activity|rotation)"
)
_HALT = rf"(?:stop|halt|pause|cancel|terminate)\s+(?:the\s+|this\s+|any\s+)?(?:[\w-]+\s+)?{_FLOW}"
LONGEST = 200

_SPOKEN = expression(
    r"roll|revert|back|abort|go\s+if|stop|halt|pause|cancel|no-?\s?go|fail|kill|terminate|bail", re.IGNORECASE
)
_DONT = expression(
    rf"\b(?:do\s+not|don['’]?t|never|no(?!-?go)|not|without|avoid)\s+(?:\w+\s+)?(?:a\s+)?(?:{_STOP}"
    rf"|trigger)|\bno\s+need\s+to\s+{_STOP}"
    rf"|\b{_STOP}\s+(?:is\s+)?not\s+(?:required|needed|necessary|warranted)\b"
    rf"|\b(?:do\s+not|don['’]?t|never)\s+{_OVER}\b"
    rf"|^not\s+(?:an?\s+)?(?:reasons?|causes?|triggers?)\b|\breasons?\s+not\s+to\s+{_STOP}\b"
    r"|^no\b(?!-?\s?go\b)|^go\s+if\b|^(?:fix|roll)\s+forward\b",
    re.IGNORECASE,
)
_CONSIDER = expression(
    r"\b(?:consider|evaluate|think about|investigate|discuss|assess|may|might|optional|possible|potential)\b",
    re.IGNORECASE,
)
_NOUN = r"(?:roll[\s-]?backs?|abort|back[\s-]?out)"
_OPENS = (  # "if:" and "when any of these fire:" wait for a list; "when using Helm:" is a clause of its own
    r"(?:if|when(?:ever)?|where|upon|should)\b(?:\W*(?:\([^()]*\)\W*)?$"
    r"|.*\b(?:any|one|either|all|these|this|following|below|see|observe|conditions?|criteria)\b)"
)
_NOT_LEAD = expression(
    rf"\b(?:complete\w*|finished|done|over)\b.*\b(?:when|if|once)\b|\bsuccess\w*\b.*\b(?:when|if|criteria)\b"
    rf"|\bif\s+(?:(?:a|the|you|we)\s+)*(?:need\s+to\s+|have\s+to\s+|must\s+|decide\s+to\s+"
    rf"|perform\w*\s+(?:a\s+)?)?{ROLL}\b\s*(?:$|[:,.]|occurs?|happens?|(?:is|was|becomes?)\b|needed"
    rf"|fails?|succeeds?|required|to\b|the\b|then\b|does)"
    rf"|\bif\s+{ROLL}|\b(?:post|after|before|during|once|while|until)[\s-]+(?:(?:a|the)\s+)?{ROLL}\b"
    rf"|\b{ROLL}\b[^:]{{0,40}}\bif\s+(?:it\s+(?:is|was)\s+)?(?:needed|necessary|required|applicable"
    rf"|desired|possible|something|anything|things|there)\b\s*(?!.*\bfollowing)"
    rf"|\bhow\s+to\s+{ROLL}|\bto\s+{ROLL}\b[^:]*(?:run|use|execute|do|follow)\b|\b(?:document|record"
    rf"|list|define|agree|test|verify|ensure|confirm|communicat|notif|inform)\w*\b.*\b{ROLL}\b"
    rf"|\b{ROLL}\s+(?:procedures?|steps?|commands?|scripts?|plans?)\s+(?:if|when)\b"
    rf"|\b(?:when|if)\s+{ROLL}\s+(?:is|has)\b|^to\s+{ROLL}\b",
    re.IGNORECASE,
)
_ONE_OF_THESE = expression(r"\b(?:any|one|either)\s+of\s+(?:these|the\s+following|them)\b[^.,]*$", re.IGNORECASE)
_SENTENCES = expression(r"(?<=[.!?])\s+(?=[A-Z*])")
_GO_IF = expression(r"^\W*go\s+if\b", re.IGNORECASE)
_NO_GO_IF = expression(r"^\W*no-?\s?go\b[^.]*\b(?:if|when|criteria|conditions)\b", re.IGNORECASE)
_FORBIDS = expression(rf"^\W*(?:do\s+not|don['’]?t|never)\s+(?:{_STOP}|{_OVER})\b.{{0,40}}:\W*$", re.IGNORECASE)
_FIRM = expression(
    rf"\b{_STOP}\b.*\b(?:{_OPENS}|any of)|\b{_NOUN}\b.*\b(?:criteria|triggers?|conditions?|thresholds?)\b"
    rf"|^(?:no-?\s?)?go\s+if\b|\b{_OVER}\b.*\b(?:if|when(?:ever)?)\W*$"
    rf"|\b(?:triggers?|criteria|conditions?|reasons?)\b.*\b{_STOP}\b"
    r"|^(?:no-?\s?go|stop|halt|kill)\s+(?:criteria|conditions?|triggers?)\b|^(?:stop|halt|pause|cancel|terminate)\b.*\bif\W*$",
    re.IGNORECASE,
)
_UNDER_ROLLBACK = expression(
    r"^(?:(?:automatic|automated|manual|decision|immediate|key|possible"
    r"|go/no-go)\s+)?(?:triggers?(?:\s+conditions?)?|criteri(?:a|on)|conditions?|when(?:\s+to\s+(?:use|trigger"
    r"|do\s+it|act))?"
    r"|decision(?:\s+(?:criteria|points?|matrix|tree))?|thresholds"
    r"|(?:good\s+|valid\s+|sufficient\s+)?(?:reasons|grounds|signs|indicators|causes)"
    r"(?:\s+(?:good\s+enough|enough|for\s+(?:it|this)|to\s+(?:do\s+(?:it|so)|act)))?)(?:\s*\([^()]*\))?$",
    re.IGNORECASE,
)
# "Execute immediately when:", below "Emergency rollback"
_ELLIPTIC = expression(
    r"^\W*(?:immediately\s+)?(?:execute|trigger|initiate|invoke|activate|perform|start|run|use|do|press|pull|apply)"
    r"(?:\s+(?:it|this|that|immediately|at\s+once|only|the|rollback|roll-back|procedure|plan|section|playbook|runbook|button)){0,4}"
    r"\s+(?:if|when(?:ever)?|in\s+case(?:\s+of)?|as\s+soon\s+as|on)"
    r"(?:\s+(?:any|one|either)(?:\s+of)?(?:\s+(?:these|the\s+following))?(?:\s+(?:is\s+true|apply|applies|happens?|occurs?|are\s+met|is\s+met))?)?$",
    re.IGNORECASE,
)
_HEADING = expression(
    rf"\b{_STOP}\b.*\b(?:triggers?|criteri(?:as?|ons?)|conditions?|decisions?|matrix|thresholds?|indicators?|if|when)\b"
    rf"|\b(?:triggers?|criteri(?:as?|ons?)|conditions?|when|thresholds?|reasons|do not|don['’]?t"
    rf"|should (?:we|i|you))\b.*\b{_STOP}\b"
    r"|^no-?\s?go\s+(?:criteria|conditions|triggers|if)\b|^(?:go|stop|abort)\s+if\b"
    r"|^(?:stop|halt|kill)\s+(?:conditions?|criteria|triggers?)$"
    r"|^when\s+to\s+(?:flip|hit|pull|use|press|throw|trip)\s+(?:the\s+|our\s+)?(?:kill|emergency|big\s+red|red)\b"
    r"|^(?:stop|halt|pause|cancel|terminate)(?:\s+(?!and\b)[\w-]+){0,3}\s+(?:if|when)$"
    rf"|^(?:automatic\s+|manual\s+)?{_OVER}\s+(?:criteri(?:as?|ons?)|triggers?|conditions?|decision(?:\s+criteria)?)$"
    rf"|^when\s+(?:not\s+)?to\s+{_OVER}$",
    re.IGNORECASE,
)
_NOT_HEADING = expression(
    rf"\b(?:complete|finished|done|over)\b.*when|\bif (?:{ROLL} )?(?:is )?(?:needed|necessary|required)\b"
    rf"|\b(?:if|when) (?:a |the )?{ROLL}|success criteria|complet\w+ criteria"
    rf"|\b(?:post|after)[\s-]{ROLL}|\b{ROLL}\s+(?:success|verification|procedure|steps|test)\w*\b"
    rf"|\b(?:procedures?|steps|plan)\b(?!.*\b(?:criteria|triggers?|conditions?)\b)",
    re.IGNORECASE,
)
_OFFERS = expression(rf"^(?:consider|evaluate)\s+(?:an?\s+)?{ROLL}\b", re.IGNORECASE)
_WHEN_IT_FAILS = expression(
    rf"^(?:\w+\s+)?{ROLL}\s+(?:if|when)\s+(?!any|one|you|we)(?:\w+\s+){{1,3}}(?:fails?|failed|breaks?"
    rf"|goes wrong)$",
    re.IGNORECASE,
)
_SHOULD = expression(rf"\b(?:when (?:to|should|we|you)|should (?:we|i|you))\b.*\b{_STOP}\b", re.IGNORECASE)
_ASIDE = expression(
    r"\b(?:who|how|steps?|report(?:ing)?(?:\s+to)?|procedures?|process|authority|communicat\w*|contacts?|actions?|owners?|maker"
    r"|makers|notif\w*"
    r"|timeline|verification|verify|responsib\w*|escalat\w*|teams?|commands?|response|then|first|next"
    r"|after|before|note|notes"
    r"|approvers?|approval|example|references?|execution|method|options?|time|rto)\b",
    re.IGNORECASE,
)
_LABEL = expression(
    rf"^\W*(?:(?:automatic|manual|immediate|emergency|auto)\s+)?(?:{_STOP}\s+(?:triggers?|criteri(?:a"
    rf"|on)|conditions?|thresholds?|if|when)"
    rf"|(?:triggers?|criteria|conditions?)\s+for\s+{_STOP})\W*:\W*(?P<said>\S.*)$",
    re.IGNORECASE,
)
_SENTENCE = expression(
    rf"^(?:immediately\s+|always\s+|you (?:must|should)\s+|we\s+(?:(?:will|must|should)\s+)?)?"
    rf"(?:{_STOP}|{_HALT}|(?:do\s+not\s+|don['’]?t\s+|only\s+)?{_OVER}"
    rf"|(?:trigger|initiate|start|execute|begin|perform|consider|do not|don['’]?t)\s+(?:an?\s+|the\s+"
    rf"|immediate\s+)*{_STOP})\b[^.:]*\b(?:if|when(?:ever)?|as soon as)\b\s+(?P<said>[^:]+[^:\s])$"
    rf"|^(?:if|when|should|in (?:the )?(?:case|event) of)\s+(?P<before>(?:[^:]|:(?=\d))+?),?\s+"
    rf"(?:then\s+)?(?:immediately\s+|consider\s+"
    rf"|initiate\s+|trigger\s+|start\s+|execute\s+|do not\s+|a\s+|an\s+|the\s+|automatic\s+"
    rf"|immediate\s+|(?:stop|halt|pause)(?:\s+[\w-]+){{0,3}}\s+and\s+)*(?:{_STOP}|{_HALT}|{_OVER})\b[^:]*$"
    rf"|^(?:if|when)\s+[^:,]+,\s+(?!(?:you|we|it)\b)[^:,]{{1,60}}\s+and\s+{_STOP}\b[^:]*$"
    rf"|^(?:after|once|past|beyond)\s+[^:,]+,\s+(?:do not|don['’]?t|never)\s+{_STOP}\b[^:]*$",
    re.IGNORECASE,
)
# a sentence that speaks of nothing else, wherever it stands; "If this fails, revert it." is a step of a procedure
_PLAIN = expression(
    rf"^(?:(?:immediately|always|only|you must|we|we must|we will)\s+)?(?:do not\s+|don['’]?t\s+|never\s+|consider\s+)?"
    rf"(?:{_STOP}|{_HALT}|{_OVER})"
    r"(?:\s+(?:immediately|at\s+once|only|automatically|(?:the|this)\s+[\w-]+(?:\s+[\w-]+)?))*"
    r"\s+(?:if|when|as soon as)\s+(?!(?:it|this|that|you|necessary|needed|required)\b)"
    r"|^in (?:the )?(?:case|event) of\s+"
    r"(?!(?:an?\s+)?(?:problems?|issues?|emergency|failures?|trouble|doubt|errors?)\b)[^,:]+,"
    r"\s+(?:immediately\s+)?(?:roll(?:ing)?[\s-]?back|abort)\b(?!\s+(?:to|by|using|with)\b)"
    r"|^(?:if|when)\s+(?!(?:it|this|that|these|they|you|we|something|anything|nothing|everything|not|the\s+above)\b)"
    rf"(?:[^\s,]+\s+){{1,}}[^\s,:]+,\s+(?:then\s+|immediately\s+|consider\s+(?:an?\s+)?|do not\s+|don['’]?t\s+"
    rf"|(?:start|initiate|trigger)\s+(?:the\s+|an?\s+)?|[a-z]\w+(?:\s+[\w-]+){{0,4}}\s+and\s+)*"
    rf"(?:roll(?:ing)?[\s-]?back|back[\s-]?out|abort|{_HALT}|{_OVER})\b(?!\s+(?:to|by|using|with|and)\b)"
    rf"|^(?:after|once)\s+[^:,]+,\s+(?:do not|don['’]?t|never)\s+{_STOP}\b",
    re.IGNORECASE,
)
_ROLLED = expression(rf"\b{ROLL}\b", re.IGNORECASE)
_POINTS = expression(
    rf"[<>≥≤\d%].*(?:→|➜|->|=>)\s*(?:(?:immediate|automatic|automated|manual|trigger|initiate|full)\s+)?{ROLL}\W*$",
    re.IGNORECASE,
)  # "Error rate > 5% for 5 minutes → automated rollback"
_BEGINS = expression(
    rf"^\W*(?:immediately\s+|initiate\s+)?{_STOP}\s+(?:immediately\s+)?(?:if|when)\b\s+\S", re.IGNORECASE
)
# "If conversion is down by more than 10 %, roll back", and nothing after it
_IF_BACK = expression(rf"^\W*(?:if|when|should)\b[^,;]+,\s+(?:we\s+)?(?:immediately\s+)?{_STOP}\W*$", re.IGNORECASE)
_UNLESS = expression(
    r"\b(?:needed|necessary|required|applicable|you (?:need|want|have)|something goes wrong)\b", re.IGNORECASE
)
# "Emergency rollback (if the new certificate is broken)" is the way back, and says when it is needed
_IN_CASE = expression(
    r"\s*\((?:only\s+)?(?:if|when)\b(?![^()]*\b(?:any|one of|following|these)\b)[^()]+\)", re.IGNORECASE
)
# a time in which they count leads nowhere else: "Any of these within 2 hours after full rollout:"
_TIME = r"(?:hours?|hrs?|h|minutes?|mins?|days?|nights?|weeks?|roll-?out|deployments?|deploy|canary|soak|bake|window|switch-?over|switch|release|cut-?over|go-?live|upgrade|migration|shift|start|change|period|phase|point|stage)"  # noqa: E501
_FRAME = expression(
    rf"\b(?:(?:with)?in|for|during|until|till|up\s+to|after|before|since|while|at\s+any)\s+(?:(?:the|an?|any|our|this|full|whole|entire|first|next|last|each|every|one|two|three|half|\d+|of|or|and|after|before|traffic|{_TIME})\s+){{0,10}}?{_TIME}(?=\s*(?:[:,.*_]|$|(?:or|and|after|before|within|during)\b))",
    re.IGNORECASE,
)
_BESIDE = expression(r"\([^()]*\)")
_STAYS = expression(
    r"^(?:continue|proceed|carry on|keep going|stay|hold course|(?:fix|roll|patch) forward|hotfix|no action)\b.{0,60}"
    r"\b(?:if|when|while|as long as)\W*$",
    re.IGNORECASE,
)
_OFFERS_TOO = expression(
    r"^(?:investigate|consider|evaluate|discuss|assess|review|escalate|pause|hold(?!\s+(?:off|back)\W*(?:if|when)\W*$))\b.{0,60}\b(?:if|when)\W*$",
    re.IGNORECASE,
)


# boxes that must all be ticked are none of going back: "One missing tick and it is a no-go."
_ALL_TICKED = expression(
    r"\b(?:missing|empty|open|un-?ticked|un-?checked|blank)\s+(?:ticks?|box(?:es)?|lines?|rows?|items?|marks?)\b|\b(?:ticks?|box(?:es)?|lines?|rows?|items?)\s+(?:is|are|stays?|remains?|left)\s+(?:missing|empty|open|un-?ticked|un-?checked|blank|not\s+(?:ticked|checked))\b",
    re.IGNORECASE,
)


# a sentence of its own, which says what is none: "Missing dashboards are no fallback criteria."
_SAID = expression(
    r"^(?!\W*(?:none|these|those|this|the\s+following|what|such)\b)[^:]*?\s(?:is|are)\s+(?:no|not|never)\s[^:]*\.\W*$",
    re.IGNORECASE,
)


# "after step 9, flip back when"
_TIME_FIRST = expression(
    r"^\W*(?:after|once|from|past|during|until)\s+[^,:.]{2,40},\s+(?P<rest>\S.*)$", re.IGNORECASE | re.DOTALL
)


def announced(lead: str, *, heading: str = "", home: bool = False) -> Polarity | None:
    """What a lead-in like "Immediately rollback if:" asks for; None when it introduces no triggers."""
    lead = lead.rstrip(" …")
    later = _TIME_FIRST.match(lead)
    if later is not None and (asked := announced(later["rest"], heading=heading, home=home)) is not None:
        return asked
    if endings.gate(lead) or _ALL_TICKED.search(lead) or _SAID.match(lead):
        return None
    if not _SPOKEN.search(lead):
        own = leads.announced(lead, heading=heading, home=home)
        return Polarity.DO if own is None and announcements.shuts(lead) else own
    lead = lead.strip()
    if len(lead) > LONGEST:
        lead = lead[-LONGEST:].partition(". ")[2] or lead[-LONGEST:]
    if _FORBIDS.match(lead):
        return Polarity.DONT
    if endings.asks(lead):
        return Polarity.CONSIDER
    waits = announcements.waits(lead)
    if waits is False and _ONE_OF_THESE.search(lead):
        return leads.announced(lead, heading=heading, home=home)
    if waits is False or endings.told(lead):
        return None
    if waits:
        last = _SENTENCES.split(lead)[-1]
        asked = mood(last if announcements.waits(last) else lead)
        return Polarity.DONT if asked is Polarity.DO and retreat.mood(lead) is Polarity.DONT else asked
    return leads.announced(lead, heading=heading, home=home)


def firm(lead: str) -> bool:
    """Whether the lead-in can only be followed by conditions: "Roll back if:", not "If any check fails, roll back:"."""
    return bool(_FIRM.search(lead))


_COUNT = expression(r"^\d+(?:\.\d+)*[.)]?\s+")


def under_rollback(words: str) -> bool:
    """A short label that speaks of conditions because it stands in a rollback section: "Triggers:", "When to use:"."""
    words = _COUNT.sub("", words.strip(" *_:…?"))
    return bool(_UNDER_ROLLBACK.match(words) or _ELLIPTIC.match(words))


def names_decider(label: str) -> bool:
    """Whether a label may as well stand before who decides, or when: "Decision: the release manager"."""
    return re.match(r"^\W*decisions?(?:\s+(?:points?|made))?\W*$", label, re.IGNORECASE) is not None


def is_heading(words: str) -> bool:
    """Whether a heading stands over conditions of a rollback."""
    words = _IN_CASE.sub("", words)
    if endings.gate(words):
        return False
    if _OFFERS.match(words):
        return True
    if announcements.stands_over(words):
        return True
    if leads.heading(words) is not None and not _NOT_HEADING.search(words):
        return True
    return (
        bool(_HEADING.search(words))
        and not _WHEN_IT_FAILS.match(words)
        and (not _NOT_HEADING.search(words) or bool(_SHOULD.search(words)))
    )


def mood(words: str) -> Polarity:
    if not _SPOKEN.search(words) and (said := outcomes.label(words)) is not None:
        return said
    if _DONT.search(words.strip(" *_❌🚫⛔:")) or retreat.reason(words) is Polarity.DONT:
        return Polarity.DONT
    return Polarity.CONSIDER if _CONSIDER.search(retreat.unasked(words)) or retreat.doubts(words) else Polarity.DO


def answers(lead: str) -> Polarity | None:
    """Under "Should we roll back?": "YES … if:", "NO, … if:", and "Investigate first if:" after "Roll back if:"."""
    bare = _SENTENCES.split(lead.strip(" *_❌✅🚫⛔"))[-1]
    if endings.gate(bare):
        return None
    if re.match(
        r"^no(?:pe)?\b(?!-?\s?go|\s+[\w-]+ments?\b|\s+(?:changes?|releases?)\b)", bare, re.IGNORECASE
    ) or _STAYS.match(bare):
        return Polarity.DONT
    if _OFFERS_TOO.match(bare):
        return Polarity.CONSIDER
    return Polarity.DO if re.match(r"^yes\b", bare, re.IGNORECASE) else leads.answers(bare)


def go_if(words: str) -> bool:
    """Whether what must hold before one goes on stands below: "GO if:"."""
    return _GO_IF.match(words) is not None


def no_go_if(row: str) -> bool:
    return _NO_GO_IF.search(row) is not None


def conditional(lead: str) -> bool:
    return bool(re.search(r"\b(?:if|when|unless)\b", lead, re.IGNORECASE))


def speaks(words: str) -> bool:
    """Whether a label says anything of what to do: "Consider:", "Immediate rollback:"."""
    return bool(outcomes.label(words) or verdicts.YES.search(words) or _CONSIDER.search(words) or _DONT.search(words))


def conditional_rollback(text: str) -> bool:
    """A box that is a condition itself: "Roll back if the error rate exceeds 5%"."""
    pointed = (">" in text or "→" in text or "➜" in text) and _POINTS.search(text) is not None
    return pointed or ((_BEGINS.match(text) or _IF_BACK.match(text)) is not None and sentence(text))


def speaks_of_rollback(text: str, role: SectionRole) -> bool:
    """Whether sentences of a paragraph are worth a look."""
    return role is SectionRole.ROLLBACK or bool(_SPOKEN.search(text))


def aside(words: str) -> bool:
    """Whether a label among triggers leads away from them: who decides, how, what to do then."""
    words = _FRAME.sub("", _BESIDE.sub("", words))
    if not words.strip(" :*_"):
        return False
    if endings.gate(words):
        return True
    if re.match(r"^\W*after\b", words, re.IGNORECASE) and outcomes.label(words) is not None:
        return False  # "after asking the desk" says with what reserve
    return (
        bool(_ASIDE.search(words))
        and announced(words) is None
        and not re.search(r"\b(?:if|when|triggers?|criteria)\b", words, re.IGNORECASE)
    )


def to_do(texts: Sequence[str]) -> bool:
    """Whether most lines tell somebody to do something: then they are steps, not conditions."""
    return bool(texts) and sum(1 for text in texts if imperative(text)) > len(texts) / 2


def labelled(text: str) -> str | None:
    """The condition after a label: "Rollback trigger: error rate > 5%"."""
    if ":" in text and _SPOKEN.search(text) and (said := announcements.labelled(text)) is not None:
        return said
    match = _LABEL.match(text) if ":" in text and _SPOKEN.search(text) else None
    return match["said"] if match and len(match["said"]) > 3 and not _UNLESS.match(match["said"]) else None


def plain(text: str) -> bool:
    """Whether a sentence says when to go back and speaks of nothing else: it needs no heading that says so."""
    return bool(_PLAIN.match(text))


def sentence(text: str) -> bool:
    """Whether a sentence is a trigger by itself: "If the error rate exceeds 5%, roll back."."""
    if not _SPOKEN.search(text):
        return False
    text = text.strip().rstrip(".!:")
    if len(text) < LONGEST and _POINTS.search(text):
        return True
    match = _SENTENCE.match(text) if len(text) < LONGEST else None
    if match is None or _UNLESS.search(match["said"] or match["before"] or ""):
        return False
    before = match["before"] or ""
    if text[match.end("before") : match.end("before") + 1] == "," and not _ROLLED.search(before):
        return True  # what stands before the comma may speak of tests and records
    return not _NOT_LEAD.search(text)


def heading_mood(words: str) -> Polarity:
    """With which polarity a heading stands over its conditions."""
    told = (
        leads.heading(words)
        or leaving.over(f"{words}:", home=True)
        or shrugged.over(f"{words}:", heading="", home=True)
    )
    if told is None and (told := mood(words)) is Polarity.DO:
        return Polarity.DONT if Polarity.DONT in {retreat.mood(words), leads.sibling(words)} else told
    return told


_LIGHTS = (
    dict.fromkeys("🔴🟥", Polarity.DO)
    | dict.fromkeys("🟡🟨🟠🟧", Polarity.CONSIDER)
    | dict.fromkeys("🟢🟩", Polarity.DONT)
)


def graded(title: str, words: str, before: str) -> Polarity | None:
    """What a heading right after conditions asks for those below it: by its words, or by its light in a row of lights.

    `before`: the heading of those conditions.
    """
    lights = [_LIGHTS.get(one.lstrip(" *_")[:1]) for one in (before, title)]
    return (
        announcements.graded(words)
        or leads.sibling(words)
        or (lights[1] if None not in lights and lights[0] != lights[1] else None)
    )

"""Sentences that say when to go back: a condition and what follows from it, in either order.

The forms: "If C, V." · "V when C." · "C → V" · "C: V" · "C means V" · "C? V." · "C is no reason to V." · "Not a reason to V: C, C." ·
"After C, V is forbidden." V is judged by `retreat`; C must say something ("if needed" does not) and must not speak of
going back itself ("if the rollback fails"), nor of all being well ("once the pods are ready").
"""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from typing import NamedTuple

from runbook_tui.document import (
    afterthoughts,
    alternatives,
    clauseless,
    counting,
    harmless,
    no_conditions,
    outcomes,
    plainly,
    retreat,
    stances,
    substance,
    tolerated,
)
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity
from runbook_tui.document.stems import Stems

LONGEST = 420  # characters of a sentence
LONGEST_TEXT = 4000  # of a paragraph


class Said(NamedTuple):
    """One condition: where it starts in the text, its words, and what follows from it."""

    at: int
    text: str
    polarity: Polarity


_AT_THE_MOMENT = r"(?:(?:at\s+)?the\s+(?:very\s+)?(?:moment|instant|minute|second|first\s+time)|as\s+soon\s+as|immediately\s+(?=\w+\s+\w+s\b))"
_IF = rf"(?:if|when(?:ever)?|(?<!\bat )once|{_AT_THE_MOMENT}|in\s+(?:the\s+)?(?:case|event)(?:\s+(?:of|that))?|provided|every\s+time)"
_FIRST = expression(
    rf"^(?P<sub>{_IF}|should|where|after|with(?:out)?|upon|on|at|past|beyond|over|under|below|above|unless|had|were|as\s+long\s+as|while|until|from)\b\s+(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_LAST = expression(
    rf"(?:,\s*|\s+[–—-]+\s+|\s+)(?P<and>(?:and|or|but)\s+(?:also\s+|only\s+)?)?\(?(?:only\s+|even\s+|just\s+|also\s+)?(?P<sub>{_IF}|(?:just\s+|only\s+)?because(?:\s+of)?|unless|just\s+for|(?<=\s)on\s+(?:any|the\s+first)|should(?=\s+(?:the|any|a|an)\b)|at\s+the\s+(?:first|slightest)|upon|until)\b\s+",
    re.IGNORECASE,
)
_OPENERS = expression(
    r"^(?:\W+|(?:also|likewise|equally|similarly|and|but|so|then|hence|therefore|thus|please|note(?:\s+that)?|important|attention|warning|caution|remember|remark|nb|n\.b\.|again|otherwise|exception|conversely|only|even|however|additionally|moreover|furthermore|hence\s+the\s+rule|the\s+rule(?:\s+is)?|finally|in\s+general|as\s+a\s+rule)\b[\s:,]+)+",
    re.IGNORECASE,
)
_ARROW = expression(
    r"\s*(?:→|➜|➔|⇒|⟶|=>|->|-->|»)\s*|\s+=\s+|\s+(?:means?|equals?|spells?|implies|leads?\s+to|results?\s+in|calls?\s+for|triggers?)\s+"
    r"|\s+(?:is|are)\s+(?=(?:an?\s+|the\s+)?(?:immediate\s+|instant\s+|automatic\s+)?(?:roll-?\s?back|abort|no-?\s?go|back-?out|stop|(?:full|hard)\s+stop|fall-?back|reversal|withdrawal)\b)",
    re.IGNORECASE,
)
# what was damaged on the way is mended: "If the database was damaged, restore it"
_MENDS = expression(
    r"^(?:if|when)\s[^,]*\b(?:was|were|had\s+been|has\s+been|have\s+been)\s+\w+[^,]*,\s*(?:then\s+)?(?:re-?store|re-?build|re-?create|re-?import)\b",
    re.IGNORECASE,
)
_STEPS_OF_MENU = expression(r"[→➜➔»]|->|=>")  # "Settings → App → Pause" is a way through a menu
_QUESTION = expression(r"\?\s+(?P<main>\S.*)$", re.DOTALL)
# "A lag of up to 400k is normal: leave everything as it is"
_IS_NORMAL = expression(
    r"^[^:;]+\s(?:is|are)\s+(?:normal|expected|fine|harmless|usual)\s*[:;,–—-]\s[^.]*\bleave\s+(?:everything|it|them|all)\b(?!.*\b(?:roll|revert|abort)\b)",
    re.IGNORECASE,
)
_DATED = expression(r"^\W*(?:19|20)\d\d-\d\d(?:-\d\d)?\s*(?:[:–—]|\s-\s)")  # an entry of a log
# "rolling back will poison the store, so don't"
_SO_NOT = expression(
    r"\b(?:rolling\s+back|a\s+roll-?back|reverting|a\s+revert|going\s+back|a\s+downgrade|downgrading)\s+(?:will|would|does|is|breaks|loses|may|can|could)\b[^.;]*[,–—-]\s*so\s+(?:please\s+)?(?:don['’]?t|do\s+not|never)\b",
    re.IGNORECASE,
)
# "green? not green -> no upgrade today"
_ANSWERED = expression(
    r"^(?:if\s+)?(?:not|no|otherwise|else|anything\s+else)\b[^→➜⇒=:-]{0,40}(?:→|➜|⇒|=>|->|=|:)", re.IGNORECASE
)
# "destructive (→ stop, none are allowed this month)"
_IN_BRACKETS = expression(r"\s\(\s*(→|➜|⇒|=>|->|=)\s*([^()]+)\)$")
_REFUSES = expression(
    r"^(?:then\s+|if\s+(?:so|not|no|yes)[\s,]+|in\s+that\s+case\s+)?(?:it['’]?s\s+(?:a\s+)?)?(?:no[\s-]?go|no|stop|abort|wait|don['’]?t|do\s+not)\b",
    re.IGNORECASE,
)
_LABEL = expression(
    r"^\W*(?:(?:option|method|step|phase|stage|part|section|plan|alternative|variant|example|scenario|case|note|notes|warning|tip|info|danger|caution|goal|purpose|result|output|owner|who|how|action|"
    r"mitigation|resolution|fix|solution|response|remediation|expected|rollback|backout|recovery|cleanup|emergency|command|usage|see|impact|meaning|symptom|cause|description|summary|procedure|timeline|answer|then|next|first|finally|last|workaround)\b[\w\s./()-]{0,24}|[\w/-]+)$",
    re.IGNORECASE,
)
_HISTORY = expression(
    r"\b(?:in\s+(?:19|20)\d\d|last\s+(?:year|month|week|time|spring|summer|autumn|winter|quarter)|in\s+(?:january|february|march|april|may|june|july|august|september|october|november|december)(?:\s+\d{4})?|years?\s+ago|historically|we\s+used\s+to|back\s+then|post-?mortem|retro(?:spective)?|once\s+upon)\b",
    re.IGNORECASE,
)
_PAST = expression(
    r"\b(?:was|were|did|had|used\s+to|rolled|reverted|stopped|aborted|went|took|called|pulled)\b", re.IGNORECASE
)
_HOW = expression(
    r"^(?:to\s+\w+|how\s+to|for\s+(?:a|the)\s+\w+|in\s+order\s+to|(?:a|the)?\s*(?:roll-?\s?back|back-?out|revert)\s+(?:is|was|has|will|takes?|can)\b(?!.*\b(?:if|when)\b))",
    re.IGNORECASE,
)
_POINTING = expression(r"^(?:(?:do(?:es)?|did|is|are|was|has|have|can|could|will|would|any|were)\b)", re.IGNORECASE)
_DECIDED = expression(
    r"\b(?:decides?\s+(?:together|whether|if|on\b)|and\s+(?:then\s+)?(?:we\s+|they\s+)?decides?|then\s+(?:we\s+)?decides?|(?:we|they|he|she|who)\s+decides?)\b",
    re.IGNORECASE,
)
_WONDERS = expression(r"^(?:investigate|discuss|consider|evaluate|talk|think|assess)\b", re.IGNORECASE)
_ACTS = expression(
    r"^(?:run|execute|use|type|call|check|see|open|look|make|create|set|apply|click|verify|confirm|then)\b",
    re.IGNORECASE,
)
# what a feature, a program or an explanation does is told, and asked of nobody
_TOLD = expression(
    r"^(?:step|phase|stage)\s+[\w.]+\s+(?:is|are)\s+(?:over|done|finished|complete)\b|^(?:(?:added|fixed|changed|removed)\b(?!\s+(?:true|false)\b)|(?:this|the)\s+(?:new\s+)?(?:feature|causes|means|enables|option|flag|fallback\s+behaviou?r)|this\s+(?:causes|means|enables)|no\s+action\s+is\s+required)\b"
    r"|\b(?:server|reflector|kubelet|scheduler|controller|client|operator|library|parser|plugin|daemon|driver|cgroups?|feature\s+gate)\b[^,;:]{0,40}?\b(?:will\s+(?:abort|revert|fall\s+back|stop|return)|aborts|reverts|falls\s+back|stops\s+the|returns)\b"
    r"|\b(?:will|would)\s+revert\s+this\s+behaviou?r|\bwill\s+result\s+in\s+a\s+warning|\bneither\s+\w+\s+nor\b"
    r"|\b(?:going\s+back|roll(?:ing)?[\s-]?back|reverting)\s+(?:is|means|works)\s+\w+ing\b|\bno\s+downgrade\s+is\s+going\b",
    re.IGNORECASE,
)
# what is said of a list, and asked of what is over
_ABOUT = expression(
    r"\b(?:can|could)\s+(?:still\s+)?be\s+(?:undone|reverted|rolled\s+back|taken\s+back)\b|^\W*(?:none\s+of\s+(?:these|them|those|the)\b|(?:was|were|did|had|how|what|who|why|which)\b.*\?\W*$)",
    re.IGNORECASE,
)
_NAMED = expression(r"\b(?:to|see|follow|section|part|step|under|at|do|use)\s+[\"“][^\"“”]{3,80}[\"”]", re.IGNORECASE)
_QUOTED = expression(r"[\"“][^\"“”]{3,80}[\"”]")


_SPOKEN = Stems((*retreat.SPOKEN.pieces, *stances.SPOKEN.pieces, *plainly.LOOK, *harmless.ALONE))


def spoken(text: str) -> bool:
    """Whether a text may say any of it: a quick look before the grammar."""
    return _SPOKEN.found(text)


def read(text: str, *, home: bool = False) -> list[Said]:
    """The conditions said in a text of one or more sentences. `home`: it stands where going back is the matter."""
    if not spoken(text):
        return []
    found = _read(text, home=home)
    # "A 503 is acceptable, it is a standby. If the other one answers so, the change is off."
    if home or all(one.polarity is not Polarity.DO for one in found):
        return found
    more = _read(text, home=True)
    sure = {one.at: one for one in found}
    return [sure.get(one.at, one) for one in more]


def _read(text: str, *, home: bool) -> list[Said]:
    found: list[Said] = []
    before: tuple[int, str] | None = None
    last = 0  # where the sentence before began
    for at, sentence in alternatives.sentences(text):
        said = _one(at, sentence, home=home)
        home = home or bool(said)
        if said and no_conditions.sounds_so(sentence, said[0].polarity):
            said = []
        if (
            said
            and found
            and found[-1].at >= last
            and said[0].polarity is found[-1].polarity
            and (
                afterthoughts.says_more(sentence)
                if said[0].polarity is Polarity.DONT
                else afterthoughts.orders_more(sentence)
            )
        ):
            said = []
        last = at
        if not said and found and found[-1].polarity is Polarity.DO and afterthoughts.contrary(sentence):
            said = [Said(at, sentence.strip(), Polarity.DONT)]
        elif (
            not said
            and before is not None
            and (mood := afterthoughts.of(before[1], sentence, home=home)) is not None
            and not no_conditions.sounds_so(before[1], mood)
        ):
            said = [Said(before[0], before[1].strip(), mood)]
            found = [one for one in found if one.at < before[0]]
        found += said
        # "If it is theirs, do not kill it; abort the change": the clause behind decides
        open_yet = not said or (
            said[-1].at >= at and sentence.rstrip()[-1:] not in ".!?" and said[-1].polarity is Polarity.DONT
        )
        before = (at, sentence) if open_yet else None
    return found


def _one(at: int, sentence: str, *, home: bool) -> list[Said]:
    sentence = _IN_BRACKETS.sub(r" \1 \2", sentence) if sentence.endswith(")") else sentence
    opened = _OPENERS.match(sentence)
    start = opened.end() if opened else 0
    body = sentence[start:].rstrip(" .!;,")
    if (
        not 8 < len(body) <= LONGEST
        or not (spoken(body) or (home and tolerated.spoken(body)))
        or (_HISTORY.search(body) and _PAST.search(body) and "→" not in body and "->" not in body)
        or _DATED.match(body)
    ):
        return []
    at += start
    if _SO_NOT.search(body) and retreat.retreats(body):
        return [Said(at, body, Polarity.DONT)]
    if _IS_NORMAL.match(body) or clauseless.one_way(body):
        return [Said(at, body, Polarity.DONT)]
    question = _QUESTION.search(body) if "?" in body else None
    if question is not None:
        asked = body[: question.start()]
        main = question["main"]
        if stances.goes_no_further(main) and len(asked.split()) > 3:
            return [Said(at, body, Polarity.DO)]
        if _ANSWERED.match(main) and (outcomes.judge(main, home=True) or stances.judge(main, home=True)) is Polarity.DO:
            return [Said(at, body, Polarity.DO)]
        last = asked.rpartition(": ")[2]
        if (
            _POINTING.match(last)
            or (stances.refuses(main) and len(last.split()) > 1)
            or substance.COUNTED.search(asked)
        ) and (_REFUSES.match(main) or retreat.mood(main, home=home) is Polarity.DO):
            return [Said(at, body, Polarity.DO)]
        if home and substance.COUNTED.search(asked) and retreat.doubts(main):
            return [Said(at, body, Polarity.CONSIDER)]
        return []
    if (
        body.endswith(":") or retreat.entitles(body) or retreat.final(body) or _ABOUT.search(body)
    ):  # of the list below; of nothing seen
        return []
    if (home and (retreat.no_reason(body) or tolerated.not_for(body))) or tolerated.not_required(body):
        return [Said(at, body, Polarity.DONT)]
    if not home and _MENDS.match(body):
        return []
    if outcomes.weighs(body):
        return [Said(at, body, Polarity.CONSIDER)]
    first = _first(at, body, home=home)
    if _TOLD.search(body) or (
        ('"' in body or "“" in body) and any(map(retreat.retreats, _QUOTED.findall(_NAMED.sub("", body))))
    ):
        return []
    found = (
        []
        if first is None
        else (
            first
            or _reasons(at, body, home=home)
            or _last(at, body, home=home)
            or _pointed(at, body, home=home)
            or [Said(at, body, mood) for mood in clauseless.judge(body)]
        )
    )
    if not found and home and (tolerated.let_be(body) or tolerated.normal(body)):
        found = [Said(at, body, Polarity.DONT)]
    if any(one.polarity is Polarity.DO for one in found) and plainly.not_back(body):
        return [Said(at, body, Polarity.DONT)]
    polarity = (
        None
        if found
        else plainly.judge(body, home=home) or outcomes.judge(body, home=home) or stances.judge(body, home=home)
    )
    if not found and polarity is None and harmless.judge(body):
        polarity = Polarity.DONT
    if polarity is not None:
        found = [Said(at, body, polarity)]
    return _each(at, body, found[0]) if len(found) == 1 else found


def _each(at: int, body: str, one: Said) -> list[Said]:
    """Alternatives of one sentence are as many conditions: the first keeps the sentence, the others their words."""
    others = alternatives.after_first(body, short=one.polarity is Polarity.DONT)
    if any(retreat.mood(piece) is not None for _, piece in others):
        return [one]
    return [one, *(Said(at + start, piece, one.polarity) for start, piece in others)]


def _first(at: int, body: str, *, home: bool) -> list[Said] | None:
    """If C, V; None when C says nothing, so that no other form is looked for."""
    match = _FIRST.match(body)
    if match is None:
        return []
    sub, rest = match["sub"].lower(), _BECAUSE.split(match["rest"], maxsplit=1)[0]
    for split in re.finditer(
        r",\s+(?:then\s+)?|\s+then\s+|:\s+|\s+[–—-]\s+|\s+(?=(?:we|you)\s)|(?<=fails)\s+(?=(?:leave|stop|abort|roll|revert|halt|undo|pause)\s)",
        rest,
    ):
        condition, main = rest[: split.start()], rest[split.end() :]
        polarity = retreat.mood(
            main, home=home, certain=counting.compared(condition) or _UNDER_WAY.search(condition) is not None
        )
        if polarity is None or (_ACTS.match(main) and _HOW_TO.search(main)):
            continue
        if (
            sub in {"on", "at", "with", "without", "from", "while", "until", "as long as", "where"}
            and polarity is Polarity.DO
            and not home
            and not substance.COUNTED.search(condition)
            and sub != "where"
        ):
            continue
        substantive = substance.says_when(_UNDER_WAY.sub("", condition), polarity, home=home)
        return [Said(at, body, polarity)] if substantive else None
    if sub in {"after", "with", "past", "beyond", "once", "at", "on"}:  # "After the third timeout give up for tonight"
        polarity = retreat.mood(rest, home=home)
        if polarity is not None and substance.COUNTED.search(rest) and not re.search(r"\b(?:if|when)\b", rest):
            words = rest.split()
            if len(words) > 4 and not retreat.retreats(" ".join(words[:2])):
                return [Said(at, body, polarity)] if sub != "on" else []
    return []


# "if a second one fails while the revert is rolling, halt it"
_UNDER_WAY = expression(
    rf"\b(?:while|during|as)\s+(?:the|this|our|a)\s+(?:\w+\s+)?(?:{retreat.UNDER_WAY}|revert|roll-?\s?back|reversal)\b(?:\s+(?:is|are)\s+\w+)?\W*$",
    re.IGNORECASE,
)
_BECAUSE = expression(r",\s+(?:because|since)\s+(?!of\b)", re.IGNORECASE)
_HOW_TO = expression(r"^(?:run|use|type|execute|see|call|follow)\b(?!.*\b(?:and|then)\b)", re.IGNORECASE)


def _last(at: int, body: str, *, home: bool) -> list[Said]:
    """V when C; "V when C or when D" are two."""
    marks = list(_LAST.finditer(body))
    for index, match in enumerate(marks):
        main = body[: match.start()]
        sub = match["sub"].lower()
        if len(main.split()) < 2 and retreat.mood(main) is None:
            continue
        condition = body[match.end() :]
        polarity = retreat.mood(main, home=home, certain=counting.compared(condition))
        if polarity is None and home and counting.compared(condition) and _WONDERS.match(main):
            polarity = Polarity.CONSIDER
        if polarity is None:
            continue
        if not substance.says_when(condition, polarity, home=home) or _HOW.match(main):
            return []
        if _starts_otherwise(main) and not home:
            return []
        if sub.startswith(("because", "just because", "only because", "just for")) and polarity is not Polarity.DONT:
            return []
        if sub == "until":
            return []
        if sub == "unless" and retreat.retreats(main):
            polarity = {Polarity.DO: Polarity.DONT, Polarity.DONT: Polarity.DO}.get(polarity, polarity)
        found = [Said(at, body, polarity)]
        for later in marks[index + 1 :]:
            extra = body[later.end() :]
            joined = later["and"] is not None or body[later.start()] == ","
            between = body[match.end() : later.start()]
            own = retreat.mood(re.split(r",\s", between)[-1], home=True) if "," in between else None
            if not (joined or own) or not substance.says_when(extra, polarity, home=True):
                continue
            start = later.start() + (
                len(body[later.start() : later.end()]) - len(body[later.start() : later.end()].lstrip(" ,"))
            )
            found.append(Said(at + start, body[start:].strip(), own or polarity))
        return found
    return []


def _pointed(at: int, body: str, *, home: bool) -> list[Said]:
    """C → V, C means V, C: V."""
    if len(_STEPS_OF_MENU.findall(body)) > 1:
        return []
    for match in _ARROW.finditer(body):
        condition, main = body[: match.start()], body[match.end() :]
        verb = match.group().strip().lower()
        plain = not verb.isalpha() or verb in {
            "is",
            "are",
            "means",
            "mean",
            "equals",
            "equal",
            "spells",
            "spell",
            "implies",
        }
        polarity = retreat.mood(main, home=home, certain=not verb.isalpha())
        if (
            polarity is None
            and home
            and not verb.isalpha()
            and retreat.doubts(main)
            and substance.COUNTED.search(condition)
        ):
            polarity = Polarity.CONSIDER
        if polarity is None or not condition.strip() or (_FIRST.match(condition) and not plain):
            continue
        if (
            verb.isalpha()
            and verb not in {"is", "are", "means", "mean", "equals", "equal", "spells", "spell"}
            and not home
        ):
            continue
        if polarity is Polarity.DONT and not (home or counting.compared(condition)):
            continue
        if retreat.retreats(condition) or not substance.names_something(condition):
            continue
        return [Said(at, body, polarity)]
    for match in _SET_OFF.finditer(body):
        condition, main = body[: match.start()].strip(), body[match.end() :]
        if "and" in match.group() and not re.match(
            r"^(?:one|two|three|four|five|any|a\s+single|more|less|fewer|\d)", condition, re.IGNORECASE
        ):
            continue
        if not home and re.search(r"\.\s+\S", main):
            continue
        polarity = retreat.mood(main, home=home, certain=counting.compared(condition))
        if polarity is None and home and _DECIDED.search(main) and substance.COUNTED.search(condition):
            polarity = Polarity.CONSIDER
        if (
            polarity is None
            or retreat.retreats(condition)
            or _LABEL.match(condition)
            or not substance.names_something(condition)
        ):
            continue
        if (
            len(condition.split()) > 16
            or (not home and outcomes.tale(condition))
            or (len(condition.split()) < 3 and not re.search(r"\d", condition))
        ):
            continue
        if not (substance.COUNTED.search(condition)) or (polarity is Polarity.DONT and not home):
            continue
        if retreat.mood(main.split(",")[0].split(" and ")[0], home=True) is None and not home:
            continue
        return [Said(at, body, polarity)]
    return []


_NOT_FOR = expression(r"\b(?:for|because\s+of|over)\W*$", re.IGNORECASE)
_SET_OFF = expression(r":\s+|\s+[–—]\s+|(?<=\w)\s+and\s+(?=(?:we|the)\s)")


def _reasons(at: int, body: str, *, home: bool) -> list[Said]:
    """C is no reason to V; "Not a reason to V: C, C, or C" are three."""
    head, colon, tail = body.partition(": ")
    polarity = retreat.reason(body)
    if polarity is None and _NOT_FOR.search(head) and retreat.mood(head, home=home) is Polarity.DONT:
        polarity = Polarity.DONT  # "Don't pull it for: a single complaint, a slow console"
    elif polarity is None:
        return []
    if colon and (retreat.reason(head) is polarity or _NOT_FOR.search(head)) and len(tail.split()) > 1:
        pieces: list[Said] = []
        start = len(head) + len(colon)
        for piece, offset in alternatives.listed(tail):
            pieces.append(Said(at + start + offset, piece, polarity))
        return pieces
    negated = re.search(
        r"\b(?:not|no|never|nor|alone|is|are|does|do|justif|warrant|call|trigger|requir|demand)\w*\b|n['’]t\b",
        body,
        re.IGNORECASE,
    )
    return [Said(at, body, polarity)] if negated and negated.start() > 3 else []


def _starts_otherwise(main: str) -> bool:
    """Whether a main clause first tells to do something else, of which going back is only the means."""
    return (
        bool(
            re.match(
                r"^(?:tell|inform|notify|call|ask|see|check|use\s+(?:this|the)|run|note|document|make\s+sure|ensure|verify|remember|the\s+(?:script|command|tool|operator|controller|deployment|job|service|system|pipeline|platform|alert|rule|exporter)\b(?!\s+(?:is|must|will|has|should|gets|needs|can)\b)|it\s+(?:will|can)|this\s+(?:will|is|can|runbook|page|playbook|document|procedure|section))\b",
                main,
                re.IGNORECASE,
            )
        )
        and retreat.mood(main) is not Polarity.CONSIDER
    )

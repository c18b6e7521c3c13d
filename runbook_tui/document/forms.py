"""Lines with something to fill in: blanks in all their disguises, and choices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from runbook_tui.document import orders
from runbook_tui.document.patterns import expression

# what a formatter makes of a long blank: `********\_********`, `**\_\_\_**`
_MANGLED = expression(r"(?:\\?[*_]){0,12}\\_(?:\\?[*_]){1,60}|\*{4,}")
BLANK = expression(r"_{2,}|\.{5,}|…{2,}|(?<=[:\s])_(?=\s|$)")
_MARKS = expression(r"\*\*|__(?=[A-Za-z])|(?<=[A-Za-z:])__(?!_)|`")
_LABEL = r"^\W{0,4}(?P<label>[A-Za-z][^:_|]{0,60}?)[\s*]{0,3}"
_FORM = expression(rf"{_LABEL}:\W{{0,4}}(?P<value>[_.…]{{2,}}.*|_)$")
_BARE = expression(r"^\W{0,4}(?P<label>[A-Za-z][^:_|]{0,60}?)\s*_{3,}")
_BRACKET = expression(rf"{_LABEL}:\s*\[(?P<value>[^\[\]]{{2,60}})\]\W*$")
_COMMENT = expression(rf"{_LABEL}:\s*<!--[^>]*-->\s*$")
_NOTHING = expression(rf"{_LABEL}:\W*$")
_ANY = expression(rf"{_LABEL}:")
_ALONE = expression(
    rf"{_LABEL}:\s*(?:[A-Z][A-Z0-9]{{1,9}}[-/ ]|[#@])?(?:_{{2,}}|\.{{5,}}|…{{2,}})[\s_.…:/%-]*(?:UTC|CES?T|h)?\W*$"
)
_NAMES = expression(
    r"\W*(?:start|finish|end|change|build|release|run|test|backup|call|request|log|tag|record|plan)\s+"
    r"(?:dates?|times?|day|hour|number|no|id|ticket|version|reference|ref|link|url|owner|name|window)\W*$",
    re.IGNORECASE,
)
_ENDED = expression(r"\w{2,}ed\W*(?:\b(?:at|on|by|in|from)\W*)?$", re.IGNORECASE)
_BOXED = expression(r"(?:\[[ xX]\](?![\[(:])|[☐☑☒⬜□])\s*([^\[\]|☐☑☒⬜□,;/]+?)\s*(?=\[[ xX]\]|[☐☑☒⬜□|,;/]|$)")
BOX = expression(r"\[[ xX]\](?![\[(:])|[☐☑☒⬜□]")
_CODED_BOX = expression(r"`[^`\n]*\[[ xX]\][^`\n]*`")  # what is said of a box is none
_BOXED_BEHIND = expression(r"([A-Za-z][A-Za-z /-]*?)\s*(?:\[[ xX]\]|[☐☑☒⬜□])")  # "GO [ ] / NO-GO [ ]"
_WORD = (
    r"(?:PASS(?:ED)?|FAIL(?:ED)?|YES|NO[ -]?GO|NO|GO|Y|N|N/A|NA|OK|NOK|NOT OK|SUCCESS|FAILURE|PARTIAL"
    r"|APPROVED?|REJECT(?:ED)?|DENIED|DENY|BLOCK|DONE"
    r"|TRUE|FALSE|LOW|MEDIUM|HIGH|CRITICAL|P\d|SEV-?\d|S\d|GREEN|YELLOW|AMBER|RED|HOLD|ROLLBACK"
    r"|PROCEED|ABORT|CONTINUE|PENDING|COMPLETE|INCOMPLETE|ON|OFF|CONDITIONAL)"
)
_SLASHED = expression(
    rf"{_LABEL}[:?]\W{{0,4}}[\[(]?(?P<choices>{_WORD}(?:\s*[/|]\s*{_WORD})+)[\])]?\W*$", re.IGNORECASE
)
_BEHIND = expression(rf"{_LABEL}[:?]\W{{0,6}}(?:{_WORD}\s*(?:\[[ xX]\]|[☐☑☒⬜□])\W*){{2,}}$", re.IGNORECASE)
_OFFERED = expression(rf"_\s*[\[(]\s*(?P<choices>{_WORD}(?:\s*[/|]\s*{_WORD})+)\s*[\])]\W*$", re.IGNORECASE)
_GOOD = r"(?:GO|YES|PASS(?:ED)?|APPROVED?|PROCEED|SUCCESS|CONTINUE|ACCEPT(?:ED)?|CONDITIONAL(?:\s+\w+)?)"
_BAD = (
    r"(?:NO[ -]?GO|NO|FAIL(?:ED|URE)?|REJECT(?:ED)?|DENIED|DENY|BLOCK(?:ED)?|ROLL[ -]?BACK|ABORT|HOLD"
    r"|DEFER(?:RED)?|POSTPONED?)"
)
_ENDS = (
    r"(?=\W*$|\s*[:,;]|\s*\(|\s+[-–—]\s"
    r"|\s+(?:with|without|but|except|for|pending|under|subject\s+to|until|tonight|today)\b)"
)
_VERDICT = expression(rf"^\W*(?:(?P<good>{_GOOD})|(?P<bad>{_BAD})){_ENDS}", re.IGNORECASE)
_OPTION = expression(
    r"^\W*(?:(?:option|alternative|method|approach|variant|strategy|plan|path"
    r"|scenario)\s+(?:[0-9]{1,2}|[A-H]|I{1,3}|IV)\b|[A-H][.):]\s)",
    re.IGNORECASE,
)
_ASKS = expression(
    r"\b(?:chooses?|selects?|picks?|checks?|ticks?|marks?)\s+(?:only\s+|exactly\s+|just\s+)?(?:one(?!\s+by)|an option"
    r"|your(?!\s+(?:own|box|boxes|name|line|row|part|entry|item)\b)"
    r"|either)\b|\bone of(?: the following)?\W*$",
    re.IGNORECASE,
)
_PICKED = expression(r"(?:^|[.?!:]\s+)\W*(?:(?:now|then|please)\s+)?(?:pick|choose|select)\W*$", re.IGNORECASE)
_ASKS_VALUE = expression(
    r"\b(?:types?|levels?|severity|priority|environment|category|strategy|decision|outcome|verdict"
    r"|recommendation|result|status|method|approach|mode|risk|impact)\W*$",
    re.IGNORECASE,
)
_LEVEL = expression(
    r"^\W*(?:low|medium|high|critical|minor|major|none|p[0-4]|sev-?\d|severity \d|hotfix|patch"
    r"|standard|normal|emergency|feature|blue[-/ ]green"
    r"|canary|rolling|recreate|big[- ]bang|dev\w*|staging|production|prod|test|uat|qa)\b",
    re.IGNORECASE,
)
_OPEN = expression(r"[_\[☐☑☒⬜□…/|]|\.{5}|<!--|\*{4}")
LONGEST_OPTION = 8  # words of a verdict; "Yes, all nodes answered the health check" is a task


_OUTCOME = expression(
    r"\b(?:decisions?|outcomes?|results?|verdicts?|conclusions?|closure|disposition|final\s+state|completion\s+codes?|how\s+did\s+(?:it|that|this)\s+go|how\s+it\s+(?:went|ended))\b",
    re.IGNORECASE,
)
_STAYED = expression(
    r"\b(?:stays?|stayed|remains?|kept|keeps?|(?<!un)success\w*|accepted|released|complete[ds]?|implemented|as\s+planned|live|in\s+production|promoted)\b",
    re.IGNORECASE,
)
_WENT_BACK = expression(
    r"\b(?:backed\s+out|rolled\s+back|reverted|withdrawn|aborted|cancelled|canceled|taken\s+back|reversed|put\s+back|failed|unsuccessful|postponed|rejected|abandoned|pulled|undone)\b",
    re.IGNORECASE,
)
_MOST_OUTCOMES = 4


class Form(NamedTuple):
    """Something is to be filled in here."""

    label: str
    choices: tuple[str, ...] | None


def unmangled(raw: str) -> str:
    return _MANGLED.sub("____", raw) if "\\_" in raw or "****" in raw else raw


@lru_cache(maxsize=512)  # several rooms ask for the same line, one after the other
def bare(raw: str) -> str:
    """The line without emphasis, code marks and mangled blanks."""
    text = unmangled(raw)
    if "*" in text or "_" in text or "`" in text:
        text = _MARKS.sub("", text)
    return " ".join(text.split())


def has_blank(raw: str) -> bool:
    return ("_" in raw or "..." in raw or "…" in raw or "****" in raw) and bool(BLANK.search(unmangled(raw)))


def read(raw: str) -> Form | None:
    """The form field a line is: a label and a blank, or a label and choices."""
    if not _OPEN.search(raw):
        return None
    text = bare(_CODED_BOX.sub("code", raw) if "`" in raw else raw)
    boxed_text = BOX.search(text) is not None
    if boxed_text and (behind := _BEHIND.match(text)) is not None:
        choices = tuple(match[1].strip() for match in _BOXED_BEHIND.finditer(text, behind.end("label")))
        return Form(_label(behind), choices)
    if boxed_text and (boxed := _BOXED.findall(text)):
        label = BOX.split(text, maxsplit=1)[0].strip(" :*-–—(")
        told = any(re.search(r"[.!?]\s", choice) for choice in boxed)  # "Go on after ☐ OK. At ☐ NG stop."
        return Form(label, tuple(choice.strip(" *") for choice in boxed)) if len(boxed) > 1 and not told else None
    if match := _FORM.match(text) or _BARE.match(text):
        return Form(_label(match), _offered(text[match.end("label") :]))
    if match := _SLASHED.match(text):
        return Form(_label(match), tuple(re.split(r"\s*[/|]\s*(?!A\b)", match["choices"])))
    if match := _BRACKET.match(text):
        value = match["value"]
        if re.fullmatch(rf"{_WORD}(?:\s*[/|]\s*{_WORD})+", value, re.IGNORECASE):
            return Form(_label(match), tuple(re.split(r"\s*[/|]\s*", value)))
        return Form(_label(match), None)
    if match := _COMMENT.match(text):
        return Form(_label(match), None)
    return None


def alone(raw: str) -> Form | None:
    """What is only to be filled in: "start date: ____", "ticket: DATA-____"; not "Checksum noted: ____"."""
    found = _ALONE.match(bare(raw)) if has_blank(raw) else None
    if found is None:
        return None
    label = re.sub(r"\s*\([^()]*\)", "", found["label"])
    done = STATEMENT.search(label) or _ENDED.search(label) or _VERDICT.match(label)
    ordered = orders.imperative(label) and not _NAMES.match(label)
    return None if done or ordered or len(label.split()) > _WORDS_OF_ONE else Form(_label(found), None)


def asked(raw: str) -> bool:
    """Whether words with a colon stand before the first box: "Decision: [ ] GO [ ] NO-GO", "Undone? [ ] no"."""
    return BOX.split(bare(raw), maxsplit=1)[0].strip(" *").endswith((":", "?"))


def answered(raw: str) -> bool:
    """Whether a statement is followed by a choice of verdicts: "Within 5 % of last week. ☐ yes ☐ no"."""
    form = read(raw)
    return (
        form is not None
        and bool(form.choices)
        and len(form.label.split()) > 2
        and all(map(verdict, form.choices or ()))
    )


def empty(raw: str) -> Form | None:
    """A label with nothing after its colon: a field only where its neighbours are labels too."""
    match = _NOTHING.match(bare(raw))
    return Form(_label(match), None) if match and len(match["label"].split()) <= 6 else None


def is_block(rows: Sequence[str]) -> bool:
    """Whether lines are the head of a form: two or more, each a label and its value."""
    return len(rows) > 1 and all(_ANY.match(bare(row)) for row in rows)


_YES_NO = expression(r"^\W*(?:yes|no|none|partly|n/a|unknown|not\s+(?:sure|needed))\b", re.IGNORECASE)


def asks_below(row: str, following: str) -> bool:
    """Whether a label with nothing behind it asks for one of the list below: "Kind of release:"."""
    return following == "list" and row.rstrip(" *_").endswith(":")


def choice(texts: Sequence[str], lead: str = "", heading: str = "") -> bool:
    """Whether boxes of one list are a choice of one: A/B/C, GO / NO-GO, or what the words before ask for."""
    if len(texts) < 2:
        return False
    lead = lead.strip(" :*_").rpartition(": ")[2]  # "Version: Type of release:" are two blanks, the last asks
    if asks(lead) or _ASKS.search(heading) or kinds(texts, lead or heading):
        return True
    if all(_OPTION.match(text) for text in texts) or (lead.endswith("?") and all(map(_YES_NO.match, texts))):
        return True
    short = all(len(text.split()) <= LONGEST_OPTION for text in texts)
    verdicts = [_VERDICT.match(text) for text in texts] if short else []
    if verdicts and all(verdicts) and len({bool(verdict["good"]) for verdict in verdicts if verdict}) == 2:
        return True
    if short and len(texts) <= _MOST_OUTCOMES and (_OUTCOME.search(heading) or _OUTCOME.search(lead)):
        ends = [(_STAYED.search(text) is not None, _WENT_BACK.search(text) is not None) for text in texts]
        if all(stayed != back for stayed, back in ends) and len(set(ends)) == 2:
            return True  # "Change stays in production", "Change backed out"
        plain = [re.sub(r"\s*\([^()]*\)", "", text) for text, (_, back) in zip(texts, ends, strict=True) if not back]
        first = {re.sub(r"^not\s+", "", text.lower()).partition(" ")[0].strip(",") for text in texts}
        if (
            len({back for _, back in ends}) == 2
            and (len(first) < len(texts) or lead.endswith("?"))
            and not any(map(orders.imperative, plain))
            and not any(map(has_blank, plain))
        ):
            return True  # "pushed", "pushed, rolled back", "not pushed"
    asked = _ASKS_VALUE.search(re.sub(r"\([^()]*\)", "", lead).rstrip(": *")) is not None and len(lead.split()) <= 8
    return asked and all(len(text.split()) <= 5 and (_LEVEL.match(text) or _VERDICT.match(text)) for text in texts)


# one of a kind is asked for: "Type of this run:", "Which cluster", "Reason"; "Clusters:" are all of them
_KIND = (
    r"(?:type|kind|sort|purpose|reason|cause|category|class|cohort|slot|window|variant|flavou?r|mode|method|environment|region|site"
    r"|cluster|tier|level|criticality|severity|priority|scope|strategy|target|option|scenario|path|edition|channel|origin|source"
    r"|occasion|urgency|impact|risk|direction|ring|size|plan|approach|day|date|night|shift|data\s?cent(?:er|re)|trigger|basis|outcome|verdict)"
)
_WHICH = expression(
    rf"^\W*(?:which|what)\s+(?:\w+\s+){{0,2}}?{_KIND}\b|^\W*which\s+(?:(?:one|of)\b|(?:change|release|deployment)\s+(?:is|will)\b)",
    re.IGNORECASE,
)
_PICK = expression(
    rf"^\W*(?:(?:now|then|first|please)\s+)?(?:choose|select|pick|decide(?:\s+on)?|fix|set|agree\s+on)\s+(?:the|a|an|your|which|one)\s+(?:\w+\s+){{0,3}}?{_KIND}\b",
    re.IGNORECASE,
)
_ONE = expression(
    r"\(\s*(?:(?:please\s+)?(?:mark|tick|pick|choose|circle|select|check|keep|leave)\s+)?(?:exactly\s+|only\s+|just\s+)?one(?:\s+(?:only|of\s+\w+|box))?\s*\)|\beither\W*$",
    re.IGNORECASE,
)
NAMED_KIND = expression(
    rf"^\W*(?:(?:the|this|our|your)\s+)?(?:[\w/'’-]+\s+){{0,3}}?{_KIND}(?:\s+(?:of|for|in|to\s+use)\s+[^:]{{2,40}})?(?:\s*\([^()]*\))?\W*$",
    re.IGNORECASE,
)
STATEMENT = expression(
    r"\b(?:is|are|was|were|has|have|had|been|done|ok|green|ready|complete|passed|healthy|checked|verified|confirmed|updated|sent|running|up|empty|known|set|off|works?)\b(?!\s+(?:of|for)\b)"
    r"|\S\s+\w{2,}(?:ed)\W*$",
    re.IGNORECASE,
)
# "Check the type" is an order, "Type of run" and "Change criticality" are names
_TOLD = expression(r"^\W*(?!type\s+of\b)[\w-]+\s+(?:the|a|an|your|this|that|all|every|each|its|their)\b", re.IGNORECASE)
_NOUNS_TOO = frozenset(
    ["type", "change", "release", "build", "test", "plan", "backup", "upgrade", "update", "patch", "request"]
)
_NOUN = expression(  # "Patch release (same minor)" under "Change type"
    r"^\W*(?:change|release|build|test|backup|upgrade|update|patch|request|restart|rebuild|switch|move|mail|sync)\s+"
    r"(?:\w+\s+)?(?:release|candidate|change|only|upgrade|update|deployment|build|version|run|fix|level|window|request|rollout)\b",
    re.IGNORECASE,
)
_MOST_OPTIONS = 8
_WORDS_OF_ONE = 6
_WORDS_OF_VALUE = 4


def kinds(texts: Sequence[str], lead: str) -> bool:
    """Whether boxes are the kinds of what the words before name: "Type of this run:" over a few short nouns."""
    words = lead.strip().rpartition("\n")[2].strip()
    words = re.split(r"(?<=[.!?])\s+(?=[A-Z])", words)[-1]
    if not 1 < len(texts) <= _MOST_OPTIONS or not 0 < len(words) <= 90:
        return False
    if _ONE.search(words):
        return not any(_ordered(_ASIDE.sub("", text).strip()) for text in texts)
    if _WHAT.match(words) and _LOOKS.search(words) is None:
        texts = [_ASIDE.sub("", text) for text in texts]
        return not any(_ordered(text) for text in texts) and values(texts, ordered=False)
    asked = _WHICH.search(words) is not None or _PICK.match(words) is not None
    if not asked and all(map(_AT_TIME.match, texts)):
        return False
    if not asked and (NAMED_KIND.match(words) is None or told(words)):
        return False
    texts = [_ASIDE.sub("", text) for text in texts if not _OTHER.match(text)]
    if any(map(_ordered, texts)) or not texts:
        return False
    said = [text.strip(" .") for text in texts]
    if any(":" in text.rstrip(":") and not re.search(r"\d:\d", text) for text in said) or any(map(has_blank, texts)):
        return False
    return all(0 < len(text.split()) <= _WORDS_OF_ONE for text in said) and not any(
        STATEMENT.search(_WITH.sub("", text)) for text in said if " " in text
    )


def of_a_kind(words: str, texts: Sequence[str]) -> bool:
    """Whether words name one of a kind, and what stands below is none of it an order: "Reason" over "Key suspected"."""
    return (
        1 < len(texts) <= _MOST_OPTIONS
        and NAMED_KIND.match(words) is not None
        and not any(_ordered(text) and not _NAMED_OF.match(text) for text in texts)
    )


_AT_TIME = expression(
    r"\W*\d{1,2}[:.h]\d{2}\W+(?:[A-Za-z]\S*\W+\S|\S{5})", re.IGNORECASE
)  # "14:15 promote the build" of a day
_NAMED_OF = expression(r"^\W*\w+\s+(?:of|in|to|for|at)\b", re.IGNORECASE)  # "Change of the CA"
# "What are we shipping?"
_WHAT = expression(
    r"^\W*what\s+(?:are\s+we|is\s+this|is\s+it|is\s+being|do\s+we|kind\b)[^?]{0,40}\?\W*$", re.IGNORECASE
)
_LOOKS = expression(
    r"\b(?:check|need|verif|watch|look|test|wait|miss|remain|left|know|do\s+we\s+do|to\s+do|doing)", re.IGNORECASE
)
_ASIDE = expression(r"\s*\([^()]*\)")
_WITH = expression(r"\s+(?:included|excluded|combined|required|needed)$", re.IGNORECASE)  # "backfill included"
_OTHER = expression(r"^\W*(?:other|another|else|something\s+else)\b[^:]*(?::|$)", re.IGNORECASE)  # "other: ____"


def _ordered(text: str) -> bool:
    """Whether an entry is an order; "patch" and "hotfix" alone are names of something."""
    return " " in text and orders.imperative(text) and not _NOUN.match(text)


def told(words: str) -> bool:
    """Whether words are an order: "Pick the window", not "Type of this run"."""
    first = words.lower().split(None, 1)[0].strip("*_") if words.strip() else ""
    return orders.imperative(words) and (first not in _NOUNS_TOO or _TOLD.match(words) is not None)


def values(texts: Sequence[str], *, ordered: bool = True) -> bool:
    """Whether words are what something can be set to, and none is done or so: "bf16", "fp8"."""
    return all(
        0 < len(text.split()) <= _WORDS_OF_VALUE
        and not (ordered and orders.imperative(text))
        and not STATEMENT.search(text)
        for text in texts
    )


def verdict(text: str) -> bool:
    """Whether a word is one of those that a choice is made of: yes, no, OK, pass."""
    return re.fullmatch(_WORD, text.strip(), re.IGNORECASE) is not None


def asks(lead: str) -> bool:
    return bool(_ASKS.search(lead) or _PICKED.search(lead))


def _offered(text: str) -> tuple[str, ...] | None:
    """The choices named behind a blank: "Decision: ____ (GO / NO-GO)"."""
    match = _OFFERED.search(text)
    return tuple(re.split(r"\s*[/|]\s*(?!A\b)", match["choices"])) if match else None


def _label(match: re.Match[str]) -> str:
    return match["label"].strip(" *-")

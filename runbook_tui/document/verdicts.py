"""Tables that say what to do when something is seen: a column of conditions, one of verdicts or of limits."""

# a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import asked_columns, consequences, orders, outcomes, retreat, stances, verdict_lists
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity

# the words of going back in headers and cells; `retreat` has the wider lexicon of clauses
ROLL = r"(?:roll(?:ing|ed|s)?[\s-]?backs?|back(?:ing|s)?[\s-]?out|revert(?:ing|s)?)"
_STOP = rf"(?:{ROLL}|abort(?:ing|s)?|bail(?:ing)?[\s-]?out)"
YES = expression(rf"\byes\b|\bimmediate|\b{_STOP}\b|\babort\b", re.IGNORECASE)
_NO = expression(
    r"^\W*(?:\w+\s+)?no\W*$|"
    rf"^\W*(?:no\b|never|❌)|\b(?:do not|don['’]?t|not)\b|\bno {ROLL}|\b(?:fix|hotfix|roll)[\s-]forward"
    rf"|^\W*(?:monitor|continue|proceed|ignore|accept|tolerate|hotfix)\b",
    re.IGNORECASE,
)
_MAYBE = expression(
    r"\b(?:consider|investigate|evaluate|discuss|assess|maybe|depends|watch|case[- ]by[- ]case|if"
    r"|to decide|decides?(?=\W*$)|decision (?:of|by)|ask|call(?=\W*$))\b",
    re.IGNORECASE,
)
_VERDICT = expression(rf"\b(?:{ROLL}|action|decision|verdict|response|do)\b|\?$", re.IGNORECASE)
_LIMIT = expression(
    r"\b(?:thresholds?|limit|criteri(?:as?|ons?)|condition|value|trigger|critical|red)\b", re.IGNORECASE
)
_ROLL_COLUMN = expression(
    r"^(?:stop|halt|pause|kill|cancel)\s+(?:at|if|when|above|below)$|^no\s+(?:ship|launch|release|deploy|go-?live|upgrade)$"
    r"|\bbefore\s+(?:we|you)\s+(?:stop|halt|abort|roll|revert|go\s+back|pull|give\s+up)\b"
    rf"|\b{_STOP}\b.*(?:trigger|threshold|if|when|criteri|condition|at\b|\?)|^trigger\w* {ROLL}",
    re.IGNORECASE,
)
_SIDE = expression(
    r"\b(?:action|owner|who|responsible|time|duration|window|notes?|comments?|response|decision"
    r"|severity|priority|status|baseline|normal|source|dashboard|query|current|authority|contact)\b",
    re.IGNORECASE,
)
_NOTHING = frozenset({"", "-", "–", "—", "n/a", "na", "none", "no"})


def rows(
    header: Sequence[str], body: Sequence[tuple[int, Sequence[str]]], here: Polarity | None
) -> list[tuple[int, str, Polarity]]:
    """The triggers of a table: its line, its words, its polarity. `here`: the table stands among triggers."""
    if asked := asked_columns.rows(header, body):
        return asked
    named = next((at for at, name in enumerate(header) if at and (_asks_when(name) or _limits(name, at, body))), None)
    if named is None and here is not None:  # "Switch off when", among the conditions
        named = next((at for at, name in enumerate(header) if at and re.search(r"\w\s+(?:if|when)\W*$", name)), None)
    if graded := _graded(header, body) or _answered(header, body) or _pressed(header, body, here):
        return graded
    if here is None and named is None:
        return consequences.rows(header, body) or _otherwise(header, body)
    verdict = next(
        (
            at
            for at, name in enumerate(header)
            if at and _VERDICT.search(name) and _judges([cells[at] for _, cells in body if at < len(cells)])
        ),
        None,
    )
    if verdict is None and named is None:
        verdict = consequences.column(header, body)
    if here is None and named == verdict and not header[named or 0].endswith("?"):
        return []
    shown = [at for at, name in enumerate(header) if at != verdict and (at == 0 or not _SIDE.search(name))]
    limit = named if named is not None and named != verdict else None
    if limit is not None:
        shown = [at for at in shown if at == limit or (at < limit and not _LIMIT.search(header[at]))]
        first = next(
            (at for at in shown if not re.fullmatch(r"\W*(?:#|no\.?|nr\.?|id)?\W*", header[at], re.IGNORECASE)), limit
        )
        shown = [first, limit] if first != limit else [limit]
    else:
        shown = [at for at in shown if not re.fullmatch(r"#|no\.?|nr\.?|id", header[at].strip(), re.IGNORECASE)][:2]
    found: list[tuple[int, str, Polarity]] = []
    for line, cells in body:
        words = [cells[at].strip() for at in shown if at < len(cells)]
        if not any(words) or (limit is not None and cells[limit].strip().lower() in _NOTHING):
            continue
        said = cells[verdict] if verdict is not None and verdict < len(cells) else ""
        if verdict is not None and _something_else(said):
            continue
        polarity = _judged(said, here)
        if (
            verdict is None
            and limit is not None
            and re.match(
                r"^\W*(?:never|no\s+(?:roll|back|revert|abort|action)|(?:no|not|not\s+at\s+all)\W*$)",
                cells[limit],
                re.IGNORECASE,
            )
        ):
            polarity = Polarity.DONT
        found.append((line, " ".join(word for word in words if word), polarity))
    return found


def _asks_when(name: str) -> bool:
    """Whether a column holds the limits of going back: "Rollback if", "Un-swap when", "Abort at"."""
    return (
        bool(_ROLL_COLUMN.search(name))
        or (name.rstrip().endswith("?") and (retreat.retreats(name) or name.lower().startswith("back to ")))
        or _asks_open(name)
    )


def _asks_open(name: str) -> bool:
    return (
        retreat.retreats(name)
        and re.search(r"\b(?:if|when|at|above|below|on|after)\W*$", name, re.IGNORECASE) is not None
    )


def _limits(name: str, at: int, body: Sequence[tuple[int, Sequence[str]]]) -> bool:
    """Whether a column named after the verdict holds its limits: `| Metric | Go | No-go |`."""
    if not re.fullmatch(r"\W*(?:no-?\s?go|abort|stop|roll-?\s?back|back-?out|kill|revert)\W*", name, re.IGNORECASE):
        return False
    return all(re.search(r"[<>≥≤]|\d", cells[at]) for _, cells in body if at < len(cells)) and bool(body)


_BAD_GRADE = expression(
    r"^\W*(?:red|🔴|halt|stop|no-?\s?go|abort|kill|roll-?\s?back|revert|back-?out|go\s+back|pull|(?:stop|abort|halt|revert|swap\s+back|return|hold)\s+(?:if|at|when|below|above))\W*$",
    re.IGNORECASE,
)
_OTHER_GRADE = expression(
    r"^\W*(?:green|🟢|🟡|ok(?:ay)?|good|fine|go(?:\s+on)?|normal|healthy|pass|continue|proceed|carry\s+on|yellow|amber|orange|watch|warn(?:ing)?|caution|look\s+closer|investigate|think|discuss|ask|wait|hold|pause)\W*$",
    re.IGNORECASE,
)
_BESIDE = expression(r"\([^()]*\)")
_GOING_ON = expression(
    r"\b(?:next|continue|proceed|go(?!\s+back)(?:\s+on|\s+ahead)?|carry\s+on|more)\b.*\?\W*$", re.IGNORECASE
)
_ELSE = expression(
    r"\b(?:or\s+else|else|otherwise|if\s+not)\b|\b(?:red|errors?|fail\w*|no|missing|worse|less|more)\b[^:→]{0,20}[:→]",
    re.IGNORECASE,
)
_UNDOES = expression(
    r"\b(?:undo|roll-?\s?back|back-?out|revert|way\s+back|if\s+it\s+fails|on\s+failure)\b", re.IGNORECASE
)


def _graded(header: Sequence[str], body: Sequence[tuple[int, Sequence[str]]]) -> list[tuple[int, str, Polarity]]:
    """`| Signal | Green | Yellow | Red |`: the worst column holds the limit, "never" in it says that there is none."""
    header = [_BESIDE.sub("", name) for name in header]
    bad = next((at for at, name in enumerate(header) if at and _BAD_GRADE.match(name)), None)
    good = [at for at, name in enumerate(header) if at and at != bad and _OTHER_GRADE.match(name)]
    if bad is None and (bad := _ended(header, body)) is not None:
        good = [at for at in range(1, len(header)) if at != bad]
    if bad is None or not good:
        return []
    what = next((at for at, name in enumerate(header) if not _NUMBERED.fullmatch(name.strip())), 0)
    borne = next((at for at, name in enumerate(header) if at and _BORNE.match(name)), None)
    found: list[tuple[int, str, Polarity]] = []
    for line, cells in body:
        limit = cells[bad].strip() if bad < len(cells) else ""
        answered = any(re.fullmatch(r"\W*yes\W*", cells[at], re.IGNORECASE) for at in good if at < len(cells))
        if (limit.lower() in _NOTHING and not answered) or not cells[0].strip() or len(limit.split()) > 14:
            continue
        never = re.match(r"^\W*(?:never|not\s+at\s+all)\b", limit, re.IGNORECASE)
        found.append((line, f"{cells[what].strip()} {limit}", Polarity.DONT if never else Polarity.DO))
        said = cells[borne].strip() if borne is not None and borne < len(cells) else ""
        if said.lower() not in _NOTHING:
            found.append((line, f"{cells[what].strip()} {said}", Polarity.DONT))
    return found


_ENDED = expression(
    r"^\W*(?:(?:we|then|you|immediate(?:ly)?)\s+)?(?:kill|stop|abort|halt|pull|scrap|cancel|revert|undo|end|close|roll(?:ing)?\s?-?back|back(?:ing)?\s?-?out|call|go|get|turn|bail)(?:\s+(?:it|this|everything|(?:the|our|this)\s+[\w-]+))?(?:\s+(?:back|off|out|down|a?round))?(?:\s+(?:now|here|at\s+once|immediately|right\s+away))?\W*$",
    re.IGNORECASE,
)
# what is put up with, which is more than what is fine
_BORNE = expression(
    r"^\W*(?:we\s+)?(?:tolerate[sd]?|tolerable|live\s+with|put\s+up\s+with|ignored?|accept(?:ed)?\s+for\s+now)\W*$",
    re.IGNORECASE,
)
_NOT_OK = expression(r"^\W*(?:not\s+(?:ok(?:ay)?|fine|acceptable|good)|un-?acceptable|intolerable)\W*$", re.IGNORECASE)
_A_LIMIT = expression(r"[<>≥≤±]|\d|\b(?:any|more|less|above|below|over|under|once|twice)\b", re.IGNORECASE)


def _ended(header: Sequence[str], body: Sequence[tuple[int, Sequence[str]]]) -> int | None:
    """The last of several columns of limits, which says in any words that it is over: `| Metric | Fine | Kill it |`."""
    limits = [
        at
        for at in range(1, len(header))
        if body and sum(1 for _, cells in body if at < len(cells) and _A_LIMIT.search(cells[at])) * 2 > len(body)
    ]
    if len(limits) < 2:
        return None
    last = header[limits[-1]]
    if _NOT_OK.match(last):
        return limits[-1]
    ended = _ENDED.match(last) is not None and retreat.mood(last, home=True) is Polarity.DO
    return limits[-1] if ended else None


def _answered(header: Sequence[str], body: Sequence[tuple[int, Sequence[str]]]) -> list[tuple[int, str, Polarity]]:
    """`| Observation | Next host? |` answered by yes and no."""
    at = next((at for at, name in enumerate(header) if at and _GOING_ON.search(name)), None)
    if at is None:
        return []
    answers = [
        re.match(r"^\W*(?:(yes|go)\b|(no\b|never|stop|wait))", cells[at] if at < len(cells) else "", re.IGNORECASE)
        for _, cells in body
    ]
    if not all(answers) or not body:
        return []
    found: list[tuple[int, str, Polarity]] = []
    for (line, cells), answer in zip(body, answers, strict=True):
        no = answer is not None and answer[2] is not None
        judged = re.search(r"\b(?:if|when|unless|ask|maybe)\b", cells[at], re.IGNORECASE)
        polarity = Polarity.DO if no else Polarity.CONSIDER if judged else Polarity.DONT
        if polarity is not Polarity.CONSIDER:
            found.append((line, cells[0].strip(), polarity))
    return found


def _pressed(
    header: Sequence[str], body: Sequence[tuple[int, Sequence[str]]], here: Polarity | None
) -> list[tuple[int, str, Polarity]]:
    """`| Condition | Press? |` answered by yes and no, where conditions stand."""
    if here is None or len(header) < 2 or not header[-1].rstrip().endswith("?"):
        return []
    answers = [re.match(r"^\W*(?:(yes|y|ja)|(no|n))\b", cells[-1] if cells else "", re.IGNORECASE) for _, cells in body]
    if not body or not all(answers):
        return []
    return [
        (line, cells[0].strip(), Polarity.DO if answer is not None and answer[1] else Polarity.DONT)
        for (line, cells), answer in zip(body, answers, strict=True)
    ]


def _otherwise(header: Sequence[str], body: Sequence[tuple[int, Sequence[str]]]) -> list[tuple[int, str, Polarity]]:
    """Checks of which some cells say what follows: "must pass, else swap back", "error: swap back"."""
    if any(_UNDOES.search(name) for name in header):
        return []
    found: list[tuple[int, str, Polarity]] = []
    for line, cells in body:
        said = next(
            (
                cell
                for cell in cells[1:]
                if any(
                    len(part.split()) < 13 and _ELSE.search(part) and outcomes.judge(part) is Polarity.DO
                    for part in cell.split(";")
                )
            ),
            None,
        )
        if said is not None:
            found.append((line, f"{cells[0].strip()} {said.strip()}", Polarity.DO))
    return found or _yes_or_no(header, body)


def _yes_or_no(header: Sequence[str], body: Sequence[tuple[int, Sequence[str]]]) -> list[tuple[int, str, Polarity]]:
    """`| Check | Yes | No |` with what to do in either case, where one of them goes back in most rows."""
    columns = [at for at, name in enumerate(header) if at and _ANSWERS.match(name)]
    if len(columns) < 2 or len(body) < 2:
        return []
    found = [
        (line, cells[0].strip(), Polarity.DO)
        for line, cells in body
        if any(stances.goes_back(cells[at]) for at in columns if at < len(cells) and cells[at].strip())
    ]
    return found if len(found) * 2 > len(body) else []


_ANSWERS = expression(r"^\W*(?:if\s+)?(?:yes|no|true|false|ok|not\s+ok|pass(?:ed)?|fail(?:ed)?)\W*$", re.IGNORECASE)


_NUMBERED = expression(r"#|no\.?|nr\.?|id|code|", re.IGNORECASE)


def _judges(cells: Sequence[str]) -> bool:
    return sum(1 for cell in cells if _speaks(cell)) > len(cells) / 2


def _speaks(cell: str) -> bool:
    return bool(
        YES.search(cell)
        or _NO.search(cell)
        or _MAYBE.search(cell)
        or retreat.mood(cell, home=True)
        or retreat.doubts(cell)
        or _NONE.match(cell)
    )


_LIGHTS = (
    dict.fromkeys("🟢🟩", Polarity.DONT)
    | dict.fromkeys("🟡🟨🟠🟧", Polarity.CONSIDER)
    | dict.fromkeys("🔴🟥", Polarity.DO)
)


def _something_else(said: str) -> bool:
    """Whether an order has nothing to do with going back: "Inform the vendor", "Add two replicas"."""
    return (
        len(said.split()) > 1 and orders.imperative(said) and not _speaks(said) and consequences.follows(said) is None
    )


def _judged(said: str, here: Polarity | None) -> Polarity:
    if (light := _LIGHTS.get(said.lstrip()[:1])) is not None:
        return light
    if stances.refuses(_CASE.sub("", said)):
        return Polarity.DO
    if consequences.stops_first(said):
        return Polarity.DO
    mood = retreat.mood(said, home=True)
    if consequences.decides(said):
        return Polarity.CONSIDER
    if stances.shrugs(said):
        return Polarity.DONT
    if mood is Polarity.DO and retreat.retreats(said) and not _NONE.match(said):
        return Polarity.DO
    if mood is Polarity.CONSIDER or _MAYBE.search(said) or retreat.doubts(said):
        return Polarity.CONSIDER
    if _NO.search(said) or mood is Polarity.DONT or _NONE.match(said):
        return Polarity.DONT
    if verdict_lists.verdict(said) is Polarity.DONT:
        return Polarity.DONT
    return Polarity.DO if YES.search(said) else here or Polarity.DO


_CASE = expression(r"^\W*\w+:\s+")  # "Gold: do not start"
_NONE = expression(r"^\W*(?:none|nothing|never)\b", re.IGNORECASE)

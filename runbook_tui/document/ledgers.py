"""Tables to sign: who stands in the rows and a column is open for the hand, or who stands over columns of boxes."""

# ruff: noqa: E501  # a pattern is easier to check in one line

from __future__ import annotations

import re
from collections.abc import Sequence

from runbook_tui.document import assent, consent, families, forms, hands
from runbook_tui.document.capacities import CONTACT, DEPARTMENTS, approves, is_person, is_role
from runbook_tui.document.forms import BLANK, bare
from runbook_tui.document.patterns import expression
from runbook_tui.document.signoffs import MARKS, TO_FILL, WAITS, Slot, role_of

Rows = Sequence[tuple[int, Sequence[str]]]

_COLUMN = expression(
    r"\b(?:role|title|team|position|approver|stakeholder|department|function|capacity|responsib\w*|group|signatory|party"
    r"|rolle|funktion|verantwortlich\w*|rol|función|funcion|cargo|rôle|fonction|ruolo|funzione|functie|função)\b"
)
_NO_SLOTS = expression(
    r"\b(?:criteri(?:a|on)|items?|checks?|metrics?|requirements?|conditions?|versions?|changes?"
    r"|description|gates?|tasks?|steps?|phase|phone|contact|email|slack|threshold)\b"
)
_DOER = expression(r"who|whose|person|by whom|(?:\w+ )?by|who \w+s")
_WHOSE = expression(r"^whose (?:ok|okay|go|yes|approval|consent|hand|sign-?off|signature)$")
_PEOPLE = expression(
    r"who|person|people|approver|voter|signer|signatory|stakeholder|party|role|name|reviewer|team|function|department|area"
)
_ASSENTS = expression(
    r"(?:final\s+|required\s+)?(?:approvals?(?:\s+(?:from|by|of|needed|required))?|sign[\s-]?offs?|consent|authori[sz]ation)"
)
_NAMED = expression(r"^[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]*)?\s*\([^()]{2,30}\)$", re.ASCII)  # "Nina (payments)"
_INITIALLED = expression(r"^sign|signature|\binitial|^visa\b|^stamp")
_DID = expression(
    r"^(?:technically\s+|finally\s+)?(?:approved|reviewed|signed(?: off)?|authori[sz]ed|accepted|verified|checked"
    r"|performed|executed|completed|witnessed|released)\s+by$",
    re.IGNORECASE,
)
_ASSENTED = expression(
    r"^(?:technically\s+|finally\s+|change\s+)?(?:approved|signed(?:[\s-]off)?|authori[sz]ed|accepted|countersigned)[\s-]by$",
    re.IGNORECASE,
)
_HAND = expression(
    r"^(?:(?:wet|digital|own|operator)\s+)?(?:signatures?|sign(?:ed|s|ing)?(?:\s+(?:here|by|off))?|initials?|initialled|visa|stamp|paraph|autograph|unterschrift|kürzel|visum|firma|assinatura|handtekening|paraaf)(?:\s*[/&,]\s*\w+)?(?:\s*\([^()]*\))?$|\((?:initials?|signature|sign|name)\)$"
)
_WEAK_HAND = expression(
    r"^(?:ok|okay|by|vote|permission|clearance|go-ahead|cleared|granted|consents|signed|initials?|consent|agree[ds]?|approv\w+|accept\w*|confirm\w*|release[ds]?|go|yes)\b(?:.{0,12})\??$|^(?:go|yes)\s*(?:/|or)\s*no"
)
_WORKS = expression(  # who does the work stands in the head of a document, and signs nothing there
    r"(?:executors?|operators?|deployers?|implementers?|performers?|scribe|engineer"
    r"|(?:engineer|operator|person) (?:on duty|in charge)"
    r"|(?:deployed|executed|performed|implemented|prepared|written|requested|carried out) by)",
    re.IGNORECASE,
)
_INSIDE = expression(r"_\s*\((?P<who>[^()_]+)\)\W*$")
_TICK = expression(r"^\W*[✅✔✓☑👍✍🖊🖋]\ufe0f?\W*$")  # a column under a tick
_BOX = expression(r"[☐⬜□]|\[ \]")


def headless(header: Sequence[str]) -> bool:
    """Whether the first row of a table is one to sign, or empty: `| Tech lead | ____ |`."""
    names = [bare(cell) for cell in header]
    return all(not name or BLANK.fullmatch(name) for name in names[1:]) and (not names[0] or is_role(names[0]))


def blank_rows(rows: Rows, *, named: bool) -> list[tuple[int, Slot]]:
    """The slots among the rows of a table of names and values: `| Peer reviewer | ____ |`.

    `named`: its columns have names, so that a row must speak of an assent: `| CAB approval | ____ |`.
    """
    found: list[tuple[int, Slot]] = []
    # among version and ticket it is told who has the work
    few = sum(1 for _, cells in rows if cells and is_person(bare(cells[0]))) * 2 <= len(rows) > 2
    for line, cells in rows:
        if len(cells) != 2:
            continue
        label = MARKS.sub("", bare(cells[0])).rstrip(" :")
        if not bare(cells[1]) and _ASSENTED.match(label):  # `| Approved by | |`
            found.append((line, Slot(label, ("name",))))
            continue
        if BLANK.fullmatch(bare(cells[1])):
            if _WORKS.fullmatch(label) or (
                few and is_role(label) and not approves(label) and not _JUDGES.search(label)
            ):
                continue
            if named and not approves(label):
                continue
            if is_role(label):
                found.append((line, Slot(role_of(re.sub(r"\s*\([^()]*\)$", "", label)), ("name",))))
            elif (one := assent.slot(f"{label}: ____", box=False)) is not None:
                found.append((line, one))
    return found


def slots(header: Sequence[str], rows: Rows, *, signing: bool = True) -> list[tuple[int, Slot]]:
    """The slots of a table `| Role | Name | Signature | Date |`: a row is one while it is open."""
    names = [bare(cell).lower() for cell in header]
    if _WHOSE.match(names[0]):
        names[0], signing = "role", True
    if len(names) < 2 or any(CONTACT.search(name) for name in names) or (not signing and _of_tasks(names, rows)):
        return []
    found = (
        _by_act(names, rows)
        or _by_column(names, header, rows)
        or _by_role(names, rows, signing=signing)
        or _by_hand(names, rows, signing=signing)
        or _by_person(names, rows, signing=signing)
        or _by_desk(names, rows)
        or _by_box(names, rows)
        or _by_head(header, rows)
    )
    return _with_the_others(found, names, rows)


def signed(cells: Sequence[str]) -> bool:
    """Whether nothing of a row waits any more: `| Author | K. Brandt | 11.06. | KB |`."""
    return len(cells) > 1 and not any(map(_open, cells))


def _with_the_others(found: list[tuple[int, Slot]], names: Sequence[str], rows: Rows) -> list[tuple[int, Slot]]:
    """The slots, with the rows beside them that have somebody's name already, or another word for who signs."""
    first = {line: bare(cells[0]) for line, cells in rows if cells}
    theirs = [line for line, slot in found if first.get(line, "").startswith(slot.role)]
    hand = next((at for at, name in enumerate(names) if at and (_HAND.search(name) or _ANSWER.match(name))), None)
    if hand is None or len(theirs) < 2 or len(theirs) < len(found) or len(rows) > _MOST_OF_A_LOG:
        return found
    taken = set(theirs)
    more = [
        (line, Slot(first[line], (names[hand],)))
        for line, cells in rows
        if line not in taken and _short(first.get(line, "")) and (signed(cells) or _unfilled(cells))
    ]
    return sorted([*found, *more], key=lambda one: one[0]) if len(more) <= len(found) else found


def _unfilled(cells: Sequence[str]) -> bool:
    return len(cells) > 1 and not any(bare(cell).strip() for cell in cells[1:])


def _short(words: str) -> bool:
    """Whether a cell may name a desk or somebody: a few words, no number, no order."""
    plain = re.sub(r"\s*\([^()]*\)", "", words).strip()
    return 0 < len(plain.split()) <= 4 and not any(char.isdigit() for char in plain) and plain[:1].isalpha()


def _of_tasks(names: Sequence[str], rows: Rows) -> bool:
    """Whether rows are what is to be so, with a box for each; who looks at it signs nothing."""
    if any(_HAND.search(name) for name in names):
        return False
    if _box_column(names, rows) is None:
        return False
    what = next((at for at, name in enumerate(names) if _SUBJECT.match(name)), None)
    if what is None:  # "Staging has run it for two days" stands under whatever name
        said = [[bare(row[at]) if at < len(row) else "" for _, row in rows] for at in range(len(names))]
        what = next((at for at, cells in enumerate(said) if cells and not any(map(hands.person, cells))), 0)
    return sum(len(row[what].split()) for _, row in rows if what < len(row)) >= 3 * len(rows)


def _box_column(names: Sequence[str], rows: Rows) -> int | None:
    """The column that has a box in every row and nothing else."""
    columns = range(len(names)) if rows else ()
    return next((at for at in columns if all(at < len(row) and _BOX_ONLY.match(row[at]) for _, row in rows)), None)


def _names_somebody(name: str) -> bool:
    return _DESK.match(name) is not None or _NAME.match(name) is not None or _PEOPLE.fullmatch(name) is not None


def _by_box(names: Sequence[str], rows: Rows) -> list[tuple[int, Slot]]:
    """A box beside somebody, and nothing said of what is so: `| | Role | When |` over `| [ ] | Harbour master | |`."""
    box = _box_column(names, rows)
    who = next((at for at, name in enumerate(names) if at != box and _names_somebody(name)), None)
    if box is None or who is None or len(rows) > _MOST_OF_A_LOG:
        return []
    others = [at for at in range(len(names)) if at not in {box, who}]
    if not others or not all(
        _NAME.match(names[at]) or _DATE.match(names[at]) or _HAND.search(names[at]) for at in others
    ):
        return []
    if not all(who < len(row) and hands.person(bare(row[who])) for _, row in rows):
        return []
    return [(line, Slot(role_of(bare(row[who])), tuple(names[at] for at in others))) for line, row in rows]


_SUBJECT = expression(
    r"^(?:(?:pre-?)?requisites?|items?|checks?|tests?|test\s+cases?|tasks?|steps?|criteri(?:a|on)|requirements?|conditions?|what|descriptions?|activit(?:y|ies)|actions?|points?|questions?|voraussetzung(?:en)?|prüfung|aufgabe)\b"
)
_BOX_ONLY = expression(r"^[\s`*]*(?:\\?\[[ xX]\\?\]|[☐⬜□☑])[\s`*]*$")
_JUDGES = expression(r"\b(?:approver|reviewer|signatory|authori[sz]\w+|decision|witness|sponsor)\b", re.IGNORECASE)
_DESK = expression(
    r"^(?:who|desk|station|position|console|seat|function|role|team|area|department|domain|discipline|voter|funktion|rolle|bereich|person)$"
)
_SAID = expression(
    r"^(?:verdict|vote|answer|says|opinion|decision|go|ok|okay|approved?|approval|consent|go\s*(?:/|or|\?)\s*(?:hold|no-?\s?go|stop|wait)?|yes\s*/\s*no|freigabe|freigegeben|genehmigt|zustimmung)\??$"
)


def _by_desk(names: Sequence[str], rows: Rows) -> list[tuple[int, Slot]]:
    """Desks that are asked for their word, none given yet: `| Desk | go / hold | initials |`, `| Who | Verdict |`."""
    said = [at for at, name in enumerate(names) if at and _SAID.match(name)]
    if not _DESK.match(names[0]) or not said or not 1 < len(rows) <= _MOST_OF_A_LOG:
        return []
    if any(len(cell.split()) > 3 for _, row in rows for at, cell in enumerate(row) if at and at not in said):
        return []  # what must be so stands in another column
    if not all(
        row and _short(bare(row[0])) and all(at >= len(row) or _open(row[at]) for at in said) for _, row in rows
    ):
        return []
    return [(line, Slot(MARKS.sub("", bare(row[0])), tuple(names[at] for at in said))) for line, row in rows]


def over_columns(names: Sequence[str]) -> bool:
    """Whether columns are named after people: `| Step | Operator | Custodian A |` with a box for each."""
    return len(names) > 1 and all(is_person(name) and not consent.machine(name) for name in names)


def _by_act(names: Sequence[str], rows: Rows) -> list[tuple[int, Slot]]:
    """Columns named after what is signed for, open in the rows: `| Prepared | Checked | Approved |`."""
    if (
        len(names) < 2
        or not all(_ACT.match(name) for name in names)
        or not any(_ASSENTED_ACT.match(name) for name in names)
    ):
        return []
    return [
        (line, Slot(name, ("name",)))
        for line, cells in rows[:1]
        for name, cell in zip(names, cells, strict=False)
        if _open(cell)
    ]


_ACT = expression(
    r"^\W*(?:prepared|written|drafted|checked|reviewed|verified|tested|approved|authori[sz]ed|released|accepted|signed(?:\s+off)?|witnessed|executed|performed|closed)(?:\s+by)?\W*$",
    re.IGNORECASE,
)
_ASSENTED_ACT = expression(r"^\W*(?:approved|authori[sz]ed|released|accepted|signed)", re.IGNORECASE)


def _by_column(names: Sequence[str], header: Sequence[str], rows: Rows) -> list[tuple[int, Slot]]:
    """Who signs stands over the columns, and a row is for the hand: `| | DBA | Security |`, `| Signature | | |`."""
    people = [at for at, name in enumerate(names) if at and is_person(name) and not consent.machine(name)]
    if len(people) < 2 or len(people) != len(names) - 1:
        return []
    hands = [(line, cells) for line, cells in rows if cells and _ROW_HAND.match(bare(cells[0]))]
    if not hands:
        return []
    line, cells = next((row for row in hands if "sign" in bare(row[1][0]).lower()), hands[0])
    return [(line, Slot(bare(header[at]), ("name",))) for at in people if at >= len(cells) or _open(cells[at])]


_ROW_HAND = expression(
    r"^\W*(?:names?|signatures?|signed|initials?|date|approved|ok|go\s*/\s*no-?go|decision)\b", re.IGNORECASE
)


def _by_role(names: Sequence[str], rows: Rows, *, signing: bool) -> list[tuple[int, Slot]]:
    doer = next((at for at, name in enumerate(names) if _DOER.fullmatch(name)), None)
    initialled = doer is not None and any(_INITIALLED.search(name) for name in names)
    if _NO_SLOTS.search(names[0]) and not initialled:
        return []
    signing = signing or _asked(names, rows)
    did = sum(1 for _, cells in rows if cells and _DID.match(bare(cells[0]).rstrip(" :")))
    doers = did * 2 > len(rows)  # `| Performed by | | |`: the rows say that they want a signature
    signing = signing or (doers and any(re.search(r"^name|^date|sign", name) for name in names[1:]))
    wanted = (
        r"sign|date|approv|name|decision|status|^(?:no-?)?go$|initials|vote"
        if signing
        else r"^sign|signature|sign-?off|^approv(?:al|ed)|\binitial|^visa\b|^stamp"
    )
    asked = re.fullmatch(r"approvers?|signatory", names[0]) and any(
        re.search(r"decision|date|approv|sign", name) for name in names[1:]
    )
    asked = asked or _ASSENTS.fullmatch(names[0]) is not None  # `| Sign-off | Who | When |`
    hands = signing and any(_HAND.search(name) or _WEAK_HAND.search(name) or _TICK.match(name) for name in names[1:])
    if not asked and not hands and not any(re.search(wanted, name) for name in names[1:]):
        return []
    columns = [index for index, name in enumerate(names) if _COLUMN.search(name)]
    column = next((at for at in columns if names[at] in {"role", "title", "position"}), columns[0] if columns else None)
    if column is None:
        column = doer if doer is not None and all(doer < len(row) and row[doer].strip() for _, row in rows) else None
    if column is None:
        named = sum(1 for _, cells in rows if cells and is_role(bare(cells[0])))
        column = _signers(names, rows)
        if (
            column == 0
            and named * 2 < len(rows)
            and not doers
            and not (_voted(names) and (doer is not None or (signing and _asked_each(names, rows))))
            and names[0] not in {"name", "who", "approval", "sign-off", "signoff"}
        ):
            return []
    fields = tuple(name for index, name in enumerate(names) if index != column and name)
    found: list[tuple[int, Slot]] = []
    for line, cells in rows:
        role = MARKS.sub("", bare(cells[column])) if column < len(cells) else ""
        if not role or BLANK.fullmatch(role):
            continue
        role = role.rstrip(" :") if doers else role
        if any(_open(cell) for at, cell in enumerate(cells) if at != column) or (signing and len(cells) < len(names)):
            found.append((line, Slot(role, fields)))
    return found


def _asked(names: Sequence[str], rows: Rows) -> bool:
    """Whether a table is of people and their answer, in whatever section: `| Who | OK? |`."""
    if _ASSENTS.fullmatch(names[0]):
        return True  # `| Approval | Status |`
    if not _PEOPLE.fullmatch(names[0]) and not (
        names[0] and all(cells and is_role(bare(cells[0])) for _, cells in rows)
    ):
        return False
    if not any(_WEAK_HAND.search(name) for name in names[1:]) and not _chosen(rows):
        return False
    if names[0] in {"department", "team", "function", "group", "unit", "party"}:
        return all(cells and 0 < len(bare(cells[0]).split()) <= 3 for _, cells in rows)
    who = [bare(cells[0]) if cells else "" for _, cells in rows]
    return all(
        is_person(cell, loose=True) or _NAMED.match(cell) is not None or cell.lower() in DEPARTMENTS for cell in who
    )


def _chosen(rows: Rows) -> bool:
    """Whether each row has a cell with a choice of verdicts: `| SRE | ☐ go ☐ no go |`."""
    return bool(rows) and all(
        any(
            (form := forms.read(cell)) is not None and bool(form.choices) and forms.choice(form.choices or ())
            for cell in cells[1:]
        )
        for _, cells in rows
    )


def _voted(names: Sequence[str]) -> bool:
    """Whether columns stand for the answers of a vote: `| Area | Who | Go | No-go |`."""
    answers = [name for name in names if re.fullmatch(r"(?:no-?\s?)?go|yes|no|approved?|rejected?|agreed?", name)]
    return len(answers) > 1


def _asked_each(names: Sequence[str], rows: Rows) -> bool:
    """Whether whoever stands in a column without a name has not voted yet: `| | Go | No go |`."""
    return not names[0] and all(len(cells) > 1 and all(_open(cell) for cell in cells[1:]) for _, cells in rows)


def _signers(names: Sequence[str], rows: Rows) -> int:
    """The column of those who sign: the first, or one named after people, over roles: `| Area | Voter |`."""
    for at, name in enumerate(names[1:], 1):
        cells = [bare(cells[at]) if at < len(cells) else "" for _, cells in rows]
        if cells and families.agent(name) and all(is_person(cell) for cell in cells):
            return at
    return 0


def _by_hand(names: Sequence[str], rows: Rows, *, signing: bool) -> list[tuple[int, Slot]]:
    """A column for the hand, open in the rows, is enough; who signs is a cell that names somebody."""
    hand = next(
        (at for at, name in enumerate(names) if _HAND.search(name) or (signing and at and _WEAK_HAND.search(name))),
        None,
    )
    if hand is None:
        return []
    wanted = [(line, cells) for line, cells in rows if hand >= len(cells) or _open(cells[hand])]
    if not wanted or len(wanted) * 2 < len(rows):
        return []
    # a log of measurements has initials too; who did it or saw it must be a column
    told = _HAND.search(names[hand]) is not None and any(_DOER.match(name) for name in names)
    found: list[tuple[int, Slot]] = []
    for line, cells in wanted:
        words = [MARKS.sub("", bare(cell)).rstrip(" :") for at, cell in enumerate(cells) if at != hand]
        inside = _INSIDE.search(bare(cells[hand])) if hand < len(cells) else None  # "____ (data lead)"
        behind = inside["who"] if inside is not None and is_person(inside["who"]) else None
        who = (
            behind
            or next((word for word in words if is_role(word)), None)
            or next((word for word in words if word and is_person(word)), None)
        )
        if who is not None:
            found.append((line, Slot(who, (names[hand],))))
        elif told and any(words):
            said = [word for word in words if word]
            title = next((word for word in said if any(map(str.isalpha, word)) and " " in word), said[0])
            found.append((line, Slot(title, (names[hand],))))
    # checks with a column for initials: one that speaks of people is no signer
    return found if len(found) * 2 > len(wanted) else []


def _by_person(names: Sequence[str], rows: Rows, *, signing: bool) -> list[tuple[int, Slot]]:
    """A column of persons beside one for their answer, open in every row: `| Gate | Responsible | Approved |`.

    `| Role | Name | Date |` with nothing but roles is one too; `| Role | Name |` only tells who has which.
    """
    who = next(
        (
            at
            for at, _ in enumerate(names)
            if rows and all(at < len(row) and hands.person(bare(row[at])) for _, row in rows)
        ),
        None,
    )
    if who is None:
        return []
    empty = [at for at, _ in enumerate(names) if at != who and all(at >= len(row) or _open(row[at]) for _, row in rows)]
    answer = [at for at in empty if _ANSWER.match(names[at]) or _HAND.search(names[at])]
    hand = [at for at in empty if _NAME.match(names[at])]
    dated = [at for at in empty if _DATE.match(names[at])]
    if not answer and not (hand and dated and (signing or len(empty) == len(names) - 1)):
        return []
    fields = tuple(names[at] for at in empty if names[at])
    return [(line, Slot(role_of(MARKS.sub("", bare(row[who]))), fields)) for line, row in rows]


def _by_head(header: Sequence[str], rows: Rows) -> list[tuple[int, Slot]]:
    """Columns named after who signs each row of a log: `| Batch | Date | Shift lead ok |`, `| Site | Validator |`."""
    if len(rows) > _MOST_OF_A_LOG or not rows:
        return []
    heads: list[tuple[int, str]] = []
    for at, name in enumerate(map(bare, header)):
        found = _WHOSE_HAND.match(name) or _HAND_OF.match(name) or _HAND_ASIDE.match(name) if at else None
        judge = at and _JUDGE.match(name) is not None
        if (
            found is not None
            and (is_role(found["who"]) or is_person(found["who"]))
            and not consent.machine(found["who"])
        ):
            heads.append((at, found["who"]))
        elif judge and all(at >= len(row) or _open(row[at]) for _, row in rows):
            heads.append((at, name))
    if len(heads) > _HANDS_OF_A_LOG:
        return []
    return [
        (line, Slot(who, ()))
        for line, row in rows
        if any(row)
        for at, who in heads
        if at >= len(row) or not bare(row[at]).strip(" .…_")
    ]


_HANDS_OF_A_LOG = 3
_WHOSE_HAND = expression(
    r"^(?P<who>[A-Za-z][\w /&-]{2,30}?)(?:['’]s)?\s+"
    r"(?:ok|okay|sign[\s-]?off|signature|initials?|visa|approval|consent|approves|signs)\W*$",
    re.IGNORECASE,
)
# "Initials implementer", "Signature (shift lead)", "Signed by the DBA"
_HAND_OF = expression(
    r"^(?:initials?|signatures?|signed|sign[\s-]?off|visa|ok|approval|approved|countersigned)\s*(?:of|by|from|:|–|-)?\s*\(?(?:the\s+)?(?P<who>[A-Za-z][\w /&-]{2,30}?)\)?\W*$",
    re.IGNORECASE,
)
# "Validator (print + initial)"
_HAND_ASIDE = expression(
    r"^(?P<who>[A-Za-z][\w /&-]{2,30}?)\s*\([^()]*\b(?:initials?|sign(?:ature|s|ed)?|print|stamp|paraph)\b[^()]*\)\W*$",
    re.IGNORECASE,
)
_JUDGE = expression(
    r"^(?:(?:second|independent|site|clinical|business|ward|peer|local)\s+)?(?:validator|verifier|approver|witness|signatory|countersigner|second\s+(?:person|pair\s+of\s+eyes)|inspector)\W*$",
    re.IGNORECASE,
)
_MOST_OF_A_LOG = 12  # rows; a longer one is filled in from run to run
_ANSWER = expression(
    r"^(?:approved|approval|accepted|acceptance|agreed|authori[sz]ed|cleared|clearance|released|signed|countersigned|consent|sign[\s-]?off|go|ok|okay|freigegeben|genehmigt|aprobado|approuvé|approvato|aprovado|akkoord)\b(?:.{0,14})\??$"
)
_NAME = expression(r"^(?:(?:full|print(?:ed)?)\s+)?(?:name|names|who|person|nombre|prénom|nome|naam)\b.{0,12}$")
_DATE = expression(r"^(?:date|time|when|at|signed|on|datum|zeit|uhrzeit|fecha|hora|data)\b.{0,16}$")


def _open(cell: str) -> bool:
    """Whether a cell still waits for somebody."""
    text = bare(cell)
    return (
        not text.strip(" :")
        or BLANK.search(text) is not None
        or _BOX.search(text) is not None
        or WAITS.match(text) is not None
        or TO_FILL.match(text) is not None
    )

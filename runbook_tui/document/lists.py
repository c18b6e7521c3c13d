"""What a list is, seen as a whole: steps, conditions, a form, a choice, or prose."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from runbook_tui.document import (
    annotation,
    asked,
    barriers,
    boxes,
    conditions,
    consequences,
    counted,
    decisions,
    fences,
    forms,
    hanging,
    hints,
    letters,
    likeness,
    markdown,
    mentions,
    noise,
    signoffs,
    single,
    stances,
    triggers,
    verdict_lists,
)
from runbook_tui.document.draft import Place
from runbook_tui.document.likeness import Unit
from runbook_tui.document.markdown import Block
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Polarity, SectionRole

_ITALIC = expression(r"^(?:_[^_].*_|\*[^*].*\*)$", re.DOTALL)
_ALERT = expression(r"^\W*\[!\w+\][-+]?\s*")  # the first words of "> [!CAUTION]"
_DEFINES = expression(r"^[ ]{0,3}:[ \t]+(?=\S)")
_LETTER = expression(r"^\s*(?:[a-z]\)|\([a-z]\)|[a-h]\.|[A-H]\)|[ivx]{1,4}\)|\([ivx]{1,4}\))\s+\S+\s+\S")
_TITLE = expression(r"^\s*(?:>\s*)*(?:!!!|\?\?\?\+?)\s+[\w-]+\s+[\"“](?P<title>[^\"”]{4,120})[\"”]")
_WAITED = expression(r":\W*(?:TBD|TBC|pending|waiting|outstanding)\b", re.IGNORECASE)
_TYPED = expression(
    r"^[ \t]*(?:(?:[A-Z]{1,2}\d{1,2}[.):](?=[ \t]+\w)|\((?:[a-z0-9]{1,2}|[ivx]{1,5})\)|[a-z]\)"
    r"|(?:[a-h]\.(?=[ \t]+\w)|\d{1,2}\.\d{1,2}\.?(?=[ \t]+[A-Z]))|(?P<mark>[•‣▪●·–—►➤◦]))[ \t]+"
    r"|(?:…|\.\.\.)[ \t]?)(?=\S)",
    re.MULTILINE,
)


def typed(blocks: list[Block]) -> list[Block]:
    """The blocks, with lists where their writer typed the marks of a word processor: "a) …", "• …", "– …"."""
    found: list[Block] = []
    kind = ""  # of the marks of the last list
    blocks = hanging.read(blocks)
    for index, block in enumerate(map(_lettered, blocks)):
        if block.kind == "paragraph" and "\n:" in block.raw and (defined := _defined(block)):
            found += defined
            continue
        if _is_task(block) and (
            (found and found[-1].info == "boxes") or (index + 1 < len(blocks) and _is_task(blocks[index + 1]))
        ):
            rows = of_rows(block, [(0, block.raw)])
            if found and found[-1].info == "boxes":
                found[-1].children += rows.children
                found[-1].end_line = block.end_line
            else:
                rows.info = "boxes"
                found.append(rows)
            continue
        marks = list(_TYPED.finditer(block.raw)) if block.kind == "paragraph" else []
        on = []
        if len(marks) < 2 and block.kind == "paragraph":
            on = counted.marks(block.raw) or _one_counted(blocks, index, found, kind)
        known, marks = not on, on or marks
        if (
            not marks
            or (known and len(marks) < 2 and (marks[0].start() > 0 or block.raw.rstrip(" *_").endswith(":")))
            or (known and len({match["mark"] for match in marks}) > 1)
            or (known and len(marks) == 1 and _kind(marks[0]) == "number" and _listed_below(blocks, index))
        ):
            found.append(block)
            continue
        own = _kind(marks[0]) if known else counted.kind(marks[0])
        before = block.raw[: marks[0].start()].rstrip("\n")
        if before:
            found.append(Block("paragraph", block.line, block.line + before.count("\n"), raw=before))
        items = []
        for at, match in enumerate(marks):
            end = marks[at + 1].start() if at + 1 < len(marks) else len(block.raw)
            first = block.line + block.raw.count("\n", 0, match.end())
            raw = block.raw[match.end() : end].rstrip("\n")
            last = first + raw.count("\n")
            items.append(Block("item", first, last, children=[Block("paragraph", first, last, raw=raw)]))
        if not before and _typed_before(found) and kind == own:  # each a paragraph of its own
            found[-1].children += items
            found[-1].end_line = items[-1].end_line
        else:
            found.append(Block("list", items[0].line, items[-1].end_line, info="typed", children=items))
        kind = own
    return found


def _typed_before(found: list[Block]) -> bool:
    return bool(found) and found[-1].kind == "list" and found[-1].info == "typed"


def _one_counted(blocks: list[Block], index: int, found: list[Block], kind: str) -> list[re.Match[str]]:
    """The mark of a paragraph among others that count on: "A) …" and, a blank line below, "B) …"."""
    after = blocks[index + 1] if index + 1 < len(blocks) else None
    typed_before = len(found[-1].children) if _typed_before(found) else 0
    below = after.raw if after is not None and after.kind == "paragraph" else ""
    return counted.one_of(blocks[index].raw, below, typed_before, kind if typed_before else "")


def said_last(block: Block) -> str:
    """The last words of a list whose numbers were typed, which stand over what follows: "4.8 From your laptop, …"."""
    return block.children[-1].children[0].text if block.info == "typed" else ""


def _is_task(block: Block) -> bool:
    """Whether a paragraph is one box and its words: "[ ] Backup taken" among others with blank lines between."""
    if block.kind != "paragraph" or block.raw[:1] not in _OPENS:
        return False
    return boxes.match(block.raw) is not None and boxes.inside(block.raw) == 1


_OPENS = frozenset("[\\☐⬜□☑")


def _lettered(block: Block) -> Block:
    """A list with letters that stands as far in as code: "    a) …", "    b) …"; any other block as it is."""
    if block.kind != "indented" or not all(map(_LETTER.match, block.raw.rstrip().split("\n"))):
        return block
    return Block("paragraph", block.line, block.end_line, raw=block.raw.rstrip())


def _kind(mark: re.Match[str]) -> str:
    """What kind of mark it is: a number of a section, a letter, or the sign itself."""
    sign = mark.group().strip()
    return "number" if sign[:1].isdigit() else "letter" if sign.strip("(.):").isalnum() else sign


def _listed_below(blocks: list[Block], index: int) -> bool:
    """Whether a list with other marks stands below: "5.1 Grounds for reversal" and then "a) …", "b) …"."""
    after = blocks[index + 1] if index + 1 < len(blocks) else None
    first = _TYPED.match(after.raw) if after is not None and after.kind in {"paragraph", "indented"} else None
    return first is not None and _kind(first) != "number"


def _defined(block: Block) -> list[Block]:
    """A term and what is said of it behind colons, as the label of a list; nothing for another paragraph."""
    term, *said = block.raw.split("\n")
    if term.startswith(":") or not all(_DEFINES.match(row) for row in said):
        return []
    items = [
        Block("item", line, line, children=[Block("paragraph", line, line, raw=_DEFINES.sub("", row))])
        for line, row in enumerate(said, block.line + 1)
    ]
    term = term.strip(" :*_")
    ticked = [_SAID_BOX.match(item.children[0].raw) for item in items]
    if len(acts := {match["act"] for match in ticked if match is not None}) == 1 and all(ticked):
        term = f"{term}: {acts.pop()}"  # "promoted: [ ] Train captain, ____"
        for item, match in zip(items, ticked, strict=True):
            item.children[0].raw = match["box"] if match is not None else ""
    label = Block("paragraph", block.line, block.line, raw=f"{term}:")
    return [label, Block("list", items[0].line, block.end_line, info="defined", children=items)]


_SAID_BOX = expression(r"^(?P<act>[A-Za-z][^:\[\]]{1,30}):\s+(?P<box>(?:\[[ xX]\]|[☐⬜□☑])\s+\S.*)$")


def boxes_in(block: Block) -> Block:
    """The list that a paragraph of several tasks without bullets is; any other block as it is."""
    first = block.raw.split("\n", 1)[0] if block.kind == "paragraph" else ""
    if not first or not boxes.inside(first):
        return block
    tasks = boxes.rows_of(block.raw.split("\n"))
    return block if tasks is None or tasks[0] or len(tasks[1]) < 2 else of_rows(block, tasks[1])


def of_rows(block: Block, tasks: list[tuple[int, str]]) -> Block:
    """The list that tasks typed line by line without bullets are."""
    items = []
    for at, (offset, row) in enumerate(tasks):
        line = block.line + offset
        last = block.line + tasks[at + 1][0] - 1 if at + 1 < len(tasks) else block.end_line
        text = Block("paragraph", line, last, raw=row.strip(" \t-*+"))
        items.append(Block("item", line, last, children=[text]))
    return Block("list", block.line, block.end_line, children=items)


def under_title(line: str, place: Place) -> Place:
    """The place inside an admonition, whose title may announce what it holds: `!!! danger "Do not begin if"`."""
    match = _TITLE.match(line)
    if match is None:
        return place
    title = match["title"]
    asked = triggers.announced(f"{title}:", heading=place.part.title) or stances.over(title)
    return place if asked is None else replace(place, lead=title, ask=title, polarity=asked, announced=True)


def goes_on(blocks: list[Block], index: int) -> bool:
    """Whether a numbered list is cut by an unindented block and goes on after it: `1.`, a fence, `2.`."""
    items = blocks[index].children
    if index + 1 >= len(blocks) or blocks[index + 1].kind not in {"fence", "indented"} or not items:
        return False
    for later in blocks[index + 2 :]:
        if later.kind == "list" and later.ordered and later.children:
            first, last = later.children[0].info, items[-1].info
            return (
                first.isdigit()
                and last.isdigit()
                and int(first) in ({1, int(last) + 1} if len(items) == 1 else {int(last) + 1})
            )
        if later.kind not in {"fence", "indented", "paragraph", "quote", "html"}:
            return False
    return False


def is_command(block: Block) -> bool:
    return block.kind == "indented" or fences.is_shell(annotation.info_string(block.info)[0])


def box_of(item: Block) -> boxes.Box | None:
    first = item.children[0] if item.children else None
    return boxes.match(first.raw) if first is not None and first.kind in {"paragraph", "heading"} else None


def is_work(block: Block, texts: list[str], lead: str = "") -> bool:
    """Whether a list below a heading of triggers says what to do instead of when: orders, or commands alone.

    Below a verdict alone ("Going back:") numbered entries are orders unless they tell what went wrong.
    """
    return (
        triggers.to_do(texts)
        or (block.ordered and hints.verdict(lead) and not hints.mostly_ill(texts) and not _conditions(texts, lead))
        or any(child.kind == "fence" for item in block.children for child in item.children)
        or any(item.children and _typed_alone(item.children[0].raw) for item in block.children)
    )


def _typed_alone(raw: str) -> bool:
    """Whether an entry is code to type and nothing else; a message that was printed is seen: "`FATAL: no slots`"."""
    if not mentions.alone(raw) or conditions.comparison(raw):
        return False
    code = raw.strip(" `,;")
    return noise.problem(code) is None and not noise.prose(code)


def _conditions(texts: list[str], lead: str) -> bool:
    return likeness.of_list([Unit(text, lead=lead, listed=True) for text in texts], ticked=False) is not None


def numbers_work(block: Block, texts: list[str], place: Place) -> bool:
    """Who numbers imperatives, or puts code between them, writes steps; links and features are none."""
    if place.part.role is SectionRole.REFERENCE or len(block.children) < 2:
        return False
    raw = [item.children[0].raw for item in block.children if item.children]
    if sum(1 for text in raw if text.startswith("[")) * 2 > len(raw):
        return False
    return triggers.to_do(texts) or any(
        is_command(child) for item in block.children for child in item.children if child.kind == "fence"
    )


def verdicts(block: Block, place: Place) -> dict[int, Polarity]:
    """By line, what follows from each entry of a list whose entries say so themselves."""
    if place.part.role is SectionRole.REFERENCE:
        return {}
    first = [item.children[0] if item.children else item for item in block.children]
    found = verdict_lists.read([one.text if one.kind == "paragraph" else "" for one in first])
    return {first[at].line: polarity for at, polarity in found.items()}


def judged_boxes(block: Block, place: Place) -> dict[int, Polarity]:
    """By line, what follows from each box of a list that says so itself."""
    if place.part.role is SectionRole.REFERENCE:
        return {}
    ticked = [item for item in block.children if box_of(item) is not None]
    found = single.of_boxes(list(map(words, ticked)))
    return {ticked[at].children[0].line: polarity for at, polarity in found.items()}


def takes_items(block: Block, place: Place) -> bool:
    if place.verdicts or place.polarity is not None or (block.ordered and place.procedure) or holds_steps(block):
        return True
    within = texts(block)
    if any(
        forms.has_blank(child.raw)
        or (place.severity is not None and conditions.comparison(child.raw))
        or conditions.objective(child.raw)
        or forms.read(child.raw) is not None
        or triggers.labelled(child.text) is not None
        or triggers.announced(child.text) is not None
        or triggers.sentence(child.text)
        or decisions.read(child.text)
        or boxes.empty(child.raw)
        or asked.first(child.raw) is not None
        or (_WAITED.search(child.raw) and signoffs.slot(child.raw, box=False, signing=False) is not None)
        for child in within
    ):
        return True
    return (
        len(within) > 1
        and forms.is_block([child.raw for child in within])
        and any(forms.empty(child.raw) for child in within)
    )


def walked(quote: Block, here: Place, *, listed: bool) -> bool:
    """Whether what a quote holds is taken piece by piece; a letter is not. `listed`: conditions stand here."""
    if listed:
        return True
    said = texts(quote)
    if (
        said
        and quote.children[0] is said[0]
        and not boxed(quote)
        and letters.is_letter(said[0].text, here.lead or here.ask)
    ):
        return False
    return holds_steps(quote) or any(
        forms.has_blank(child.raw)
        or triggers.announced(text) is not None
        or decisions.read(text)
        or triggers.labelled(text) is not None
        for child in said
        for text in (_ALERT.sub("", child.text),)
    )


def boxed(block: Block) -> bool:
    """Whether a box stands anywhere inside."""
    return any((child.kind == "item" and box_of(child) is not None) or boxed(child) for child in block.children)


def texts(block: Block) -> list[Block]:
    found: list[Block] = []
    for child in block.children:
        if child.kind == "paragraph":
            found.append(child)
        else:
            found += texts(child)
    return found


def holds_steps(block: Block) -> bool:
    """Whether a box or code stands anywhere inside."""
    if block.kind in {"fence", "indented"}:
        return True
    if block.kind == "table":
        return any(boxes.inside(cell) for _, row in block.rows for cell in row)
    if (
        block.kind == "item"
        and block.children
        and block.children[0].kind == "paragraph"
        and boxes.match(block.children[0].raw)
    ):
        return True
    return any(holds_steps(child) for child in block.children)


def tells_how(item: Block, place: Place, tools: Collection[str]) -> bool:
    """Whether an item among conditions is the command that ends it all: "Kill: `flagctl set search off`"."""
    alone = place.polarity is not None and len(item.children) == 1
    return alone and mentions.labelled(item.children[0].raw, tools, doing=True)


def groups_on(blocks: list[Block], index: int) -> bool:
    """Whether another group of the same kind follows a list: "Critical:", a list, "Warning:", a list."""
    if index + 1 >= len(blocks):
        return False
    after = blocks[index + 1]
    if after.kind != "paragraph":
        return after.kind == "list"
    text = after.text
    listed = index + 2 < len(blocks) and blocks[index + 2].kind == "list"
    if listed and _ITALIC.match(after.raw.strip()) and triggers.speaks(text):
        return True  # "*please don't*" between two lists
    return listed and text.endswith(":") and len(text.split()) < 6 and not triggers.aside(text)


def hinted(blocks: list[Block], index: int, place: Place) -> Place:
    """The place, with what the words above or right below a list or table ask for where they only hint at it."""
    if place.polarity is not None or place.signing or place.option:
        return place
    if place.returns and not hints.verdict(place.lead):
        return place
    if place.part.role is SectionRole.REFERENCE:
        return place
    block = blocks[index]
    if block.kind == "table" and consequences.work(block.rows[0][1]):
        return place  # what is done, and with what
    after = blocks[index + 1] if index + 1 < len(blocks) else None
    told = (
        after is not None and after.kind == "paragraph" and not (after.text.endswith(":") and listed(blocks, index + 2))
    )
    below = hints.afterwards(after.text, _said(block)) if after is not None and told else None
    if below is not None:
        place.part.asked = True
        return replace(place, polarity=below, announced=False)
    if block.kind == "table" and stances.over(place.lead or place.ask or place.part.title) is not None:
        place.part.asked = True
        return replace(place, polarity=Polarity.DO, announced=False)
    if block.kind == "table" or any(holds_steps(item) for item in block.children if not _box_only(item)):
        return place
    lead = place.lead or place.ask
    title, items = place.part.title, _said(block)
    if barriers.may_shut(lead) and hints.none_ordered(items):
        place.part.asked = True
        return replace(place, polarity=Polarity.DO, announced=True, returns="")
    if barriers.may_pass(lead) and hints.mostly_ill(items):
        place.part.asked = True
        return replace(place, polarity=Polarity.DONT, announced=True, returns="")
    said = f"{title}:" if place.part.pseudo and lead in {"", title} else lead or title  # a colon made it a heading
    asked = barriers.over(said, heading=title) or hints.over("" if lead == title else lead, title, items)
    if asked is None and (
        hints.questions(title if not lead or lead == title else lead, items) or _either_of(lead, items)
    ):
        asked = Polarity.DO
    if asked is None:
        return place
    place.part.asked = True
    return replace(place, polarity=asked, announced=bool(lead), returns="")


def _said(block: Block) -> list[str]:
    """The words of each entry of a list, or of each row of a table."""
    if block.kind == "table":
        return [" ".join(cells[:2]) for _, cells in block.rows[1:]]
    return [words(item) for item in block.children]


def listed(blocks: list[Block], index: int) -> bool:
    """Whether a list or table stands at a place, so that a colon before it speaks of what comes."""
    return index < len(blocks) and blocks[index].kind in {"list", "table"}


_WHEN = expression(r"\b(?:if|when|once|where|unless|in\s+case)\W*$", re.IGNORECASE)
_OR_LAST = expression(r"[,;\s]\s*or\W*$", re.IGNORECASE)


def _either_of(lead: str, items: Sequence[str]) -> bool:
    """Whether entries are conditions one of which is enough: "Let the old key in, when:" over "payouts stop, or"."""
    return len(items) > 1 and _WHEN.search(lead) is not None and all(map(_OR_LAST.search, items[:-1]))


def words(item: Block) -> str:
    first = item.children[0] if item.children and item.children[0].kind == "paragraph" else None
    if first is None:
        return ""
    box = boxes.match(first.raw)
    return _SECTION.sub("", markdown.plain(box.rest) if box is not None else first.text)


_SECTION = expression(r"^\d{1,2}(?:\.\d{1,2})+\.?\s+")  # "6.3 Bind it again"


def _box_only(item: Block) -> bool:
    return len(item.children) == 1 and box_of(item) is not None


def part_of_the_way(text: str, place: Place) -> bool:
    """Whether a numbered order of the way back has its own condition: "Revert the VMs if X does not start"."""
    return (
        place.part.role is SectionRole.ROLLBACK
        and triggers.imperative(text)
        and not conditions.comparison(text)
        and not any(char.isdigit() for char in text)
    )

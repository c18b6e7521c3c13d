"""Assents and announcements are told by the kinds of their words, whatever the words between are."""

from __future__ import annotations

import pytest

from runbook_tui.document import agreements, announcements
from runbook_tui.document.phrases import Grammar, Vocabulary
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Polarity

WORDS = Vocabulary(
    {"FRUIT": "apple passion_fruit", "EAT": "eat eats"}, lambda word: "NAME" if word[0].isupper() else "WORD"
)


def _found(rule: str, text: str) -> str | None:
    grammar = Grammar(WORDS.kinds | {"NAME", "WORD"}, {"who": "NAME+", "fruit": "WORD? FRUIT"}, {"it": rule})
    found = grammar.find(WORDS.tag(text))
    if found is None:
        return None
    start, end = found.parts["who"]
    return text[start:end]


def test_a_rule_is_of_kinds_and_phrases_and_says_where_what_is_wanted_stands() -> None:
    assert _found("<who> EAT fruit", "Anna Lee eats ripe passion-fruit") == "Anna Lee"
    assert _found("<who> EAT fruit", "Anna Lee eats PassionFruit") == "Anna Lee"
    assert _found("<who> EAT fruit", "Anna Lee eats nothing of it") is None


def test_what_belongs_to_somebody_is_tagged_without_its_ending() -> None:
    assert [word.kind for word in WORDS.tag("the apple's core")] == ["WORD", "FRUIT", "POSS", "WORD"]


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("The storage on-call has agreed to the window: `@storage` in #ops", "storage on-call"),
        ("For large changes: Network Manager approval, as a comment here", "Network Manager"),
        ("Written OK from the controller", "controller"),
        ("@mila says go", "@mila"),
        ("The release captain has given their blessing", "release captain"),
    ],
)
def test_a_box_that_names_an_assent_is_somebody_to_sign(line: str, who: str) -> None:
    one = agreements.of_line(line, box=True, signing=False)
    assert one is not None
    assert one.who == who


@pytest.mark.parametrize(
    "line",
    [
        "Change approval workflow tested",
        "Release approval",
        "The server has accepted the new key",
        "Customer told about the window",
        "Certificates signed by the internal CA",
        "Vendor on standby, ticket no. ____________",
    ],
)
def test_a_box_about_a_thing_is_nobodys_assent(line: str) -> None:
    assert agreements.of_line(line, box=True, signing=False) is None


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("Pharmacist: ______________ Time: ______", "Pharmacist"),
        ("Nurse in charge: ______________ Signature: ______", "Nurse in charge"),
        ("Implemented by: ______________ Date/time: ________", "Implemented by"),
        ("Four-eyes check by: ______________ Date: ________", "Four-eyes check by"),
    ],
)
def test_somebody_with_a_blank_and_a_date_signs_without_a_heading(line: str, who: str) -> None:
    one = agreements.of_line(line, box=False, signing=False)
    assert one is not None
    assert one.who == who


@pytest.mark.parametrize("line", ["Start: ______ End: ______", "Duty phone of the pharmacist: ______ Time: ____"])
def test_a_blank_of_a_form_is_nobodys(line: str) -> None:
    assert agreements.of_line(line, box=False, signing=False) is None


def test_a_line_may_ask_the_same_person_twice() -> None:
    runbook = read(b"# Backfill\n\nMira's go for step 2: ______  Mira's go for step 6: ______\n", "b.md")
    assert [slot.role for slot in runbook.signoffs] == ["Mira", "Mira"]


@pytest.mark.parametrize(
    ("sentence", "who"),
    [
        ("Get an LGTM from the secondary on-call.", "secondary on-call"),
        ("Larger cuts need the OK of the topic owner.", "topic owner"),
    ],
)
def test_a_sentence_that_wants_an_assent_names_who_gives_it(sentence: str, who: str) -> None:
    assert [slot.role for slot in read(f"# Rollout\n\n{sentence}\n".encode(), "s.md").signoffs] == [who]


def test_names_with_a_colon_below_who_must_confirm_are_to_be_filled_in() -> None:
    text = "# Move\n\nBefore step 4 the decision has to be confirmed by both:\n\n- Head of research:\n- DBA:\n"
    assert [slot.role for slot in read(text.encode(), "m.md").signoffs] == ["Head of research", "DBA"]


@pytest.mark.parametrize(
    ("lead", "waits"),
    [
        ("Roll the driver back when", True),
        ("Stop the upgrade and go to Rollback if any of the following happens:", True),
        ("Abort criteria for the swap. None of these is open to debate:", True),
        ("6.1 Fallback criteria", True),
        ("Rollback is complete when:", False),
        ("If you need to roll back:", False),
        ("Use the fallback DNS if:", False),
        ("How to roll back", False),
        ("Restart the worker if:", None),
    ],
)
def test_what_announces_conditions_and_what_sounds_alike(lead: str, waits: bool | None) -> None:
    assert announcements.waits(lead) is waits


@pytest.mark.parametrize(
    ("lead", "shuts"),
    [
        ("Close the gates right away if:", True),
        ("Take the shop offline at once if one of these is seen:", True),
        ("Page the on-call immediately if:", False),
        ("Close the ticket if:", False),
    ],
)
def test_what_is_shut_at_once_is_taken_back(lead: str, shuts: bool) -> None:
    assert announcements.shuts(lead) is shuts


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("What changes of this metric should prompt a rollback: apdex below 0.99 for 10 minutes", Polarity.DO),
        ("Memory above 70 % is a reason to buy more, not to turn back.", Polarity.DONT),
    ],
)
def test_a_sentence_that_says_what_asks_for_a_rollback(text: str, polarity: Polarity) -> None:
    assert [one.polarity for one in read(f"# Ramp\n\n- {text}\n".encode(), "r.md").triggers] == [polarity]


def test_what_nobody_goes_back_for_may_be_listed_in_a_sentence() -> None:
    text = "# Launch\n\nWe do NOT roll back for balance complaints, long queues in the first hour or forum posts.\n"
    assert [one.polarity for one in read(text.encode(), "l.md").triggers] == [Polarity.DONT] * 3


def test_a_vote_is_of_those_in_the_first_column_where_nobody_is_named_yet() -> None:
    rows = (
        "| Area | Who | Go | No-go |\n|---|---|:-:|:-:|\n| Engineering | Ines Castro | ☐ | ☐ |\n| Legal | | ☐ | ☐ |\n"
    )
    runbook = read(f"# Launch\n\n## Go/no-go vote\n\n{rows}".encode(), "v.md")
    assert [slot.role for slot in runbook.signoffs] == ["Engineering", "Legal"]
    assert [field.choices for field in runbook.fields] == [("Go", "No-go")] * 2


def test_roles_below_who_has_to_answer_are_asked() -> None:
    text = "# Submit\n\nEach of them has to answer before we submit:\n\n* iOS tech lead\n* QA\n* Backend on-call\n"
    assert [slot.role for slot in read(text.encode(), "q.md").signoffs] == ["iOS tech lead", "QA", "Backend on-call"]


def test_roles_below_who_has_to_be_told_are_not_asked() -> None:
    text = "# Submit\n\nThese people must be informed before we submit:\n\n* iOS tech lead\n* QA\n* Backend on-call\n"
    assert read(text.encode(), "q.md").signoffs == ()


def test_who_signs_may_stand_in_paragraphs_of_their_own() -> None:
    text = "# Move\n\nThe move is accepted with the signatures of\n\nHead of operations ........\n\nPrivacy officer ........\n"
    assert [slot.role for slot in read(text.encode(), "m.md").signoffs] == ["Head of operations", "Privacy officer"]


def test_a_lead_in_may_end_with_there_is() -> None:
    text = "# Ship\n\nWe're no-go if there is\n\n* a crasher in the beta\n* an open P1\n"
    assert [(one.line, one.polarity) for one in read(text.encode(), "n.md").triggers] == [
        (5, Polarity.DO),
        (6, Polarity.DO),
    ]


def test_a_box_may_say_when_to_go_back() -> None:
    runbook = read(b"# Day\n\n- [ ] Deploy\n- [ ] If conversion is down by more than 10 %, roll back\n", "d.md")
    assert [str(step.role) for step in runbook.steps] == ["todo", "trigger"]


def test_a_statement_with_a_choice_behind_it_is_one_task_and_its_answers() -> None:
    runbook = read("# Day\n\n- [ ] Sales within 5 % of last week. ☐ yes ☐ no\n".encode(), "d.md")
    assert [field.choices for field in runbook.fields] == [("yes", "no")]


def test_a_row_without_a_limit_is_no_condition() -> None:
    rows = "| Metric | Baseline | Switch off when |\n|---|---|---|\n| Errors | 12 / h | > 60 / h |\n| Chats | 40 / h | – |\n"
    runbook = read(f"# Launch\n\n## Guardrails\n\n{rows}".encode(), "g.md")
    assert [one.line for one in runbook.triggers] == [7]


@pytest.mark.parametrize(
    ("command", "placeholders"),
    [
        ("gcloud sql backups restore BACKUP_ID --restore-instance=orders", ("BACKUP_ID",)),
        ("bundle exec fastlane bump version:x.y.0", ("x.y.0",)),
        ("docker run -e ACCOUNT_ID image", ()),
        ("unset RUN_ID", ()),
        ('psql -c "select ORDER_ID from orders"', ()),
    ],
)
def test_a_name_in_capitals_is_to_be_filled_in_where_a_value_is_wanted(
    command: str, placeholders: tuple[str, ...]
) -> None:
    from runbook_tui.document import placeholders as blanks

    assert blanks.texts(command) == placeholders

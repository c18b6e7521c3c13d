"""Boxes of people: a thumb that another explains, an acceptance in a row; and what only sounds like somebody's hand."""

import pytest

from runbook_tui.document.reader import read

LETTERS = {"todo": "t", "option": "o", "signoff": "s", "trigger": "c"}


def book(text):
    return read(f"# R\n\n{text}\n".encode(), "r.md")


def roles(text):
    return "".join(LETTERS[role] for step in book(text).steps for role in step.boxes)


def table(*rows):
    return "\n".join(f"| {row} |" for row in ("No. | Activity | Done", "---|---|---", *rows))


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ('mika 👍 in the thread (means "ops is ok with it")', "tobi 👍 in the thread", ["mika", "tobi"]),
        ("Ana +1 on the ticket = approved", "Luis +1 on the ticket", ["Ana", "Luis"]),
        ("pia :+1: here (ok from the shop)", "ruben :+1: here", ["pia", "ruben"]),
        ("jo LGTM in the channel — agreed for the desk", "kim LGTM in the channel", ["jo", "kim"]),
        ("@ada thumbs up in the chat", "@bo thumbs up in the chat", ["ada", "bo"]),
        ("QA lead 👍 in the channel", "Duty manager 👍 in the channel", ["QA lead", "Duty manager"]),
        ("lea: 👌 (she releases the hall)", "max: 👌", ["lea", "max"]),
        ("nina 👍 (yes from billing)", "olaf 👍", ["nina", "olaf"]),
        ("uma ack in the thread (go from the yard)", "vic ack in the thread", ["uma", "vic"]),
        ("wim 👍🏽 below (he signs for the board)", "xu 👍🏽 below", ["wim", "xu"]),
    ],
)
def test_a_thumb_is_a_hand_where_one_says_what_it_means(first, second, names):
    text = f"- [ ] shut the lid\n- [ ] {first}\n- [ ] {second}"
    assert roles(text) == "tss"
    assert [one.role for one in book(text).signoffs] == names


@pytest.mark.parametrize("box", ["build 👍", "CI 👍 in the channel", "screenshots 👍 in the thread", "all tests 👍"])
def test_a_thumb_for_a_thing_is_none(box):
    assert roles(f"- [ ] shut the lid\n- [ ] {box}") == "tt"


@pytest.mark.parametrize(
    ("cell", "who"),
    [
        ("Acceptance by the specialist department", "specialist department"),
        ("Release by the shift manager", "shift manager"),
        ("Approval from Security", "Security"),
        ("Final clearance by the harbour master (Friday)", "harbour master"),
        ("Formal acceptance by the customer", "customer"),
        ("Sign-off from the service owner", "service owner"),
        ("Consent from the duty manager", "duty manager"),
        ("Go-ahead from the night supervisor", "night supervisor"),
        ("Written approval by the head of finance", "head of finance"),
        ("Authorisation by the data protection officer", "data protection officer"),
    ],
)
def test_an_acceptance_in_a_row_is_theirs(cell, who):
    text = table("6.1 | Old key revoked | [ ]", f"6.2 | {cell} | [ ]")
    assert roles(text) == "ts"
    assert [one.role for one in book(text).signoffs] == [who]


@pytest.mark.parametrize("cell", ["Release by hand", "Release from quarantine", "Approval of the plan filed"])
def test_a_release_by_nobody_is_a_task(cell):
    assert roles(table("6.1 | Old key revoked | [ ]", f"6.2 | {cell} | [ ]")) == "tt"


@pytest.mark.parametrize(
    "box",
    [
        "Velero backup younger than 6 hours",
        "Backup operator less than 10 minutes away",
        "Replica lag of the client below 5 s",
        "Vendor ticket older than 2 days",
        "Decider awake, reachable, and sober",
        "DBA awake",
        "Customer hotline reachable",
        "Platform cluster healthy",
        "Owner of the change online",
        "Security queue empty",
    ],
)
def test_a_state_under_a_go_or_no_go_is_a_task(box):
    text = (
        f"## Go / no-go\n\n- [ ] No alarm anywhere\n- [ ] {box}\n\nApprovals\n\n- [ ] Upgrade lead\n- [ ] Service owner"
    )
    assert roles(text) == "ttss"


@pytest.mark.parametrize(
    "box",
    [
        "Stop long jobs on blue (> 5 min), with the consent of their owner",
        "Kill idle sessions after the OK of the team that owns them",
        "Drain the queue with the agreement of the shop",
        "Restart the broker, given the approval of its owners",
        "Remove the old hall with permission from the landlord",
        "Move the tenants if they agree",
        "Cancel running jobs when the owners are fine",
        "Close the gate, having the clearance of the yard",
        "Delete the snapshots once the team agrees",
        "Pause the feed with the knowledge and the consent of its readers",
    ],
)
def test_what_is_done_with_consent_is_a_task(box):
    assert roles(f"- [ ] Pause the connector\n- [ ] {box}") == "tt"


def test_a_blank_for_the_consent_is_a_hand():
    assert roles("- [ ] Close the gate, with the OK of the shift lead: ____") == "s"


@pytest.mark.parametrize("who", ["Operator on duty", "Live ops — whoever is on shift", "Community manager on duty"])
def test_who_is_on_duty_may_sign(who):
    assert roles(f"## Sign-off\n\n- [ ] Service owner\n- [ ] {who}") == "ss"

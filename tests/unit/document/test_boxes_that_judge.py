"""Boxes that are conditions: each says what follows, or words in another language say it; and boxes that must hold."""

import pytest

from runbook_tui.document.reader import read

LETTERS = {"todo": "t", "option": "o", "signoff": "s", "trigger": "c"}


def book(text):
    return read(f"# R\n\n{text}\n".encode(), "r.md")


def roles(text):
    return "".join(LETTERS[role] for step in book(text).steps for role in step.boxes)


def polarities(text):
    return [str(one.polarity) for one in book(text).triggers]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            (
                "## Pause / abort\n\nTick what applies:\n\n- [ ] two kilns out of order → abort\n"
                "- [ ] the damper does not close within 5 min → pause, tell the master\n- [ ] one tile cracks → no action, keep going"
            ),
            ["do", "do", "dont"],
        ),
        ("- [ ] more than 3 tiles cracked: stop\n- [ ] smoke in the hall: abort", ["do", "do"]),
        ("- [ ] error rate > 2 % -> roll back\n- [ ] p95 > 400 ms -> roll back", ["do", "do"]),
        ("- [ ] queue still grows after 10 min ⇒ stop here", ["do"]),
        (
            "- [ ] NO-GO if the draught is above 4\n- [ ] Lag of the other kiln is tolerable: proceed even if it is behind",
            ["do", "dont"],
        ),
    ],
)
def test_a_box_that_says_what_follows_is_a_condition(text, found):
    assert roles(text) == "c" * len(found)
    assert polarities(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "- [ ] all tiles white → continue\n- [ ] temperature below 900 °C → go on",
        "- [ ] cron jobs → stop\n- [ ] feeds → pause",
        "- [ ] Check the damper → ok\n- [ ] Read the gauge: fine",
        "- [ ] Close the damper: stop at the red mark\n- [ ] Wait for the bell",
    ],
)
def test_a_check_with_what_comes_next_stays_a_task(text):
    assert set(roles(text)) == {"t"}


GERMAN = "- [ ] der Druck steigt\n- [ ] das Fenster um ist"


@pytest.mark.parametrize(
    "lead",
    [
        "## Abbruchkriterien\n\nEin Kriterium genügt. Abbruch heißt: alles zurück, Meldung an die Warte.",
        "## Rollback-Kriterien",
        "## Kriterien für den Rückfall",
        "## Wann wird abgebrochen?",
        "Abbruch, wenn:",
        "Abbruch wenn eine der folgenden Bedingungen eintritt:",
        "Zurückrollen bei:",
        "Wir brechen ab, wenn:",
        "Wir rollen zurück, falls",
        "Nicht starten, wenn:",
        "Rückfall auf die alte Version, sobald:",
        "## Critères d'arrêt",
        "## Criterios de vuelta atrás",
        "## Criteri di rollback",
        "Terugdraaien als:",
    ],
)
def test_words_of_other_languages_stand_over_conditions(lead):
    assert roles(f"{lead}\n\n{GERMAN}") == "cc"
    assert polarities(f"{lead}\n\n{GERMAN}") == ["do", "do"]


@pytest.mark.parametrize("lead", ["Kein Abbruch bei:", "Kein Grund zum Abbruch:", "Pas de retour arrière si :"])
def test_what_is_put_up_with_in_other_languages(lead):
    text = f"## Abbruchkriterien\n\n- [ ] der Druck steigt\n- [ ] Leck\n\n{lead}\n\n- ein Tropfen\n- Alarm beim Anlauf"
    assert polarities(text) == ["do", "do", "dont", "dont"]


@pytest.mark.parametrize(
    "text",
    [
        "Vor dem Start:\n\n- [ ] Druck geprüft\n- [ ] Warte informiert",
        "## Abnahmekriterien\n\n- [ ] Druck unter 4 bar\n- [ ] keine Fehler im Log",
        "## Rückbau\n\n- [ ] Ventil schließen\n- [ ] Warte informieren",
        "## Failover to the second kiln\n\nWe fail over if:\n\n- [ ] the first is cold for 10 min\n- [ ] the second is hot",
        "We go live when all of these hold:\n\n- [ ] error rate below 1 %\n- [ ] no alarms",
        (
            "**GO / NO-GO call**\n\nOne no-go is enough to hold the firing.\n\n| # | Statement | Owner | Go |\n|---|---|---|---|\n"
            "| 1 | draught below 0.3 | Kiln | [ ] |\n| 2 | all dampers shut, none stuck | Yard | [ ] |"
        ),
    ],
)
def test_what_must_hold_is_a_task(text):
    assert set(roles(text)) == {"t"}
    assert polarities(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "## Alert\n\nFail over if:\n\n- [ ] the hall is dark\n- [ ] the fire is out",
        "## Abort criteria\n\n| # | Seen | Hit |\n|---|---|---|\n| 1 | draught above 3 | [ ] |\n| 2 | a damper stuck | [ ] |",
    ],
)
def test_what_sends_away_stays_a_condition(text):
    assert roles(text) == "cc"
    assert polarities(text) == ["do", "do"]

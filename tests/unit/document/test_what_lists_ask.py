"""Lists and tables that say when to go back, stop or stay, in more writers' ways."""

import pytest

from runbook_tui.document.reader import read
from tests.unit.document.stance import polarities

BAD = "- two carts report wrong prices\n- a list is newer than its stamp\n"


@pytest.mark.parametrize(
    "lead",
    [
        "Roll back if the last deploy is less than 6 h old and",
        "Revert when the change is from today and",
        "Go back to the old scale if it is before noon and also",
        "Take the whole site offline (gate: show the page) if:",
        "Shut the shop down when:",
        "Put up the maintenance page if:",
        "Pull the site offline as soon as:",
        "Close the shop when one of these is seen:",
        "**Automatic NO-GO, no vote needed:**",
        "Automatic NO-GO, nobody is asked:",
        "No-go, whoever asks for it:",
        "Don't touch the release if:",
    ],
)
def test_what_stops_or_goes_back(lead):
    assert polarities(f"{lead}\n\n{BAD}") == ["do", "do"]


@pytest.mark.parametrize(
    "lead",
    [
        "Keep the rollout going when:",
        "Keep the new release rolling if:",
        "Keep serving from the new cluster while:",
        "Keep the canary moving when:",
        "Keep the new version live if:",
    ],
)
def test_what_is_kept_going(lead):
    text = f"## Rollback triggers\n\nRevert when:\n\n- prices are lost\n- carts fail\n\n{lead}\n\n{BAD}"
    assert polarities(text) == ["do", "do", "dont", "dont"]


@pytest.mark.parametrize(
    "text",
    [
        "Open the shop when:\n\n- all carts are green\n- the list is new\n",
        "Shut the shop down when:\n\n- open the gate\n- tell the guard\n",
        (
            "4. No line either: ask the guard to pull the plug of the box, 30 seconds, plug in again.\n"
            "5. Still nothing: ticket to the field desk, class B.\n"
        ),
        "- **Play:** Console → Production → *Halt sale*\n- **Store:** Store Connect → *Pause phased sale*\n",
        "Scale back to 12 once the queue is < 10k for 30 min.",
    ],
)
def test_what_asks_for_nothing(text):
    assert polarities(f"## Halt the sale\n\n{text}") == []


@pytest.mark.parametrize(
    "title", ["No-go: stop the fair when one of these is true", "5.2 No-Go", "No-go if any of these is true"]
)
def test_a_no_go_below_go_or_no_go(title):
    text = f"# Fair\n\n## 5. Go / No-Go\n\n### 5.1 Go criteria\n\n- [ ] All lamps lit\n\n### {title}\n\n{BAD}"
    assert [one.line for one in read(text.encode(), "f.md").triggers] == [11, 12]


def test_a_table_of_triggers_below_a_way_back_by_another_name():
    table = "| Trigger | Threshold | Who decides |\n|---|---|---|\n| Rejects | > 2 % | lead |\n| Mismatch | any amount | head |\n"
    assert polarities(f"### 5.3 Back-out after 07:00\n\n{table}") == ["do", "do"]
    boxed = "| Criterion | Limit | Met |\n|---|---|---|\n| Load | 100 % | ☐ Yes ☐ No |\n| Open | 0 | ☐ Yes ☐ No |\n"
    assert polarities(f"### Go / no-go\n\n{boxed}") == []


def test_weights_set_to_nothing_go_back():
    table = (
        "| Signal | Threshold | Action |\n|---|---|---|\n| 5xx | > 1 % for 3 min | weight to 0 |\n"
        "| Lag | > 30 s | flag off, page the desk |\n| Cache | < 60 % | none, expected while it warms up |\n"
    )
    assert polarities(f"### Watch\n\n{table}") == ["do", "do", "dont"]

"""Wordings that documents brought which nobody here had read before; each with what it must not be taken for."""

import pytest

from runbook_tui.document.reader import read


def triggers(text):
    return [(trigger.polarity.value, trigger.text) for trigger in read(text.encode(), "d.md").triggers]


def test_a_discretionary_list_is_weighed():
    text = "# D\n\n## Rollback triggers\n\n**Mandatory** (the manager alone):\n\n- login fails\n- payments recorded twice\n\n"
    text += "**Discretionary** (the manager with security):\n\n- pages slower than 4 s\n- a partner is down\n"
    assert [polarity for polarity, _ in triggers(text)] == ["do", "do", "consider", "consider"]


@pytest.mark.parametrize(
    "lead",
    [
        "Pause the vault and start the migration when one of these happens:",
        "Freeze it if any of the following is true:",
    ],
)
def test_a_drastic_order_waits_for_one_of_these(lead):
    items = "- [ ] Withdrawals fail for more than one user\n- [ ] Oracle deviation > 2% for 15 minutes\n- [ ] Data is lost\n"
    assert [polarity for polarity, _ in triggers(f"# D\n\n## Emergency plan\n\n**{lead}**\n\n{items}")] == ["do"] * 3
    assert [polarity for polarity, _ in triggers(f"# D\n\n## Watch\n\n{lead}\n\n{items}")] == ["do"] * 3


@pytest.mark.parametrize(
    "lead", ["Page the DBA when one of these happens:", "Add a node if any of the following is true:"]
)
def test_a_mild_order_is_no_retreat(lead):
    assert (
        triggers(f"# D\n\n## Watch\n\n{lead}\n\n- Errors rise above 2 %\n- Replication fails\n- Data is lost\n") == []
    )


def test_a_table_below_when_to_flip_the_kill_switch():
    text = "# D\n\n## Rollback\n\n### When to flip the kill switch\n\n| Signal | Threshold | Action |\n|---|---|---|\n"
    text += "| Latency p99 | > 1 s for 5 min | Kill switch, immediately |\n| Utilisation | below baseline | Discuss, then decide |\n"
    assert [polarity for polarity, _ in triggers(text)] == ["do", "consider"]


def test_who_decides_stands_below_the_decision():
    text = "# D\n\n## Canary decision\n\n**Decision:** ⬜ GO ⬜ NO-GO\n\n- ML owner: ______\n- SRE on-call: ______\n- Version: ______\n"
    assert [slot.role for slot in read(text.encode(), "d.md").signoffs] == ["ML owner", "SRE on-call"]


@pytest.mark.parametrize(
    "command",
    [
        "dig +short A [clientdomain.com]",
        "wp search-replace 'https://staging.[client.example]' x",
        "curl www.[site.org]",
    ],
)
def test_a_domain_in_brackets_is_asked_for(command):
    (found,) = read(f"# D\n\n```bash\n{command}\n```\n".encode(), "d.md").commands
    assert not found.runnable
    assert found.placeholders


@pytest.mark.parametrize("command", ["grep '[a-z.com]' hosts", "ls [a-z].txt", "ls *.[ch]"])
def test_a_class_of_letters_is_none(command):
    (found,) = read(f"# D\n\n```bash\n{command}\n```\n".encode(), "d.md").commands
    assert found.placeholders == ()

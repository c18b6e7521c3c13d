"""What is no reason to go back, "reverse" among the words for it, and a session that is opened above a prompt."""

from __future__ import annotations

import pytest

from runbook_tui.document.reader import read

LISTED = "- premiums differ by more than 2 %\n- the count is off by 10 %\n"


def told(text):
    return [(trigger.text, str(trigger.polarity)) for trigger in read(text.encode(), "a.md").triggers]


def beside(sentence):
    return told(f"# A\n\n## Pull the release if\n\n- more than 5 % fail\n\n{sentence}\n")[1:]


@pytest.mark.parametrize(
    "sentence",
    [
        "No need to pull it for units that were offline before, they catch up within a week",
        "There is no need to reverse it for missing labels",
        "Don't pull it for a single complaint",
        "Never back out over a single red box",
        "Do not yank this because of two late units",
        "We do not drop it on account of a cold cache",
        "It's fine to carry on with a single flaky job, that's life",
        "It is fine to continue with one slow shard",
        "Fine to proceed even if the dashboard is empty",
        "It's perfectly okay to go on despite two late replicas",
        "OK to keep going with some stale tiles",
        "Don't reverse only because documents failed",
    ],
)
def test_something_seen_is_no_reason(sentence):
    assert beside(f"{sentence}.") == [(sentence, "dont")]


@pytest.mark.parametrize(
    "sentence",
    [
        "It's fine to carry on with the next ring.",
        "It is safe to continue with step 4.",
        "Fine to proceed with phase two.",
        "It's okay to go on with restarting the workers.",
        "It's fine to go ahead with the deployment of the docs.",
        "Don't pull it for now.",
        "It is not okay to go on with a single red shard.",
        "It is never safe to continue with two late replicas.",
        "Do not withdraw it for the moment.",
        "Step 6 is the point of no return for a plain restart.",
        "List the hosts in reverse order if unsure.",
        "Reverse the proxy setting when done.",
    ],
)
def test_going_on_and_waiting_are_no_conditions(sentence):
    assert beside(sentence) == []


@pytest.mark.parametrize(
    "lead",
    [
        "Reverse the run if:",
        "Reverse the batch when any of these is seen:",
        "Reverse it if:",
        "We reverse the import if:",
    ],
)
def test_reversing_is_going_back(lead):
    assert [polarity for _, polarity in told(f"# A\n\n## Backing the run out\n\n{lead}\n\n{LISTED}")] == ["do", "do"]


@pytest.mark.parametrize("lead", ["Reverse the order of the hosts if:", "Reverse the lookup zone if:"])
def test_another_thing_is_reversed(lead):
    assert told(f"# A\n\n## Backing the run out\n\n{lead}\n\n{LISTED}") == []


@pytest.mark.parametrize(
    ("lead", "polarity"),
    [
        ("We stay on v9 despite:", "dont"),
        ("Stay on the new cluster in spite of these:", "dont"),
        ("Carry on regardless of:", "dont"),
        ("We proceed even with any of these:", "dont"),
        ("Go back despite:", "do"),
    ],
)
def test_staying_in_spite_of_something(lead, polarity):
    text = f"# A\n\n## Way back\n\nRoll back if:\n\n- p95 above 3 s\n\n{lead}\n\n- Single slow queries\n- Late mails\n"
    assert [said for _, said in told(text)] == ["do", polarity, polarity]


@pytest.mark.parametrize(
    "opener",
    [
        "aws ssm start-session --target <instance-id>",
        "ssh app01",
        "gcloud compute ssh vm-1",
        "docker exec -it web bash",
    ],
)
def test_what_is_typed_at_a_prompt_below_a_login_belongs_to_it(opener):
    found = read(f"# A\n\n## Do\n\n```bash\n{opener}\n$ sudo docker system prune -af\n```\n".encode(), "a.md").commands
    assert [(command.text, command.in_session) for command in found] == [
        (opener, False),
        ("sudo docker system prune -af", True),
    ]
    assert not found[1].runnable


@pytest.mark.parametrize("above", ["Connected to ssh app01", "ssh app01 uptime", "kubectl get pods"])
def test_what_opens_no_session_leaves_the_prompt_at_home(above):
    found = read(f"# A\n\n## Do\n\n```bash\n{above}\n$ sudo docker system prune -af\n```\n".encode(), "a.md").commands
    assert [(command.text, command.in_session) for command in found] == [("sudo docker system prune -af", False)]

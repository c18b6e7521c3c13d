"""Sentences of going back told by their kind, wherever they stand, and those that only look like them."""

import pytest

from runbook_tui.document.reader import read

SAID = [
    ("do", "If the index build takes longer than two hours, drop it and restore yesterday's alias."),
    ("do", "Should replication lag climb above 40 s, abandon the cut-over and send users back to site A."),
    ("do", "Once three hosts of one rack have failed, the evening is finished."),
    ("do", "Do not flash the second controller while the first one reports degraded."),
    ("do", "Any checksum mismatch: discard the copy and begin from the last good one."),
    ("do", 'rc=8 or above: leave it and go to chapter 7, "Way back".'),
    ("do", "More than 12 unassigned shards after ten minutes → back to 7.17."),
    ("do", "As soon as a customer complains about double charges, pull the feature."),
    ("do", "Exit code other than 0 ends the migration."),
    ("do", "Refuse the hand-over when the totals differ by even one cent."),
    ("do", "Without a green backup report nobody starts."),
    ("do", "No backup, no upgrade."),
    ("do", "In case the vendor is not reachable, we postpone to next Sunday."),
    ("do", "Don't proceed with batch B in case batch A left more than two hosts unreachable."),
    ("do", "Below 95 % success rate we hand the traffic back to the old gateway."),
    ("do", "Two failed logins in a row on the new realm and the pilot is over."),
    ("do", "If the smoke test is red, swap the symlink back."),
    ("do", "Anything over 5 % means we reinstall 4.2."),
    ("do", "It's red? Back to the previous image, no discussion."),
    ("do", "A latency of more than 300 ms for five minutes sends us back to the old region."),
    ("do", "Return the switch to stock firmware if it doesn't answer pings after 6 minutes."),
    ("do", "When the canary's error ratio is double the baseline, set its weight to zero."),
    ("do", "If by 04:30 less than half of the terminals answer, the old host takes over again."),
    ("do", "Terminate the rollout at the first data-loss report."),
    ("do", "Hold the train when two or more crash clusters are new."),
    ("do", "If it is still failing after a second attempt, re-point DNS to the old balancer."),
    ("do", "If p99 stays above 800 ms for longer than 5 min, shift all weight to stable."),
    ("do", "Should the queue not drain within 15 minutes, cancel the maintenance."),
    ("do", "If either checksum differs, don't continue."),
    ("do", "Undo step 4 when any tablet reports an older schema."),
    ("do", "In the event of a split brain, fence the new node and bring the old primary back."),
    ("do", "Whoever sees negative balances stops the import."),
    ("do", "A single wrong invoice is enough to stop."),
    ("do", "If the license server refuses the key, re-install the former version."),
    ("dont", "If only the staging probe is red, carry on."),
    ("dont", "Warnings about deprecated flags are expected, continue."),
    ("dont", "Do not roll back because of slow first requests; the cache is cold."),
    ("dont", "One restarted pod is no reason to go back."),
    ("dont", "A spike in the first two minutes is normal: leave it alone."),
    ("dont", "Don't stop for a single timeout."),
    ("dont", "Up to 20 dead letters can be ignored."),
    ("dont", "Past the contract step there's no way back, fix forward."),
    ("consider", "If the error rate is between 1 and 2 %, discuss with the release captain whether to roll back."),
    ("consider", "Between 200 and 300 ms, ask the product owner before reverting."),
    ("consider", "Consider returning to the old cluster when the cost doubles."),
    ("consider", "The duty manager may call it off when the weather gets worse."),
]
LOOK_ALIKES = [
    "If the command is not found, install it with apt.",
    "If you use zsh, quote the brackets.",
    "When the rollback is finished, tell the channel.",
    "If the pod is not running, check its logs.",
    "The operator restores the volume from a snapshot when the claim names one.",
    "An alert fires when the error rate is above 5 % for ten minutes.",
    "If you need to stop the service, use systemctl stop foo.",
    "In 2022 we rolled back twice because the index was corrupt.",
    "Kubernetes stops sending traffic when the readiness probe fails.",
    "Stop the application server before you take the dump.",
    "If a node is missing, add it with the join command.",
    "When the job is done, remove the temporary bucket.",
    "A rollback takes about five minutes.",
    "If the disk is full, delete old logs.",
    "Wait until all pods are ready, then continue with step 4.",
    "Return to the main menu once the form has been saved.",
    "If the prompt returns, the installation is complete.",
    "If you are on call, keep your phone on.",
    "The script stops if a variable is not set.",
    "Use `--force` if the branch was already merged.",
    "If the cache is cold, the first request takes longer.",
    "Restore the default settings by pressing F9 if the keyboard layout is wrong.",
    "When asked for a passphrase, press return.",
    "Skip this step if the host has no GPU.",
    "If this is a patch release, skip section 3.",
    "The scheduler drops tasks when the queue is longer than 10 000.",
    "If the alert is still firing after 10 minutes, escalate to the database team.",
    "Restart the agent if it does not report within 5 minutes.",
    "Once the old pods are gone, you can delete the config map.",
    "If more than 80 % of disk is used, extend the volume.",
    "Cancel the silence when you are done.",
    "After the upgrade, switch the alerts back on.",
    "When nothing is open any more, F ends the run.",
    "If the value is above 5, the gate stops the rollout by itself.",
    "If your session drops, log back in and attach to tmux.",
    "If the container exits with code 137, raise its memory limit.",
    "Close the ticket when the customer agrees.",
    "If you have not got access, ask in #helpdesk.",
    "Press Ctrl-C to stop watching when all rows say Ready.",
    "The old nodes are drained and returned to the pool as soon as the new ones are ready.",
]
PLACES = {
    "paragraph": "# Upgrade\n\n## 3. Switch\n\nSome text before.\n\n{}\n",
    "step": "# Upgrade\n\n## 3. Switch\n\n1. Run it.\n2. {}\n",
    "quote": "# Upgrade\n\n## 3. Switch\n\n> {}\n",
    "after a fence": "# Upgrade\n\n## 3. Switch\n\n```bash\nmake switch\n```\n\n{}\n",
}


def moods(text):
    return [str(trigger.polarity) for trigger in read(text.encode(), "x.md").triggers]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("polarity", "sentence"), SAID)
def test_a_sentence_is_read_wherever_it_stands(polarity, sentence, place):
    assert moods(PLACES[place].format(sentence))[:1] == [polarity]


@pytest.mark.parametrize("sentence", LOOK_ALIKES)
def test_what_only_looks_like_it_is_left_alone(sentence):
    assert moods(PLACES["paragraph"].format(sentence)) == []


def test_a_table_graded_by_colours_has_its_limits_in_the_worst_column():
    text = "# Ramp\n\n| Signal | Green | Yellow | Red |\n|---|---|---|---|\n| queue | < 10 | 10 – 50 | > 50 |\n| typo | any | many | never |\n"
    assert moods(text) == ["do", "dont"]


def test_a_table_that_asks_whether_to_go_on_is_read_the_other_way_round():
    text = "# Loop\n\n| Seen | Next rack? |\n|---|---|\n| fan alarm | no, not tonight |\n| slow boot | yes |\n"
    assert moods(text) == ["do", "dont"]


def test_a_lead_in_names_the_return_as_a_thing():
    text = "# Move\n\nAny of these leads to a return:\n\n- two terminals dark\n- balance differs\n\nThey do not lead to a return:\n\n- printer offline\n"
    assert moods(text) == ["do", "do", "dont"]


def test_labels_between_lists_say_how_each_is_meant():
    text = "# X\n\n## When to go back\n\n*at once*\n\n- margin below 3 %\n\n*after asking the desk*\n\n- conversion −2 %\n\n*please don't*\n\n- one complaint\n"
    assert moods(text) == ["do", "consider", "dont"]


def test_conditions_side_by_side_are_one_each():
    text = "# X\n\n## Roll back\n\n**now** — latency doubled · cart empty\n\n**not at all** — old banner · slow blog\n"
    assert moods(text) == ["do", "do", "dont", "dont"]


def test_conditions_in_an_admonition_below_their_heading():
    text = "# X\n\n## Rollback criteria\n\n> [!CAUTION]\n> - one leaked address\n> - queue above 9 s\n"
    assert moods(text) == ["do", "do"]

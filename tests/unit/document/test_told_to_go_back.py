"""When to stop or go back, in the structures that writers use for it: each habit in many words, and its look-alikes."""

import pytest

from runbook_tui.document.reader import read

FACTS = "- queue depth doubles within an hour\n- any node reports a read error"


def told(text, heading="Deploy"):
    runbook = read(f"# T\n\n## {heading}\n\n{text}\n".encode(), "back.md")
    return [(trigger.line - 4, str(trigger.polarity)) for trigger in runbook.triggers]


LEADS = [
    ("do", "Do not start the upgrade if:"),
    ("do", "We do not begin when one of these is true:"),
    ("do", "The bridge stays paused if:"),
    ("do", "The gate remains closed as long as:"),
    ("do", "The upgrade is aborted if:"),
    ("do", "The change does not take place if:"),
    ("do", "The evening ends early when:"),
    ("do", "Put the old image back on all hosts when you see:"),
    ("do", "Leave everything as it is and go home if:"),
    ("do", "Traffic returns to the old cluster if:"),
    ("do", "The old gateway takes over again if:"),
    ("do", "Cancel for tonight if:"),
    ("do", "The migration is considered failed if:"),
    ("do", "We treat the release as failed when:"),
    ("do", "Each of the following stops the rollout:"),
    ("do", "Any of the following means that we turn back:"),
    ("do", "One of these is enough to abandon the attempt:"),
    ("do", "Restore the snapshot if at least one of these holds:"),
    ("do", "Fail back to the primary site as soon as:"),
    ("do", "Uninstall the new agent again when:"),
    ("do", "Downgrade under these circumstances:"),
    ("do", "Switch the flag off without asking if:"),
    ("do", "Remove the canary when one of these is observed:"),
    ("do", "Refuse to continue if:"),
    ("do", "The captain halts the train if:"),
    ("do", "In these cases the change is reversed:"),
    ("do", "In the following situations, we go back to version 4:"),
    ("do", "Revert, and ask questions later, if:"),
    ("do", "If any of the following is true after 30 minutes, undo the change:"),
    ("do", "Should one of these occur, the window is closed early:"),
    ("do", "No further hosts if:"),
    ("do", "Hold the rollout at the current percentage if:"),
    ("do", "We pull the release when:"),
    ("do", "Reasons to stop here:"),
    ("do", "Give the night up when:"),
    ("do", "Back to blue if:"),
    ("do", "Abort conditions (any one is enough):"),
    ("do", "**Stop the line:**"),
    ("do", "Don't go to the next ring when:"),
    ("do", "Return to the last good build in case of:"),
    ("consider", "Ask the release manager before going on if:"),
    ("consider", "Talk to the owner about a rollback if:"),
    ("consider", "The captain decides whether to stop when:"),
    ("consider", "Consider pausing for a day if:"),
    ("consider", "Think about going back when:"),
    ("consider", "Pause and discuss if:"),
    ("consider", "A rollback is possible, but not mandatory, when:"),
    ("dont", "Do not roll back for:"),
    ("dont", "Carry on in spite of:"),
    ("dont", "None of the following is a reason to stop:"),
    ("dont", "Please don't abort because of:"),
    ("dont", "Keep the new version if only:"),
    ("dont", "These are not worth a revert:"),
    ("do", "The upgrade stops if:"),
    ("do", "The release manager cancels if:"),
    ("do", "Do not promote the build while:"),
    ("do", "The window is lost if:"),
    ("do", "Roll everything back when you notice:"),
    ("do", "The old route is restored if:"),
    ("do", "The new index is dropped when:"),
    ("do", "We leave it for next week if:"),
    ("do", "Users stay on the old client as long as:"),
    ("do", "The cluster must not be upgraded if:"),
    ("do", "Break off and return to step 0 if:"),
    ("do", "Traffic is moved back to dc1 in case of:"),
    ("do", "Terminate the change when one of these limits is passed:"),
    ("do", "The deployment does not go ahead when:"),
    ("do", "Immediately back to version 8 if:"),
    ("do", "Stop at once on:"),
    ("do", "An abort is mandatory if:"),
    ("do", "Reinstall the previous package when:"),
    ("do", "Halt, and leave the remaining hosts alone, if:"),
    ("do", "We consider the migration unsuccessful if:"),
    ("do", "The switch is undone if:"),
    ("do", "Step 5 is not taken if:"),
    ("do", "If you see one of these, stop and restore:"),
    ("do", "Pull it when:"),
    ("do", "These conditions end the exercise:"),
    ("do", "The release goes back to QA if:"),
    ("consider", "It is the captain's call whether to go back if:"),
    ("consider", "Maybe revert, after a word with the DBA, if:"),
    ("consider", "Call the product owner before rolling back for:"),
    ("dont", "No rollback for:"),
    ("dont", "Stay on the new version even if:"),
    ("dont", "The following are harmless and no reason to stop:"),
    ("dont", "Don't stop the rollout because of:"),
]
NOT_LEADS = [
    "Before you start, check that:",
    "The rollback is complete when:",
    "The deployment was successful if:",
    "Continue with the next host once:",
    "Stop the service if it is running, then:",
    "If you need to roll back, follow these steps:",
    "After a rollback, verify that:",
    "Watch these for an hour:",
    "If the rollback fails:",
    "This page is for you if:",
    "You need this runbook when:",
    "The alert fires when:",
    "Tell support if a rollback happened:",
    "Entry conditions:",
    "The rollback plan assumes that:",
    "It may help to restart the pod if:",
    "Escalate to the vendor if:",
    "Page the DBA when:",
    "Known issues:",
    "The script aborts if:",
    "Proceed only if:",
    "Go ahead when:",
    "The job is retried if:",
    "You may skip this step if:",
    "Pods are evicted when:",
    "Restart the agent if:",
    "Check the following before stopping the service:",
    "If the release was rolled back, tell:",
    "Open a ticket if:",
    "The old version is still needed for:",
    "Use the fallback DNS if:",
    "The node is removed from the pool when:",
    "We are done when:",
    "Scale down again after:",
    "Return to normal operation when:",
    "Maintenance mode stays on while:",
    "Clients reconnect automatically if:",
    "Run the cleanup if:",
    "The change is successful when:",
    "Stop the old service after:",
]


@pytest.mark.parametrize(("polarity", "lead"), LEADS)
def test_a_lead_in_over_conditions(polarity, lead):
    assert told(f"{lead}\n\n{FACTS}") == [(3, polarity), (4, polarity)]


@pytest.mark.parametrize("lead", NOT_LEADS)
def test_a_lead_in_over_something_else(lead):
    assert told(f"{lead}\n\n{FACTS}") == []


HEADINGS = [
    ("do", "When we turn back"),
    ("do", "When to stay away from the next host"),
    ("do", "Abort if"),
    ("do", "Halt the rollout if"),
    ("do", "Stop rules"),
    ("do", "Reasons to cancel"),
    ("do", "What stops us"),
    ("do", "Rollback conditions"),
    ("do", "Back-out criteria"),
    ("do", "We go back if"),
    ("do", "Cancellation criteria"),
    ("do", "Exit to the old version when"),
    ("do", "Kill criteria"),
    ("do", "Conditions for reverting"),
    ("do", "Points at which we give up"),
    ("do", "Return criteria (any)"),
    ("do", "Do not proceed if"),
    ("do", "Failback triggers"),
    ("dont", "When not to roll back"),
    ("dont", "No reasons to abort"),
    ("dont", "Do not revert for"),
    ("consider", "Think about a rollback if"),
]


@pytest.mark.parametrize(("polarity", "heading"), HEADINGS)
def test_a_heading_over_conditions(polarity, heading):
    assert told(FACTS, heading) == [(1, polarity), (2, polarity)]


SENTENCES = [
    ("do", "Do not continue with the next member if the defragmentation fails or the member is unhealthy afterwards."),
    ("do", "Cancel it as soon as dashboards are reported slow by two different teams."),
    ("do", "If the plan wants to destroy anything, stop and contact Network Engineering."),
    ("do", "Don't carry on with the next member in case the previous one needs longer than two minutes."),
    ("do", "dn < 0 anywhere: rows got lost, discard the clone"),
    ("do", "After 7 h without end the job is considered hanging; cancel it and flash back."),
    ("do", "The night ends at once should either of us feel too tired to type."),
    ("do", "If more than two shards stay red, the old index is put back behind the alias."),
    ("do", "When the burn rate passes 14 in the first hour, the release comes off."),
    ("do", "With fewer than three replicas alive nothing is upgraded."),
    ("do", "A failed smoke test sends the release back to staging and us back to 3.1."),
    ("dont", "You do not need to roll back for a single failed health check."),
    ("dont", "There's no need to roll back because of one slow page."),
    ("dont", "No rollback is needed for a late e-mail."),
    ("dont", "You needn't abort for a single warning."),
    ("dont", "One does not have to go back for a spike of less than a minute."),
    ("dont", "An abort is not required for missing thumbnails."),
    ("do", "Restore the volume from the snapshot if the check finds a bad inode."),
    ("do", "Once a customer cannot pay, the switch goes back to the old gateway."),
    ("do", "If the second attempt fails as well, leave the old certificate in place and close the change."),
    ("do", "More than 1 % of jobs lost means the end of the trial."),
    ("do", "Whenever the two totals disagree, the import is thrown away."),
    ("do", "If the lag is still above 30 s at 04:00, we abandon and try again next week."),
    ("do", "Take the node out of the pool again if its error counter moves."),
    ("do", "Should the vendor ask for it, revert to firmware 22.08 on all hosts."),
    ("do", "If p95 doubles, turn the feature off."),
    ("do", "On any data loss: stop, restore, report."),
    ("do", "If any canary check is red for five minutes the pipeline must be rolled back by hand."),
    ("do", "If quorum is lost during the swap, undo the last step before anything else."),
    ("do", "Any mismatch of the checksums rules out going on; put the old file back."),
    ("do", "When in the first hour three or more tickets name the new form, remove it."),
    ("do", "No green light from treasury by 05:15, no cutover."),
    ("consider", "If only one of the two probes is red, ask the lead whether to go back."),
    ("consider", "The coordinator may decide to roll back if more than 20 contacts arrive within 15 minutes."),
    ("consider", "Between 2 and 5 % talk to the product owner before you revert."),
    ("dont", "Please do not roll back for typos."),
    ("dont", "Failed webhooks are not a reason to roll back, they are retried for 24 hours."),
    ("dont", "Slow blocks during the first hour are expected and no reason to abort."),
    ("dont", "A single slow dashboard is no cause to cancel."),
    ("dont", "Do not go back because of warnings about deprecated flags."),
    ("do", "If the checksum differs on any node, the release is withdrawn."),
    ("do", "Abort when the row counts differ by more than 10."),
    ("do", "Should more than 5 % of logins fail, we return to the old provider."),
    ("do", "If smoke tests fail twice, roll back and page the owner."),
    ("do", "When error budget burn exceeds 10x, the canary is removed."),
    ("do", "If the vendor cannot be reached by 22:30, we do not start."),
    ("do", "Latency above 2 s for 10 minutes: back to the old pool."),
    ("do", "The change is cancelled if the storm warning is level 3 or above."),
    ("do", "If less than 90% of agents report back, the rollout stops there."),
    ("do", "At the second unexplained reboot we stop for the night and put the old firmware back."),
    ("do", "Any customer-visible error on checkout means an immediate rollback."),
    ("do", "If a disk shows reallocated sectors, this host is left out and the rest of the evening is called off."),
    ("do", "If the import is not finished by 05:00, stop it and restore the dump."),
    ("consider", "If latency rises by 20 to 50 %, the product owner decides whether we revert."),
    ("dont", "Don't revert for cosmetic defects."),
    ("dont", "A short spike of 502s during the switch is normal, do not roll back."),
    ("dont", "One failed probe alone does not justify an abort."),
]
NOT_SENTENCES = [
    "If the command fails, run it again.",
    "If the pod does not start, look at its events.",
    "Stop the old gateway from accepting new authorisations.",
    "If the rollback fails, call the vendor.",
    "If the database was damaged, restore it from the snapshot.",
    "If database updates were run, restore the backup as well.",
    "The controller stops sending traffic when the probe fails.",
    "After 06:00 UTC a rollback would lose orders and needs a decision by the VP Engineering.",
    "iOS: App Store Connect → App → Phased Release → Pause",
    "We would rather roll back than debug in production.",
    "You cannot roll back a build on a device.",
    "The switch is a routing flag, so moving back takes less than two minutes.",
    "A rollback takes ten minutes.",
    "If you have not been on call before, read the handbook first.",
    "When you are done, close the ticket.",
    "The alert fires if the error rate exceeds 5%.",
    "Rollback tested on staging (< 5 minutes)",
    "Do not act on your own.",
    "Never run two nodes with the same key.",
    "If the job is stuck, restart the worker and wait.",
    "If the disk is above 90 %, delete old logs.",
    "Do not reset the node if it panics; post the log and wait.",
    "Stop the interface to the bank once the file has been sent.",
    "When traffic drops, the autoscaler removes pods.",
    "Undo the change with `git revert`.",
    "The migration stops at the first error and prints its line.",
    "If there is no backup, take one.",
    "If it works, go back to step 3.",
    "Return the badge to reception when you leave.",
    "Switch the display off when you leave the room.",
    "If the login page shows an error, clear the cache.",
    "Backups are removed after 30 days.",
    "When the build fails, the author is notified.",
    "If you cannot log in, ask the help desk.",
    "The old version is removed once the new one is stable.",
    "If the cluster is degraded, Ceph stops recovery.",
    "The service is restarted if it uses more than 2 GB.",
    "After the switch, the old database stays read-only for a week.",
    "If the queue grows, add workers.",
    "Rollback is possible until step 9.",
    "To roll back, run the following.",
    "If the answer is yes, continue with step 4.",
    "The previous release can be found in the archive.",
    "When the lock is released, the next job starts.",
    "If in doubt, ask.",
    "Connections are closed when idle for 60 s.",
    "Restore the default settings if the wizard asks for it.",
    "The feature is off by default.",
    "The last backup is kept for a year.",
    "Stop the timer when the job has finished.",
    "Do not close the terminal while the copy is running.",
    "If the certificate has expired, renew it.",
    "The agent is removed from hosts that are decommissioned.",
    "Return the laptop to the safe after the ceremony.",
    "If the node is cordoned, uncordon it.",
    "Turn off the alarm when the technician arrives.",
    "Cancel the meeting if nobody needs it.",
    "You do not need approval to deploy to integration.",
    "If GitHub is down, use `kubectl rollout undo deploy/router` and tell 2nd line, because the next deployment will undo it.",
    "When `gh` is missing, run the script by hand, because nobody else can revert it then.",
    "You do not need to roll back by hand for this to work.",
]


@pytest.mark.parametrize(("polarity", "sentence"), SENTENCES)
def test_a_sentence_that_says_when(polarity, sentence):
    assert set(told(sentence)) == {(1, polarity)}


@pytest.mark.parametrize(
    "sentence",
    [
        "You do not need to roll back for a single failed health check or for an increase in 404s, which is usually a crawler.",
        "There is no need to roll back for one slow page or for a single retry.",
        "Never abort because of a late report or because of a warning in the log.",
    ],
)
def test_two_reasons_joined_by_or_are_two(sentence):
    assert [polarity for _, polarity in told(sentence, "When to roll back")] == ["dont", "dont"]


@pytest.mark.parametrize(
    "said", ["DBA decides", "Captain to decide", "Decision of the lead", "The owner's call", "ask the DBA"]
)
def test_a_row_that_leaves_it_to_somebody_is_a_question(said):
    table = f"| Condition | Threshold | Decision |\n|---|---|---|\n| Errors | any | Rollback |\n| p95 | > 1 s | {said} |\n| Lost rows | any | Rollback |"
    assert [polarity for _, polarity in told(table, "Rollback criteria")] == ["do", "consider", "do"]


@pytest.mark.parametrize("sentence", NOT_SENTENCES)
def test_a_sentence_that_says_something_else(sentence):
    assert told(sentence) == []


TABLES = [
    ("| # | Item | Go | No-go |\n|---|---|---|---|\n| 1 | DBA reachable | yes | no |\n| 2 | Lag | < 1 s | > 10 s |", ["do", "do"]),
    ("| Check | Proceed | Abort |\n|---|---|---|\n| Backup | < 4 h old | older |\n| Replicas | 3 | 2 or fewer |", ["do", "do"]),
    ("| Signal | Stop at |\n|---|---|\n| Error rate | 2 % |\n| p99 | 900 ms |", ["do", "do"]),
    ("| If you see | Then |\n|---|---|\n| 5xx over 2 % | roll back |\n| slow first requests | carry on |", ["do", "dont"]),
    ("| Trigger | Limit |\n|---|---|\n| Errors | 3 % for 10 minutes |\n| Window exceeded | 23:00 |", None),
    ("| Situation | What we do |\n|---|---|\n| totals differ | undo the import |\n| one worker restarts | nothing, go on |\n| lag over 60 s | captain decides about going back |", ["do", "dont", "consider"]),
    ("| Metric | Green | Red |\n|---|---|---|\n| LCP | < 2.5 s | > 4 s |\n| 5xx | 0 | any |", ["do", "do"]),
    ("| Event | Consequence |\n|---|---|\n| host does not boot | previous firmware back on it |\n| two hosts fail | end of the night |", ["do", "do"]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "polarities"), [pair for pair in TABLES if pair[1] is not None])
def test_a_table_that_says_when(table, polarities):
    assert [polarity for _, polarity in told(table, "Go or stop")] == polarities


@pytest.mark.parametrize(
    "table",
    [
        "| Metric | Threshold | Current |\n|---|---|---|\n| CPU | < 70 % | |\n| Memory | < 80 % | |",
        "| Symptom | Cause | Fix |\n|---|---|---|\n| 502 | pod down | restart it |\n| slow | cold cache | wait |",
        "| Step | Command | Undo |\n|---|---|---|\n| 1 | `a up` | `a down` |\n| 2 | `b up` | `b down` |",
        "| Alert | Severity | Action |\n|---|---|---|\n| LagHigh | page | see the runbook |\n| DiskFull | page | extend the disk |",
        "| Day | iOS | Android |\n|---|---|---|\n| Friday | 1% | 5% |\n| Monday | 5% | 20% |",
        "| Item | Go | Owner |\n|---|---|---|\n| Backup taken | ☐ | DBA |\n| Lag is low | ☐ | DBA |",
    ],
)
def test_a_table_that_says_something_else(table):
    assert told(table) == []


def test_commands_below_the_word_alone_are_the_way_back_and_no_conditions():
    text = "# A\n\n## If it goes wrong\n\nRoll back if:\n\n- data is damaged\n\nRollback:\n\n1. `helm rollback game`\n2. Restore the backups\n"
    runbook = read(text.encode(), "a.md")
    assert [trigger.text for trigger in runbook.triggers] == ["data is damaged"]
    assert [command.text for command in runbook.commands] == ["helm rollback game"]


def test_conditions_in_code_stay_conditions():
    text = "# A\n\n## If it goes wrong\n\nRoll back if:\n\n- `error_rate > 5%`\n- `p95 > 500ms`\n"
    assert len(read(text.encode(), "a.md").triggers) == 2

"""Prohibitions, tolerances and what a sentence says of the one before it: habits met in blind documents."""

import pytest

from tests.unit.document.stance import triggers

CASES = {
    "when to stop": (
        (
            "### When to stop the node roll",
            "",
            "* more than 9 pods Pending",
            "* p99 of `cart` above 700 ms for 5 minutes",
            "* DNS failures above 2 %",
        ),
        {(3, "do"), (4, "do"), (5, "do")},
    ),
    "do not restore when": (
        (
            "## Restore",
            "",
            "Do not restore when",
            "",
            "- two replicas can still be started",
            "- the newest dump is older than 4 hours",
            "- the checksum does not match",
        ),
        {(6, "do"), (7, "do"), (5, "do")},
    ),
    "halt and escalate": (
        (
            "## Queue",
            "",
            "**Halt and escalate to the duty manager when**",
            "",
            "- the sender is one of our own accounts",
            "- a second account was taken over within the hour",
        ),
        {(6, "do"), (5, "do")},
    ),
    "only if nothing of this": (
        (
            "## Hosts",
            "",
            "Continue with the rest only if none of this was seen:",
            "",
            "- [ ] purple screen",
            "- [ ] fewer than 8 paths after a rescan",
            "- [ ] a VM fails to come back",
        ),
        {(6, "do"), (7, "do"), (5, "do")},
    ),
    "boxes no-go if": (
        (
            "### Go / No-Go",
            "",
            "- [ ] NO-GO if lag is above 20 MB",
            "- [ ] NO-GO if a disk is degraded",
            "- [ ] NO-GO if the invoice run has not finished",
            "- [ ] Change is announced",
        ),
        {(3, "do"), (4, "do"), (5, "do")},
    ),
    "bullets no-go": (
        (
            "## Split",
            "",
            "Split shard 3.",
            "",
            "- no-go: disk above 70 %",
            "- no-go: open P1 incident",
            "- no-go: DBA not reachable",
        ),
        {(6, "do"), (7, "do"), (5, "do")},
    ),
    "stop if bold": (
        (
            "## Exit conditions",
            "",
            "**STOP** if the lag chart is flat (connector dead).",
            "",
            "**STOP** if the row count decreases.",
            "",
            "**KEEP GOING** if only the `audit` topic lags; it catches up overnight.",
        ),
        {(3, "do"), (7, "dont"), (5, "do")},
    ),
    "does not take place": (
        (
            "## Ceremony",
            "",
            "The ceremony does not take place if fewer than three keepers are present.",
            "",
            "No approvals by Friday noon = the maintenance does not happen.",
        ),
        {(3, "do"), (5, "do")},
    ),
    "press": (
        (
            "## Kill switch",
            "",
            "When to press it:",
            "",
            "| Condition | Press? |",
            "|---|---|",
            "| Double charges confirmed | yes |",
            "| Refunds delayed by 30 minutes | no |",
            "| Fraud score unreachable for 2 minutes | yes |",
        ),
        {(9, "do"), (7, "do"), (8, "dont")},
    ),
    "before we stop": (
        (
            "## Batches",
            "",
            "| Batch | Tenants | Failed tenants before we stop |",
            "|---|---|---|",
            "| 1 | 10 | 0 |",
            "| 2 | 100 | 2 |",
        ),
        {(6, "do"), (5, "do")},
    ),
    "definition": (
        (
            "## Abort criteria",
            "",
            "Abort",
            ": Any write error in the target cluster.",
            "",
            "Report to",
            ": #cutover, every hour.",
            "",
            "Ignore",
            ": Slow queries in the replica.",
        ),
        {(10, "dont"), (4, "do")},
    ),
    "below that": (
        (
            "### Checks",
            "",
            "1. Login success rate ≥ 97 % — below that, roll back.",
            "2. No `OutOfMemoryError` — one hit and we revert to the previous image.",
            "3. CPU below 80 %.",
        ),
        {(3, "do"), (4, "do")},
    ),
    "rc": (
        (
            "## Operator",
            "",
            "1. Submit JOB A10.",
            "2. RC > 4 → cancel the chain and restore the backup datasets.",
            "3. RC = 4 → acceptable, continue with A20.",
        ),
        {(4, "do"), (5, "dont")},
    ),
    "if not, don't": (
        (
            "## Flip",
            "",
            "Before you flip: is the old writer off? If not, don't.",
            "",
            "After you flip: do you see writes within 60 seconds? No? Flip back.",
        ),
        {(3, "do"), (5, "do")},
    ),
    "do roll back for": (
        (
            "## Deploy",
            "",
            "We do **not** roll back for:",
            "- missing metrics in the first minutes",
            "- one-off 502s while pods cycle",
            "",
            "We **do** roll back for anything that touches money.",
        ),
        {(4, "dont"), (5, "dont"), (7, "do")},
    ),
    "in case of any": (
        (
            "## Demotion",
            "",
            "Run `dcdiag`. In case of any failed replication partner, do not demote.",
            "",
            "If `netdom` lists this DC, stop here.",
        ),
        {(3, "do"), (5, "do")},
    ),
    "load test": (
        (
            "## Load test",
            "",
            "Stop the test as soon as user p95 exceeds 1.2 s.",
            "",
            'The generator logs "connection reset" now and then; ignore it and let the test run.',
        ),
        {(3, "do"), (5, "dont")},
    ),
    "on error": (
        (
            "## Steps",
            "",
            "1. Pause all DAGs.",
            "2. `airflow db migrate`",
            "   - on error: restore the DB dump and stay on 2.7",
            "3. Start the scheduler.",
            "   - no heartbeat after 3 min: roll back to the 2.7 image",
        ),
        {(7, "do"), (5, "do")},
    ),
    "tripwires": (
        (
            "## Tripwires",
            "",
            "- slot size > 50 GB ⇒ drop the slot & abort migration",
            "- deadlocks > 5 ⇒ abort migration",
            "- `autovacuum` running on target ⇒ fine, proceed",
        ),
        {(3, "do"), (4, "do"), (5, "dont")},
    ),
    "definition thresholds": (
        (
            "## Rollback thresholds",
            "",
            "error_budget_burn",
            ": over 14x for one hour — roll back",
            "",
            "cache_miss",
            ": up to 60 % for the first half hour — tolerated",
        ),
        {(7, "dont"), (4, "do")},
    ),
    "router": (
        (
            "# Router upgrade",
            "",
            "After reload the router has 15 minutes. No management access by then: console in and boot the old image.",
            "",
            "Neighbours missing? Boot the old image.",
            "",
            "Polling gaps for 10 minutes are OK; stay on the new image.",
        ),
        {(3, "do"), (7, "dont"), (5, "do")},
    ),
    "does not come up": (
        (
            "# Controller",
            "",
            "1. Quiet down the old controller.",
            "2. Start the new one. It doesn't come up within 20 minutes: start the old one again and call it a night.",
            '3. Plugins showing "update available" don\'t matter, carry on.',
        ),
        {(4, "do"), (5, "dont")},
    ),
    "without it": (
        (
            "### Gate: capacity",
            "",
            "Target region must have 30 % headroom. Without it we don't evacuate; we shed load instead.",
        ),
        {(3, "do")},
    ),
    "lights": (
        (
            "### Stop conditions",
            "",
            "🛑 DB CPU above 85 %",
            "🛑 checkout success below 97 %",
            "🟢 slower home page (≤ 4 s): keep the experiment running",
        ),
        {(3, "do"), (4, "do"), (5, "dont")},
    ),
    "syntax": (
        (
            "## Reload",
            "",
            "Run `nginx -t`. Syntax error → do not reload.",
            "",
            "Anything but 200 or 301: put back `/etc/nginx.bak` and reload.",
        ),
        {(3, "do"), (5, "do")},
    ),
    "conflicts": (
        (
            "# Patch",
            "",
            "1. prereq check; conflicts listed = do not patch.",
            "2. Stop instance 1, patch, start.",
            "3. Instance does not join within 20 minutes = opatch rollback.",
        ),
        {(3, "do"), (5, "do")},
    ),
    "never replay": (
        (
            "## Replay",
            "",
            "Never replay if the store is empty.",
            "",
            "Chunks with up to 20 rejects are fine, go on with the next one.",
        ),
        {(3, "do"), (5, "dont")},
    ),
    "may proceed": (
        (
            "# OSD",
            "",
            "If the cluster reports `HEALTH_ERR`, leave the disk alone and stop.",
            "If it reports `HEALTH_WARN` with only `noout`, you may proceed.",
        ),
        {(3, "do"), (4, "dont")},
    ),
    "acceptable until": (
        (
            "### Checks after power-on",
            "",
            "Load above 80 % on either feed: power down again and move the rack back.",
            "",
            "Single failed LED: acceptable until Monday.",
        ),
        {(3, "do"), (5, "dont")},
    ),
    "justified only": (
        (
            "# Hotfixes",
            "",
            "Rollback is justified only by patient-facing errors.",
            "",
            "Cosmetic defects are accepted until the next release.",
        ),
        {(3, "do"), (5, "dont")},
    ),
    "one no-go": (
        ("## Roll call", "", "Each lead answers GO or NO-GO.", "", "One NO-GO and the cutover is cancelled."),
        {(5, "do")},
    ),
    "unless": (
        (
            "## Pre-checks",
            "",
            "1. `health show` returns no rows. If it returns any, do not proceed.",
            "2. Do not start unless a fresh backup is on the jump host.",
        ),
        {(3, "do"), (4, "do")},
    ),
    "dry run": (
        ("## Offsets", "", "If the dry run shows an offset more than 1 ahead, do not execute. Ask."),
        {(3, "do")},
    ),
    "someone else": (
        ("## Snapshot", "", 'If the snapshot fails with "already exists", someone else is at it. Stop. Talk to them.'),
        {(3, "do")},
    ),
    "don't run it": (
        (
            "## Backfill",
            "",
            "More than 5 TB -> don't run it, split the range.",
            "",
            'A WARN from `dbt test` is OK, keep going. An ERROR means doubled rows, stop and go to "Undo".',
        ),
        {(3, "do"), (5, "do"), (5, "dont")},
    ),
    "not a no-go": (
        ("## Go / no-go", "", "Missing macro is not a no-go.", "", "Errors about `plpython3u` are harmless, proceed."),
        {(3, "dont"), (5, "dont")},
    ),
    "503": (
        (
            "## Check",
            "",
            "A 503 from auth2 is acceptable: it is a cold standby. If auth1 gives anything but 200 the change is off.",
        ),
        {(3, "dont"), (3, "do")},
    ),
    "undo": (
        ("## Numbers", "", "A difference below 1.00 EUR is rounding and is accepted. Anything above: undo."),
        {(3, "dont"), (3, "do")},
    ),
    "trigger table": (
        (
            "## Rollback",
            "",
            "| Trigger | Threshold | Decision |",
            "|---|---|---|",
            "| Approval rate | lower by 1.5 pts | SRE rolls back |",
            "| Soft declines | up to +2 pts | tolerated, issuer learns |",
            "| Latency | > 1 200 ms | change manager decides |",
        ),
        {(6, "dont"), (7, "do"), (5, "do")},
    ),
    "you see then": (
        (
            "## A",
            "",
            "| You see | Then |",
            "|---|---|",
            "| Only one OSD high | imbalance → section A |",
            "| Average > 80 % | we are full → section B |",
            "| `HEALTH_ERR` | section C |",
            "| recovery running | stop, don't touch anything until it has finished |",
            "| nearfull on archive only | ignore until Monday |",
        ),
        {(9, "dont"), (8, "do")},
    ),
    "begin admonition": (
        (
            "## M",
            "",
            '!!! danger "Do not begin if"',
            "    - failover is not possible on either node",
            "    - fewer than 4 hosts are connected",
        ),
        {(4, "do"), (5, "do")},
    ),
    "net view": (
        (
            "## P",
            "",
            "`net view` must list SYSVOL. If SYSVOL is still missing after 60 minutes, do not transfer any role.",
        ),
        {(3, "do")},
    ),
    "longer": (("## D", "", "if the dump takes longer than 5 min something is locking, dont deploy"), {(3, "do")}),
    "defrag": (
        (
            "## D",
            "",
            "If a defrag takes longer than 3 minutes **do not start it on the next member**.",
            "",
            "If the test wants to move more than 5 % of PGs, don't run the real one. Otherwise:",
        ),
        {(3, "do"), (5, "do")},
    ),
    "not (c)": (
        (
            "## Triggers",
            "",
            "Roll back if p99 exceeds 2 s.",
            "",
            "A cold cache makes the first minutes slow; that alone is no reason.",
        ),
        {(3, "do"), (5, "dont")},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_forbidden_and_what_is_put_up_with(name):
    rows, said = CASES[name]
    assert triggers(*rows) == said


@pytest.mark.parametrize(
    "row",
    [
        "If the pod is Pending, do not delete it by hand.",
        "It is fine to run this twice.",
        "Do not edit the file by hand.",
        "Warnings are normal at start.",
        "Never run this as root.",
        "Do not close the terminal while the copy is running.",
        "Do not share the password with anybody.",
        "The job does not run when the queue is empty.",
        "Continue with step 4.",
        "Wait until the lag is below 5 seconds.",
    ],
)
def test_advice_is_no_condition(row):
    assert triggers("# Title", "", "## Notes", "", row) == set()

"""Conditions said by what becomes of the work, in a second sentence, in folded parts, under a verdict alone."""

import pytest

from tests.unit.document.stance import triggers

CASES = {
    "failure results in": (
        (
            "## Acceptance",
            "",
            "Failure of T1 or T2 results in the return to the old site.",
            "Failure of T4 does not; a ticket is opened and the change continues.",
            "",
            "A difference of one or more rows leads to termination of the change, see chapter 5.",
            "",
            "The return is also to be made if acceptance has not been completed by 22:30.",
        ),
        {(4, "dont"), (8, "do"), (6, "do"), (3, "do")},
    ),
    "in which case": (
        (
            "## Snapshot",
            "",
            "The dump should be about 2 GB. A dump below 1 GB is truncated, in which case stop and call Mira.",
        ),
        {(3, "do")},
    ),
    "one no": (
        (
            "## Ready?",
            "",
            "| # | Question | Must be |",
            "|---|---|---|",
            "| 1 | Lag | < 1 MB |",
            "| 2 | Batch drained? | yes |",
            "",
            'One "no" in the table means no migration tonight; we go home.',
            "",
            "3. Doing it",
            "-----------",
            "",
            "Stop the writers.",
        ),
        {(8, "do")},
    ),
    "still? cancel": (
        (
            "## Rebalance",
            "",
            "4. Still growing after that? Cancel the rebalance:",
            "",
            "   ```",
            "   kafka-reassign --cancel",
            "   ```",
        ),
        {(3, "do")},
    ),
    "halt it": (
        (
            "## Revert",
            "",
            "But: if a second broker goes NotReady while the revert is rolling, halt it with `argocd app terminate-op x` and escalate.",
        ),
        {(3, "do")},
    ),
    "must not stop you": (
        (
            "## Check",
            "",
            "> [!WARNING]",
            "> If either of the first two returns anything other than zero, the upgrade does not take place.",
            "> Failing `doctor:secrets` for a few old variables is known and must not stop you.",
        ),
        {(5, "dont"), (4, "do")},
    ),
    "alert not reason": (
        (
            "## Start",
            "",
            "> [!NOTE]",
            "> 502 for up to 5 minutes after `restart` is the app booting. Not a reason to roll back.",
        ),
        {(4, "dont")},
    ),
    "dd": (
        (
            "## Decision",
            "",
            "**Roll back:**",
            ": the migration exits non-zero and a second run does too",
            ": pushes fail or the storage shows as unavailable",
            "",
            "**Stay (fix forward):**",
            ": container scanning broken",
            ": mail replies broken",
        ),
        {(4, "do"), (8, "dont"), (5, "do"), (9, "dont")},
    ),
    "skip the batch": (
        (
            "## Presync",
            "",
            "FAIL for > 25 of the 500: skip the batch tonight, mail me the log.",
        ),
        {(3, "do")},
    ),
    "do not apply it": (
        (
            "## Plan",
            "",
            "If the plan shows a **replace** of `aws_eks_cluster.this`, do not apply it.",
        ),
        {(3, "do")},
    ),
    "pause the roll": (
        (
            "## URP",
            "",
            "- one broker missing: it restarts. Wait 10 min.",
            "- URPs that don't go down within 20 min after a broker came back, during a roll: pause the roll",
        ),
        {(4, "do")},
    ),
    "gets stopped": (
        (
            "## Controllers",
            "",
            "2 for longer than a minute = split brain. Any change or rollout that is underway on the cluster gets stopped.",
        ),
        {(3, "do")},
    ),
    "green?": (
        (
            "## before",
            "",
            "- green? not green -> no upgrade today",
            "- disk: every node below 80%. if one is above, don't start, the recovery will hit the flood stage",
            "",
            "red -> stop, don't touch another node",
        ),
        {(4, "do"), (6, "do"), (3, "do")},
    ),
    "no need": (
        (
            "## roll",
            "",
            "yellow is possible for the whole upgrade. if unassigned has been constant and relocating is 0, continue to the next node, you don't need green then",
        ),
        {(3, "dont")},
    ),
    "arrow in box": (
        (
            "## Paper",
            "",
            "- [ ] Notes linked",
            "- [ ] Migrations in this release? pick one:",
            "  - [ ] none",
            "  - [ ] additive only",
            "  - [ ] destructive (→ stop, destructive migrations are not allowed in peak season)",
        ),
        {(7, "do")},
    ),
    "abort the change": (
        (
            "## Pause",
            "",
            "If it belongs to `closing`, do not kill it; abort the change and resume the pools instead.",
        ),
        {(3, "do")},
    ),
    "no way back": (
        (
            "# EKS",
            "",
            "> [!IMPORTANT]",
            "> The control plane cannot be downgraded. Once step 4 has been started there is no way back for the control plane, only for the node groups.",
            "",
            "After this point there's no abort; the way back is the failback runbook.",
        ),
        set(),
    ),
    "no deploy?": (
        (
            "## Lag",
            "",
            "**No deploy?** Scale out up to the number of partitions, not more, more is useless.",
        ),
        set(),
    ),
    "history": (
        (
            "## 5. History",
            "",
            "| Version | Date | Change |",
            "|---|---|---|",
            "| 4.2 | 2024-10-21 | Canary weight added |",
            "| 4.1 | 2024-04-08 | Global failover instead of manual promote |",
            "| 4.0 | 2023-11-02 | Rewritten for Aurora |",
        ),
        set(),
    ),
    "actions": (
        (
            "## 3 Execution",
            "",
            "### 3.1 Freeze",
            "",
            "| # | Action | Command | Expected | Done |",
            "|---|---|---|---|---|",
            "| 1 | Stop deployments | `drctl freeze --all` | `frozen: 41` | [ ] |",
            "| 2 | Block writes in primary | `drctl fence --region x` | `fenced` or timeout | [ ] |",
        ),
        set(),
    ),
    "service failures": (
        (
            "## Notes",
            "",
            "A difference of a few seconds leads to a warning in the log.",
            "",
            "Failure of a node results in a restart of its pods.",
            "",
            "If the pod is running, do not delete it by hand.",
        ),
        set(),
    ),
    "skip": (
        (
            "## Loads",
            "",
            "If the table is empty: skip the line.",
            "",
            "Empty? Skip this section.",
        ),
        set(),
    ),
    "grounds": (
        (
            "## 5 Acceptance",
            "",
            "5.1 Grounds for reversal. Any one suffices; there is no discussion on the bridge.",
            "",
            "a) p99 of `POST /x` above 400 ms for five minutes",
            "b) any `invariant violated` line in the log",
            "c) more than 40 sessions waiting on locks",
            "",
            "5.2 Not grounds for reversal",
            "",
            "a) cold-cache latency during the first quarter of an hour",
            "b) a plan change on `rpt_daily`; open a ticket instead",
        ),
        {(7, "do"), (11, "dont"), (12, "dont"), (5, "do"), (6, "do")},
    ),
    "summary": (
        (
            "## Canary",
            "",
            "<details>",
            "<summary>What makes us turn the train around</summary>",
            "",
            "Tick what happened, so that we can count them.",
            "",
            "- [ ] API 5xx above 0.5 % for 5 min",
            "- [ ] login success rate down by more than 2 points",
            "- [ ] data written wrongly, any amount",
            "",
            "We let these ride:",
            "",
            "- slower dashboards for old tenants",
            "- visual regressions without loss of function",
            "",
            "</details>",
        ),
        {(9, "do"), (8, "do"), (10, "do"), (14, "dont"), (15, "dont")},
    ),
    "withdrawal": (
        (
            "## After",
            "",
            "Withdrawal (return to G2 as default) is ordered by the Security Manager if, within 48 hours:",
            "",
            "- more than 3 substations lose telemetry;",
            "- the CRL has been out of reach for over 30 minutes;",
            "- the vendor reports rejections in the field.",
        ),
        {(7, "do"), (5, "do"), (6, "do")},
    ),
    "one tick": (
        (
            "## Go / no-go (10:00)",
            "",
            "Every line needs a tick. One missing tick at 10:15 and it is a no-go.",
            "",
            "- [ ] zero open blockers",
            "- [ ] error budget above 25 %",
            "- [ ] support is staffed",
        ),
        {(3, "do")},
    ),
    "chapter": (
        (
            "## Compare",
            "",
            "| Result | Decision |",
            "|---|---|",
            "| different = 0 | go to chapter 5 |",
            "| different 1-5, all of type ANY | acceptable, go to chapter 5 |",
            "| different 1-5, other types | fallback |",
        ),
        {(7, "do"), (6, "dont")},
    ),
    "usual": (
        (
            "## Canary",
            "",
            "| What you see | What you do |",
            "|---|---|",
            "| Pod restarts at the usual level | Continue with the rest |",
            "| exporter restarts once | Continue, known |",
            "| Nodes NotReady for > 3 min | Revert the node class |",
        ),
        {(7, "do"), (6, "dont")},
    ),
    "disagree": (
        (
            "## Gates",
            "",
            "Captain and shadow disagree about a graph? Then it does not go further.",
            "",
            "The procedure SHALL NOT be commenced with any of the above fields empty.",
            "",
            "The change shall not commence where the slot is reported inactive.",
            "",
            "Should a storm be declared at any time before 02:00 the change is automatically postponed to the reserve date.",
        ),
        {(9, "do"), (7, "do"), (5, "do"), (3, "do")},
    ),
    "means": (
        (
            "## Check",
            "",
            "Any other line that is not `ok` means we do not start on Sunday.",
            "",
            "A difference other than zero is a fallback, no discussion.",
            "",
            "Anything else red at noon → the train doesn't leave this week.",
            "",
            "If pluto lists anything with `REMOVED true`, the upgrade is blocked until the owner has shipped.",
            "",
            "Not healthy, no upgrade; come back in spring.",
        ),
        {(11, "do"), (9, "do"), (7, "do"), (3, "do"), (5, "do")},
    ),
    "open": (
        (
            "## Benchmarks",
            "",
            "Worse than 25% on any of the four: we do not open to users.",
            "",
            "- Two switches that aren't back: fabric work ends, Yusuf reverts those flashed.",
            "",
            "STOP POINT 2: More than ten failed logins in 15 minutes: start IPA again on the old server",
            "",
            "Where the digest differs in a single character, the CSR shall be refused and no certificate issued.",
            "",
            "ABORT where a seal is broken or its number deviates.",
        ),
        {(11, "do"), (9, "do"), (7, "do"), (3, "do"), (5, "do")},
    ),
    "goes ahead": (
        (
            "## Run",
            "",
            "A figure of up to 64 MB is of no concern at this stage; the change goes ahead.",
            "",
            "A clock difference between 60 seconds and 5 minutes is noted on the sheet and the ceremony continues.",
            "",
            "One failed PIN attempt is permitted and does not interrupt the ceremony.",
            "",
            "A timeout there doesn't hold up the release; rerun it once.",
            "",
            "A missing A1 from the smallest CDN alone does not change the plan.",
        ),
        {(9, "dont"), (11, "dont"), (7, "dont"), (3, "dont"), (5, "dont")},
    ),
    "nothing noise": (
        (
            "## Rollback",
            "",
            "| Metric | Change | Then |",
            "|---|---|---|",
            "| win_rate | drops by more than 5 % | roll back |",
            "| win_rate | moves up to 5 % either way | nothing, that's noise |",
        ),
        {(5, "do"), (6, "dont")},
    ),
    "plug": (
        (
            "# X",
            "",
            "## 🔴 Pull the plug",
            "",
            'tick the one that happened & write the time. Then Teo does "Back to S8". No votes.',
            "",
            "- [ ] migration verify isn't 64/64 after one re-run",
            "- [ ] any whale inventory differs",
            "- [ ] login success under 90% for 10 min",
            "",
            "## 🟢 Looks scary, isn't",
            "",
            "Keep ramping when you see",
            "",
            "- [ ] login queue up to 30k, drains in ~15 min",
            "- [ ] matchmaking 90s+ in the first half hour",
        ),
        {(9, "do"), (16, "dont"), (7, "do"), (8, "do"), (15, "dont")},
    ),
    "going back": (
        (
            "# X",
            "",
            "## Going back",
            "",
            "Mia calls it, Dr Keane can overrule.",
            "",
            "* [ ] more than 5 routes won't start",
            "* [ ] backlog still growing at 08:30",
            "",
            "We live with it and stay on 7.1 if:",
            "",
            "* the monitoring e-mail goes to spam",
            "* console is slow",
            "",
            "Going back:",
            "",
            "1. [ ] `Stop-Service Rhapsody` both nodes",
            "2. [ ] Infra reverts snapshots (20 min)",
            "3. [ ] Datix raised",
        ),
        {(13, "dont"), (7, "do"), (8, "do"), (12, "dont")},
    ),
    "fallback": (
        (
            "# X",
            "",
            "## Fallback",
            "",
            "| No. | Criterion | Decided by |",
            "|---|---|---|",
            "| F1 | scripts end with more than 0 failed changesets | DBA |",
            "| F2 | Node 1 does not reach READY within 15 minutes | Lead |",
            "",
            "Missing dashboards or a missing decimal are no fallback criteria.",
            "",
            "- [ ] F-1 Stop both nodes",
            "- [ ] F-2 Flashback database to restore point (DBA)",
            "- [ ] F-5 Inform SIX",
        ),
        {(10, "dont"), (7, "do"), (8, "do")},
    ),
    "letters": (
        (
            "# X",
            "",
            "**5.0 BACKOUT**",
            "",
            "5.1 Criteria",
            "",
            "    a) new session not Established 10 min after reload",
            "    b) loss > 1 % in mtr for 5 min",
            "    c) more than 10 customer calls (Care Duty counts)",
        ),
        {(9, "do"), (7, "do"), (8, "do")},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_is_read(name):
    rows, wanted = CASES[name]
    assert triggers(*rows) == wanted


@pytest.mark.parametrize(
    "lead",
    [
        "Any one of these within 2 hours after full rollout:",
        "One of these after the rollout:",
        "Any of these during the first hour:",
        "For 30 minutes after the switch:",
    ],
)
def test_a_time_in_which_triggers_count_leads_to_them(lead):
    rows = (
        "## 6. Rollback",
        "",
        "### Rollback triggers",
        "",
        lead,
        "",
        "- Error rate above 0.5 %",
        "- The lead says so",
    )
    assert triggers(*rows) == {(7, "do"), (8, "do")}


@pytest.mark.parametrize("lead", ["After the rollback:", "Who decides, within 10 minutes:", "First steps:"])
def test_what_leads_away_from_triggers_still_does(lead):
    rows = ("## 6. Rollback", "", "### Rollback triggers", "", lead, "", "- The traffic is watched", "- The lead knows")
    assert triggers(*rows) == set()


def test_a_stop_sign_and_what_is_tolerated_where_going_back_is_the_matter():
    assert triggers("## Steps", "", "STOP: queries still above 50/s five minutes later.") == {(3, "do")}
    assert triggers("## Steps", "", "STOP: the old node first.") == set()
    assert triggers("## Rollback", "", "We tolerate slow reports for up to a day.") == {(3, "dont")}
    assert triggers("## Steps", "", "If it is blocked for more than a minute kill the migration and abort the deploy:",
                    "", "```", "kubectl delete job migrate", "```") == {(3, "do")}  # fmt: skip


@pytest.mark.parametrize(
    ("lead", "wanted"),
    [
        ("after step 9, flip back when", {(5, "do"), (6, "do")}),
        ("Once the switch is done, roll back if:", {(5, "do"), (6, "do")}),
        ("Once the rollback is done, verify that:", set()),
    ],
)
def test_a_time_before_the_verdict_takes_nothing_away(lead, wanted):
    assert triggers("## Back", "", lead, "", "- an order does not reach the ERP in 10 min", "- list > 5 s") == wanted

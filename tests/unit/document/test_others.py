"""Code that nobody types here: a machine runs it, it was run before, or others type it at their desk."""

import pytest

from runbook_tui.document.reader import read


def why(lead):
    text = f"# R\n\n## Work\n\nSome words.\n\n{lead}\n\n```bash\nsystemctl restart mill\n```\n"
    return [(one.text, one.why_not) for one in read(text.encode(), "r.md").commands]


@pytest.mark.parametrize(
    "lead",
    [
        "CI runs this for you:",
        "The nightly cron job runs:",
        "Ansible does the following:",
        "This is what the grinder does internally:",
        "Behind the scenes:",
        "The pipeline executes the following, you don't have to:",
        "Nothing to type here, the job does it:",
        "This was run by platform on Monday:",
        "Already done by the installer:",
        "For reference, the command that was used in spring:",
        "Somebody once ran this and lost the queue:",
        "What happened last time:",
        "Not needed any more:",
    ],
)
def test_what_runs_or_ran_without_the_operator(lead):
    assert why(lead) == [("systemctl restart mill", "mentioned")]


@pytest.mark.parametrize(
    "lead",
    [
        "The DBA runs:",
        "The storage team does this on their side:",
        "Ask the vendor to run:",
        "Have network run this on the core switch:",
        "To be performed by the DBA team from their own desk:",
    ],
)
def test_what_others_type(lead):
    assert why(lead) == [("systemctl restart mill", "session")]


@pytest.mark.parametrize("lead", ["Instead of:", "Never ever:", "Please don't:", "Example, do not copy blindly:"])
def test_more_words_that_warn(lead):
    assert why(lead) == [("systemctl restart mill", "forbidden")]


@pytest.mark.parametrize(
    "lead",
    [
        "The operator runs:",
        "The release captain runs this:",
        "If the cron job runs:",
        "When CI has run, start it:",
        "Once the backup was done:",
        "Check that this was done by the vendor, then:",
        "The script does the dump and the copy:",
        "We run this every Monday:",
        "Run this if the vendor asks you to:",
    ],
)
def test_what_the_operator_types_all_the_same(lead):
    assert why(lead) == [("systemctl restart mill", None)]


def test_words_of_consent_are_no_verdict():
    text = "# R\n\n## Abort\n\nAbort if the belts tear.\n\nGet an OK from two people in the ticket. I mean a name, not an emoji:\n\n- demand on-call:\n- whoever bakes this week:\n"
    assert [one.line for one in read(text.encode(), "r.md").triggers] == [5]


MACHINES = [
    "For reference, it does this, you don't have to type it:",
    "The hook deploys by itself. No need to type any of it:",
    "This all runs automatically:",
    "FYI, the script runs:",
    "For the record, the deploy job does the following:",
    "The release script consists of:",
    "`deploy.sh` is nothing more than:",
    "You needn't repeat this by hand:",
    "There is nothing for you to do:",
    "These run on their own. It happens by itself:",
]


@pytest.mark.parametrize("lead", MACHINES)
def test_what_a_script_is_made_of_is_shown(lead):
    assert why(lead) == [("systemctl restart mill", "mentioned")]


@pytest.mark.parametrize(
    "lead",
    [
        "For reference, the ticket is OPS-1. Then:",
        "If the hook does not run, nothing to do but:",
        "The script is in the repository, run:",
        "Start the script by hand:",
    ],
)
def test_a_script_that_is_run(lead):
    assert why(lead) == [("systemctl restart mill", None)]


@pytest.mark.parametrize("mark", ["-", "1.", "- [ ]", "3. [ ]"])
@pytest.mark.parametrize(
    ("lead", "problem"),
    [
        ("CI runs this for you:", "mentioned"),
        ("The mill deploys itself. You don't have to type it:", "mentioned"),
        ("Never do this:", "forbidden"),
        ("Ask the DBA to run:", "session"),
        ("Restart the mill:", None),
    ],
)
def test_the_words_of_an_item_hold_for_the_code_in_it(mark, lead, problem):
    text = f"# R\n\n## Work\n\n{mark} {lead}\n\n   ```bash\n   systemctl restart mill\n   ```\n{mark} Look:\n\n   ```bash\n   uptime\n   ```\n"
    found = [(one.text, one.why_not) for one in read(text.encode(), "r.md").commands]
    assert found == [("systemctl restart mill", problem), ("uptime", None)]


@pytest.mark.parametrize(
    "column",
    [
        "Never",
        "Forbidden command",
        "Don't",
        "Do not run",
        "Wrong",
        "Instead of",
        "Not this",
        "Avoid",
        "Never run this",
        "Banned",
    ],
)
def test_a_column_of_what_nobody_may_type(column):
    text = f"# R\n\n## Work\n\n| {column} | Command |\n|---|---|\n| `redis-cli FLUSHALL` | `redis-cli DEL mill` |\n"
    found = [(one.text, one.why_not) for one in read(text.encode(), "r.md").commands]
    assert found == [("redis-cli FLUSHALL", "forbidden"), ("redis-cli DEL mill", None)]


@pytest.mark.parametrize("column", ["Do", "Run", "Fix", "Old value", "If not", "Bad sign, look with", "Nightly"])
def test_a_column_of_what_is_typed(column):
    text = f"# R\n\n## Work\n\n| {column} | Why |\n|---|---|\n| `redis-cli DEL mill` | it is stale |\n"
    assert [(one.text, one.why_not) for one in read(text.encode(), "r.md").commands] == [("redis-cli DEL mill", None)]

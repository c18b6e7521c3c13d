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

"""What is seen and said to do no harm, wherever it stands."""

import pytest

from tests.unit.document.stance import polarities


@pytest.mark.parametrize(
    "text",
    [
        "The line `WARN slow sink` is harmless.",
        "`E4012 stale lease` in the console isn't a problem.",
        "Standbys print `not my turn` every minute. That's normal.",
        "The planner always lists a changed `hash/config`; this is harmless.",
        "A backup on Monday makes the list slow, that is fine, let it run.",
        "It may log `old format`. That has been there for years and is harmless.",
        "Warnings about old fonts in the export can be ignored.",
        "Alerts of the test stall can wait until Monday.",
        "A red lamp on the second scale is cosmetic.",
        "The spike of 502s when the proxy restarts is expected.",
        "Gaps in the graph during the copy are perfectly normal.",
        "A message about a missing label is nothing to worry about.",
        "The first retry fails with `lease busy`. This may be disregarded.",
        "Error 7 and error 9 come from the carts themselves. Nothing to do, leave the stall open.",
    ],
)
def test_harmless(text):
    assert polarities(text) == ["dont"]


@pytest.mark.parametrize(
    "text",
    [
        "Two at a time is fine.",
        "The tool asks for the name of the stall. That is normal.",
        "No downtime is expected.",
        "The stalls are normal deployments.",
        "A larger number is not harmless.",
        "By phone is fine.",
        "Is a red lamp harmless?",
        "The copy of all stalls takes 20 minutes. That is normal.",
        "The problem is described in the archive.",
    ],
)
def test_how_things_are(text):
    assert polarities(text) == []


def test_said_twice_is_one():
    assert polarities("Short bursts of `refused` from the gate are normal. Do not abort for them.") == ["dont"]
    assert polarities("A version alarm is raised here. It is expected and does not stop the change.") == ["dont"]

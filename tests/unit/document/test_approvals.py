"""Sign-offs that come before other steps, because the document says so."""

import sys

import pytest

from runbook_tui.document.approvals import waiting_for
from runbook_tui.document.reader import read

SIGN = "- [ ] **QA Lead**: ____________ Date: ______\n- [ ] **Product Owner**: ____________ Date: ______\n"


def waiting(sign_off: str, after: str = "## Deploy\n\n- [ ] Switch over\n") -> dict[str, int]:
    runbook = read(f"# Release\n\n- [ ] Look\n\n{sign_off}\n{after}".encode(), "x.md")
    return {runbook.step_by_id[step].title: len(signoffs) for step, signoffs in runbook.waiting.items()}


@pytest.mark.parametrize(
    "sign_off",
    [
        f"## Sign-off\n\nEach signs for what is above, before anything goes to production.\n\n{SIGN}",
        f"## Pre-deployment sign-off\n\n{SIGN}",
        f"## Go/No-Go\n\nSigned off by:\n\n{SIGN}",
        f"## Sign-off\n\nDo not go on until all have signed:\n\n{SIGN}",
        f"## Approvals\n\nApproval is required to proceed.\n\n{SIGN}",
        f"## Sign-off prior to the switch\n\n{SIGN}",
    ],
)
def test_what_comes_after_waits_where_the_document_says_before(sign_off) -> None:
    assert waiting(sign_off) == {"Switch over": 2}


@pytest.mark.parametrize(
    "sign_off",
    [
        f"## Sign-off\n\n{SIGN}",
        f"## Sign-off\n\nEverybody signs for what was done.\n\n{SIGN}",
        f"## Sign-off\n\nThis approval is valid until the end of the month.\n\n{SIGN}",
    ],
)
def test_nothing_waits_where_it_does_not(sign_off) -> None:
    assert waiting(sign_off) == {}


def test_the_way_back_and_what_comes_first_never_wait() -> None:
    after = "## Deploy\n\n- [ ] Switch over\n\n## Rollback\n\n- [ ] Switch back\n"
    assert waiting(f"## Sign-off before the deployment\n\n{SIGN}", after) == {"Switch over": 2}


def test_many_groups_of_sign_offs_are_weighed_with_work_that_their_number_explains():
    def calls(groups):
        part = "## Sign-off before step {0}\n\n- [ ] QA lead: ____\n\n## Step {0}\n\n- [ ] Do it\n\n"
        data = ("# T\n\n" + "".join(part.format(number) for number in range(groups))).encode()
        book = read(data, "many.md")
        made = 0

        def count(frame, event, argument):
            nonlocal made
            made += 1

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            waiting_for(book)
        finally:
            sys.setprofile(before)
        return made

    assert calls(400) < 6 * calls(100)  # four times as many

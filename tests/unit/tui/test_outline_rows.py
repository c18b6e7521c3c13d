"""The outline's rows and counts, from data alone."""

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.document.reader import read
from runbook_tui.run.progress import next_step, phase_of, progress
from runbook_tui.run.state import RunState, StepPhase, StepState
from runbook_tui.tui.outline_rows import OutlineRows
from runbook_tui.tui.standing import Standing

TEXT = """# Release

About it.

## Prepare

- [x] Announced
- [ ] Backups
  - [ ] database

### Details

- [ ] Deep

## Rollback criteria

Roll back immediately if:

- [ ] It burns

## Rollback

```bash
# Back
echo back
```
"""
RUNBOOK = read(TEXT.encode(), "release.md")


def titles(rows):
    book = RUNBOOK
    return [
        book.step_by_id[row.step].title if row.step else f"# {book.section_by_id[row.section].title}"
        for row in rows.shown
    ]


def test_sections_for_other_moments_are_folded_at_first():
    rows = OutlineRows(RUNBOOK)
    assert titles(rows) == [
        "# Release", "# Prepare", "Announced", "Backups", "database", "# Details", "Deep",
        "# Rollback criteria", "# Rollback",
    ]  # fmt: skip


def test_depth_follows_headings_and_boxes():
    rows = OutlineRows(RUNBOOK)
    depth = dict(zip(titles(rows), (row.depth for row in rows.shown), strict=True))
    assert depth["# Prepare"] == 0
    assert depth["Backups"] == depth["Announced"] == 1
    assert depth["database"] == 2
    assert depth["# Details"] == 1
    assert depth["Deep"] == 2


def test_folding_hides_everything_below_and_revealing_brings_it_back():
    rows = OutlineRows(RUNBOOK)
    prepare = next(section.id for section in RUNBOOK.sections if section.title == "Prepare")
    rows.toggle(prepare)
    assert titles(rows) == ["# Release", "# Prepare", "# Rollback criteria", "# Rollback"]
    deep = next(step.id for step in RUNBOOK.steps if step.title == "Deep")
    rows.reveal(deep)
    assert "Deep" in titles(rows)
    assert rows.shown[rows.index_of(deep)].step == deep


phases = st.dictionaries(
    st.sampled_from([step.id for step in RUNBOOK.steps]),
    st.builds(
        StepState, phase=st.sampled_from([p for p in StepPhase if p is not StepPhase.BLOCKED]), fired=st.booleans()
    ),
)


@given(st.lists(phases, min_size=1, max_size=4))
def test_what_is_brought_up_to_date_equals_what_is_counted_anew(changes):
    state = RunState()
    standing = Standing(RUNBOOK, state)
    for change in changes:
        state = RunState(steps={**state.steps, **change})
        standing.update(state)
    counted = progress(RUNBOOK, state)
    assert (standing.whole.done, standing.whole.total) == (counted.settled, counted.total)
    assert standing.phases == {step.id: phase_of(RUNBOOK, state, step) for step in RUNBOOK.steps}
    anew = Standing(RUNBOOK, state)
    assert (standing.counts, standing.whole) == (anew.counts, anew.whole)
    assert (standing.walk, standing.walk_phases) == (anew.walk, anew.walk_phases)
    assert standing.unsettled == anew.unsettled
    following = next_step(RUNBOOK, state)
    assert standing.next_open() == (following.id if following else None)


ASKED = read(
    b"# T\n\nSeverity (tick one):\n\n- [ ] minor\n- [ ] major\n  - [ ] Tell the customers\n\n## Do\n\n- [ ] Deploy\n",
    "t.md",
)
answered = st.dictionaries(
    st.sampled_from([step.id for step in ASKED.steps]),
    st.builds(StepState, phase=st.sampled_from([StepPhase.PENDING, StepPhase.DONE, StepPhase.SKIPPED])),
)


@given(st.lists(answered, min_size=1, max_size=4))
def test_answers_are_followed_as_they_are_counted_anew(changes):
    state = RunState()
    standing = Standing(ASKED, state)
    for change in changes:
        state = RunState(steps={**state.steps, **change})
        standing.update(state)
    anew = Standing(ASKED, state)
    assert (standing.counts, standing.walk, standing.unsettled) == (anew.counts, anew.walk, anew.unsettled)
    assert standing.passed_over == anew.passed_over
    counted = progress(ASKED, state)
    assert (standing.whole.done, standing.whole.total) == (counted.settled, counted.total)

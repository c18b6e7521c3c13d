"""Where a value is wanted stands beside it, and no secret does."""

from rich.cells import cell_len

from runbook_tui.records import parse
from runbook_tui.run.state import RunState, Variable
from runbook_tui.tui.value_lines import first_use, names_of, value_lines

TEXT = b"""# Release

```bash
# Take the old one down
docker stop <service>
```

```bash
# Set the image
kubectl set image deployment/<service> api=<image-of-the-release-that-goes-out-tonight>
```

- [ ] Tell <team>
"""
RUNBOOK = parse(TEXT, "release.md")


def test_each_says_which_step_wants_it_first():
    lines = value_lines(RUNBOOK, RunState())
    service = next(line for line in lines if line.startswith("<service>"))
    assert service.endswith("not set  for “Take the old one down”")
    assert first_use(RUNBOOK, "<service>")[1].text.startswith("docker stop")


def test_values_keep_their_column_whatever_stands_before_them():
    state = RunState(
        variables={"<service>": Variable(value="billing\u7d71\u8a08\nv2"), "EXTRA": Variable(value="x" * 90)}
    )
    lines = value_lines(RUNBOOK, state)
    assert len({cell_len(line[: line.index("  for “")]) for line in lines if "  for “" in line}) == 1
    assert not any("\n" in line for line in lines)
    assert names_of(RUNBOOK, state)[-1] == "EXTRA"
    assert lines[-1].endswith("of this run alone")


def test_a_secret_is_not_shown():
    state = RunState(
        variables={"<service>": Variable(value=None, secret=True), "TOKEN": Variable(value="hush", secret=True)}
    )
    assert not any("hush" in line for line in value_lines(RUNBOOK, state))
    assert sum("***" in line for line in value_lines(RUNBOOK, state)) == 2

"""What the library says of a document before anything of it is started."""

from __future__ import annotations

from runbook_tui.records import parse
from runbook_tui.tui.understood import counts, in_words

TEXT = b"""# Release

- [ ] Tell them

```bash
helm upgrade api chart --set tag=<version> ...
```

## Rollback

- [ ] Tell them again
"""


def test_steps_are_those_of_the_walk_and_the_others_are_told_beside():
    runbook = parse(TEXT, "release.md")
    assert counts(runbook)[0] == 2
    assert in_words(runbook)[0][0].startswith("A runbook: 2 steps, 1 more only when needed, 1 command to run")


def test_three_dots_are_no_name():
    runbook = parse(TEXT, "release.md")
    told = next(text for text, _ in in_words(runbook) if "will ask for" in text)
    assert "<version>" in told
    assert "what “...” stands for" in told

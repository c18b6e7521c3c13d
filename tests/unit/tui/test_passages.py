"""What of a section's prose stands with a step."""

from runbook_tui.document.reader import read
from runbook_tui.tui.passages import of_section, of_step

TEXT = b"""# Alert

## Look

Read this before anything else.

Is it still happening? Look:

```bash
curl -s localhost
```

It says `ok` when it is over.

Then the [pods](https://k8s.example):

```bash
kubectl get pods
```

Call the lead when they restart.
"""


def test_a_step_has_what_leads_to_it_then_what_follows_it_then_the_rest():
    runbook = read(TEXT, "alert.md")
    first, second = runbook.steps
    assert first.title == "Is it still happening? Look"
    own, around = of_step(runbook, first)
    assert own == "Read this before anything else."
    assert around.startswith("It says `ok` when it is over.")
    assert around.endswith("Call the lead when they restart.")
    assert "still happening" not in own + around  # it is the title
    own, around = of_step(runbook, second)
    assert "Then the [pods](https://k8s.example) (https://k8s.example):" in own  # a title does not lead anywhere
    assert around.startswith("Call the lead when they restart.")
    assert "Read this before anything else." in around


def test_a_long_lead_comes_after_the_command():
    text = b"# Alert\n\n## Look\n\n" + b"Word " * 100 + b"\n\n```bash\ncurl -s localhost\n```\n\nAfterwards.\n"
    runbook = read(text, "alert.md")
    own, around = of_step(runbook, runbook.steps[0])
    assert own == ""
    assert around.startswith("Word ")
    assert around.endswith("Afterwards.")


def test_nothing_of_a_section_is_left_out_at_its_heading():
    runbook = read(TEXT, "alert.md")
    section = next(one for one in runbook.sections if one.title == "Look")
    for _, text in section.passages:
        assert text.split("[")[0] in of_section(section)
    assert "\n\n".join(text for _, text in section.passages) == section.prose

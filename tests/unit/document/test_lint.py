"""Findings tell an author what to do; a well-made runbook has none that hurt."""

import pytest

from runbook_tui.document.lint import lint
from runbook_tui.document.reader import read
from runbook_tui.document.runbook import Severity

WELL_MADE = """# Deploy the API

## Before

- [ ] Backup is fresh

## Deploy

```bash
# 1. Roll out
kubectl apply -f api.yaml
# 2. Wait
kubectl rollout status deploy/api
```

## Rollback Procedure

```bash
kubectl rollout undo deploy/api
```

## Sign-off

- [ ] Team Lead: ________ Date: ________
"""


def codes(text):
    return [finding.code for finding in lint(read(text.encode(), "x.md"))]


def test_a_well_made_runbook_has_no_findings():
    assert codes(WELL_MADE) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("just words\n", "RB205"),
        ("# T\n\n```bash\nrm -rf /srv/x\n```\n", "RB201"),
        ("# T\n\n```bash\nkubectl get <pod>\n```\n", "RB202"),
        ("# T\n\n## Rollback\n\nsome day\n\n- a\n", "RB203"),
        ("# Deploy to production\n\n```bash\nmake ship\n```\n", "RB204"),
        ("# T\n\n## Sign-off\n\nlater\n", "RB151"),
        ("# T\n\n```bash\nmake a \\ \n  b\n```\n", "RB133"),
        ("# T\n\n```bash\nkubectl get pods )\n```\n", "RB131"),
        ("# T\n\n<!-- rbt: colour=red -->\n```bash\nls\n```\n", "RB111"),
    ],
)
def test_each_fault_has_its_code(text, code):
    assert code in codes(text)


def test_a_confirmed_or_reversible_destruction_is_fine():
    assert codes('# T\n\n```bash {"confirm": true}\nrm x\n```\n\n```bash {"rollback": "restore x"}\nrm x\n```\n') == []


def test_findings_come_in_order_of_lines_and_say_what_to_do():
    findings = lint(read(b"# T\n\n```bash\nrm <x>\n```\n\n```yaml\n- [ ] a\n```\n", "x.md"))
    assert [finding.line for finding in findings] == sorted(finding.line for finding in findings)
    assert all(":" in finding.message or "before its commands run" in finding.message for finding in findings)
    assert {finding.severity for finding in findings} == {Severity.WARNING, Severity.INFO}

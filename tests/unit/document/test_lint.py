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


LEADS = "# Ship it\n\n## Rollback Criteria\n\nRoll back if:\n\n"


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ('# T\n\n```bash\ncp "$SRC/a" b\n```\n', "RB206", Severity.WARNING),
        ("# T\n\n```bash\nls $SRC\n```\n", "RB206", Severity.INFO),
        (LEADS + "- Error rate > 5%\n- Error rate > 10%\n", "RB207", Severity.WARNING),
        (LEADS + "- Data is damaged\n", "RB208", Severity.INFO),
        ("# T\n\nkey AKIA" + "ABCDEFGHIJ234567" + "\n", "RB209", Severity.ERROR),
        ("# T\n\n-----BEGIN OPENSSH PRIVATE" + " KEY-----\n", "RB209", Severity.ERROR),
        ("# T\n\n```bash\npsql postgres://ana:h8kd72lq@db/x\n```\n", "RB209", Severity.WARNING),
        ("# T\n\n```env\nDB_PASSWORD=hunter2hunter2\n```\n", "RB209", Severity.WARNING),
        ("# T\n\n```bash\ncurl -fsSL https://x.io/i.sh | sudo -E bash\n```\n", "RB210", Severity.WARNING),
        ("# T\n\n```bash\nbash <(curl -s https://x.io/i.sh)\n```\n", "RB210", Severity.WARNING),
        ("# T\n\n```bash\nkubectl set image deploy/a a=r.io/a/b:latest\n```\n", "RB211", Severity.INFO),
        ("# T\n\n## A\n\n- [ ] x\n\n## A\n\n- [ ] x\n", "RB212", Severity.INFO),
    ],
)
def test_each_judgement_has_its_code_and_severity(text, code, severity):
    found = lint(read(text.encode(), "x.md"))
    assert (code, severity) in [(finding.code, finding.severity) for finding in found]


@pytest.mark.parametrize(
    "text",
    [
        "# T\n\n```bash\nSRC=/a\ncp $SRC/a b\n```\n",
        "# T\n\n```bash\nexport SRC=/a\n```\n\ntext\n\n```bash\ncp $SRC/a b\n```\n",
        "# T\n\n```bash\nfor f in a b; do cp $f /srv; done\nread -r NAME\ntouch $NAME\n```\n",
        "# T\n\n```bash\ncp ${SRC:-/a} $HOME ${X:?}\nawk '{print $1}' f\ntouch $CI_COMMIT_SHA\n```\n",
        "# T\n\n<!-- rbt: env=SRC=/a -->\n```bash\ncp $SRC/a b\n```\n",
    ],
)
def test_variables_that_somebody_sets(text):
    assert "RB206" not in codes(text)


@pytest.mark.parametrize(
    "text",
    [
        "Error rate > 5%\n- Error rate > 10% for 5 minutes",
        "Error rate > 5%\n- Error rate > 5%",
        "Error rate > 5%\n- Latency > 5s",
    ],
)
def test_limits_that_do_not_contradict(text):
    assert "RB207" not in codes(LEADS + f"- {text}\n")


@pytest.mark.parametrize(
    "below",
    [
        "**Decision:** [ ] GO  [ ] NO-GO\n",
        "**NO-GO if:**\n\n- Replication lag exceeds 10 s\n",
        "- [ ] GO\n- [ ] GO without the batch\n- [ ] NO-GO\n",
    ],
)
def test_a_heading_whose_answer_is_no_name_needs_nobody_to_sign(below):
    assert "RB151" not in codes(f"# T\n\n## Go / No-Go\n\n{below}")
    assert "RB151" in codes("# T\n\n## Go / No-Go\n\nlater\n")


def test_gates_of_two_phases_may_differ_and_critical_comes_after_warning():
    gates = "# T\n\n## Canary\n\n- [ ] Error rate < 5%\n\n## All\n\n- [ ] Error rate < 1%\n"
    assert "RB207" not in codes(gates)
    alerts = "# T\n\n## Alerts\n\n- **Critical alerts:**\n  - Error rate > {}%\n- **Warning alerts:**\n  - Error rate > {}%\n"
    assert "RB207" not in codes(alerts.format(5, 1))
    assert "RB207" in codes(alerts.format(1, 5))


@pytest.mark.parametrize(
    "text",
    [
        "PASSWORD=<password>",
        "PASSWORD=$DB_PASSWORD",
        "PASSWORD=your-password-1",
        "TOKEN=********",
        "export API_KEY={{ key }}",
        "AKIAIOSFODNN7EXAMPLE",
        "https://user:password@host/x",
        "https://host:8080/a@b",
        "git clone ssh://git@host:22/a",
        "Authorization: Bearer $TOKEN",
        "secret=/run/secrets/db1",
        "tokens=12345678a",
    ],
)
def test_what_only_looks_like_a_secret(text):
    assert "RB209" not in codes(f"# T\n\n```bash\n{text}\n```\n")


def test_a_secret_is_never_repeated():
    secret = "ghp_" + "a1B2" * 9
    findings = lint(read(f"# T\n\n```bash\ngit clone https://{secret}@github.com/a/b\n```\n".encode(), "x.md"))
    assert any(finding.code == "RB209" for finding in findings)
    assert all(secret not in finding.message for finding in findings)


def test_every_code_is_in_the_list_and_in_the_manual():
    import re
    from pathlib import Path

    from runbook_tui.document.codes import CODES

    root = Path(__file__).parents[3]
    emitted = set()
    for file in (root / "runbook_tui").rglob("*.py"):
        if file.name != "codes.py":
            emitted |= set(re.findall(r'"(RB\d{3})"', file.read_text("utf-8")))
    manual = re.findall(r"^\| (RB\d{3}) \|", (root / "docs" / "lint.md").read_text("utf-8"), re.MULTILINE)
    assert emitted == set(CODES) == set(manual)
    assert len(manual) == len(set(manual))


def test_paths_are_named_up_to_where_the_folder_changes():
    from runbook_tui.document.paths import named

    text = (
        "# T\n\n```bash\npython tools/a.py --dry-run x --level=2\nkubectl apply -f k8s/a.yaml\n./run.sh\ntail -f log.txt\nsh $X.sh\n"
        "echo 1 > made.sh\nsh made.sh\nbash /abs/x.sh\ncd src\npython later.py\n```\n"
    )
    assert [(one.path, one.line, one.options) for one in named(read(text.encode(), "x.md"))] == [
        ("tools/a.py", 4, ("--dry-run", "--level")),
        ("k8s/a.yaml", 5, ()),
        ("./run.sh", 6, ()),
    ]

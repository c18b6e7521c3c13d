"""The JSON of `rbt show` keeps its names."""

import json

from runbook_tui.document.reader import read
from runbook_tui.document.summary import summary

TEXT = b"""# T

## Rollback Criteria

Rollback if:

- [ ] Error rate > 5% for 5 minutes

## Do

- [ ] **Ops Lead** ready (30 minutes)
- [ ] p95 < 200ms

```bash
kubectl get <pod>
```

**When**: ____
"""

NAMES = {
    "sections": "id title level line parent phase role",
    "steps": "id kind title line section parent depth box role checked optional commands",
    "commands": "id text line end_line language step section source runnable why_not prompt placeholders effect behaviour opens_session"
    " in_session rollback target cwd timeout",
    "conditions": "text line polarity metric op value unit for baseline_factor severity",
    "fields": "label line choices",
    "placeholders": "text kind count first_line",
    "windows": "text line start end duration",
    "findings": "code severity line message",
}


def test_every_name_of_the_contract_is_there():
    shown = json.loads(json.dumps(summary(read(TEXT, "t.md"))))
    assert shown["schema"] == "runbook-tui/show@1"
    assert set(shown) >= {"title", "source", "sha256", "encoding_repaired", "rollback", "signoffs", *NAMES}
    for part, names in NAMES.items():
        assert shown[part], part
        assert set(names.split()) <= set(shown[part][0]), part


def test_values_are_plain():
    shown = json.loads(json.dumps(summary(read(TEXT, "t.md"))))
    (trigger,) = shown["rollback"]["triggers"]
    assert (trigger["for"], trigger["polarity"], trigger["op"]) == (300, "do", ">")
    assert shown["steps"][0]["role"] == "trigger"
    assert shown["commands"][0]["why_not"] == "placeholder"
    assert shown["conditions"][0]["severity"] == "gate"

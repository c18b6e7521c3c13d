"""A criterion in words gets its measure from the signals."""

import pytest

from runbook_tui.document.reader import read
from runbook_tui.sources import BadMapping, Manual, Sources, of_runbook

TEXT = b"""# T

```bash
echo hi
```

## Rollback criteria

Roll back immediately if:

- [ ] Pods are killed (OOM)
- [ ] Data is found to be damaged
- [ ] Error rate > 10%

## Rollback procedure

```bash
echo back
```
"""


def judged(signals):
    said = {"signals": signals, "text": "http://127.0.0.1:1/metrics"}
    return of_runbook(read(TEXT, "t.md"), said, Sources(said))


def test_words_of_the_sentence_name_the_signal_and_it_says_when_it_fires():
    watched, manual = judged({
        "pods are killed": {"query": "restarts", "fires": "> 0"},
        "found to be damaged": {"query": "damaged", "fires": ">= 1"},
    })  # fmt: skip
    assert [one.check.text for one in watched] == ["Pods are killed (OOM)", "Data is found to be damaged"]
    assert [one.condition.text for one in manual if isinstance(one, Manual)] == ["Error rate > 10%"]


def test_without_a_measure_it_stays_a_persons():
    assert len(judged({"pods are killed": {"query": "restarts"}})[1]) == 3
    assert len(judged({"killed": {"query": "restarts", "fires": "> 0"}})[1]) == 3  # too little to be sure


@pytest.mark.parametrize("fires", ["often", "> many", "0", 3])
def test_what_is_no_comparison_is_said(fires):
    with pytest.raises(BadMapping, match="fires is a comparison"):
        judged({"pods are killed": {"query": "restarts", "fires": fires}})

"""The kernel validation behind `k`: live, failures first, frozen afterwards."""

import json

from tests.unit.validation.test_reading import case, end, start

PLAN = """\
# Release

## Kernels

```bash
# Prove the kernels
echo building; cat one.jsonl; for n in $(seq 600); do [ -e go ] && break; sleep 0.05; done; cat two.jsonl
```

- [ ] Go on
"""


def lines(*told):
    return "".join(json.dumps(one) + "\n" for one in told)


async def test_cases_come_live_failures_first_and_the_verdict_stays(document, opened, folder):
    path = document(PLAN)
    bad = case("gate per sequence", ok=False, kernel="dynamic_rank", bound=7.2, shape=[36, 64, 24])
    (path.parent / "one.jsonl").write_text(lines(start(3), case("several blocks"), bad))
    (path.parent / "two.jsonl").write_text(lines(case("odd sizes"), end("fail")))
    async with opened(path) as ana:
        await ana.press("k")
        await ana.reads("no command of this run has told of a kernel validation")
        await ana.go_to("Prove the kernels")
        await ana.press("enter")
        await ana.until(
            lambda: ana.app._driving.current_job and ana.app._driving.live_kernels(ana.app._driving.current_job)
        )
        await ana.press("k")
        await ana.reads("2 of 3 cases", "1 failed", "running", "differs most at y[1, 2]: 0.5, right is 0.75", "H200")
        rows = ana.screen
        assert rows.index("gate per sequence") < rows.index("several blocks")
        assert "▶" in rows
        (path.parent / "go").touch()
        await ana.reads("3 of 3 cases", "FAILED")
        await ana.press("k")
        await ana.reads("kernels failed: 1 of 3 cases failed", "k shows the cases")
        assert ana.phase("Prove the kernels") == "failed"
        name = ana.state.run
    async with opened(run=name, size=(80, 24)) as ben:
        await ben.go_to("Prove the kernels")
        await ben.press("k")
        await ben.reads("3 of 3 cases", "FAILED", "gate per sequence", "differs most at")
        await ben.press("question_mark")
        await ben.reads("Kernel validation")

"""A fault that waits for a step begins when a run comes to it, just before its command is sent."""

from pathlib import Path

from runbook_tui.lab import control, faults
from runbook_tui.run.headless import Consent, walk
from tests.integration.run.desk import stage_of

__all__ = ["stage_of"]
TEXT = """
# T

```bash
# First
rbt lab check --requests 5
```

```bash
# Second look
rbt lab check --requests 5
```
"""


async def test_an_ordinary_run_sets_it_going(stage_of, tmp_path):
    from runbook_tui.wiring import put_rbt_on_path

    put_rbt_on_path()
    lab = Path(tmp_path) / "state" / "lab"
    stage = stage_of(TEXT)
    try:
        control.up(lab, port=0)
        faults.switch_on(lab, faults.chosen("error-rate", value=100, part="v1", step="second"))
        async with stage.new_run() as conductor:
            stop = await walk(conductor, Consent(changes=True), lambda _: None)
            await conductor.close()
        assert "“Second look”" in (stop.waiting_for or "")
        assert faults.read(lab)[0].since is not None
    finally:
        control.down(lab)

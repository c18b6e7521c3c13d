"""Watched conditions in a run: the light, the banner, the count-down, criteria that are measured."""

import pytest

from runbook_tui import wiring

DOCUMENT = """---
rbt:
  text: {url}
  every: 0.2s
  signals:
    error rate: {{query: errors, unit: '%', stale: 2s}}
    p95 latency: {{query: latency, unit: ms, stale: 2s}}
---
# Release

## Deploy

- [ ] Change something

  ```bash
  echo new > {folder}/version
  ```

  <!-- rbt: rollback="echo old > {folder}/version" -->

## Success Criteria

- [ ] p95 latency < 500ms

## Rollback

### Rollback Triggers

Immediately roll back if:

- [ ] Error rate > 10% for 1 second

### Rollback Procedure

```bash
echo old > {folder}/version
```
"""


@pytest.fixture
def release(document, folder, service):
    return document(DOCUMENT.format(url=f"http://127.0.0.1:{service.port}/metrics", folder=folder))


def policy(folder, text):
    (folder / "state").mkdir(exist_ok=True)
    (folder / "state" / "policy.yaml").write_text(text)


async def change(operator):
    await operator.go_to("Change something")
    await operator.press("enter")
    await operator.answer("y")
    await operator.until(lambda: any(job.succeeded for job in operator.state.jobs.values()), "the change")


async def test_the_light_and_what_is_watched(opened, release, service):
    async with opened(release, size=(140, 40)) as operator:
        await operator.reads("● gates 1/1")
        service.text = "latency 100\n"
        await operator.reads("? gates 0/1 no data", "the answer is empty")
        service.text = "errors 20\nlatency 100\n"
        await operator.reads("trips in")
        await operator.reads("✖ gates 0/1", "✖ Error rate > 10% for 1 second", "R shows the way back")
        await operator.press("w")
        await operator.reads("What is watched", "✖ holds", "● met")
        await operator.answer("escape")
        service.text = "errors 0.5\nlatency 100\n"
        await operator.reads("● gates 1/1")


async def test_a_measured_criterion_is_not_ticked_against_its_signal(opened, release, service):
    service.text = "errors 0.5\nlatency 900\n"
    async with opened(release) as operator:
        await operator.go_to("p95 latency < 500ms")
        await operator.until(lambda: operator.state.gates.conditions.get(operator.walk.row.step), "a verdict")
        await operator.press("space")
        await operator.reads("its signal says fail (now 900 ms)")
        assert operator.phase("p95 latency < 500ms") == "pending"
        await operator.press("O")
        await operator.reads("for how long", "1h", "because")
        await operator.write("known and agreed")
        await operator.press("enter")
        await operator.until(lambda: operator.state.overrides, "the override")
        (override,) = operator.state.overrides.values()
        assert (override.until - override.at).total_seconds() == pytest.approx(3600, abs=1)
        await operator.reads(f"overridden until {override.until:%Y-%m-%d %H:%M} UTC")
        await operator.press("space")
        await operator.until(lambda: operator.phase("p95 latency < 500ms") == "done", "the tick")
        assert operator.state.gates.conditions[operator.walk.row.step].verdict == "fail"


async def test_a_criterion_with_a_time_is_observed_before_it_is_ticked(opened, document, folder, service):
    text = DOCUMENT.format(url=f"http://127.0.0.1:{service.port}/metrics", folder=folder)
    title = "p95 latency < 500ms for 30 minutes"
    async with opened(document(text.replace("p95 latency < 500ms", title)), size=(140, 40)) as operator:
        await operator.go_to(title)
        await operator.until(lambda: operator.state.gates.conditions.get(operator.walk.row.step), "a verdict")
        assert operator.state.gates.conditions[operator.walk.row.step].verdict == "insufficient"
        await operator.press("space")
        await operator.reads("its signal says insufficient (it must stay good for 1800 s): wait, or override it")
        await operator.reads("? its signal says insufficient: w shows it, O goes on against it", "O override")
        assert operator.phase(title) == "pending"
        await operator.press("w")
        await operator.reads("○ not yet", "observing, 29 min", "100 ms")
        await operator.press("down")
        await operator.reads("100 ms < 500 ms, observing, 29 min")


async def test_a_criterion_of_the_whole_run_is_asked_when_it_is_called_done(opened, document, folder, service):
    service.text = "errors 0.5\nlatency 900\n"
    text = DOCUMENT.format(url=f"http://127.0.0.1:{service.port}/metrics", folder=folder)
    table = "| Metric | Target |\n|---|---|\n| p95 latency | < 500ms |\n| Queue depth | < 10 |"
    async with opened(document(text.replace("- [ ] p95 latency < 500ms", table)), size=(140, 40)) as operator:
        await change(operator)
        await operator.press("space")
        await operator.until(lambda: operator.phase("Change something") == "done", "the tick")
        await operator.press("F")
        await operator.answer("c")
        await operator.reads(
            "“p95 latency < 500ms” must hold before the run is done; its signal says fail (now 900 ms)"
        )
        assert operator.state.outcome is None
        await operator.press("w")
        await operator.reads("✎ by hand  Queue depth < 10")
        await operator.answer("down")
        await operator.reads("O override")
        await operator.press("O")
        await operator.reads("Go on against “p95 latency < 500ms”?", "1h", "because")
        await operator.write("known and agreed")
        await operator.press("enter")
        await operator.until(lambda: operator.state.overrides, "the override")
        await operator.answer("escape")
        await operator.press("F")
        await operator.answer("c")
        await operator.until(lambda: operator.state.outcome is not None, "the end")
        assert operator.state.outcome == "completed"


async def test_an_override_says_how_long_it_holds(opened, release, service):
    service.text = "errors 0.5\nlatency 900\n"
    async with opened(release) as operator:
        await operator.go_to("p95 latency < 500ms")
        await operator.until(lambda: operator.state.gates.conditions.get(operator.walk.row.step), "a verdict")
        await operator.press("O")
        await operator.write("known")
        await operator.press("up", *["backspace"] * 2)
        await operator.write("soon")
        await operator.press("enter", "enter")
        await operator.reads("'soon' is no time")
        await operator.press(*["backspace"] * 4)
        await operator.write("2 h 30m")
        await operator.press("enter", "enter")
        await operator.until(lambda: operator.state.overrides, "the override")
        (override,) = operator.state.overrides.values()
        assert (override.reason, (override.until - override.at).total_seconds()) == (
            "known",
            pytest.approx(9000, abs=1),
        )


async def test_an_automatic_rollback_counts_down_and_goes_back(opened, release, service, folder):
    policy(folder, "automatic_rollback: {on: true, countdown: 1.5s}\n")
    async with opened(release) as operator:
        await change(operator)
        assert (folder / "version").read_text() == "new\n"
        service.text = "errors 20\nlatency 100\n"
        await operator.reads("rolls back", "unless held")
        await operator.until(lambda: operator.state.outcome is not None, "the rollback", seconds=20)
        assert operator.state.outcome == "rolled_back"
        assert operator.state.outcome_reason.startswith("automatic: Error rate > 10% for 1 second (20 %")
        assert (folder / "version").read_text() == "old\n"


async def test_a_held_count_down_leaves_it_to_a_person(opened, release, service, folder):
    policy(folder, "automatic_rollback: {on: true, countdown: 2s}\n")
    async with opened(release) as operator:
        await change(operator)
        service.text = "errors 20\nlatency 100\n"
        await operator.reads("unless held")
        await operator.press("H")
        await operator.reads("holds the rollback")
        await operator.pilot.pause(2.5)
        assert operator.state.rollback is None
        assert (folder / "version").read_text() == "new\n"


async def test_without_the_policy_nothing_goes_back_by_itself(opened, release, service, folder):
    async with opened(release) as operator:
        await change(operator)
        service.text = "errors 20\nlatency 100\n"
        await operator.reads("✖ Error rate > 10%")
        await operator.pilot.pause(1.0)
        assert operator.state.gates.countdown is None


async def test_signals_that_cannot_be_used_are_said(opened, document):
    path = document(
        "---\nrbt: {signals: {error rate: {weather: rain}}}\n---\n# A\n\nRoll back if:\n\n- Error rate > 5%\n\n- [ ] b\n"
    )
    async with opened(path) as operator:
        await operator.reads("! gates 0/1", "wants a query")


CANARY = """---
rbt:
  text: {url}
  signals: {{error rate: {{query: errors, unit: '%'}}}}
  canary:
    command: 'echo {{weight}} > {folder}/weight'
    stages: 10% 1s, 100% 60s
    every: 0.3s
    checks: [Error rate < 5%]
---
# Release

- [ ] Walk the canary <!-- rbt: gate=canary -->
- [ ] Afterwards
"""


async def test_a_canary_is_begun_held_and_promoted_by_key(opened, document, folder, service):
    url = f"http://127.0.0.1:{service.port}/metrics"
    async with opened(document(CANARY.format(url=url, folder=folder))) as operator:
        await operator.until(lambda: operator.walk.view.canary is not None, "the plan")
        await operator.press("enter")
        await operator.until(lambda: operator.state.gates.canary is not None, "the canary")
        await operator.until(
            lambda: (folder / "weight").exists() and (folder / "weight").read_text() == "100\n", "the stage"
        )
        await operator.until(
            lambda: not operator.state.open_jobs and operator.walk.view.busy is None, "the end of its command"
        )
        await operator.reads("canary: 100 % of the traffic")
        await operator.press("space")
        await operator.reads("the canary is at 100 %: it ticks this step")
        await operator.press("w")
        await operator.reads("100 % of the traffic", "p hold")
        await operator.answer("p")
        await operator.reads("held", "p resume")
        await operator.press("P")
        await operator.answer("P")
        await operator.reads("✔ promoted")
        await operator.until(lambda: operator.state.step(operator.walk.view.runbook.steps[0].id).settled, "the tick")


async def test_a_canary_is_aborted_by_key(opened, document, folder, service):
    url = f"http://127.0.0.1:{service.port}/metrics"
    async with opened(document(CANARY.format(url=url, folder=folder))) as operator:
        await operator.until(lambda: operator.walk.view.canary is not None, "the plan")
        await operator.press("enter")
        await operator.until(lambda: (folder / "weight").exists(), "the first stage")
        await operator.press("w")
        await operator.answer("A")
        await operator.answer("A")
        await operator.reads("◁ aborted")
        assert (folder / "weight").read_text() == "0\n"


async def test_a_canary_that_cannot_be_walked_is_not_ticked_away(opened, document):
    text = "---\nrbt: {canary: {lab: true}}\n---\n# R\n\n- [ ] Walk it <!-- rbt: gate=canary -->\n"
    async with opened(document(text)) as operator:
        await operator.reads("! gates 0/1", "the canary has no checks")
        await operator.press("space")
        await operator.reads("none is described that could be walked")


STATISTICS = """# Compare

## Measure

```bash
# The mean keeps its limit
rbt stats bca {folder}/latencies.txt --at-most 30
```
"""


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
async def test_statistics_in_a_step_show_the_interval_and_every_point(document, opened, folder, size):
    pytest.importorskip("scipy")
    wiring.put_rbt_on_path()
    (folder / "latencies.txt").write_text("".join(f"{20 + number % 7 + number / 100}\n" for number in range(40)))
    async with opened(document(STATISTICS.format(folder=folder)), size=size) as operator:
        await operator.go_to("The mean keeps its limit")
        await operator.press("enter")
        await operator.pilot.pause(0.5)
        if not operator.state.jobs:  # where the outline fills the screen, the first opens the step
            await operator.press("enter")
        await operator.until(lambda: "n=40" in operator.screen, "the points", seconds=30)
        await operator.until(lambda: operator.phase("The mean keeps its limit") == "done", "the end", seconds=30)
        lines = operator.screen.splitlines()
        points = next(line for line in lines if "n=40" in line)
        assert sum(points.count(mark) for mark in "·•●") >= 7
        assert any("├" in line and "┼" in line and "┤" in line for line in lines)
        assert "95%" in operator.screen

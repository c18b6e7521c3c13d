"""A rehearsal with each fault ends as the document says it should."""

import pytest

from runbook_tui.lab.faults import KINDS

SIDECAR = """
rehearse:
  faster: 1000
  parts: [store, traffic, metrics, gpu, ssh]
  signals:
    gpu errors: {text: '{metrics}', query: 'max(DCGM_FI_DEV_XID_ERRORS)'}
    memory usage: {text: '{metrics}', query: 'max(lab_service_memory_bytes)', unit: B}
  expect:
    error-rate: rolled back
    latency: rolled back
    crash: rolled back
    slow-start: rolled back
    failed-build: rolled back
    bad-image: rolled back
    lost-link: completed
    disk-full: rolled back
    gpu-xid: rolled back
    memory-leak: rolled back
    dashboard-unreachable: rolled back
    no-metrics: stopped
"""
DOCUMENT = """
# Release 2.1.0

## Prepare (1 minute)

```bash
# Build
rbt lab build service:2.1.0 && rbt lab up dashboard --dashboard-port 8501
```

```bash
# Start the new version
rbt lab deploy v2 --image service:2.1.0 --within 1
```

<!-- rbt: target=web-1 -->
```bash
# Tell the web host
touch released && sleep 0.6 && ls released
```

## Release (10 minutes)

<!-- rbt: rollback="rbt lab weights v1=100 v2=0" -->
```bash
# Half of the traffic
rbt lab weights v1=50 v2=50
```

```bash
# Keep what must not be lost
rbt lab job --add 2
```

```bash
# Look
rbt lab check --requests 20 --max-errors 1 --max-p95 300
curl -fsS http://127.0.0.1:8501/
```

- [ ] Error rate < 1%

## Rollback criteria

Roll back immediately if:

- [ ] Error rate > 5% for 5 minutes
- [ ] GPU errors > 0
- [ ] Memory usage > 150 MB for 1 minute

## Rollback procedure

```bash
# Take v2 away
rbt lab remove v2
```
"""
ENDS = {  # fault -> the step it stops at, and who takes it back
    "error-rate=100": ("Look", None),
    "latency=600": ("Look", None),
    "crash=0@Look": ("Look", None),
    "slow-start=60": ("Start the new version", "the rehearsal"),
    "failed-build": ("Build", "the rehearsal"),
    "bad-image": ("Start the new version", "the rehearsal"),
    "lost-link=0.5@Tell": ("", "the rehearsal"),
    "disk-full": ("Keep what must not be lost", "the rehearsal"),
    "gpu-xid=48@Half": (None, "the document's conditions"),
    "memory-leak=200@Half": (None, "the document's conditions"),
    "dashboard-unreachable@Look": ("Look", "the rehearsal"),
    "no-metrics@Half": (None, "the rehearsal"),
}


def test_every_fault_of_the_lab_is_in_the_table():
    assert {fault.partition("=")[0].partition("@")[0] for fault in ENDS} == set(KINDS)


@pytest.mark.parametrize("fault", ENDS)
def test_it_ends_as_the_document_says(rehearse, fault):
    done = rehearse(DOCUMENT, "--fault", fault, sidecar=SIDECAR)
    report = done.report
    told = report["faults"][0]
    assert told["as_expected"], (report["ending"], told, report["why"], done.said)
    assert (report["ready"], report["reasons"], done.code) == (True, [], 0), done.said
    step, by = ENDS[fault]
    if step is not None:
        stopped = next((one["title"] for one in report["steps"] if one["id"] == report["stopped_at"]), "")
        assert stopped == step, (report["why"], done.said)
    assert report["rollback"]["succeeded"]
    if by is not None:
        assert report["rollback"]["by"] == by


def test_a_fault_nobody_notices_makes_it_not_ready(rehearse):
    blind = "# Blind\n\n```bash\nrbt lab deploy v2\n```\n\n## Rollback\n\n```bash\nrbt lab remove v2\n```\n"
    done = rehearse(blind, "--fault", "error-rate=100")
    assert (done.code, done.report["ending"]) == (1, "completed")
    assert done.report["reasons"] == [
        "error-rate was not noticed: the walk went to its end, expected was: stopped or rolled back"
    ]

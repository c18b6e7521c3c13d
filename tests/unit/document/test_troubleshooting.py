"""Runbooks of alerts are full of "if" and of what may go wrong: none of it decides on going back."""

import pytest

from runbook_tui.document.reader import read

ASKS_FOR_WORK = """
If the queue does not shrink, add a worker and look again after five minutes.
If the node is not in the list, join it again.
If there are more than 100 messages in the dead-letter queue, replay them.
When the disk is above 90 %, delete old snapshots first.
If a pod is in CrashLoopBackOff, look at its previous logs.
If you see timeouts, check the connection pool.
If the certificate expires within a week, renew it now.
If the replica is more than an hour behind, rebuild it.
When memory is above 80 % for ten minutes, take a heap dump.
If nothing helps, restart the service on one host.
If the lag keeps growing, scale the consumers up to the number of partitions.
If only one broker is affected, restart it.
If that does not work, open a ticket with the vendor.
If the alert fires again within the hour, page the secondary.
If the dashboard is empty, Prometheus itself may be down.
If the load is still high after this, move the heaviest tenants.
If two hosts disagree, the one with the newer timestamp is right.
If the job has failed more than three times, look at the first failure.
If you are not sure, ask in the channel.
When in doubt, escalate.
If the output is empty, no lock is held.
If it prints anything, there are blocked queries.
If the value is 0, the exporter is not running.
If errors started right after a deployment, look at its diff.
If the problem is with a single customer, use the tenant view.
In case of a network partition, the majority side goes on.
If all else fails, call the network team.
If this is the third time this week, write it into the weekly report.
If more than half of the checks fail, the load balancer marks the backend down.
If the backup is missing, take one by hand.
If the pod has no endpoint, its readiness probe fails.
If the user is locked out, unlock the account.
If a shard stays unassigned, explain its allocation.
If replication is broken, the file system fills up within a day.
If latency is high but CPU is low, suspect the network.
If CPU is at 100 %, take a profile before you restart anything.
Check whether the error rate is above 1 %.
Make sure that no more than two nodes are down.
Look for messages like "connection refused" or "no route to host".
An error rate above 5 % usually means that the cache is gone.
More than 10 restarts in an hour mean a leak.
A value above 1000 is unusual.
Some warnings about deprecated APIs are printed.
The command returns an error when the host is unknown.
The service returns 503 while it starts.
The job takes up to 20 minutes.
Connections are refused while the database restarts.
The alert is raised when fewer than three replicas are ready.
It fires when the p99 of the last ten minutes is above 2 s.
Users cannot log in while this alert fires.
Orders are delayed, none is lost.
Payments fail for customers whose card was issued abroad.
The queue has no consumers.
Replication has stopped.
One of the two power supplies has failed.
A failed disk does not affect users.
Without a quorum the cluster accepts no writes.
Note the time and who is affected.
Tell support what customers see.
Do not restart more than one node at a time.
Do not delete the volume by hand.
Never run this against the primary.
Do not forget to set the flag again.
Wait until the cluster is green before you take the next node.
The restart must not be done by two people at once.
Keep an eye on the lag while you do it.
Do this only when the queue is empty.
Only run this on the secondary.
""".strip().split("\n")


@pytest.mark.parametrize("title", ["Diagnosis", "Mitigation", "Steps"])
@pytest.mark.parametrize("sentence", ASKS_FOR_WORK)
def test_a_sentence_of_an_alert_decides_nothing(title, sentence):
    text = f"# Orders are slow\n\n## {title}\n\n{sentence}\n\n1. {sentence}\n2. Look at the dashboard.\n"
    assert [one.text for one in read(text.encode(), "x.md").triggers] == []


SEEN = """
the disk is full
more than 5 % of the requests fail
a node does not answer
p99 is above 2 s for ten minutes
the certificate has expired
users cannot log in
""".strip().split("\n")


@pytest.mark.parametrize(
    "lead",
    """
The alert fires when:
This alert is raised if:
Page the database team if:
Escalate when:
Escalate to the vendor if one of these is seen:
Possible causes:
Common causes:
It usually means one of these:
Symptoms:
What users see:
Impact:
Look for:
Check for the following:
Typical messages:
Known problems:
Causes seen so far:
You are here because:
This page applies if:
Use this runbook when:
The service is unhealthy when:
A node is taken out of the pool when:
Restart the pod if:
Open a ticket if:
Ask the network team when:
Scale up when:
Severity 1 if:
It is an incident when:
Inform customers if:
Call the manager on duty when:
Write a postmortem if:
""".strip().split("\n"),
)
@pytest.mark.parametrize("title", ["Meaning", "Diagnosis", "Background"])
def test_a_list_of_an_alert_decides_nothing(lead, title):
    rows = "\n".join(f"- {one}" for one in SEEN)
    text = f"# Orders are slow\n\n## {title}\n\n{lead}\n\n{rows}\n"
    assert [one.text for one in read(text.encode(), "x.md").triggers] == []


@pytest.mark.parametrize(
    "title", ["Symptoms", "Possible causes", "Impact", "Severity", "What to look for", "Known issues"]
)
def test_a_list_below_a_heading_of_an_alert_decides_nothing(title):
    rows = "\n".join(f"- {one}" for one in SEEN)
    assert read(f"# Orders are slow\n\n## {title}\n\n{rows}\n".encode(), "x.md").triggers == ()

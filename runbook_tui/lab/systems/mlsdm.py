"""MLSDM: nothing but what `kubectl apply` is given, of this release and of the one before."""

from __future__ import annotations

from runbook_tui.lab.systems import measures

_HEAD = measures.answered_by_the_lab(
    "Where the stage's conditions get their values from; 5 minutes are 2 seconds there.",
    measures.ERROR_RATE,
    measures.P95_LATENCY,
)
SIDECAR = f"""\
{_HEAD}
    pods fail their health checks:
      {{kubernetes: deployment/mlsdm-api, namespace: mlsdm-production, take: failing, every: 2s}}
    pods are killed:
      kubernetes: deployment/mlsdm-api
      namespace: mlsdm-production
      take: restarts_since_rollout
      every: 2s
      fires: '> 0'
    critical vulnerability: {{text: lab/metrics, query: lab_critical_advisories, every: 1s, fires: '> 0'}}
    found to be damaged: {{text: lab/metrics, query: lab_store_damaged, every: 1s, fires: '> 0'}}
  windows: {{hour 1: [0s, 1s], hour 4: [1s, 2s], hour 24: [2s, 4s]}}
"""


def manifest(release: str, level: str) -> str:
    """The configuration and the deployment of a release, with the figures of the document."""
    return f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: mlsdm-config}}
data: {{MLSDM_ENV: production, LOG_LEVEL: {level}, CONFIG_PATH: /config/production.yaml}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: mlsdm-api, annotations: {{oncall: alice}}}}
spec:
  replicas: 3
  minReadySeconds: 1
  strategy: {{rollingUpdate: {{maxSurge: 1, maxUnavailable: 0}}}}
  selector: {{matchLabels: {{app: mlsdm-api}}}}
  template:
    metadata: {{labels: {{app: mlsdm-api}}}}
    spec:
      terminationGracePeriodSeconds: 0
      securityContext: {{runAsUser: 1000, runAsNonRoot: true}}
      containers:
        - name: mlsdm
          image: ghcr.io/neuron7x/mlsdm-neuro-engine:{release}
          envFrom: [{{configMapRef: {{name: mlsdm-config}}}}]
          resources: {{requests: {{cpu: 250m, memory: 512Mi}}, limits: {{cpu: 1000m, memory: 2Gi}}}}
          securityContext: {{readOnlyRootFilesystem: true, capabilities: {{drop: [ALL]}}}}
"""


FILES = {
    "mlsdm.runbook.yaml": SIDECAR,
    "config/production-ready.yaml": manifest("1.0.0", "INFO"),
    "before/production-ready.yaml": manifest("0.9.0", "DEBUG"),
}

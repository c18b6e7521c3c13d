"""A runbook walked on a stage: the lab in place of every target, and nothing that reaches anything else."""

"""Kubernetes: what commands change is recorded, shown while it happens, and put back."""

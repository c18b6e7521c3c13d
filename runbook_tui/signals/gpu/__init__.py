"""Readers of GPU telemetry: NVML on this host, nvidia-smi over a connection, dcgm-exporter pages. One model for all."""

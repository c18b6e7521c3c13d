"""The gate: what a kernel must show before it is called right; docs/kernels.md has the rules."""

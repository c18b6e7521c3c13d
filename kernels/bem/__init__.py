"""The three kernels that the BEM documents name, in Triton; docs/kernels.md says what they mean."""

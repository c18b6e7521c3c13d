"""GPUs in the vocabulary of a run: what is known of them, whatever source it came from."""

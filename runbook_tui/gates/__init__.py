"""What is decided from signals: conditions with `for`, canary, circuit breaker, statistics. No data is never a pass."""

"""Kernel validation as a run sees it: cases, bounds and the verdict of a check that printed them."""

"""Keeps events and output so that nothing is lost: SQLite, a hash chain, one driver at a time."""

"""What a run leaves behind, for people and for programs. Pure functions: no I/O, no clock."""

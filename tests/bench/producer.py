"""Prints RATE numbered lines a second for SECONDS seconds: the flood."""

import sys
import time

rate, seconds = int(sys.argv[1]), float(sys.argv[2])
begin = time.perf_counter()
written = 0
while written < rate * seconds:
    due = min(int((time.perf_counter() - begin) * rate), int(rate * seconds))
    if due > written:
        sys.stdout.write("".join(f"line {number} of a flood that never pauses\n" for number in range(written, due)))
        sys.stdout.flush()
        written = due
    time.sleep(0.005)

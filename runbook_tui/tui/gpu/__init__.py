"""GPUs on the screen: the strip of the walk, and the screen behind `g`."""

"""The app in the terminal."""

import os

# Seconds between two paintings are counted from the first: of a key that comes right behind one, the picture waits for
# up to two of them. Textual reads this once, when it is imported, which any module of this room may do first.
os.environ.setdefault("TEXTUAL_FPS", "250")

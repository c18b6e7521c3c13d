"""`python -m runbook_tui` is `rbt`."""

import sys

from runbook_tui.cli import main

sys.exit(main())

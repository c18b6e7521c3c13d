"""ftfy is loaded for lines that may be mojibake: every line that it would call so is one of them."""

import subprocess
import sys

from ftfy.badness import MOJIBAKE_CATEGORIES, is_bad
from hypothesis import example, given
from hypothesis import strategies as st

from runbook_tui.document.text import _MAY_BE_BAD, is_mojibake

_BOUNDS = "".join(MOJIBAKE_CATEGORIES.values()) + "aZ z.,?!€œŠš¢£Ÿž­®©°·»–—´±∂†≠™≥µøвЂГўВβЃā√≈‚Ä→☐🚀\u200d\ufe0f"


@given(st.text(st.sampled_from(sorted(set(_BOUNDS))), min_size=1, max_size=4))
@example("œ")
@example("œ.")
@example("a Â ")
@example("Ã x")
@example("\x85")
@example("naÃ¯ve")
@example("ГўВЂВ™s")
def test_what_ftfy_calls_bad_is_looked_at(line):
    if is_bad(line):
        assert _MAY_BE_BAD.search(line)
    assert is_mojibake(line) == is_bad(line)


def test_every_pair_that_ftfy_calls_bad_is_looked_at():
    marks = [chr(code) for code in (*range(32, 0x600), *range(0x2000, 0x2700), 0xF8FF, 0xFB01, 0xFB02, 0xFFFD)]
    few = [chr(code) for code in (0x20, 0x61, 0xA0, 0xAC, 0xC2, 0xE0, 0x2018, 0x201D, 0x20AC, 0x2588)]
    pairs = [pair for one in marks for other in few for pair in (one + other, other + one)]
    assert [pair for pair in pairs if is_bad(pair) and not _MAY_BE_BAD.search(pair)] == []


def test_a_checklist_with_emoji_and_dashes_is_read_without_ftfy():
    code = (
        "import sys; from runbook_tui.document.reader import read; "
        "print(read('# R — 2\\n\\n- [ ] ✅ Deploy → “prod” ⚠️ ≥ 3\\n'.encode(), 'r.md').title, 'ftfy' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True).stdout
    assert out == "R — 2 False\n"

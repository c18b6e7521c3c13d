"""Where the words of a document lead."""

from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.document import links
from runbook_tui.document.reader import read

TEXT = """# Alert

Open the [dashboard](https://grafana.example/d/1 "all of it") and [this page](#here).
See [the rules][rules] and [Rules][].

```
[not](a-link) in code
```

- [ ] Switch it in the [provider `console`](https://provider.example/console), then
  look at the [status][rules]
  - [ ] below: [elsewhere](other.md)
- [ ] <https://says.itself> and [https://says.itself](https://says.itself)

[rules]: https://git.example/rules.yaml
"""


def test_a_step_tells_where_its_own_words_lead():
    first, below, itself = read(TEXT.encode(), "alert.md").steps
    assert first.links == (
        ("provider console", "https://provider.example/console"),
        ("status", "https://git.example/rules.yaml"),
    )
    assert below.links == (("elsewhere", "other.md"),)
    assert itself.links == ()


def test_prose_is_shown_with_the_addresses():
    shown = links.spelled(read(TEXT.encode(), "alert.md").sections[0].prose)
    assert '(https://grafana.example/d/1 "all of it") (https://grafana.example/d/1)' in shown
    assert "(#here)" in shown
    assert "(#here) (#here)" not in shown
    assert shown.count("https://git.example/rules.yaml") == 4
    assert "[not](a-link) in code" in shown


@given(st.text(alphabet='[]()!\\`<> "\nabc:/.#~', max_size=80))
def test_any_text_keeps_its_words(text):
    known = links.defined(text.split("\n"))
    shown = links.spelled(links.resolved(text, known))
    assert len(shown) >= len(links.resolved(text, {}))
    assert links.spelled(text).split("\n")[0].startswith(text.split("\n")[0][:1])

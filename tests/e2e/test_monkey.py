"""Whatever is pressed, the app stays and the journal stays whole."""

import random

import pytest

KEYS = [
    *"abcdefghijklmnoprsuvwxyzABDFGNRTY0123456789?/",
    "enter", "enter", "enter", "escape", "escape", "space", "tab", "shift+tab", "up", "down", "left", "right",
    "home", "end", "pageup", "pagedown", "backspace", "delete", "ctrl+p", "down", "down", "up",
]  # fmt: skip
NEVER = {"q"}  # leaving is another story

TEXT = """# Monkey

Some **prose**.

## One

- [ ] A box
  - [ ] inside

```bash
# Look
echo hello <name>
```

<!-- rbt: rollback="echo undone" -->
```bash
# Change
touch changed
```

Ticket: ____________

## Sign-off

- [ ] **Operator**: ____________________ Date: __________

## Rollback criteria

Roll back immediately if:

- [ ] It burns

## Rollback

```bash
# Back
echo back
```

- [ ] Tell them
"""


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.timeout(240)
async def test_five_hundred_keys_in_no_order(document, opened, seed):
    choose = random.Random(seed)
    async with opened(document(TEXT), size=choose.choice([(80, 24), (120, 40)])) as ana:
        for count in range(500):
            await ana.pilot.press(choose.choice([key for key in KEYS if key not in NEVER]))
            if count % 60 == 0:
                await ana.pilot.resize_terminal(choose.randrange(30, 170), choose.randrange(8, 50))
                await ana.pilot.pause(0.2)
        await ana.pilot.pause(0.3)
        assert ana.app._exception is None
        records = await (await ana.app.desk._journal()).read(ana.state.run)
        assert [record.seq for record in records] == list(range(1, len(records) + 1))

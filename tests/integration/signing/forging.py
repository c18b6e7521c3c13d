"""Random edits of a signed statement and of its signature, by somebody who has no key."""

from __future__ import annotations

import base64
import random
import re

import msgspec

from runbook_tui.signing.statement import canonical, read_statement
from tests.integration.signing.bed import armoured

Pair = tuple[bytes, bytes]


def blob_of(signature: bytes) -> bytes | None:
    """The bytes of the armour, whatever its lines are; None when it is none."""
    found = re.search(rb"-----BEGIN SSH SIGNATURE-----(.*)-----END SSH SIGNATURE-----", signature, re.DOTALL)
    try:
        return base64.b64decode(found[1], validate=False) if found else None
    except ValueError:
        return None


def edited(good: Pair, others: list[Pair], chance: random.Random) -> Pair:
    """One to three edits of one of the two, or one of them from elsewhere; never the same pair."""
    while True:
        data, signature = good
        match chance.randrange(8):
            case 0 | 1:
                data = _of_fields(data, others, chance)
            case 2 | 3:
                data = _of_bytes(data, chance)
            case 4:
                signature = _of_bytes(signature, chance)
            case 5 | 6:
                signature = _of_blob(signature, others, chance)
            case _:
                other = chance.choice(others)
                data, signature = (data, other[1]) if chance.random() < 0.5 else (other[0], signature)
        if data != good[0] or blob_of(signature) != blob_of(good[1]):
            return data, signature


def _of_bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(changed))
        match chance.randrange(5):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                del changed[at : at + chance.randint(1, 20)]
            case 2:
                changed[at:at] = chance.choice([b" ", b"\n", b'"', b"0", b"\\u0000", chance.randbytes(4)])
            case 3:
                changed[at : at + 1] = bytes([chance.choice(b'0123456789abcdefABCDEF+/= \n"{}[]')])
            case _:
                start = chance.randrange(len(changed))
                changed[at:at] = changed[start : start + chance.randint(1, 40)]
        changed = changed or bytearray(b"x")
    return bytes(changed)


def _of_fields(data: bytes, others: list[Pair], chance: random.Random) -> bytes:
    """A statement again, as this program writes them, with other words in it."""
    told = read_statement(data)
    other = read_statement(chance.choice(others)[0])
    for _ in range(chance.randint(1, 3)):
        name = chance.choice(told.__struct_fields__)
        value = getattr(told, name)
        match value:
            case str():
                value = chance.choice([getattr(other, name), value + "x", value[:-1], value.upper(), "", "0" * 64])
            case int():
                value = chance.choice([value + 1, value - 1, 0, -1, 1 << 62])
            case tuple():
                value = chance.choice([value[1:], value[:-1], (*value, *value[:1]), getattr(other, name), value[::-1]])
            case _:
                value = {**value, "<x>": "1"}
        told = msgspec.structs.replace(told, **{name: value})
    return canonical(told)


def _of_blob(signature: bytes, others: list[Pair], chance: random.Random) -> bytes:
    """Within the armour, where its parts lie."""
    blob = bytearray(blob_of(signature) or b"x")
    other = blob_of(chance.choice(others)[1]) or b"x"
    at = chance.randrange(len(blob))
    match chance.randrange(4):
        case 0:
            blob[at] ^= 1 << chance.randrange(8)
        case 1:
            blob[at : at + 4] = chance.randbytes(4)
        case 2:  # the beginning of one and the end of another
            blob[at:] = other[at:]
        case _:
            del blob[at : at + chance.randint(1, 8)]
    return armoured(bytes(blob))

import base64
import json
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.run.masking import Masker

SECRET = 'p@ss word"1'


def masked(chunks: list[bytes], *secrets: str) -> bytes:
    masker = Masker(secrets)
    return b"".join([*map(masker.feed, chunks), masker.finish()])


@pytest.mark.parametrize(
    "form",
    [
        SECRET.encode(),
        base64.b64encode(SECRET.encode()),
        quote(SECRET, safe="").encode(),
        json.dumps(SECRET).encode(),
    ],
)
def test_a_secret_is_masked_in_every_form(form: bytes) -> None:
    assert form not in masked([b"before " + form + b" after"], SECRET)
    assert masked([b"before " + form + b" after"], SECRET).startswith(b"before ")


@given(st.binary(max_size=40), st.binary(max_size=40), st.lists(st.integers(0, 120), max_size=6))
def test_a_secret_split_over_chunks_never_comes_through(before: bytes, after: bytes, cuts: list[int]) -> None:
    stream = before + b"hunter22" + after
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[a:b] for a, b in pairwise(edges)]
    out = masked(chunks, "hunter22")
    assert b"hunter22" not in out
    assert out == masked([stream], "hunter22")


@given(st.lists(st.binary(max_size=20)))
def test_without_secrets_the_stream_is_unchanged(chunks: list[bytes]) -> None:
    assert masked(chunks) == b"".join(chunks)


def test_values_too_short_to_mean_anything_are_left_alone() -> None:
    assert masked([b"1 2 3"], "1") == b"1 2 3"

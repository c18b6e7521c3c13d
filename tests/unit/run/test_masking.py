import base64
import json
import re
import time
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given, settings
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


@given(st.integers(0, 2), st.integers(0, 5), st.text(min_size=9, max_size=30), st.booleans())
def test_a_secret_inside_of_something_encoded_is_masked(before: int, after: int, secret: str, url: bool) -> None:
    raw = secret.encode("utf-8", "surrogatepass") if secret.isascii() else secret.encode("utf-8", "replace")
    secret = raw.decode("utf-8", "replace")
    whole = b"u" * before + secret.encode() + b"/" * after
    encoded = (base64.urlsafe_b64encode if url else base64.b64encode)(whole)
    inner = encoded[(before * 8 + 5) // 6 : ((before + len(secret.encode())) * 8) // 6]
    assert inner not in masked([encoded], secret)


@pytest.mark.parametrize(
    "secrets",
    [
        ["hunter22"],
        ["\0hidden", "hunter22"],
        ["hun\0ter22"],
        ["s3cr3t\nof two lines"],
        ["long " * 30 + "end"],
        ["key/" * 6_000 + "end"],
        [f"{number:03}-of-many" for number in range(400)],
    ],
    ids=["plain", "begins with a NUL", "holds a NUL", "two lines", "long", "very long", "many"],
)
def test_in_much_output_every_value_is_found_and_nothing_else_is(
    secrets: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    around = b"".join(b"line %d of what a program prints\n" % number for number in range(2_000))
    for secret in secrets[-2:]:
        raw = secret.encode()
        assert masked([around + raw + around], *secrets) == around + b"***" + around
        assert masked([around + raw[:-1], raw[-1:] + around], *secrets) == around + b"***" + around
        nearly = around + raw[:-1] + b"~" + around
        assert masked([nearly], *secrets) == nearly
    assert capfd.readouterr() == ("", "")  # RE2 writes past Python onto the screen


@pytest.mark.parametrize("secret", ["hunter2abc9", "hun\nter2abc9"])
@pytest.mark.parametrize("last", [b"", b"\n", b" and more of the line ", b" and\nmore"])
def test_in_a_flood_a_value_is_found_wherever_its_chunks_were_cut(secret: str, last: bytes) -> None:
    raw = secret.encode()
    filling = b"a line as lines are\n" * 1000
    for cut in range(len(raw) + 1):
        chunks = [filling + raw[:cut], raw[cut:] + last + filling + last + raw[:cut], raw[cut:] + last + filling]
        whole = filling + b"***" + last + filling + last + b"***" + last + filling
        assert masked(chunks, secret) == whole, cut
        assert masked([*chunks, raw[:3], b"", b"\n"], secret) == whole + raw[:3] + b"\n"
    for after in range(60):
        assert masked([filling + raw + b"." * after, b"\n"], secret) == filling + b"***" + b"." * after + b"\n", after


def test_a_value_that_becomes_known_later_is_masked_from_then_on() -> None:
    known: dict[str, str] = {}
    masker = Masker(known)
    assert masker.feed(b"pa$$phrase one\n") == b"pa$$phrase one\n"
    known["<phrase>"] = "pa$$phrase"
    assert masker.feed(b"pa$$phrase two\n") == b"*** two\n"


PIECES = st.sampled_from(
    [b"token ghp_", b"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6", b"AKIAQYLPMN5H", b"HHFPZAM2", b" ", b"\n", b"\r", b"\r\n", b"password=", b"hunter2abc9",
     b"-----BEGIN RSA PRIVATE KEY-----", b"\nMIIEpAIBAAKCAQEA7bq3\n", b"-----END RSA PRIVATE KEY-----", b"x" * 300, b"postgres://app:s3cr3tPw9@db/x", b"\xff\x00", b"; ", b"."]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=30), st.lists(st.integers(0, 4000), max_size=8), st.booleans())
def test_what_comes_out_does_not_depend_on_the_chunks(pieces: list[bytes], cuts: list[int], known: bool) -> None:
    stream = b"".join(pieces)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    secrets = ["hunter2abc9", "x y"] if known else []
    chunks = [stream[a:b] for a, b in pairwise(edges)]
    out = masked(chunks, *secrets)
    assert out == masked([stream], *secrets) == masked([stream[i : i + 1] for i in range(len(stream))], *secrets)
    for secret in (b"aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6", b"AKIAQYLPMN5HHHFPZAM2"):
        if re.search(rb"(?:^|[\s;])(?:token ghp_|)" + secret + rb"(?:[\s;]|$)", stream):
            assert not re.search(rb"(?:^|[\s;])(?:token ghp_)" + secret, out)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40_000), st.integers(0, 40_000), st.lists(st.integers(0, 90_000), max_size=5))
def test_a_line_without_end_is_masked_too(before: int, after: int, cuts: list[int]) -> None:
    stream = b"z" * before + b" AKIAQYLPMN5HHHFPZAM2 " + b"q" * after
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    out = masked([stream[a:b] for a, b in pairwise(edges)])
    assert out == b"z" * before + b" *** " + b"q" * after


def test_what_waits_is_shown_unless_it_could_become_a_secret() -> None:
    masker = Masker()
    assert masker.feed(b"waiting for the rollout ") == b""
    assert masker.waiting == b"waiting for the rollout "
    assert masker.feed(b".") == b""
    assert masker.waiting == b"waiting for the rollout "
    masker.feed(b"\npassword=hunt")
    assert masker.waiting == b""
    masker = Masker()
    masker.feed(b".....")
    assert masker.waiting == b"....."


def test_a_private_key_is_masked_over_its_lines_and_nothing_after_it() -> None:
    key = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\nAAAAtzc2gtZWQyNTUxOQ==\n-----END OPENSSH PRIVATE KEY-----\nok\n"
    assert masked([key]) == b"-----BEGIN OPENSSH PRIVATE KEY-----\n***\n***\n-----END OPENSSH PRIVATE KEY-----\nok\n"
    assert b"left over\n" in masked([b"-----BEGIN RSA PRIVATE KEY-----\nMIIabc\nthe file ends here, left over\n"])


def test_a_text_made_to_hurt_takes_no_longer_than_others() -> None:
    """RE2 is linear: a text made to hurt a backtracking engine takes no longer than others."""
    nasty = (b"curl " + b"a " * 4000 + b"-u \n") * 20
    begin = time.thread_time()
    masked([nasty])
    assert time.thread_time() - begin < 2.0


@pytest.mark.parametrize("end", [b"\n", b" "])
def test_a_flood_of_secrets_is_withheld_and_never_comes_through(end: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runbook_tui.run.masking._SAVED", 4000)
    tokens = [f"AKIA{base64.b32encode(f'tok{n:07}'.encode()).decode()}".encode() for n in range(2500)]
    stream = end.join(tokens) + b"\nall is well\n"
    masker = Masker()
    out = masker.feed(stream) + masker.finish()
    assert masker.withheld > 0
    assert not any(token in out for token in tokens)
    assert out.endswith(b"\nall is well\n")
    for size in (7, 1000, 16_384):
        assert out == masked([stream[at : at + size] for at in range(0, len(stream), size)])


def test_whole_lines_of_a_flood_are_not_copied():
    flood = b"a line of an output\n" * 100_000
    masker = Masker(["hunter2-but-longer"])
    assert masker.feed(flood) is flood
    assert masker.feed(flood + b"hunter2-") == flood
    assert masker.feed(b"but-longer\n" + flood) == b"***\n" + flood

"""Bytes to lines: decoding, repair, and control characters made visible.

A hidden bidi override can make a command read differently from what it does
(CVE-2021-42574, "Trojan Source"), so nothing of the kind reaches the screen or a shell.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from runbook_tui.document.counting import counted
from runbook_tui.document.errors import Unreadable
from runbook_tui.document.patterns import expression
from runbook_tui.document.runbook import Finding, Severity

LARGEST = 16 * 1024 * 1024
LONGEST_REPAIRED = 20_000  # characters in a line; ftfy's patterns are not made for more
NOISE = 0.1  # share of control characters above which a file is not text

_LINE_END = expression(r"\r\n|\n|\r")
_CONTROL = expression(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\u00ad\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_NOISE_BYTES = bytes(set(range(32)) - {9, 10, 12, 13, 27}) + b"\x7f"
_JOINER = "\u200d"  # holds emoji together: 👩‍🚒
_EMOJI = 0x2190  # arrows, dingbats and everything pictographic lies above
_FOREIGN = expression(r"[^\x00-\x7f]{3,}")
_GLUED = expression("[\U0001f000-\U0001faff]\\w")
# What any of ftfy's signs of mojibake has: two of these side by side, or one that is bad before or after ASCII.
_MAY_BE_BAD = expression("[\x80-\u25ff\uf8ff\ufb01\ufb02\ufffd]{2}|[\x80-\x9f\u0152\u0153\u00c2\u00c3]")
_LOST_EMOJI = expression("ðŸ[^\\x00-\\x7f\\w]{0,2}(?:ï¸\x8f?)?")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(slots=True)
class Text:
    """The lines of a file as they may be shown, and what had to be done to them."""

    lines: list[str]
    repaired: bool = False
    hidden: dict[int, str] = field(default_factory=dict)  # line -> the control characters that stood in it
    findings: list[Finding] = field(default_factory=list)


def decode(data: bytes, source: str) -> Text:
    """The lines of a document; raises Unreadable for what is no text."""
    if len(data) > LARGEST:
        raise Unreadable(f"{source} is larger than 16 MB: a runbook is not, so it was not opened.")
    if not data.strip():
        raise Unreadable(f"{source} is empty.")
    findings: list[Finding] = []
    content = _content(data, source, findings)
    if not content.strip("\ufeff \t\r\n\x0b\x0c\x85\xa0\u2028\u2029"):
        raise Unreadable(f"{source} holds nothing but blanks.")
    lines = _LINE_END.split(content)
    if lines[-1] == "":
        lines.pop()
    text = Text(lines=lines, findings=findings)
    _repair(text)
    _show_hidden(text)
    return text


def visible(text: str) -> str:
    """The text with control characters shown as pictures or code points, and invisible ones removed."""
    return _CONTROL.sub(_picture, text)


def _content(data: bytes, source: str, findings: list[Finding]) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            content = data[len(bom) :].decode(encoding, errors="replace")
            break
    else:
        if b"\x00" in data or len(data) - len(data.translate(None, _NOISE_BYTES)) > NOISE * len(data):
            raise Unreadable(f"{source} is a binary file, not a Markdown document.")
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return _mixed(data, source, findings)
    if "\x00" in content or content.count("\ufffd") > NOISE * len(content):
        raise Unreadable(f"{source} is a binary file, not a Markdown document.")
    if "\ufffd" in content and "\ufffd".encode(encoding) not in data:
        line = len(_LINE_END.findall(content[: content.index("\ufffd")])) + 1
        message = "Some characters could not be decoded and are shown as \ufffd: save the document as UTF-8."
        findings.append(Finding(code="RB107", severity=Severity.WARNING, line=line, message=message))
    return content


def _mixed(data: bytes, source: str, findings: list[Finding]) -> str:
    """UTF-8 where a line is UTF-8, Windows-1252 where it is not."""
    import ftfy.bad_codecs  # noqa: F401  # knows the encoding asked for below

    lines: list[str] = []
    foreign: list[int] = []
    for number, raw in enumerate(re.split(rb"(?<=\n)|(?<=\r)(?!\n)", data), 1):
        try:
            lines.append(raw.decode("utf-8"))
        except UnicodeDecodeError:
            lines.append(raw.decode("sloppy-windows-1252"))
            foreign.append(number)
    content = "".join(lines)
    strange = sum(1 for byte in data if byte >= 0x80)
    if strange > len(data) / 2 or len(_CONTROL.findall(content)) > NOISE * len(content):
        raise Unreadable(f"{source} is not text in UTF-8, UTF-16 or Windows-1252.")
    message = (
        f"{counted(len(foreign), 'line', 'is', 'are')} not UTF-8, read as Windows-1252: save the document as UTF-8."
    )
    findings.append(Finding(code="RB102", severity=Severity.WARNING, line=foreign[0], message=message))
    return content


def _repair(text: Text) -> None:
    """Undo mojibake line by line, so that line numbers stay."""
    repaired: list[int] = []
    garbled: list[int] = []
    for index, line in enumerate(text.lines):
        if line.isascii() or len(line) > LONGEST_REPAIRED:
            continue
        fixed = _mended(line)
        if fixed != line and not _LINE_END.search(fixed):
            text.lines[index] = fixed
            repaired.append(index + 1)
        if "\ufffd" in fixed or is_mojibake(fixed):
            text.lines[index] = _LOST_EMOJI.sub("\ufffd", fixed)
            garbled.append(index + 1)
    if repaired:
        text.repaired = True
        message = f"{counted(len(repaired), 'line')} with broken characters (mojibake), shown repaired: fix the file."
        text.findings.append(Finding(code="RB101", severity=Severity.INFO, line=repaired[0], message=message))
    if garbled:
        message = (
            f"{counted(len(garbled), 'line')} with characters that are lost or garbled: compare with the original."
        )
        text.findings.append(Finding(code="RB105", severity=Severity.INFO, line=garbled[0], message=message))


def is_mojibake(line: str) -> bool:
    """As ftfy judges it, which takes a tenth of a second to load: not before a line may be."""
    if not _MAY_BE_BAD.search(line):
        return False
    from ftfy.badness import is_bad

    return bool(is_bad(line))


def _mended(line: str) -> str:
    line = _FOREIGN.sub(_from_mac, line)
    if not is_mojibake(line):
        return line
    import ftfy

    fixed = ftfy.fix_encoding(line)
    if _GLUED.search(fixed) and not _GLUED.search(
        line
    ):  # the blank after a truncated emoji was taken for its last byte
        fixed = ftfy.fix_encoding(line, restore_byte_a0=False, decode_inconsistent_utf8=False)
    return fixed


def _from_mac(match: re.Match[str]) -> str:
    """UTF-8 symbols once read as Mac Roman (which ftfy misses): `\uf8ffüöÄ` is 🚀."""
    try:
        symbol = match.group().encode("mac_roman").decode("utf-8")
    except UnicodeError:
        return match.group()
    return symbol if all(mark > "\u2000" for mark in symbol) else match.group()


def _show_hidden(text: Text) -> None:
    for index, line in enumerate(text.lines):
        if line.isprintable():
            continue
        found = _CONTROL.findall(line)
        if not found:
            continue
        text.lines[index] = visible(line)
        text.hidden[index + 1] = "".join(dict.fromkeys(found))
    serious = {
        line: marks for line, marks in text.hidden.items() if marks.strip("\u200b\u200c\u200d\ufeff\u2060\xad\x0c")
    }
    if serious:
        number, marks = next(iter(serious.items()))
        names = ", ".join(f"U+{ord(mark):04X}" for mark in marks)
        message = (
            f"{counted(len(serious), 'line')} with control characters ({names} here): remove them from the document."
        )
        text.findings.append(Finding(code="RB103", severity=Severity.WARNING, line=number, message=message))


def _picture(match: re.Match[str]) -> str:
    mark = match.group()
    code = ord(mark)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if mark == _JOINER:
        text, end = match.string, match.end()
        return mark if end < len(text) and ord(text[end]) > _EMOJI else ""
    if mark in "\u200b\u200c\u2060\u00ad\ufeff":
        return ""
    return f"⟨U+{code:04X}⟩"

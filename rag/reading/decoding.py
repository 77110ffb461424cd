"""Bytes -> text: UTF-8 as it is, other encodings by their signs, and a refusal where the bytes are no text.

It does not know files.
"""

from __future__ import annotations

import codecs
import re

from rag.reading.files import Unreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE = 100_000


def decode(data: bytes) -> str:
    """The text of a file: a byte order mark dropped, every line end a `\\n`.

    UTF-8 wherever the bytes are UTF-8, or UTF-8 with some damage (then U+FFFD stands for what is lost). Otherwise
    UTF-16 or UTF-32 by their signs, Windows-1252 where that gives Western text, else the likeliest old encoding.

    Raises:
        Unreadable: the bytes are no text in any encoding, or hold no visible character.
    """
    text = _decode(data)
    if len(_CONTROL.findall(text[:_SAMPLE])) > len(text[:_SAMPLE]) // 100 or "\x00" in text:
        raise Unreadable("it is not a text file: it holds binary data")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Unreadable("it is empty")
    return text


def _decode(data: bytes) -> str:
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    return _wide(data) or _damaged_utf8(data) or _western(data) or _likeliest(data)


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: half of the bytes of most text are then zero."""
    sample = data[: _SAMPLE // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 4 < len(sample):
        return ""
    return data.decode("utf-16-le" if odd > even else "utf-16-be", "replace")


def _damaged_utf8(data: bytes) -> str:
    """UTF-8 with a few broken bytes, told by the characters that are whole; a lone half of a pair is damage too."""
    text = data.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    whole = len(re.findall("[^\x00-\x7f\ufffd]", text))
    return text if whole > lost or re.search(b"\xed[\xa0-\xbf][\x80-\xbf]", data) else ""


def _western(data: bytes) -> str:
    """Windows-1252, which holds Latin-1, where its accented letters are few among plain ones."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    letters = [char for char in text[:_SAMPLE] if char.isalpha()]
    accented = sum(char > "\x7f" for char in letters)
    return text if letters and accented * 4 < len(letters) else ""


def _likeliest(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        raise Unreadable("it is not a text file, or its encoding is unknown: save it as UTF-8")
    return data.decode(best.encoding, "replace")

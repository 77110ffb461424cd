"""Files that a user named: their text, their JSON, a place to write to; or one clear line on why not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rag.errors import BadInput


def read_text(path: Path, mend: str = "check the path") -> str:
    """The text of a UTF-8 file, with or without a byte order mark.

    Args:
        mend: what to do where it cannot be read.

    Raises:
        BadInput: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); {mend}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text (at byte {error.start}); {mend}") from None


def parse_json(text: str, where: str) -> Any:
    """The value of `text`; `where` ("file:line") opens the error message.

    Raises:
        BadInput: it is not JSON, or nested beyond reading.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(f"{where}: not JSON ({error.msg})") from None
    except RecursionError:
        raise BadInput(f"{where}: not JSON that can be read (nested too deeply)") from None


def read_rows(path: Path, mend: str = "check the path") -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a JSONL file, each after its place ("file:line"); blank lines are skipped.

    Raises:
        BadInput: the file cannot be read, or a line is no JSON object.
    """
    for number, line in enumerate(read_text(path, mend).split("\n"), 1):
        if line.strip():
            where = f"{path}:{number}"
            row = parse_json(line, where)
            if not isinstance(row, dict):
                raise BadInput(f"{where}: not a JSON object")
            yield where, row


def explain(error: ValidationError) -> str:
    """The first fault of a row, in words: which field, and what is wrong with it."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    blank = first["type"] in ("string_pattern_mismatch", "string_too_short")
    message = "must not be blank" if blank else first["msg"].removeprefix("Value error, ")
    if first["type"] in ("model_type", "model_attributes_type"):
        message = "must be an object"
    return f"{name}: {message}" if name else message


def check_writable(path: Path, option: str) -> None:
    """Finds out before anything is asked whether a file can be written; makes its folder.

    Raises:
        BadInput: the path is a folder, or its folder cannot be made or written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{option} {path}: the folder cannot be made ({error.strerror}); name another place") from None
    if path.is_dir():
        raise BadInput(f"{option} {path}: that is a folder; name a file")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise BadInput(f"{option} {path}: cannot be written (no permission); name another place")

"""A mapping as a TOML file that a person can keep beside his export.

```toml
[columns]
"MonthlyCharges" = "monthly_fee"
"Churn" = "churned"
"Notes" = "-"                                # left out
"Contract" = "characteristic:Contract term"  # kept under this name
```
"""

import tomllib
from pathlib import Path

from loopline.imports.columns import Mapping
from loopline.imports.refusals import MappingUnreadable

ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def read_mapping(path: Path) -> dict[str, str]:
    """Column → target, to be given to `match_columns`. Raises `MappingUnreadable`."""
    try:
        return parse_mapping(path.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise MappingUnreadable(detail=error.__class__.__name__) from error


def parse_mapping(text: str) -> dict[str, str]:
    """Column → target from TOML text. Raises `MappingUnreadable`."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingUnreadable(detail=str(error)) from error
    columns = content.get("columns")
    if not isinstance(columns, dict) or set(content) != {"columns"}:
        raise MappingUnreadable(detail="[columns]")
    for column, target in columns.items():
        if not isinstance(target, str) or not target:
            raise MappingUnreadable(detail=f"[columns] {column}")
    return columns


def mapping_toml(mapping: Mapping) -> str:
    """The mapping as TOML text; `parse_mapping` reads it back to the same targets."""
    lines = [f"{_quoted(match.column)} = {_quoted(match.target)}" for match in mapping.matches]
    return "\n".join(["[columns]", *lines, ""])


def _quoted(text: str) -> str:
    safe = "".join(
        ESCAPES.get(letter) or (letter if letter.isprintable() else _code(letter)) for letter in text
    )
    return f'"{safe}"'


def _code(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"

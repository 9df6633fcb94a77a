"""Which column of a file fills which field of ours: matched by name, by synonym, or by one letter's difference."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from loopline.imports.refusals import FieldsMissing, MappingDoubled, MappingUnknownColumn, MappingUnknownField
from loopline.imports.values import Field

type Why = Literal["exact", "name", "synonym", "similar", "chosen", "none"]
SKIP = "-"
CHARACTERISTIC = "characteristic:"
CONFIDENCE: dict[Why, float] = {
    "chosen": 1.0,
    "exact": 1.0,
    "name": 0.98,
    "synonym": 0.9,
    "similar": 0.7,
    "none": 0.0,
}


@dataclass(frozen=True, slots=True)
class Match:
    """What becomes of one column: it fills `field`, is kept as `characteristic`, or is left out (both None)."""

    column: str
    field: str | None
    characteristic: str | None
    why: Why

    @property
    def confidence(self) -> float:
        """1 is certain; below .9 a person should look."""
        return CONFIDENCE[self.why]

    @property
    def target(self) -> str:
        """As a mapping file writes it: "monthly_fee", "characteristic:Contract" or "-"."""
        if self.field:
            return self.field
        return SKIP if self.characteristic is None else CHARACTERISTIC + self.characteristic


@dataclass(frozen=True, slots=True)
class Mapping:
    """One `Match` for each column, in the file's order. No field is filled by two columns."""

    matches: tuple[Match, ...]

    @property
    def fields(self) -> dict[str, str]:
        """Field name → column."""
        return {match.field: match.column for match in self.matches if match.field}

    @property
    def characteristics(self) -> dict[str, str]:
        """Name of the characteristic → column."""
        return {match.characteristic: match.column for match in self.matches if match.characteristic}

    def missing(self, fields: Sequence[Field]) -> list[Field]:
        """Required fields that no column fills."""
        return [field for field in fields if field.required and field.name not in self.fields]

    def require(self, fields: Sequence[Field]) -> None:
        """Raise `FieldsMissing` where a required field has no column."""
        if missing := self.missing(fields):
            raise FieldsMissing(fields=", ".join(field.label or field.name for field in missing))


def match_columns(
    columns: Sequence[str], fields: Sequence[Field], chosen: dict[str, str] | None = None
) -> Mapping:
    """Give each column to at most one field, and each field at most one column.

    First what a person chose (column → target, see `mappings`), then the exact name or label, then the same name
    written otherwise (case, blanks, underscores, full width, camelCase), then synonyms in their order, then names
    whose words differ by one letter or by order, where no second field is as near. What is left becomes a
    characteristic.

    Raises `MappingUnknownColumn`, `MappingUnknownField` or `MappingDoubled` for a choice that cannot be followed.
    """
    decided = _chosen(columns, fields, chosen or {})
    free = [column for column in columns if column not in decided]
    taken = {match.field for match in decided.values() if match.field}
    candidates = _candidates(free, [field for field in fields if field.name not in taken])
    for _rank, column, field, why in sorted(candidates, key=lambda candidate: candidate[0]):
        if column not in decided and field not in taken:
            decided[column] = Match(column, field, None, why)
            taken.add(field)
    matches = tuple(decided.get(column) or Match(column, None, column, "none") for column in columns)
    kept: dict[str, str] = {}
    for match in matches:
        if match.characteristic is not None:
            _once(kept, match.characteristic, match.column)
    return Mapping(matches)


def _chosen(columns: Sequence[str], fields: Sequence[Field], chosen: dict[str, str]) -> dict[str, Match]:
    known = {field.name for field in fields}
    by_key = {key(column): column for column in columns}
    decided: dict[str, Match] = {}
    filled: dict[str, str] = {}
    for written, target in chosen.items():
        column = written if written in columns else by_key.get(key(written), "")
        if not column:
            raise MappingUnknownColumn(column=written)
        if target == SKIP:
            decided[column] = Match(column, None, None, "chosen")
        elif target.startswith(CHARACTERISTIC):
            name = target.removeprefix(CHARACTERISTIC).strip() or column
            decided[column] = Match(column, None, name, "chosen")
        elif target in known:
            _once(filled, target, column)
            decided[column] = Match(column, target, None, "chosen")
        else:
            raise MappingUnknownField(column=written, field_name=target, known=", ".join(sorted(known)))
    return decided


def _once(filled: dict[str, str], target: str, column: str) -> None:
    if target in filled:
        raise MappingDoubled(first=filled[target], second=column, field_name=target)
    filled[target] = column


type Candidate = tuple[tuple[int, int, int], str, str, Why]


def _candidates(columns: Sequence[str], fields: Sequence[Field]) -> list[Candidate]:
    found: list[Candidate] = []
    for place, column in enumerate(columns):
        near: list[Field] = []
        for field in fields:
            names = [field.name, field.label] if field.label else [field.name]
            if column in names:
                found.append(((0, 0, place), column, field.name, "exact"))
            elif key(column) in map(key, names):
                found.append(((1, 0, place), column, field.name, "name"))
            else:
                keys = [key(synonym) for synonym in field.synonyms]
                if key(column) in keys:
                    found.append(((2, keys.index(key(column)), place), column, field.name, "synonym"))
                elif any(_similar(column, name) for name in (*names, *field.synonyms)):
                    near.append(field)
        if len(near) == 1:
            found.append(((3, 0, place), column, near[0].name, "similar"))
    return found


@lru_cache(4_096)
def words(name: str) -> tuple[str, ...]:
    """The words of a name: "MonthlyCharges", "monthly_charges" and "Ｍonthly  charges" are ("monthly", "charges")."""
    plain = unicodedata.normalize("NFKC", name)
    plain = re.sub(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return tuple(re.findall(r"[^\W_]+", plain.casefold()))


def key(name: str) -> str:
    """A name without case, blanks and signs: what is equal here is the same name."""
    return "".join(words(name)) or name


def _similar(one: str, other: str) -> bool:
    """The same Latin words in another order, or one letter apart in a word of six letters or more.

    Chinese names are never similar: 开户日期 and 销户日期 differ in one character and mean the opposite.
    """
    if not (one.isascii() and other.isascii()):
        return False
    left, right = sorted(words(one)), sorted(words(other))
    if len(left) != len(right) or not left:
        return False
    if left == right:
        return len(left) > 1
    apart = [(a, b) for a, b in zip(left, right, strict=True) if a != b]
    return len(apart) == 1 and _one_slip(*apart[0])


def _one_slip(one: str, other: str) -> bool:
    """One letter more or less, or two neighbours exchanged; another letter ("charge", "change") is another word."""
    short, long = sorted((one, other), key=len)
    if len(short) < 5 or not (short.isalpha() and long.isalpha()) or short[0] != long[0]:
        return False
    if len(short) == len(long):
        differing = [place for place in range(len(short)) if short[place] != long[place]]
        if len(differing) != 2 or differing[1] != differing[0] + 1:
            return False
        first, second = differing
        return short[first] == long[second] and short[second] == long[first]
    return len(long) == len(short) + 1 and any(
        long[:cut] + long[cut + 1 :] == short for cut in range(len(long))
    )

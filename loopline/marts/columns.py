"""The columns of a brought file: what was seen of them, what each probably is, and what a person chose."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from loopline.imports import api as imports
from loopline.kernel import formats
from loopline.marts.models import Kind, Role
from loopline.marts.refusals import RolesUnfit, TooManyRows
from loopline.olap import api as olap
from loopline.warehouse import api as warehouse

MOST_ROWS = 200_000
MOST_DISTINCT = 1_000
LIMITS = imports.Limits(columns=60, file_bytes=64 * 1024 * 1024)
SAMPLES = 3
KEYS = (Role.BRANCH, Role.CUSTOMER, Role.LINE, Role.OFFERING, Role.CHANNEL, Role.HANDSET)
FIGURES = (Role.SUM, Role.MEAN)
TYPES = {Kind.WHOLE: "BIGINT", Kind.NUMBER: "DECIMAL(28,6)", Kind.MONEY: "DECIMAL(18,2)"}
"""How figures stand in the lake."""
_MONTH = re.compile(r"(\d{4})(?:-|/|\.|年)?(\d{1,2})月?\Z", re.ASCII)
_MONEY = re.compile(
    r"金额|收入|费|价|成本|预算|元|amount|revenue|price|cost|fee|budget|income|¥", re.IGNORECASE
)
_MEAN = re.compile(
    r"率|均|评分|得分|分数|满意度|单价|rate|ratio|average|avg|mean|score|price|percent|%", re.IGNORECASE
)
_NAMES: dict[Role, tuple[str, ...]] = {
    Role.MONTH: ("月份", "账期", "年月", "统计月份", "period", "year month", "billing month"),
    Role.DAY: ("日期", "统计日期", "办理日期", "date", "on day"),
    Role.BRANCH: (
        "营业厅编码", "营业部编码", "机构编码", "单位编码", "网点编码", "归属单位", "营业厅", "营业部", "网点", "机构",
        "branch code", "unit", "unit code", "shop", "shop code", "store",
    ),
    Role.CUSTOMER: ("客户编号", "客户号", "客户编码", "客户标识", "customer number", "customer no", "customer id"),
    Role.LINE: (
        "手机号", "手机号码", "用户号码", "电话号码", "电话", "业务号码", "联系电话", "phone", "phone number", "mobile",
        "mobile number", "telephone", "msisdn", "subscription number", "subscriber number",
    ),
    Role.OFFERING: (
        "套餐编码", "产品编码", "资费编码", "销售品编码", "套餐", "plan", "plan code", "offering code", "product code",
    ),
    Role.CHANNEL: ("渠道", "渠道编码", "受理渠道", "channel code"),
    Role.HANDSET: ("终端型号码", "型号核准号", "tac码", "imei", "tac"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a column over all rows. `telling`: it may say who somebody is, so that no sample is kept."""

    column: str
    type: str
    samples: tuple[str, ...]
    distinct: int
    telling: bool
    months: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a column is. `name` is that in questions, `at` its column in the lake; both '' for keys and what is left."""

    column: str
    role: str
    kind: str
    name: str = ""
    at: str = ""


class _Looking:
    """One column while the file is read."""

    def __init__(self, column: str) -> None:
        self.column, self.tally = column, imports.TypeTally()
        self.samples: list[str] = []
        self.values: set[str] = set()
        self.telling = self.told = self.monthly = 0

    def add(self, cells: Sequence[Any]) -> None:
        self.tally.add(cells)
        for cell in cells:
            text = "" if cell is None else str(cell).strip()
            if not text:
                continue
            self.told += 1
            self.telling += warehouse.is_telling(text)
            self.monthly += month_of(cell) is not None
            if len(self.values) <= MOST_DISTINCT:
                if text not in self.values and len(self.samples) < SAMPLES:
                    self.samples.append(text[:40])
                self.values.add(text)

    def seen(self) -> Seen:
        telling = bool(self.telling) or warehouse.tells(self.column)
        months = bool(self.told) and self.monthly == self.told
        return Seen(
            self.column,
            self.tally.type,
            () if telling else tuple(self.samples),
            len(self.values),
            telling,
            months,
        )


def look(table: imports.Table) -> tuple[list[Seen], int]:
    """Read the whole file once: its columns, and its rows. Raises TooManyRows."""
    looking = [_Looking(column) for column in table.columns]
    rows = 0
    for batch in table.rows():
        rows += batch.read
        if rows > MOST_ROWS:
            raise TooManyRows(field="file", allowed=formats.number(MOST_ROWS))
        for one, cells in zip(
            looking, zip(*(cells for _row, cells in batch.rows), strict=True), strict=False
        ):
            one.add(cells)
    return [one.seen() for one in looking], rows


def month_of(cell: object) -> date | None:
    """The month that a cell names: 2026-01, 202601, 2026年1月, or a day of it."""
    if isinstance(cell, date):
        return date(cell.year, cell.month, 1)
    found = _MONTH.match(str(cell).strip())
    if not found or not (1990 <= int(found[1]) <= 2100 and 1 <= int(found[2]) <= 12):
        return None
    return date(int(found[1]), int(found[2]), 1)


def guessed(seen: Sequence[Seen], chosen: Mapping[str, str] | None = None) -> list[Chosen]:
    """What each column probably is, or what was chosen for it: role, or `role:kind`. Raises RolesUnfit."""
    fields = [imports.Field(role, role, names) for role, names in _NAMES.items()]
    matched = {
        match.column: match.field
        for match in imports.match_columns([one.column for one in seen], fields).matches
    }
    named, taken = [], set[str]()
    for one in seen:
        role, kind = _guess(one, matched[one.column], taken)
        if chosen is not None and one.column in chosen:
            role, kind = _given(one, chosen[one.column], kind)
        if role in (*KEYS, Role.MONTH, Role.DAY):
            taken.add(role)
        named.append((one.column, role, kind))
    if chosen is not None and (strange := set(chosen) - {one.column for one in seen}):
        raise RolesUnfit(
            field="columns", why=_("The file has no column “%(name)s”.") % {"name": min(strange)}
        )
    return _called(named)


def check(columns: Sequence[Chosen]) -> None:
    """Refuse roles that make no table: a key twice, or nothing to count or divide by."""
    for role in (*KEYS, Role.MONTH, Role.DAY):
        held = [one.column for one in columns if one.role == role]
        if len(held) > 1:
            told = {"first": held[0], "second": held[1], "role": Role(role).label}
            raise RolesUnfit(
                field="columns", why=_("“%(first)s” and “%(second)s” are both “%(role)s”.") % told
            )
    for one in columns:
        if one.role in FIGURES and one.kind not in (Kind.WHOLE, Kind.NUMBER, Kind.MONEY):
            why = _("“%(name)s” is to be counted with, so it must be a number or money.") % {
                "name": one.column
            }
            raise RolesUnfit(field="columns", why=why)
    if all(one.role == Role.SKIP for one in columns):
        raise RolesUnfit(field="columns", why=_("Every column is left out."))


def stored(columns: Sequence[Chosen]) -> list[dict[str, str]]:
    """As the mart keeps them."""
    return [asdict(one) for one in columns]


def of_stored(columns: Sequence[Mapping[str, str]]) -> list[Chosen]:
    """As they were kept."""
    return [Chosen(**one) for one in columns]


def _guess(one: Seen, field: str | None, taken: set[str]) -> tuple[str, str]:
    named_month = field == Role.MONTH
    if (named_month or (one.months and one.type == "text")) and Role.MONTH not in taken:
        return Role.MONTH, Kind.MONTH
    if one.type == "date":
        return (Role.ATTRIBUTE if Role.DAY in taken else Role.DAY), Kind.DAY
    if field in KEYS and field not in taken:
        return field, Kind.TEXT
    if one.telling:
        return Role.SKIP, Kind.TEXT
    if one.type in ("integer", "decimal"):
        kind = Kind.WHOLE if one.type == "integer" else Kind.NUMBER
        kind = Kind.MONEY if _MONEY.search(one.column) else kind
        return (Role.MEAN if _MEAN.search(one.column) else Role.SUM), kind
    return (Role.ATTRIBUTE if one.distinct <= MOST_DISTINCT else Role.SKIP), Kind.TEXT


def _given(one: Seen, text: str, kind: str) -> tuple[str, str]:
    role, _colon, asked = text.partition(":")
    if role not in Role.values or (asked and asked not in Kind.values):
        raise RolesUnfit(field="columns", why=_("“%(text)s” is no role of a column.") % {"text": text[:40]})
    if asked:
        return role, asked
    if role == Role.MONTH:
        return role, Kind.MONTH
    if role == Role.DAY:
        return role, Kind.DAY
    if role in FIGURES and kind not in (Kind.WHOLE, Kind.NUMBER, Kind.MONEY):
        return role, {"integer": Kind.WHOLE}.get(one.type, Kind.NUMBER)
    return role, Kind.TEXT if role in KEYS or role == Role.ATTRIBUTE else kind


def _called(named: Sequence[tuple[str, str, str]]) -> list[Chosen]:
    """Names for figures and attributes: the header's Latin letters where it has some, else a1, m2 …"""
    used, found = set(olap.RESERVED), []
    for place, (column, role, kind) in enumerate(named, 1):
        if role not in (*FIGURES, Role.ATTRIBUTE):
            found.append(Chosen(column, role, kind))
            continue
        at = f"{'a' if role == Role.ATTRIBUTE else 'm'}{place}"
        plain = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")
        name = plain[:40] if re.match(r"[a-z]", plain) and plain not in used else at
        used.add(name)
        found.append(Chosen(column, role, kind, name, at))
    return found

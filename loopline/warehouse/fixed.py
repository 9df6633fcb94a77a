"""Dimensions that no relation of operations has: the calendar, channels, handsets. Written by each complete load."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

import duckdb
import pyarrow as pa

from loopline.warehouse import handsets
from loopline.warehouse.shape import Column, Rule, between, filled, one_of, own_column


@dataclass(frozen=True, slots=True)
class Fixed:
    """A table whose rows we know ourselves. Its first column is its key."""

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[tuple[object, ...]]] = field(repr=False)
    en: str
    zh: str
    rules: tuple[Rule, ...] = field(default=(), repr=False)

    @property
    def key(self) -> str:
        """The key's name."""
        return self.columns[0].name


FIRST, LAST = date(2015, 1, 1), date(2040, 12, 31)
"""The days of the calendar."""


def _calendar_days() -> Iterable[tuple[object, ...]]:
    from loopline.warehouse import calendar  # its libraries are asked for by complete loads alone

    return calendar.days()


DIM_CALENDAR = Fixed(
    "dim_calendar",
    (
        own_column("day", "DATE", "The day.", "日期"),
        own_column("month", "DATE", "First day of its month.", "所在月首日"),
        own_column("year", "SMALLINT", "Year.", "年"),
        own_column("quarter", "SMALLINT", "Quarter, 1 to 4.", "季度"),
        own_column("month_of_year", "SMALLINT", "Month, 1 to 12.", "月份"),
        own_column("day_of_month", "SMALLINT", "Day of the month.", "日"),
        own_column("iso_year", "SMALLINT", "Year of the ISO week.", "周所属年份（ISO）"),
        own_column("iso_week", "SMALLINT", "ISO week.", "周次（ISO）"),
        own_column("weekday", "SMALLINT", "Weekday, Monday 1 to Sunday 7.", "星期（周一为 1）"),
        own_column("is_weekend", "BOOLEAN", "Saturday or Sunday.", "是否周末"),
        own_column(
            "is_holiday",
            "BOOLEAN",
            "Statutory holiday or day off in exchange.",
            "是否法定节假日（含调休放假）",
        ),
        own_column("is_swapped", "BOOLEAN", "Weekend day worked in exchange.", "是否调休上班"),
        own_column("is_workday", "BOOLEAN", "Whether people work, swaps included.", "是否工作日（计调休）"),
        own_column("holiday", "VARCHAR", "Name of the holiday or swap in Chinese.", "节假日名称"),
        own_column("holiday_en", "VARCHAR", "Name of the holiday or swap in English.", "节假日英文名称"),
        own_column("lunar_year", "SMALLINT", "Lunar year.", "农历年"),
        own_column("lunar_month", "SMALLINT", "Lunar month.", "农历月"),
        own_column("is_leap_month", "BOOLEAN", "Whether the lunar month is a leap month.", "是否农历闰月"),
        own_column("lunar_day", "SMALLINT", "Day of the lunar month.", "农历日"),
        own_column("lunar_name", "VARCHAR", "Lunar month and day in Chinese.", "农历月日"),
        own_column("ganzhi", "VARCHAR", "Stem and branch of the lunar year.", "年干支"),
        own_column("zodiac", "VARCHAR", "Animal of the lunar year in Chinese.", "生肖"),
        own_column("zodiac_en", "VARCHAR", "Animal of the lunar year in English.", "生肖（英文）"),
        own_column("festival", "VARCHAR", "Traditional festival in Chinese.", "传统节日"),
        own_column("festival_en", "VARCHAR", "Traditional festival in English.", "传统节日（英文）"),
        own_column("solar_term", "VARCHAR", "Solar term that begins, in Chinese.", "节气"),
        own_column("solar_term_en", "VARCHAR", "Solar term that begins, in English.", "节气（英文）"),
    ),
    _calendar_days,
    "Calendar 2015 to 2040: weeks, quarters, Chinese holidays as announced, lunar year, solar terms.",
    "日历（2015–2040）：周、季度、法定节假日与调休、农历、节气",
    rules=(
        *filled("day", "month", "ganzhi"),
        between("weekday", "1", "7"),
        between("lunar_month", "1", "12"),
    ),
)

_CHANNELS = (
    ("counter", "shop", "in_person", "营业厅柜台", "Counter"),
    ("shop", "shop", "in_person", "营业厅", "Shop"),
    ("visit", "visit", "in_person", "上门走访", "Visit"),
    ("phone", "call", "voice", "电话", "Telephone"),
    ("call", "call", "voice", "客服热线", "Call"),
    ("web", "web", "digital", "网上营业厅", "Web"),
    ("app", "app", "digital", "手机营业厅", "App"),
    ("wechat", "wechat", "digital", "微信", "WeChat"),
    ("sms", "sms", "message", "短信", "SMS"),
    ("email", "email", "message", "电子邮件", "E-mail"),
    ("api", "partner", "partner", "合作伙伴系统", "Partner system"),
    ("cash", "cash", "payment", "现金", "Cash"),
    ("card", "card", "payment", "银行卡", "Card"),
    ("transfer", "transfer", "payment", "转账", "Transfer"),
    ("alipay", "alipay", "payment", "支付宝", "Alipay"),
    ("bank_debit", "bank_debit", "payment", "银行托收", "Direct debit"),
    ("other", "other", "other", "其他", "Other"),
)
DIM_CHANNEL = Fixed(
    "dim_channel",
    (
        own_column(
            "channel", "VARCHAR", "Code, as orders, contacts, campaigns and payments name it.", "渠道编码"
        ),
        own_column("conformed", "VARCHAR", "One code where two names mean the same.", "统一渠道编码"),
        own_column(
            "kind",
            "VARCHAR",
            "in_person, voice, digital, message, partner, payment or other.",
            "类别：现场、语音、电子、消息、合作伙伴、支付、其他",
        ),
        own_column("name", "VARCHAR", "Name in Chinese.", "中文名称"),
        own_column("name_en", "VARCHAR", "Name in English.", "英文名称"),
    ),
    lambda: _CHANNELS,
    "Channels: the ways in which customers and we meet, order and pay.",
    "渠道：接触、受理、营销与缴费的方式",
    rules=(
        *filled("conformed", "kind"),
        one_of("kind", "in_person", "voice", "digital", "message", "partner", "payment", "other"),
    ),
)
DIM_HANDSET = Fixed(
    "dim_handset",
    (
        own_column(
            "tac",
            "INTEGER",
            "Type allocation code: first eight digits of the IMEI.",
            "型号核准号（IMEI 前八位）",
        ),
        own_column("maker", "VARCHAR", "Maker in Chinese.", "厂商"),
        own_column("maker_en", "VARCHAR", "Maker in English.", "厂商（英文）"),
        own_column("model", "VARCHAR", "Model.", "型号"),
        own_column("generation", "VARCHAR", "Radio generation: 2G to 5G.", "网络制式"),
        own_column(
            "kind",
            "VARCHAR",
            "phone, feature, tablet, router or module.",
            "类别：智能机、功能机、平板、路由、模组",
        ),
    ),
    handsets.handsets,
    "Handsets by type allocation code: maker, model, radio generation.",
    "终端型号：厂商、型号、制式",
    rules=(
        *filled("maker", "model"),
        one_of("generation", "2G", "3G", "4G", "5G"),
    ),
)
FIXED = (DIM_CALENDAR, DIM_CHANNEL, DIM_HANDSET)


def signature() -> str:
    """Changes when what we know ourselves does; then everything is loaded anew."""
    return repr((FIXED, _CHANNELS, FIRST, LAST))


def write(con: duckdb.DuckDBPyConnection) -> None:
    """Write them all, in the load's transaction."""
    for table in FIXED:
        rows = list(table.rows())
        values = {column.name: [row[place] for row in rows] for place, column in enumerate(table.columns)}
        columns = ", ".join(
            f"CAST({column.name} AS {column.type}) AS {column.name}" for column in table.columns
        )
        con.register("known", pa.table(values))
        con.execute(f"CREATE OR REPLACE TABLE {table.name} AS SELECT {columns} FROM known")
        con.unregister("known")

"""Forty monthly features of each subscription, from its edges and its months before."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
from ibis import _

from loopline.kernel.period import add_months
from loopline.mining.usage.edges import MONTHS, MONTHS_BEFORE, edges, kept
from loopline.warehouse.api import Engine


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature: its name, what it tells in both languages, its unit ('' for a share or ratio)."""

    name: str
    en: str
    zh: str
    unit: str = ""


FEATURES: tuple[Feature, ...] = (
    Feature("events", "Records of any kind.", "话单总条数", "records"),
    Feature("calls_out", "Calls made.", "主叫次数", "calls"),
    Feature("calls_in", "Calls received.", "被叫次数", "calls"),
    Feature("minutes_out", "Minutes of calls made.", "主叫分钟", "min"),
    Feature("minutes_in", "Minutes of calls received.", "被叫分钟", "min"),
    Feature("messages_out", "Messages sent.", "发送消息数", "messages"),
    Feature("messages_in", "Messages received.", "接收消息数", "messages"),
    Feature("data_mb", "Data in both directions.", "流量", "MB"),
    Feature("upload_share", "Share of data that was sent.", "上行流量占比"),
    Feature("vas_events", "Uses of value-added services.", "增值业务使用次数", "uses"),
    Feature("charge", "Charges of the records.", "话单费用", "currency"),
    Feature("mean_call_seconds", "Mean length of a call.", "平均通话时长", "s"),
    Feature("active_days", "Days with any record.", "活跃天数", "days"),
    Feature("voice_days", "Days with a call.", "通话天数", "days"),
    Feature("data_days", "Days with data.", "上网天数", "days"),
    Feature("roaming_days", "Days of roaming.", "漫游天数", "days"),
    Feature("abroad_days", "Days of roaming abroad.", "国际漫游天数", "days"),
    Feature("days_since_last", "Days from the last record to the month's end.", "距最近使用天数", "days"),
    Feature("peak_day_share", "Share of the busiest day in all records.", "最忙日占比"),
    Feature("second_half_share", "Share of records after the 15th.", "下半月占比"),
    Feature("night_share", "Share of records from 22:00 to 6:00.", "夜间占比"),
    Feature("weekend_share", "Share of records on Saturday and Sunday.", "周末占比"),
    Feature("on_net_share", "Share of call time within the own network.", "网内通话时长占比"),
    Feature("competitor_share", "Share of time of calls made to other operators.", "主叫异网时长占比"),
    Feature("out_in_ratio", "Calls made for each call received.", "主被叫比"),
    Feature("contacts", "Different numbers in contact.", "联系人数", "numbers"),
    Feature("contacts_out", "Different numbers called or written to.", "主动联系人数", "numbers"),
    Feature("mutual_contacts", "Numbers in contact both ways.", "双向联系人数", "numbers"),
    Feature("competitor_contacts", "Contacts with other operators.", "异网联系人数", "numbers"),
    Feature("new_contacts", "Contacts who were none the month before.", "新增联系人数", "numbers"),
    Feature("contacts_gone", "Contacts of the month before who are none now.", "消失联系人数", "numbers"),
    Feature("top_contact_share", "Share of the strongest contact.", "首位联系人占比"),
    Feature("contact_concentration", "Sum of the squared shares of contacts.", "联系集中度"),
    Feature("cells", "Different cells.", "小区数", "cells"),
    Feature("top_cell_share", "Share of the cell used most.", "常驻小区占比"),
    Feature("devices", "Different devices.", "终端数", "devices"),
    Feature("top_device_share", "Share of the device used most.", "主用终端占比"),
    Feature("minutes_trend", "Minutes called against the mean of three months before.", "主叫时长趋势"),
    Feature("data_trend", "Data against the mean of three months before.", "流量趋势"),
    Feature("charge_trend", "Charges against the mean of three months before.", "费用趋势"),
)


def build(engine: Engine, month: date) -> ir.Table:
    """Have an engine keep the edges and features of a month. Returns the table `usage_feature` that it keeps.

    The features are for each subscription with a record in the month; the edges stay for `circle`.
    """
    for name, expression in edges(month).items():
        engine.keep(name, expression)
    found = features(month)
    engine.keep("usage_feature", found)
    return ibis.table(found.schema(), name="usage_feature")


def features(month: date) -> ir.Table:
    """One row for each subscription with a record in the month: subscription_id and every feature, over kept edges."""
    days, contacts = _of_days(month), _of_contacts(month)
    joined = days.left_join(contacts, "subscription_id", rname="{name}_c")
    for name, what, many in (("edge_cell", "cell", "cells"), ("edge_device", "device", "devices")):
        joined = joined.left_join(
            _of_shares(name, what, many, month), "subscription_id", rname="{name}_" + what
        )
    joined = joined.left_join(_of_before(month), "subscription_id", rname="{name}_before")
    whole = joined.mutate(
        **{name: joined[name].fill_null(0) for name in (*_COUNTED, "cells", "devices")},
        minutes_trend=_ratio(joined.minutes_out, joined.minutes_before),
        data_trend=_ratio(joined.data_mb, joined.data_before),
        charge_trend=_ratio(joined.charge, joined.charge_before),
    )
    return whole.select("subscription_id", *(feature.name for feature in FEATURES))


_COUNTED = (
    "contacts",
    "contacts_out",
    "mutual_contacts",
    "competitor_contacts",
    "new_contacts",
    "contacts_gone",
)


def _of_days(month: date) -> ir.Table:
    day = kept("edge_day", month)
    last = (add_months(month, 1) - timedelta(days=1)).day
    total = day.group_by("subscription_id").aggregate(
        **{name: day[name].sum().fill_null(0) for name in _SUMMED},
        active_days=_.count(),
        voice_days=_.count(where=_.calls_out + _.calls_in > 0),
        data_days=_.count(where=_.data_events > 0),
        roaming_days=_.count(where=_.roaming_events > 0),
        abroad_days=_.count(where=_.abroad_events > 0),
        last_day=_.on_day.max(),
        peak=_.events.max(),
        late_events=_.events.sum(where=_.on_day.day() > 15),
        weekend_events=_.events.sum(where=_.on_day.day_of_week.index() >= 5),
    )
    return total.select(
        "subscription_id",
        "events",
        "calls_out",
        "calls_in",
        "messages_out",
        "messages_in",
        "vas_events",
        "active_days",
        "voice_days",
        "data_days",
        "roaming_days",
        "abroad_days",
        minutes_out=_real(_.seconds_out) / 60.0,
        minutes_in=_real(_.seconds - _.seconds_out) / 60.0,
        data_mb=_real(_.bytes_up + _.bytes_down) / 1048576.0,
        upload_share=_ratio(_.bytes_up, _.bytes_up + _.bytes_down),
        charge=_.charge.cast("decimal(18, 4)"),
        mean_call_seconds=_ratio(_.seconds, _.calls_out + _.calls_in),
        days_since_last=last - _.last_day.day().cast("int64"),
        peak_day_share=_ratio(_.peak, _.events),
        second_half_share=_ratio(_.late_events.fill_null(0), _.events),
        night_share=_ratio(_.night_events, _.events),
        weekend_share=_ratio(_.weekend_events.fill_null(0), _.events),
        on_net_share=_ratio(_.seconds_on_net.fill_null(0), _.seconds),
        competitor_share=_ratio(_.seconds_competitor.fill_null(0), _.seconds_out),
        out_in_ratio=_ratio(_.calls_out, _.calls_in),
    )


_SUMMED = (
    "events",
    "calls_out",
    "calls_in",
    "seconds_out",
    "seconds",
    "seconds_on_net",
    "seconds_competitor",
    "messages_out",
    "messages_in",
    "bytes_up",
    "bytes_down",
    "vas_events",
    "night_events",
    "charge",
)


def _of_contacts(month: date) -> ir.Table:
    edge = kept("edge_contact", month)
    now = _.weight > 0
    total = edge.group_by("subscription_id").aggregate(
        contacts=_.count(where=now),
        contacts_out=_.count(where=_.out > 0),
        mutual_contacts=_.count(where=(_.out > 0) & (_.weight > _.out)),
        competitor_contacts=_.count(where=now & (_.on_net == 0)),
        new_contacts=_.count(where=now & (_.before == 0)),
        contacts_gone=_.count(where=_.weight == 0),
        strongest=_.weight.max(),
        weights=_.weight.sum(),
        squares=(_.weight * _.weight).sum(),
    )
    return total.select(
        "subscription_id",
        *_COUNTED,
        top_contact_share=_ratio(_.strongest, _.weights),
        contact_concentration=_ratio(_.squares, _.weights * _.weights),
    )


def _of_shares(edge: str, what: str, many: str, month: date) -> ir.Table:
    total = (
        kept(edge, month)
        .group_by("subscription_id")
        .aggregate(many=_.count(), strongest=_.events.max(), events=_.events.sum())
    )
    return total.select(
        "subscription_id", **{many: _.many, f"top_{what}_share": _ratio(_.strongest, _.events)}
    )


def _of_before(month: date) -> ir.Table:
    """The mean month of the months before, in the units of the features; months without use count as nothing."""
    first = add_months(month, -MONTHS_BEFORE)
    rows = MONTHS.filter((MONTHS.month >= first) & (MONTHS.month < month))
    total = rows.group_by("subscription_id").aggregate(
        seconds=_.seconds_out.sum(), data=_.data_bytes.sum(), charges=_.charge.sum()
    )
    return total.select(
        "subscription_id",
        minutes_before=_real(_.seconds) / (60.0 * MONTHS_BEFORE),
        data_before=_real(_.data) / (1048576.0 * MONTHS_BEFORE),
        charge_before=_real(_.charges) / float(MONTHS_BEFORE),
    )


def _real(value: ir.Value) -> ir.Value:
    return value.cast("float64")


def _ratio(part: ir.Value, whole: ir.Value) -> ir.Value:
    """A quotient, nothing where there is nothing to divide by; equal on every engine."""
    return _real(part) / _real(whole).nullif(0.0)

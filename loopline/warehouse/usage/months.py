"""Months made from usage records: of each subscription, with each operator, and with each service."""

from loopline.warehouse.derived import Derived, derived
from loopline.warehouse.shape import Column
from loopline.warehouse.usage.tables import CHARGE, RECORD, prepare

MONTH = "fact_usage_month"
OPERATOR = "fact_usage_month_operator"
SERVICE = "fact_usage_month_service"
ABOUT: dict[str, tuple[str, str]] = {
    MONTH: ("Months of usage of subscriptions, made from the records.", "用户月使用量（由话单生成）"),
    OPERATOR: (
        "Calls and messages of subscriptions with the numbers of each operator, by month.",
        "用户与各运营商的月通话与短信",
    ),
    SERVICE: ("Use of value-added services by subscriptions, by month.", "用户增值业务月使用量"),
}


def _column(name: str, kind: str, en: str, zh: str, refers: str = "") -> Column:
    return Column(name, kind, "", en, zh, refers=refers)


_KEYS = (
    _column("month", "DATE", "Month, in the operator's zone.", "账期（运营商时区）"),
    _column("subscription_id", "BIGINT", "The subscription.", "用户", "dim_subscription"),
)
_CALLS = (
    _column("calls_out", "BIGINT", "Calls made.", "主叫次数"),
    _column("calls_in", "BIGINT", "Calls received.", "被叫次数"),
    _column("seconds_out", "BIGINT", "Seconds of calls made.", "主叫时长（秒）"),
    _column("seconds_in", "BIGINT", "Seconds of calls received.", "被叫时长（秒）"),
)
_MESSAGES = (
    _column("messages_out", "BIGINT", "Messages sent.", "发送消息数"),
    _column("messages_in", "BIGINT", "Messages received.", "接收消息数"),
)
_CHARGE = _column("charge", CHARGE, "Charges.", "费用")
COLUMNS: dict[str, tuple[Column, ...]] = {
    MONTH: (
        *_KEYS,
        *_CALLS,
        _column("seconds_on_net", "BIGINT", "Seconds of calls within the own network.", "网内时长（秒）"),
        _column(
            "seconds_competitor", "BIGINT", "Seconds of calls made to other operators.", "主叫异网时长（秒）"
        ),
        *_MESSAGES,
        _column("data_bytes", "BIGINT", "Bytes in both directions.", "流量（字节）"),
        _column("roaming_bytes", "BIGINT", "Bytes while roaming.", "漫游流量（字节）"),
        _column("vas_events", "BIGINT", "Uses of value-added services.", "增值业务使用次数"),
        _CHARGE,
        _column("events", "BIGINT", "Records of any kind.", "话单条数"),
        _column("active_days", "BIGINT", "Days with a record.", "活跃天数"),
        _column("data_days", "BIGINT", "Days with data.", "上网天数"),
        _column("roaming_days", "BIGINT", "Days of roaming.", "漫游天数"),
    ),
    OPERATOR: (
        *_KEYS,
        _column("operator", "VARCHAR", "The other party's operator; own for ours.", "对方运营商"),
        *_CALLS,
        *_MESSAGES,
        _CHARGE,
    ),
    SERVICE: (
        *_KEYS,
        _column("vas", "VARCHAR", "The service.", "增值业务", "dim_vas"),
        _column("events", "BIGINT", "Uses.", "使用次数"),
        _column("active_days", "BIGINT", "Days with a use.", "使用天数"),
        _column("bytes", "BIGINT", "Bytes in both directions.", "流量（字节）"),
        _CHARGE,
    ),
}


def _total(words: str) -> str:
    return f"CAST(coalesce({words}, 0) AS BIGINT)"


def _months(condition: str) -> str:
    # By day first: days are then counted without a set of them for each subscription.
    return f"""
WITH by_day AS (
  SELECT month, subscription_id, on_day,
         count(*) FILTER (kind = 'voice_out') AS calls_out, count(*) FILTER (kind = 'voice_in') AS calls_in,
         sum(seconds) FILTER (kind = 'voice_out') AS seconds_out,
         sum(seconds) FILTER (kind = 'voice_in') AS seconds_in,
         sum(seconds) FILTER (kind IN ('voice_out', 'voice_in') AND is_on_net) AS seconds_on_net,
         sum(seconds) FILTER (kind = 'voice_out' AND NOT is_on_net) AS seconds_competitor,
         count(*) FILTER (kind IN ('sms_out', 'mms_out')) AS messages_out,
         count(*) FILTER (kind IN ('sms_in', 'mms_in')) AS messages_in,
         sum(bytes_up + bytes_down) AS data_bytes,
         sum(bytes_up + bytes_down) FILTER (roaming <> 'home') AS roaming_bytes,
         count(*) FILTER (kind = 'vas') AS vas_events, sum(charge) AS charge, count(*) AS events,
         count(*) FILTER (kind = 'data') AS data_events, count(*) FILTER (roaming <> 'home') AS roaming_events
  FROM {RECORD} WHERE subscription_id IS NOT NULL AND ({condition}) GROUP BY ALL
)
SELECT month, subscription_id, {_total("sum(calls_out)")}, {_total("sum(calls_in)")},
       {_total("sum(seconds_out)")}, {_total("sum(seconds_in)")}, {_total("sum(seconds_on_net)")},
       {_total("sum(seconds_competitor)")}, {_total("sum(messages_out)")}, {_total("sum(messages_in)")},
       {_total("sum(data_bytes)")}, {_total("sum(roaming_bytes)")}, {_total("sum(vas_events)")},
       CAST(sum(charge) AS {CHARGE}), {_total("sum(events)")}, count(*), count(*) FILTER (data_events > 0),
       count(*) FILTER (roaming_events > 0)
FROM by_day GROUP BY month, subscription_id"""


def _operators(condition: str) -> str:
    return f"""
SELECT month, subscription_id, coalesce(other_operator, '') AS operator,
       count(*) FILTER (kind = 'voice_out'), count(*) FILTER (kind = 'voice_in'),
       {_total("sum(seconds) FILTER (kind = 'voice_out')")}, {_total("sum(seconds) FILTER (kind = 'voice_in')")},
       count(*) FILTER (kind IN ('sms_out', 'mms_out')), count(*) FILTER (kind IN ('sms_in', 'mms_in')),
       CAST(sum(charge) AS {CHARGE})
FROM {RECORD} WHERE subscription_id IS NOT NULL AND other_key IS NOT NULL AND ({condition})
GROUP BY month, subscription_id, operator"""


def _services(condition: str) -> str:
    return f"""
SELECT month, subscription_id, vas, CAST(sum(events) AS BIGINT), count(*), CAST(sum(bytes) AS BIGINT),
       CAST(sum(charge) AS {CHARGE})
FROM (SELECT month, subscription_id, vas, on_day, count(*) AS events, sum(bytes_up + bytes_down) AS bytes,
             sum(charge) AS charge
      FROM {RECORD} WHERE subscription_id IS NOT NULL AND vas IS NOT NULL AND ({condition}) GROUP BY ALL)
GROUP BY month, subscription_id, vas"""


for _name, _select in ((MONTH, _months), (OPERATOR, _operators), (SERVICE, _services)):
    _types = tuple((column.name, column.type) for column in COLUMNS[_name])
    # Before the cubes, which may stand on them.
    derived.add(_name, Derived(_types, (RECORD,), (), _select, prepare=prepare), order=5)

"""Months made from usage records: of each subscription, with each operator, and with each service."""

from loopline.warehouse.derived import Derived, derived
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

_MONTH_COLUMNS = (
    ("month", "DATE"),
    ("subscription_id", "BIGINT"),
    ("calls_out", "BIGINT"),
    ("calls_in", "BIGINT"),
    ("seconds_out", "BIGINT"),
    ("seconds_in", "BIGINT"),
    ("seconds_on_net", "BIGINT"),
    ("seconds_competitor", "BIGINT"),
    ("messages_out", "BIGINT"),
    ("messages_in", "BIGINT"),
    ("data_bytes", "BIGINT"),
    ("roaming_bytes", "BIGINT"),
    ("vas_events", "BIGINT"),
    ("charge", CHARGE),
    ("events", "BIGINT"),
    ("active_days", "BIGINT"),
    ("data_days", "BIGINT"),
    ("roaming_days", "BIGINT"),
)


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


derived.add(MONTH, Derived(_MONTH_COLUMNS, (RECORD,), (), _months, prepare=prepare), order=5)
derived.add(
    OPERATOR,
    Derived(
        (
            ("month", "DATE"),
            ("subscription_id", "BIGINT"),
            ("operator", "VARCHAR"),
            ("calls_out", "BIGINT"),
            ("calls_in", "BIGINT"),
            ("seconds_out", "BIGINT"),
            ("seconds_in", "BIGINT"),
            ("messages_out", "BIGINT"),
            ("messages_in", "BIGINT"),
            ("charge", CHARGE),
        ),
        (RECORD,),
        (),
        _operators,
        prepare=prepare,
    ),
    order=5,
)
derived.add(
    SERVICE,
    Derived(
        (
            ("month", "DATE"),
            ("subscription_id", "BIGINT"),
            ("vas", "VARCHAR"),
            ("events", "BIGINT"),
            ("active_days", "BIGINT"),
            ("bytes", "BIGINT"),
            ("charge", CHARGE),
        ),
        (RECORD,),
        (),
        _services,
        prepare=prepare,
    ),
    order=5,
)

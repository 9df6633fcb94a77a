"""What a figure must be, by plain SQL over the facts: one statement for one cell, that knows nothing of cubes."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import duckdb

from loopline.kernel.period import add_months
from loopline.olap.api import OTHERS, Answer, Measured, Member, Op, Question, Way

FACTS = (
    "fact_bill", "fact_usage", "fact_payment", "fact_interaction", "dim_subscription", "dim_customer", "dim_offering",
    "dim_unit", "dim_staff", "dim_handset", "fact_order_item", "fact_number_stock", "fact_sim_stock",
    "fact_device_stock", "fact_add_on", "dim_vas", "fact_usage_month_service", "fact_usage_month_operator",
    "dim_group", "fact_group_member", "fact_charge",
)  # fmt: skip

_AS_OF = """(SELECT arg_max({column}, valid_from) FROM {table} d WHERE d.{key} = p.{key}
  AND (d.valid_from < p.month + INTERVAL 1 MONTH
       OR d.valid_from = (SELECT min(valid_from) FROM {table} f WHERE f.{key} = d.{key})))"""


def _as_of(table: str, key: str, column: str) -> str:
    return _AS_OF.format(table=table, key=key, column=column)


_UNIT = """(SELECT max(a.code) FROM dim_unit u JOIN dim_unit a ON u.path LIKE a.path || '%'
  WHERE u.is_current AND a.is_current AND u.unit_id = {branch} AND a.level = '{level}')"""
_LEVELS = ("company", "province", "city", "district", "branch")
_CODES = ", ".join(f"{_UNIT.format(branch='o.unit_id', level=level)} AS {level}" for level in _LEVELS)
_UNITS = f"CREATE TABLE units AS SELECT o.unit_id AS branch_id, {_CODES} FROM dim_unit o WHERE o.is_current"

_LINES = f"""
CREATE TABLE pairs AS
SELECT p.*, s.customer_id, s.started_on, s.ended_on, s.end_reason, s.state FROM (
  SELECT s.subscription_id, m.month FROM dim_subscription s,
    (SELECT month FROM fact_bill UNION SELECT month FROM fact_usage
     UNION SELECT date_trunc('month', today())::DATE) m
  WHERE s.is_current AND s.state <> 'pre_provisioned' AND coalesce(s.started_on < m.month + INTERVAL 1 MONTH, true)
    AND coalesce(s.ended_on >= m.month, true)
  UNION SELECT subscription_id, month FROM fact_bill UNION SELECT subscription_id, month FROM fact_usage) p
JOIN dim_subscription s ON s.subscription_id = p.subscription_id AND s.is_current;
CREATE TABLE lines AS
SELECT p.month, p.customer_id, p.subscription_id,
  {_as_of("dim_subscription", "subscription_id", "branch_id")} AS branch_id,
  nullif({_as_of("dim_subscription", "subscription_id", "service")}, '') AS service,
  (SELECT max(o.code) FROM dim_offering o WHERE o.is_current AND o.offering_id =
    {_as_of("dim_subscription", "subscription_id", "offering_id")}) AS plan,
  nullif({_as_of("dim_customer", "customer_id", "tier")}, '') AS tier,
  nullif({_as_of("dim_customer", "customer_id", "kind")}, '') AS kind,
  p.state <> 'pre_provisioned' AND coalesce(p.started_on < p.month, true)
    AND coalesce(p.ended_on >= p.month, true) AS held_first,
  p.state <> 'pre_provisioned' AND coalesce(p.started_on < p.month + INTERVAL 1 MONTH, true)
    AND coalesce(p.ended_on >= p.month + INTERVAL 1 MONTH, true) AS held_last,
  p.state <> 'pre_provisioned' AND coalesce(date_trunc('month', p.started_on) = p.month, false) AS began,
  p.state <> 'pre_provisioned' AND coalesce(date_trunc('month', p.ended_on) = p.month, false)
    AND coalesce(p.end_reason, '') <> 'number_change' AS went,
  p.state AS state, coalesce(p.end_reason, '') AS reason, b.bill_id, b.monthly_fee AS fee, b.usage_charge, b.discount,
  b.amount, u.minutes, u.minutes_competitor, u.data_mb, u.messages, v.monthly_fee AS fee_before, v.bill_id AS before
FROM pairs p
LEFT JOIN fact_bill b ON b.subscription_id = p.subscription_id AND b.month = p.month
LEFT JOIN fact_bill v ON v.subscription_id = p.subscription_id AND v.month = p.month - INTERVAL 1 MONTH
LEFT JOIN fact_usage u ON u.subscription_id = p.subscription_id AND u.month = p.month
"""
_CONTACTS = f"""
CREATE TABLE contacts AS
SELECT p.*, nullif({_as_of("dim_customer", "customer_id", "tier")}, '') AS tier,
  nullif({_as_of("dim_customer", "customer_id", "kind")}, '') AS kind
FROM (SELECT customer_id, branch_id, date_trunc('month', on_day)::DATE AS month, kind AS reason,
             nullif(channel, '') AS channel, nullif(topic, '') AS topic, resolved_on, on_day
      FROM fact_interaction WHERE kind NOT IN ('note', 'campaign')) p
"""
_OWED = f"""
CREATE TABLE flows AS
  SELECT customer_id, month, amount AS billed, 0.00 AS due, 0.00 AS paid FROM fact_bill
  UNION ALL SELECT customer_id, date_trunc('month', due_on)::DATE, 0, amount, 0 FROM fact_bill
  UNION ALL SELECT customer_id, date_trunc('month', paid_on)::DATE, 0, 0, amount FROM fact_payment;
CREATE TABLE debts AS
SELECT p.*, nullif({_as_of("dim_customer", "customer_id", "tier")}, '') AS tier,
  nullif({_as_of("dim_customer", "customer_id", "kind")}, '') AS kind,
  (SELECT branch_id FROM dim_customer d WHERE d.is_current AND d.customer_id = p.customer_id) AS branch_id
FROM (SELECT c.customer_id, m.month, coalesce(sum(f.billed) FILTER (f.month = m.month), 0) AS billed,
        coalesce(sum(f.due) FILTER (f.month = m.month), 0) AS due,
        coalesce(sum(f.paid) FILTER (f.month = m.month), 0) AS paid,
        greatest(coalesce(sum(f.due - f.paid) FILTER (f.month <= m.month), 0), 0) AS owed
      FROM (SELECT DISTINCT customer_id FROM flows) c, (SELECT DISTINCT month FROM flows) m
      JOIN flows f ON f.customer_id = c.customer_id
      GROUP BY ALL) p
"""
_ORDERED = f"""
CREATE TABLE ordered AS
SELECT p.*, nullif({_as_of("dim_customer", "customer_id", "tier")}, '') AS tier,
  nullif({_as_of("dim_customer", "customer_id", "kind")}, '') AS kind,
  (SELECT code FROM dim_unit u WHERE u.is_current AND u.unit_id = {_as_of("dim_staff", "staff_id", "unit_id")}) AS shop,
  (SELECT max(o.code) FROM dim_offering o WHERE o.is_current AND o.offering_id = p.offering_id) AS offer
FROM (SELECT customer_id, branch_id, staff_id, offering_id, date_trunc('month', created_on)::DATE AS month,
        nullif(channel, '') AS channel, nullif(service, '') AS service, state, kind AS business,
        staff_id::VARCHAR AS seller, once, monthly, completed_in_time, hours_to_completion::DECIMAL(18,2) AS hours
      FROM fact_order_item) p
"""
_HELD = f"""
CREATE TABLE held AS
SELECT p.* FROM (SELECT p.*, {_as_of("dim_subscription", "subscription_id", "customer_id")} AS customer_id,
        {_as_of("dim_subscription", "subscription_id", "branch_id")} AS branch_id
      FROM (SELECT m.month, s.* FROM
        (SELECT month FROM fact_bill UNION SELECT month FROM fact_usage
         UNION SELECT date_trunc('month', today())::DATE) m,
        (SELECT 'number' AS item, subscription_id, state, valid_from, valid_to, 0.00 AS price, grade::VARCHAR AS grade,
           nullif(segment, '') AS segment, nullif(home, '') AS home, nullif(service, '') AS service,
           NULL AS card, NULL AS maker, NULL AS model FROM fact_number_stock
         UNION ALL SELECT 'sim', subscription_id, state, valid_from, valid_to, 0, NULL, NULL, NULL, NULL,
           nullif(kind, ''), NULL, NULL FROM fact_sim_stock
         UNION ALL SELECT 'device', subscription_id, state, valid_from, valid_to, price, NULL, NULL, NULL, NULL, NULL,
           (SELECT h.maker FROM dim_handset h WHERE h.tac = d.tac), nullif(d.model, '') FROM fact_device_stock d) s
        WHERE s.valid_from < m.month + INTERVAL 1 MONTH AND s.valid_to >= m.month + INTERVAL 1 MONTH) p) p
"""
_FLOWS = """
CREATE TABLE happened AS
SELECT p.*, date_trunc('month', day)::DATE AS of_month,
  customer_id IS NOT NULL AND flow NOT IN ('joined', 'lost') AS seen FROM (
  SELECT 'joined' AS flow, started_on AS day, l.customer_id, l.branch_id, l.service, NULL AS channel, 0.00 AS amount
  FROM lines l JOIN dim_subscription s ON s.subscription_id = l.subscription_id AND s.is_current
  WHERE l.began
  UNION ALL SELECT 'lost', ended_on, l.customer_id, l.branch_id, l.service, NULL, 0
  FROM lines l JOIN dim_subscription s ON s.subscription_id = l.subscription_id AND s.is_current
  WHERE l.went
  UNION ALL SELECT 'payment', paid_on, customer_id, branch_id, NULL, NULL, amount FROM fact_payment
  UNION ALL SELECT 'order', created_on, customer_id, branch_id, service, nullif(channel, ''), 0 FROM fact_order_item
  UNION ALL SELECT CASE kind WHEN 'complaint' THEN kind ELSE 'contact' END, on_day, i.customer_id, i.branch_id,
    nullif((SELECT s.service FROM dim_subscription s WHERE s.is_current AND s.subscription_id = i.subscription_id), ''),
    nullif(channel, ''), 0 FROM fact_interaction i WHERE kind NOT IN ('note', 'campaign')) p
WHERE date_trunc('month', day) IN (SELECT month FROM lines)
"""
_TIER, _KIND = (f"nullif({_as_of('dim_customer', 'customer_id', name)}, '')" for name in ("tier", "kind"))
_LINE = ", ".join(
    f"{_as_of('dim_subscription', 'subscription_id', name)} AS {name}"
    for name in ("customer_id", "branch_id", "service")
)
_PLAN = (
    "(SELECT max(o.code) FROM dim_offering o WHERE o.is_current AND o.offering_id = "
    f"{_as_of('dim_subscription', 'subscription_id', 'offering_id')})"
)
_SERVICES = f"""
CREATE TABLE taken AS
SELECT a.subscription_id, o.code AS vas, a.started_on, coalesce(a.monthly_fee, o.monthly_fee) AS fee,
  least(coalesce(a.ended_on, DATE '9999-12-31'), coalesce(s.ended_on, DATE '9999-12-31')) AS ended
FROM fact_add_on a JOIN dim_offering o ON o.is_current AND o.offering_id = a.offering_id AND o.kind = 'add_on'
LEFT JOIN dim_subscription s ON s.is_current AND s.subscription_id = a.subscription_id;
CREATE TABLE taken_in AS
SELECT t.*, m.month, m.month + INTERVAL 1 MONTH AS after FROM taken t, (SELECT DISTINCT month FROM lines) m
WHERE started_on < m.month + INTERVAL 1 MONTH AND ended >= m.month;
CREATE TABLE service_lines AS
SELECT p.*, {_LINE} FROM (
  SELECT DISTINCT k.month, k.subscription_id, k.vas,
    (SELECT count(*) FROM taken_in t WHERE t.month = k.month AND t.subscription_id = k.subscription_id
     AND t.vas = k.vas AND started_on < k.month) AS first_held,
    (SELECT count(*) FROM taken_in t WHERE t.month = k.month AND t.subscription_id = k.subscription_id
     AND t.vas = k.vas AND ended >= after) AS last_held,
    (SELECT count(*) FROM taken_in t WHERE t.month = k.month AND t.subscription_id = k.subscription_id
     AND t.vas = k.vas AND started_on >= k.month) AS took,
    (SELECT count(*) FROM taken_in t WHERE t.month = k.month AND t.subscription_id = k.subscription_id
     AND t.vas = k.vas AND ended < after) AS gave_up,
    (SELECT sum(fee) FROM taken_in t WHERE t.month = k.month AND t.subscription_id = k.subscription_id
     AND t.vas = k.vas AND ended >= after) AS fees,
    (SELECT max(started_on) FROM taken_in t WHERE t.month = k.month AND t.subscription_id = k.subscription_id
     AND t.vas = k.vas) AS since,
    (SELECT sum(events) FROM fact_usage_month_service u WHERE u.month = k.month
     AND u.subscription_id = k.subscription_id AND upper(u.vas) = k.vas) AS uses
  FROM (SELECT month, subscription_id, vas FROM taken_in
        UNION SELECT month, subscription_id, upper(vas) FROM fact_usage_month_service) k) p;
CREATE TABLE services AS
SELECT p.*, {_TIER} AS tier,
  coalesce((SELECT max(nullif(o.partner, '')) FROM dim_offering o WHERE o.is_current AND o.kind = 'add_on'
            AND o.code = p.vas), (SELECT nullif(v.partner, '') FROM dim_vas v WHERE upper(v.vas) = p.vas),
    'own') AS partner,
  CASE WHEN now.takers IS NULL THEN NULL
       WHEN date_diff('month', (SELECT min(started_on) FROM taken t WHERE t.vas = p.vas), p.month) < 6 THEN 'introduced'
       WHEN before.takers IS NULL OR now.takers > before.takers * 1.05 THEN 'growing'
       WHEN now.takers < before.takers * 0.95 THEN 'declining' ELSE 'mature' END AS stage,
  CASE WHEN p.since IS NULL THEN NULL WHEN date_diff('month', p.since, p.month) = 0 THEN '0'
       WHEN date_diff('month', p.since, p.month) < 4 THEN '1-3' WHEN date_diff('month', p.since, p.month) < 7 THEN '4-6'
       WHEN date_diff('month', p.since, p.month) < 13 THEN '7-12' ELSE '13+' END AS taken_for,
  p.month IN (SELECT month FROM fact_usage_month_service)
    AND p.vas IN (SELECT upper(vas) FROM fact_usage_month_service) AS watched
FROM service_lines p
LEFT JOIN (SELECT vas, month, sum(last_held) AS takers FROM service_lines WHERE since IS NOT NULL GROUP BY ALL) now
  ON now.vas = p.vas AND now.month = p.month
LEFT JOIN (SELECT vas, month, sum(last_held) AS takers FROM service_lines WHERE since IS NOT NULL GROUP BY ALL) before
  ON before.vas = p.vas AND before.month = p.month - INTERVAL 3 MONTH
"""
_CALLED = f"""
CREATE TABLE called AS
SELECT p.*, {_TIER} AS tier, {_KIND} AS kind FROM (
  SELECT p.month, nullif(operator, '') AS operator, operator IS DISTINCT FROM 'own' AS abroad, calls_out, calls_in,
    messages_out, round(seconds_out / 60, 2) AS out, round(seconds_in / 60, 2) AS back, {_LINE}, {_PLAN} AS plan
  FROM fact_usage_month_operator p) p
"""
_AGED = f"""
CREATE TABLE aged AS
SELECT p.*, {_TIER} AS tier, {_KIND} AS kind,
  (SELECT branch_id FROM dim_customer d WHERE d.is_current AND d.customer_id = p.customer_id) AS branch_id,
  CASE WHEN days <= 30 THEN '0-30' WHEN days <= 60 THEN '31-60' WHEN days <= 90 THEN '61-90'
       WHEN days <= 180 THEN '91-180' ELSE '181+' END AS age
FROM (SELECT customer_id, month, date_diff('day', due_on, last_day(month)) AS days,
        greatest(least(due, owed - newer), 0) AS owed
      FROM (SELECT b.customer_id, d.month, b.due_on, sum(b.amount) AS due, d.owed,
              coalesce((SELECT sum(n.amount) FROM fact_bill n WHERE n.customer_id = b.customer_id
                        AND n.due_on > b.due_on AND n.due_on <= last_day(d.month)), 0) AS newer
            FROM debts d JOIN fact_bill b ON b.customer_id = d.customer_id AND b.due_on <= last_day(d.month)
            WHERE d.owed > 0 GROUP BY ALL)) p
WHERE owed > 0
"""
_KEPT = """
CREATE TABLE kept AS
SELECT l.*, g.number AS "group", coalesce(k.role, 'person') AS role, c.manager,
  (SELECT arg_max(grade, valid_from) FROM dim_group d WHERE d.group_id = k.group_id
   AND (d.valid_from < l.month + INTERVAL 1 MONTH OR d.valid_from =
        (SELECT min(valid_from) FROM dim_group f WHERE f.group_id = d.group_id))) AS grade,
  (SELECT arg_max(industry, valid_from) FROM dim_group d WHERE d.group_id = k.group_id
   AND (d.valid_from < l.month + INTERVAL 1 MONTH OR d.valid_from =
        (SELECT min(valid_from) FROM dim_group f WHERE f.group_id = d.group_id))) AS industry
FROM lines l
LEFT JOIN (SELECT l.month, l.subscription_id, coalesce(min(o.group_id), arg_min(m.group_id, m.member_id)) AS group_id,
             CASE WHEN min(o.group_id) IS NOT NULL THEN 'organisation' ELSE 'member' END AS role
           FROM lines l
           LEFT JOIN dim_group o ON o.is_current AND o.customer_id = l.customer_id
           LEFT JOIN fact_group_member m ON m.customer_id = l.customer_id AND m.since <= last_day(l.month)
             AND coalesce(m.until >= last_day(l.month), true)
             AND coalesce(m.subscription_id = l.subscription_id, true)
           WHERE o.group_id IS NOT NULL OR m.group_id IS NOT NULL GROUP BY ALL) k
  ON k.month = l.month AND k.subscription_id = l.subscription_id
LEFT JOIN dim_group g ON g.is_current AND g.group_id = k.group_id
LEFT JOIN (SELECT l.month, l.subscription_id, max(c.staff_id)::VARCHAR AS manager FROM lines l
           JOIN fact_charge c ON c.customer_id = l.customer_id AND c.since <= last_day(l.month)
             AND coalesce(c.until >= last_day(l.month), true) GROUP BY ALL) c
  ON c.month = l.month AND c.subscription_id = l.subscription_id
WHERE k.group_id IS NOT NULL OR c.manager IS NOT NULL
"""

_MEAN = "(count(*) FILTER (held_first) + count(*) FILTER (held_last)) / 2"


def _mean_of(facts: str) -> str:
    """The mean of lines over the months that those facts tell of."""
    told = f"month IN (SELECT month FROM {facts})"
    return f"(count(*) FILTER (held_first AND {told}) + count(*) FILTER (held_last AND {told})) / 2"


TABLES = {
    "customers": "lines", "revenue": "lines", "usage": "lines", "products": "lines", "competitors": "lines",
    "service": "contacts", "arrears": "debts", "sales": "ordered", "stock": "held",
    "daily": "happened",
    "services": "services", "operators": "called", "ageing": "aged", "keyaccounts": "kept",
}  # fmt: skip
MEASURES: dict[str, dict[str, str]] = {
    "customers": {
        "at_end": "count(*) FILTER (held_last AND month = {last})",
        "at_start": "count(*) FILTER (held_first AND month = {first})",
        "joined": "count(*) FILTER (began)",
        "lost": "count(*) FILTER (went)",
        "net_additions": "count(*) FILTER (began) - count(*) FILTER (went)",
        "lost_rate": "100 * count(*) FILTER (went) / count(*) FILTER (held_first AND month = {first})",
        "lost_forced": "count(*) FILTER (went AND reason IN ('arrears', 'fraud'))",
        "ported_out": "count(*) FILTER (went AND state = 'ported_out')",
        "upgrade_rate": "100 * count(*) FILTER (fee > fee_before) / "
        "count(*) FILTER (bill_id IS NOT NULL AND before IS NOT NULL)",
        "customers": "count(DISTINCT customer_id) FILTER (held_first OR held_last OR began)",
    },
    "revenue": {
        "revenue": "coalesce(sum(amount), 0)",
        "discount": "coalesce(sum(discount), 0)",
        "arpu": f"sum(amount) / ({_mean_of('fact_bill')})",
        "discount_rate": "100 * sum(discount) / sum(fee)",
        "bills": "count(bill_id)",
        "customers": "count(DISTINCT customer_id) FILTER (bill_id IS NOT NULL)",
    },
    "usage": {
        "minutes": "coalesce(sum(minutes), 0)",
        "mou": f"coalesce(sum(minutes), 0) / ({_mean_of('fact_usage')})",
        "data_share": "100 * count(*) FILTER (data_mb > 0 AND held_last AND month = {last}) / "
        "count(*) FILTER (held_last AND month = {last})",
        "users": "count(DISTINCT customer_id) FILTER (minutes > 0 OR data_mb > 0 OR messages > 0)",
    },
    "products": {
        "at_end": "count(*) FILTER (held_last AND month = {last})",
        "revenue_per_bill": "sum(amount) / count(bill_id)",
        "holders": "count(DISTINCT customer_id) FILTER (held_last)",
    },
    "competitors": {
        "minutes_competitor": "coalesce(sum(minutes_competitor), 0)",
        "competitor_share": "100 * coalesce(sum(minutes_competitor), 0) / sum(minutes)",
        "callers": "count(DISTINCT customer_id) FILTER (minutes_competitor > 0)",
    },
    "service": {
        "contacts": "count(*)",
        "complaints": "count(*) FILTER (reason = 'complaint')",
        "settled_rate": "100 * count(resolved_on) / count(*)",
        "complaint_rate": "10000 * count(*) FILTER (reason = 'complaint') / {lines}",
        "callers": "count(DISTINCT customer_id)",
        "complainers": "count(DISTINCT customer_id) FILTER (reason = 'complaint')",
    },
    "arrears": {
        "billed": "coalesce(sum(billed), 0)",
        "paid": "coalesce(sum(paid), 0)",
        "owed": "coalesce(sum(owed) FILTER (month = {last}), 0)",
        "arrears_rate": "100 * coalesce(sum(owed) FILTER (month = {last}), 0) / sum(due)",
        "debtors": "count(*) FILTER (owed > 0 AND month = {last})",
        "in_arrears": "count(DISTINCT customer_id) FILTER (owed > 0)",
    },
    "sales": {
        "items": "count(*)",
        "opened": "count(*) FILTER (business IN ('open', 'port_in'))",
        "completion_rate": "100 * count(*) FILTER (state = 'completed') / count(*)",
        "in_time_rate": "100 * count(*) FILTER (completed_in_time) / count(completed_in_time)",
        "mean_hours": "sum(hours) / count(completed_in_time)",
        "monthly": "coalesce(sum(monthly), 0)",
        "once": "coalesce(sum(once), 0)",
        "customers": "count(DISTINCT customer_id)",
    },
    "stock": {
        "items": "count(*) FILTER (month = {last})",
        "available": "count(*) FILTER (state = 'available' AND month = {last})",
        "use_rate": "100 * count(*) FILTER (state = 'in_use' AND month = {last}) / count(*) FILTER (month = {last})",
        "value": "coalesce(sum(price) FILTER (state = 'available' AND month = {last}), 0)",
        "holders": "count(DISTINCT customer_id) FILTER (state = 'in_use')",
    },
    "daily": {
        "joined": "count(*) FILTER (flow = 'joined')",
        "net_additions": "count(*) FILTER (flow = 'joined') - count(*) FILTER (flow = 'lost')",
        "paid": "coalesce(sum(amount) FILTER (flow = 'payment'), 0)",
        "mean_payment": "sum(amount) FILTER (flow = 'payment') / count(*) FILTER (flow = 'payment')",
        "contacts": "count(*) FILTER (flow IN ('contact', 'complaint'))",
        "complaints": "count(*) FILTER (flow = 'complaint')",
        "order_items": "count(*) FILTER (flow = 'order')",
        "customers": "count(DISTINCT customer_id) FILTER (seen)",
    },
    "services": {
        "takers": "coalesce(sum(last_held) FILTER (month = {last}), 0)",
        "taken": "coalesce(sum(took), 0)",
        "drop_rate": "100 * sum(gave_up) / sum(first_held) FILTER (month = {first})",
        "active_rate": "100 * count(*) FILTER (watched AND uses > 0 AND since IS NOT NULL) / "
        "count(*) FILTER (watched AND since IS NOT NULL)",
        "penetration": "100 * coalesce(sum(last_held) FILTER (month = {last}), 0) / {held}",
        "uses_per_user": "sum(uses) / count(uses)",
        "fees": "coalesce(sum(fees), 0)",
        "customers": "count(DISTINCT customer_id) FILTER (last_held > 0)",
        "active_customers": "count(DISTINCT customer_id) FILTER (uses > 0)",
    },
    "operators": {
        "minutes_out": "coalesce(sum(out), 0)",
        "other_in": "coalesce(sum(back) FILTER (abroad), 0)",
        "other_share": "100 * coalesce(sum(out) FILTER (abroad), 0) / sum(out)",
        "balance": "coalesce(sum(back) FILTER (abroad), 0) / sum(out) FILTER (abroad)",
        "calls_in": "coalesce(sum(calls_in), 0)",
        "callers": "count(DISTINCT customer_id) FILTER (abroad AND calls_out > 0)",
    },
    "ageing": {
        "owed": "coalesce(sum(owed) FILTER (month = {last}), 0)",
        "long_owed_share": "100 * coalesce(sum(owed) FILTER (days > 90 AND month = {last}), 0) / "
        "sum(owed) FILTER (month = {last})",
        "mean_age": "sum(owed * days) FILTER (month = {last}) / sum(owed) FILTER (month = {last})",
        "owing": "count(DISTINCT customer_id)",
    },
    "keyaccounts": {
        "revenue": "coalesce(sum(amount), 0)",
        "at_end": "count(*) FILTER (held_last AND month = {last})",
        "lost_rate": "100 * count(*) FILTER (went) / count(*) FILTER (held_first AND month = {first})",
        "organisations": "count(DISTINCT customer_id) FILTER (held_last AND role = 'organisation')",
        "members": "count(DISTINCT customer_id) FILTER (held_last AND role = 'member')",
        "revenue_per_bill": "sum(amount) / count(bill_id)",
    },
}  # fmt: skip
"""A measure of each kind: sums, ratios, stocks at the end and the start, different customers."""

OWN = {"service": ("reason", "topic", "channel"), "services": ("vas", "partner", "stage", "taken_for")}
TIME = ("day", "month", "quarter", "year")


@dataclass
class Reference:
    """Plain tables in memory, and the branches that the reader may see (None: all)."""

    con: duckdb.DuckDBPyConnection
    months: dict[str, list[date]]
    days: list[date]

    def cell(
        self, question: Question, pairs: list[tuple[str, Member]], asked: Measured,
        branches: tuple[int, ...] | None, largest: dict[str, list[Member]],
    ) -> Decimal | None:  # fmt: skip
        """One figure: the members of its cell, the measure, and the way it is looked at (a plain value)."""
        measure, way = asked.measure, asked.way
        cube = question.cube
        known = self.days if _is_daily(question) else self.months[cube]
        shown = [month for month in known if _within(question, month)]
        period = [month for month in shown if all(_is(level, member, month) for level, member in pairs)]
        if not period:
            return None
        grain = next((level for level in TIME if level in (*question.rows, *question.columns)), "")
        move = _moved_days if known is self.days else _moved
        read = move(period, shown, grain, way, known)
        if read and min(read) < known[0]:
            return None
        where = self._where(question, pairs, branches, largest, read)
        formula = MEASURES[cube][measure]
        last, first = max(read, default=period[0]), min(read, default=period[0])
        if way is not Way.CUMULATIVE:
            by = (period[-1].year - last.year) * 12 + period[-1].month - last.month if read else 0
            last, first = add_months(period[-1], -by), add_months(period[0], -by)
        lines = held = ""
        if "{lines}" in formula or "{held}" in formula:
            known = question.narrowed()
            own = [one for one in known.filters if one.level not in OWN[cube]]
            apart = Question(cube, filters=tuple(own))
            around = self._where(
                apart, [pair for pair in pairs if pair[0] not in OWN[cube]], branches, largest, read
            )
            lines = f"nullif((SELECT {_MEAN} FROM lines NATURAL JOIN units WHERE {around}), 0)"
            held = (
                "nullif((SELECT count(*) FROM lines NATURAL JOIN units "
                f"WHERE held_last AND month = DATE '{last}' AND {around}), 0)"
            )
        told = formula.format(last=f"DATE '{last}'", first=f"DATE '{first}'", lines=lines, held=held)
        row = self.con.execute(
            f"SELECT {told}, count(*) FROM {TABLES[cube]} NATURAL LEFT JOIN units WHERE {where}"
        ).fetchone()
        assert row is not None
        value = row[0]
        return None if value is None or value != value or abs(value) == float("inf") else Decimal(str(value))

    def _where(
        self, question: Question, pairs: list[tuple[str, Member]], branches: tuple[int, ...] | None,
        largest: dict[str, list[Member]], months: list[date],
    ) -> str:  # fmt: skip
        column = "day" if _is_daily(question) else "of_month" if question.cube == "daily" else "month"
        found = [
            f"{column} IN ({', '.join(repr(str(month)) + '::DATE' for month in months)})"
            if months
            else "false"
        ]
        if branches is not None:
            found.append(f"branch_id IN ({', '.join(map(str, branches))})" if branches else "false")
        for one in question.filters:
            if one.level in TIME:
                continue
            some = " OR ".join(_equals(one.level, member) for member in one.members)
            found.append(f"({some})" if one.op is Op.IN else f"NOT ({some})")
        for level, member in pairs:
            if level in TIME:
                continue
            if member == OTHERS:
                found += [f"NOT ({_equals(level, other)})" for other in largest[level]]
            else:
                found.append(_equals(level, member))
        return " AND ".join(found)


def build(con: duckdb.DuckDBPyConnection, today: date) -> Reference:
    """The reference over copies of the lake's facts, on the operator's day."""
    apart = (*_LINES.split(";"), _CONTACTS, *_OWED.split(";"), _FLOWS, *_SERVICES.split(";"))
    for statement in (_UNITS, *apart, _CALLED, _AGED, _KEPT, _ORDERED, _HELD):
        con.execute(statement)
    months = {}
    for cube, table in TABLES.items():
        also = "UNION SELECT month FROM lines" if cube in OWN else ""
        month = "of_month" if cube == "daily" else "month"
        months[cube] = [
            row[0]
            for row in con.execute(f"SELECT {month} FROM {table} {also} GROUP BY 1 ORDER BY 1").fetchall()
        ]
    [(first, last)] = con.execute(
        "SELECT min(day), max(day) FROM happened WHERE day <= ?", [today]
    ).fetchall()
    first = first.replace(day=1)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return Reference(con, months, days)


def _equals(level: str, member: Member) -> str:
    text = str(member).replace("'", "''")
    return f'"{level}" IS NULL' if member is None else f"\"{level}\" IS NOT DISTINCT FROM '{text}'"


def _is(level: str, member: Member, month: date) -> bool:
    if level == "year":
        return month.year == member
    if level == "quarter":
        return f"{month.year}-Q{(month.month - 1) // 3 + 1}" == member
    if level == "day":
        return str(month) == member
    return level != "month" or month.replace(day=1) == member


def _within(question: Question, month: date) -> bool:
    for one in question.filters:
        if one.level == "month":
            bound = one.members[0]
            assert isinstance(bound, date)
            start = month.replace(day=1)
            if start < bound if one.op is Op.FROM else start > bound:
                return False
        elif one.level == "day":
            if str(month) < str(one.members[0]) if one.op is Op.FROM else str(month) > str(one.members[0]):
                return False
        elif one.level in ("year", "quarter") and not any(
            _is(one.level, member, month) for member in one.members
        ):
            return False
    return True


def _moved(period: list[date], shown: list[date], grain: str, way: Way, known: list[date]) -> list[date]:
    if way is Way.YEAR_AGO:
        return [add_months(month, -12) for month in period]
    if way is Way.PERIOD_AGO:
        length = (shown[-1].year - shown[0].year) * 12 + shown[-1].month - shown[0].month + 1
        by = {"month": 1, "quarter": 3, "year": 12}.get(grain, length)
        return [add_months(month, -by) for month in period]
    if way is Way.CUMULATIVE:
        return [month for month in known if month.year == period[-1].year and month <= period[-1]]
    return period


def _is_daily(question: Question) -> bool:
    """Whether days are named, or days compared."""
    named = (*question.rows, *question.columns, *(one.level for one in question.filters))
    return "day" in named or any(one.way is Way.SAME_DAY_LAST_MONTH for one in question.measures)


def _moved_days(period: list[date], shown: list[date], grain: str, way: Way, known: list[date]) -> list[date]:
    if way is Way.CUMULATIVE:
        end = period[-1]
        since = end.replace(day=1) if grain == "day" else date(end.year, 1, 1)
        return [day for day in known if since <= day <= end]
    months = {"month": 1, "quarter": 3, "year": 12}.get(grain, 0)
    if way is Way.PERIOD_AGO and not months:
        length = 1 if grain == "day" else (shown[-1] - shown[0]).days + 1
        return [day - timedelta(days=length) for day in period]
    back = {Way.PLAIN: 0, Way.YEAR_AGO: 12, Way.SAME_DAY_LAST_MONTH: 1}.get(way, months)
    found = []
    for day in period:
        try:
            found.append(add_months(day, -back).replace(day=day.day))
        except ValueError:
            continue
    return found


def cells_of(answer: Answer) -> list[tuple[list[tuple[str, Member]], tuple[object, ...]]]:
    """Each cell of an answer: its (level, member) pairs and its figures."""
    found = []
    for (row, column), figures in answer.values.items():
        pairs = [
            *zip(answer.rows.levels, answer.rows.keys[row], strict=False),
            *zip(answer.columns.levels, answer.columns.keys[column], strict=False),
        ]
        found.append((pairs, figures))
    return found

"""Functions that look at the whole tenant: they answer exact numbers, documents and match keys."""

from loopline.kernel.definers import Definer

FIND_CARDS = """
CREATE OR REPLACE FUNCTION customers_find_cards(wanted text[], prints bytea[])
RETURNS TABLE (id bigint, number text, kind text, masked text, branch_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  WITH RECURSIVE of AS (SELECT nullif(current_setting('app.tenant', true), '')::int AS tenant),
  hits AS (
    SELECT m.customer_id AS at FROM customers_contactmedium m
      WHERE m.tenant_id = (SELECT tenant FROM of) AND m.value = ANY (wanted)
    UNION SELECT n.id FROM customers_customer n
      WHERE n.tenant_id = (SELECT tenant FROM of) AND n.number = ANY (wanted)
    UNION SELECT s.customer_id FROM subscriptions_subscription s
      WHERE s.tenant_id = (SELECT tenant FROM of) AND s.number = ANY (wanted)
    UNION SELECT d.customer_id FROM customers_identitydocument d
      WHERE d.tenant_id = (SELECT tenant FROM of) AND d.fingerprint = ANY (prints)
  ),
  up AS (
    SELECT c.id, c.survivor_id FROM hits h JOIN customers_customer c ON c.id = h.at
    UNION SELECT c.id, c.survivor_id FROM up u JOIN customers_customer c ON c.id = u.survivor_id
  )
  SELECT c.id, c.number, c.kind,
         CASE c.kind WHEN 'organisation' THEN c.name ELSE left(c.name, 1) || repeat('*', length(c.name) - 1) END,
         c.branch_id
  FROM customers_customer c JOIN up u ON u.id = c.id
  WHERE c.survivor_id IS NULL
  ORDER BY c.id LIMIT 5
$$
"""

FIND_MATCHES = """
CREATE OR REPLACE FUNCTION customers_find_matches(
  wanted text[], prints bytea[], born bytea, places bytea[], named text, besides bigint[])
RETURNS TABLE (id bigint, public_id uuid, number text, kind text, masked text, branch_id bigint,
               why text[], stopped boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  WITH RECURSIVE of AS (SELECT nullif(current_setting('app.tenant', true), '')::int AS tenant),
  hits AS (
    SELECT m.customer_id AS at, CASE m.kind WHEN 'email' THEN 'email' ELSE 'number' END AS why
      FROM customers_contactmedium m
      WHERE m.tenant_id = (SELECT tenant FROM of) AND m.value = ANY (wanted)
    UNION SELECT s.customer_id, 'number' FROM subscriptions_subscription s
      WHERE s.tenant_id = (SELECT tenant FROM of) AND s.number = ANY (wanted)
        AND s.state NOT IN ('terminated', 'ported_out')
    UNION SELECT d.customer_id, 'document' FROM customers_identitydocument d
      WHERE d.tenant_id = (SELECT tenant FROM of) AND d.fingerprint = ANY (prints)
    UNION SELECT n.id, 'birthday' FROM customers_customer n
      WHERE n.tenant_id = (SELECT tenant FROM of) AND n.born_key = born AND n.born_key IS NOT NULL
    UNION SELECT a.customer_id, 'address' FROM customers_address a
      JOIN customers_customer n ON n.id = a.customer_id
      WHERE a.tenant_id = (SELECT tenant FROM of) AND a.place_key = ANY (places)
        AND a.place_key IS NOT NULL AND lower(n.name) = lower(named)
  ),
  up AS (
    SELECT h.why, c.id, c.survivor_id FROM hits h JOIN customers_customer c ON c.id = h.at
    UNION SELECT u.why, c.id, c.survivor_id FROM up u JOIN customers_customer c ON c.id = u.survivor_id
  ),
  found AS (
    SELECT u.id, array_agg(DISTINCT u.why) AS why FROM up u
    WHERE u.survivor_id IS NULL AND u.id <> ALL (besides) GROUP BY u.id
  )
  SELECT c.id, c.public_id, c.number, c.kind,
         CASE c.kind WHEN 'organisation' THEN c.name ELSE left(c.name, 1) || repeat('*', length(c.name) - 1) END,
         c.branch_id, f.why,
         EXISTS (SELECT FROM customers_servicestop s WHERE s.customer_id = c.id AND s.lifted_at IS NULL
                 AND (s.until IS NULL OR s.until >= current_date))
  FROM found f JOIN customers_customer c ON c.id = f.id
  ORDER BY 'document' = ANY (f.why) DESC, cardinality(f.why) DESC, c.id LIMIT 5
$$
"""

HAVING_NUMBER = """
CREATE OR REPLACE FUNCTION customers_having_number(wanted text)
RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  WITH RECURSIVE up AS (
    SELECT c.id, c.survivor_id FROM customers_customer c WHERE c.id IN (
      SELECT m.customer_id FROM customers_contactmedium m
        WHERE m.tenant_id = nullif(current_setting('app.tenant', true), '')::int AND m.value = wanted
      UNION ALL SELECT s.customer_id FROM subscriptions_subscription s
        WHERE s.tenant_id = nullif(current_setting('app.tenant', true), '')::int AND s.number = wanted
          AND s.state NOT IN ('terminated', 'ported_out'))
    UNION SELECT c.id, c.survivor_id FROM up u JOIN customers_customer c ON c.id = u.survivor_id
  )
  SELECT id FROM up WHERE survivor_id IS NULL ORDER BY id LIMIT 5
$$
"""

LINES_HELD = """
CREATE OR REPLACE FUNCTION customers_lines_held(prints bytea[])
RETURNS TABLE (fingerprint bytea, lines bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT d.fingerprint, count(DISTINCT s.id)
  FROM customers_identitydocument d JOIN subscriptions_subscription s ON s.customer_id = d.customer_id
  WHERE d.tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)
    AND d.fingerprint = ANY (prints) AND s.number <> '' AND s.state NOT IN ('terminated', 'ported_out')
  GROUP BY d.fingerprint
$$
"""

DEFINERS = [
    Definer(
        "customers_find_cards",
        "text[], bytea[]",
        FIND_CARDS,
        (
            "customers_customer",
            "customers_contactmedium",
            "customers_identitydocument",
            "subscriptions_subscription",
        ),
    ),
    Definer(
        "customers_find_matches",
        "text[], bytea[], bytea, bytea[], text, bigint[]",
        FIND_MATCHES,
        (
            "customers_address",
            "customers_contactmedium",
            "customers_customer",
            "customers_identitydocument",
            "customers_servicestop",
            "subscriptions_subscription",
        ),
    ),
    Definer(
        "customers_having_number",
        "text",
        HAVING_NUMBER,
        ("customers_contactmedium", "customers_customer", "subscriptions_subscription"),
    ),
    Definer(
        "customers_lines_held",
        "bytea[]",
        LINES_HELD,
        ("customers_identitydocument", "subscriptions_subscription"),
    ),
]

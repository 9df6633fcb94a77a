"""One function looks at the whole tenant: it answers an exact number or document with a masked card."""

from loopline.kernel.definers import Definer

FIND_CARDS = """
CREATE OR REPLACE FUNCTION customers_find_cards(wanted text[], prints bytea[])
RETURNS TABLE (id bigint, number text, kind text, masked text, branch_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
  SELECT c.id, c.number, c.kind,
         CASE c.kind WHEN 'organisation' THEN c.name ELSE left(c.name, 1) || repeat('*', length(c.name) - 1) END,
         c.branch_id
  FROM customers_customer c
  WHERE c.tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)
    AND c.id IN (
      SELECT m.customer_id FROM customers_contactmedium m WHERE m.value = ANY (wanted)
        AND m.tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)
      UNION SELECT n.id FROM customers_customer n WHERE n.number = ANY (wanted)
        AND n.tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)
      UNION SELECT s.customer_id FROM subscriptions_subscription s WHERE s.number = ANY (wanted)
        AND s.tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)
      UNION SELECT d.customer_id FROM customers_identitydocument d WHERE d.fingerprint = ANY (prints)
        AND d.tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int))
  ORDER BY c.id LIMIT 5
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
    )
]

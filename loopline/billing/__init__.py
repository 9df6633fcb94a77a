"""The read model of what billing knows: bills, payments, monthly usage, arrears.

Owns copies fed by the billing system, never the rating or the invoice itself. It never changes a price.
TM Forum: CustomerBill (TMF678), UsageConsumption (TMF677).
"""

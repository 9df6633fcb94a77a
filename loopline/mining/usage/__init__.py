"""What usage records tell of a subscription: forty monthly features and its calling circle 交往圈.

Defined once in Ibis, decomposed into edges (subscription × contact, × cell, × device, × day), so that no distinct
count is ever taken over the records themselves; carried out by DuckDB or Spark with equal results.
"""

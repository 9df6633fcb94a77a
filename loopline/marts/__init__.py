"""Data marts 数据集市: subjects made from the warehouse, and tables that an operator brings beside it.

Owns the five subjects with their summary tables and refresh rules, and brought tables with the history of their loads.
It never changes what the warehouse took from operations. TM Forum has no name for it.
"""

"""Measured results: the effect of campaigns against their control groups.

Owns what is read from the warehouse as an indicator. It never changes what it measures.
"""

"""Reads: the effect of campaigns, values of indicators, breaches, recorded work."""

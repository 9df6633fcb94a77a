"""Indicators: what the operator is steered by, with targets, thresholds and what is done when one goes wrong.

Owns definitions, kept values and breaches, and measured effects of campaigns. It never changes what it measures, and
asks the cubes for what they know. TM Forum: Performance Management.
"""

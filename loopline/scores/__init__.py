"""The latest score of each subscription: risk of leaving, value, and the reasons in words.

Owns what analysis sends back to operations. It never computes a score; operations read it here and import no analysis.
"""

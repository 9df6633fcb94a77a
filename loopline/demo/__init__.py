"""The demo operator: 东江电信 (Dongjiang Telecom), an invented province simulated from a fixed seed.

It owns the simulated world (organisation, staff, catalogue, customers, twelve months of life) and the planted
truth: for every customer and month the chance of leaving and its cause, and how each would answer an offer.
It never decides anything for the product and is never read by mining or campaigns, only by tests and the loader.
TM Forum name: none (test data).
"""

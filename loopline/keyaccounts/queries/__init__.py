"""Reading the chain with its figures, customers in charge, visits, and groups."""

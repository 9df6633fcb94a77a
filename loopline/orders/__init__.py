"""Business acceptance 业务受理: what a customer asks for, until it works.

Owns orders, their items, steps and states. Never bills.

TM Forum: Product ordering (622).
"""

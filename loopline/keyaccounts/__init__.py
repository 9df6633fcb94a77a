"""Key accounts and groups: who looks after whom, care plans, visits; organisations with members and contracts.

Owns the chain of four levels and what is promised to whom. Never holds the customer file: customers do.

TM Forum: Party role (669).
"""

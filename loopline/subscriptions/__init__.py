"""The services in use: each subscription with its number, plan, state and term.

Owns subscriptions and their life cycle. It never rates usage or writes bills. TM Forum: Product (TMF637).
"""

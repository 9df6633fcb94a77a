"""My desk: messages, notices, calendar and the search over everything. Owns what people write to each other.

Never knows what a task or a customer is: modules bring their own finders and appointments.
"""

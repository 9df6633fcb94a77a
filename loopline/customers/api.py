"""The door of this module for other modules."""

from loopline.customers.bulk import Written, known_customers, write_customers, write_number_tokens

__all__ = [
    "Written",
    "known_customers",
    "write_customers",
    "write_number_tokens",
]

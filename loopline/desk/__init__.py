"""My desk: appointments, whatever is due at a time, and the search over everything.

Owns appointments and the keys of calendars that other programs read. Never knows what a task or a customer is:
modules bring what is due and what can be found (`kernel.agenda`, `kernel.finding`). It has no TM Forum counterpart.
"""

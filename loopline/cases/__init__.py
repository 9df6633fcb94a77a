"""Tickets: complaint, enquiry, fault, suggestion, until the customer agrees that they are done.

Owns their clocks. Never contacts anybody by itself.

TM Forum: Trouble ticket (621).
"""

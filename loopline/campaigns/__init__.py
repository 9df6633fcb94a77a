"""Campaigns: whom to contact, with what offer, under which rules, and against which control group.

Owns campaigns, their members and the answers. It never picks by score itself: it gets an audience.
TM Forum: Promotion (TMF671), and the campaign of Sales Management (TMF699).
"""

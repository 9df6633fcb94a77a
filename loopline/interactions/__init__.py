"""One history of every touch between the operator and a customer, on every channel.

Owns interactions and their outcome. It never decides whom to contact. TM Forum: PartyInteraction (TMF683).
"""

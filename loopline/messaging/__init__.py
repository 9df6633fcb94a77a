"""What goes from person to person and from the house to people: messages and notices.

Owns messages, notices and who has read them. It never contacts a customer by itself yet.
TM Forum: Communication (TMF681).
"""

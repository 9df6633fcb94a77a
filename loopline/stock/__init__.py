"""What is given out: numbers, SIM cards, devices. Owns who holds which until when. Never sells: orders do.

TM Forum: Resource inventory, Stock (687).
"""

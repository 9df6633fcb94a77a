"""What the operator sells: plans, add-ons and retention offers with their prices.

Owns offerings and their cost to the operator. It never knows who bought one. TM Forum: ProductOffering (TMF620).
"""

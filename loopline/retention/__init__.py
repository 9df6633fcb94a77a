"""The retention desk: the value × risk matrix, its strategy for each cell, and the way from a cell to a campaign.

Owns the strategy of each cell. It never scores and never contacts: it reads scores and plans campaigns.
"""

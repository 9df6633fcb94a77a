"""Reading tickets, the standards they are worked by, and who is there to work."""

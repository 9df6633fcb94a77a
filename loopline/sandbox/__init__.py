"""The sandbox: analysts' own SQL over the tables of the warehouse, read only.

Owns the statements that were asked, who asked them, what came out for a day, and those people keep. A statement runs
in a process of its own, which is handed the rows that its asker may see and can reach nothing else. It never changes
what operations or the lake know.
"""

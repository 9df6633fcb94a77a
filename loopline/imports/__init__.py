"""Files in: a table out of whatever file a person brings, its columns matched to our fields, its values parsed.

It owns the recognition of files, the matching of headers, the meaning of values, and the list of what was rejected
and why. It never decides what a customer is and never guesses in silence: what it cannot read is reported by row,
column, value and reason. TM Forum has no name for it; the nearest is Document (TMF667).
"""

"""Files out: every list as a file, streamed and masked as on screen; in clear once a second person has approved it.

It owns the ways out, the wishes for files in clear and who decided about them. It never says what a file holds: each
module brings its lists, and a file in clear has the heads that the imports read, so that it comes in again unchanged.
TM Forum has no name for it; the nearest is Document (TMF667).
"""

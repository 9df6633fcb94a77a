"""The face: the layout of every page, the parts pages are made of, style, keyboard, and the pages of no one module.

It owns the shell's templates, the static files and the desk. It never decides anything of the business: it asks the
modules through their doors. It has no TM Forum counterpart.
"""

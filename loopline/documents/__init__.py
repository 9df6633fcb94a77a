"""Files that hang on something: attachments, signed forms, letters.

Owns their bytes, checks and limits. Never reads what is in them.

TM Forum: Document (667).
"""

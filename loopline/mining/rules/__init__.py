"""The arithmetic of mining in plain Python: columns, folds, candidates, figures, warnings, reasons; no ORM,
clock or settings.
"""

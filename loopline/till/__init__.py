"""The cash desk: money taken and given back over a counter, receipts, the close of the day.

Owns every fen that passes a counter and what is held as deposit or paid by instalments. Never prices: orders do.

TM Forum: Payment (676).
"""

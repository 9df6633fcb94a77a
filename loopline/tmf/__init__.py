"""The TM Forum Open APIs over the actions and queries that the screens use.

Owns the translation and the hubs, and keeps what clients send for which there is no field; has no second model.

TM Forum: 620, 621, 622, 629, 632, 637, 666, 669, 672, 678, 679, 681, 683, 688.
"""

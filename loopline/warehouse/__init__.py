"""The warehouse: stars in DuckLake fed from PostgreSQL, incremental, restartable, reconciled to the fen.

Owns the lake, its loads and its checks. It never holds clear personal data and nobody else writes the lake.
"""

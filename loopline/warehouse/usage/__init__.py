"""Usage records 话单: files and streams of call and data records into the lake, each exactly once.

Owns fact_usage_record, its ledger of files and rejected rows, the months made from the records, and the folder of
original files from which everything can be made again. It keeps no number in clear: keyed hashes and segments only.
"""

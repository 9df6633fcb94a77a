"""Reports: questions to the cubes laid out for paper and mail, made by people, on a schedule.

Owns the reports, their schedules, recipients and the archive of what was sent. It never computes a figure itself:
every number comes from the same door as the pivot's. TM Forum: PerformanceReport.
"""

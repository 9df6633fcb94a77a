"""What every module stands on and no business noun lives in.

Owns money, numbers, periods, the clock, errors, the registry, the event log, permission and the door through
which each request and job enters its tenant. It never knows a customer, a bill or a campaign.
"""

"""Who works here: operators (tenants), the organisation tree, staff, roles, sign-ins and tokens.

Owns the answer to "who is this and what may he see". It never holds a customer.
TM Forum: Organization and Individual of the party (TMF632), UserRole (TMF672).
"""

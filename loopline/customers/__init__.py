"""The customer file: persons and organisations, how to reach them, what they agreed to, who pays.

Owns customers, accounts, contact media, addresses, documents and consent, and the search over them. It never
knows what a customer uses or owes. TM Forum: Customer (TMF629), Party (TMF632), BillingAccount (TMF666).
"""

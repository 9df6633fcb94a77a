"""Mining 数据挖掘: learns from history who will leave, how surely and why, and warns of figures too good to be true.

It owns the protocol of honest evaluation, the churn models with their runs and figures, and the reasons
behind each score. It never acts on a customer and never contacts one: scores go to `loopline.scores`, acting
is for campaigns and people. TM Forum: Customer Insight and AI Model management (ODA Intelligence Management).
"""

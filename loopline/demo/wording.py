"""How the world's codes read in the product; topics and summaries are what staff of this operator would note."""

import numpy as np

from loopline.demo.facts import Table

KINDS = {"enquiry": "enquiry", "complaint": "complaint", "visit": "visit", "renewal": "enquiry"}
CHANNELS = {"hotline": "call", "hall": "shop", "app": "app", "wechat": "wechat"}
TOPICS = {
    "billing": "账单",
    "plan": "套餐",
    "coverage": "信号覆盖",
    "promotion": "优惠活动",
    "installation": "装移机",
    "network": "网络质量",
    "service": "服务",
    "contract": "合约续签",
}
END_REASONS = {
    "": "",
    "voluntary": "customer_request",
    "involuntary": "arrears",
    "internal": "number_change",
}
"""Why a subscription ended; after `number_change` the customer goes on with another number."""
TIERS_FROM_FEN = {"standard": 0, "silver": 10_000, "gold": 20_000, "diamond": 30_000}
_SENTENCES = {
    "enquiry": "咨询{topic}",
    "complaint": "投诉{topic}问题",
    "visit": "到厅办理{topic}业务",
    "renewal": "办理{topic}",
}


def summaries(contacts: Table) -> np.ndarray:
    """One short sentence for each contact."""
    pairs = zip(contacts["kind"].tolist(), contacts["topic"].tolist(), strict=True)
    return np.array([_SENTENCES[kind].format(topic=TOPICS[topic]) for kind, topic in pairs])

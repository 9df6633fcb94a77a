"""What the demo operator sells: twelve plans and five offers that keep or grow a customer."""

from dataclasses import dataclass

import numpy as np

MB = 1024
VOICE_OVER_FEN = 15  # for each minute over the allowance
DATA_OVER_FEN = 500  # for each GB over the allowance
ROAMING_FEN = 2500  # for each day of international roaming
UNLIMITED = 2**40


@dataclass(frozen=True)
class Plan:
    """A plan: monthly fee in fen, allowances in minutes and GB (None: without limit), speed in Mbit/s."""

    code: str
    name_zh: str
    name_en: str
    family: str  # prepaid, postpaid, five_g, broadband, convergent
    fee_fen: int
    minutes: int
    gigabytes: int | None
    speed: int


PLANS = (
    Plan("P19", "畅聊卡19元", "Chat card 19", "prepaid", 1900, 100, 5, 150),
    Plan("P39", "畅聊卡39元", "Chat card 39", "prepaid", 3900, 200, 10, 150),
    Plan("P59", "青春卡59元", "Youth card 59", "prepaid", 5900, 200, 30, 300),
    Plan("M59", "东江畅享59元", "Dongjiang Enjoy 59", "postpaid", 5900, 300, 15, 150),
    Plan("M99", "东江畅享99元", "Dongjiang Enjoy 99", "postpaid", 9900, 600, 25, 300),
    Plan("G129", "5G智享129元", "5G Smart 129", "five_g", 12900, 500, 30, 500),
    Plan("G169", "5G智享169元", "5G Smart 169", "five_g", 16900, 800, 60, 1000),
    Plan("G239", "5G尊享239元", "5G Premium 239", "five_g", 23900, 1000, 100, 1000),
    Plan("B300", "光纤宽带300M", "Fibre 300M", "broadband", 7000, 0, None, 300),
    Plan("B1000", "千兆宽带1000M", "Gigabit Fibre 1000M", "broadband", 11000, 0, None, 1000),
    Plan("C169", "全家享融合169元", "Family Bundle 169", "convergent", 16900, 700, 40, 300),
    Plan("C239", "全家享融合239元", "Family Bundle 239", "convergent", 23900, 1200, 80, 1000),
)


@dataclass(frozen=True)
class Offer:
    """Something that is offered to keep or grow a customer; cost to the operator in fen when accepted.

    `contract_months` is the length of the contract that is signed with it, 0 for none; `discount` the part of
    the monthly fee that is forgiven for `discount_months`.
    """

    code: str
    name_zh: str
    name_en: str
    purpose: str  # retention, upsell
    cost_fen: int
    contract_months: int = 0
    discount: float = 0.0
    discount_months: int = 0


OFFERS = (
    Offer("DISC12", "月租八折十二个月", "20 % off for 12 months", "retention", 24000, 12, 0.2, 12),
    Offer("DATA10", "每月加赠10GB流量", "10 GB more each month", "retention", 6000),
    Offer("SPEED", "网络优化与免费提速", "Network check and free speed upgrade", "upsell", 9000),
    Offer("HANDSET", "手机分期合约", "Handset by instalments", "upsell", 30000, 24),
    Offer("CARE", "投诉专人回访关怀", "Complaint solved by a named person", "retention", 5000),
)
OFFER_INDEX = {offer.code: index for index, offer in enumerate(OFFERS)}

PLAN_CODES = np.array([plan.code for plan in PLANS])
FEES = np.array([plan.fee_fen for plan in PLANS], dtype=np.int64)
MINUTES = np.array([plan.minutes for plan in PLANS], dtype=np.int64)
MEGABYTES = np.array([UNLIMITED if p.gigabytes is None else p.gigabytes * MB for p in PLANS], dtype=np.int64)


def plans_of(*families: str) -> np.ndarray:
    """Indices into PLANS of the given families, int64."""
    return np.array([index for index, plan in enumerate(PLANS) if plan.family in families], dtype=np.int64)

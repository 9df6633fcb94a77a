"""Who the demo operator's customers are: names, documents, numbers and addresses, all invented.

Identity cards use region codes 39xxxx, which GB/T 2260 never gave out, and telephone numbers the segments 163,
164 and 168, which no operator holds: they have the right shape and check digits and belong to nobody.
"""

import functools

import numpy as np
from numpy.random import Generator

from loopline.demo.draws import chosen
from loopline.demo.organisation import CITIES, DISTRICTS, HALLS

# Surnames with their share of the population in per mille.
_SURNAMES = (
    "王李张刘陈杨黄吴赵周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙陶贺顾毛郝龚邵万覃武钱戴严莫孔向常"
)
_SHARES = [72, 72, 68, 54, 45, 31, 22, 20, 20, 19, 15, 15, 13, 13, 13, 12, 12, 12, 11, 9, 9, 9, 8, 8, 8]
_SHARES += [7] * 10 + [5] * 20 + [4] * 20 + [2] * (len(_SURNAMES) - 75)
_MALE = "伟强磊洋勇军杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆旭宁龙林建国志文博子轩豪天佑思远昊然泽铭嘉诚东峰海生成永福贵"
_FEMALE = "芳娜敏静丽艳娟霞秀燕玲桂英兰红梅琳玉萍雪慧莹婷雅洁淑珍莉云倩欣怡佳诗涵梦琪雨彤思颖悦晨曦月蓉巧凤春美清婉可馨"
_COMPANY_WORDS = (
    "恒达",
    "瑞丰",
    "华信",
    "远航",
    "金桥",
    "鼎盛",
    "东升",
    "天源",
    "宏图",
    "汇通",
    "百川",
    "新宇",
)
_COMPANY_TRADES = (
    "物流",
    "商贸",
    "建材",
    "机电",
    "食品",
    "纺织",
    "信息技术",
    "餐饮管理",
    "酒店",
    "医疗器械",
    "教育咨询",
    "水产",
)
_ROADS = (
    "人民路",
    "解放路",
    "文昌路",
    "建设大道",
    "滨江路",
    "学府路",
    "和平街",
    "望湖路",
    "兴业路",
    "花园街",
    "青年路",
    "朝阳路",
)
_SEGMENTS = ("163", "164", "168")  # one for each city
_BIRTH_FIRST, _BIRTH_DAYS = np.datetime64("1950-01-01"), 20_000  # to October 2004
_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"

CITY_OF_BRANCH = np.array([int(DISTRICTS[district][0]) - 1 for district, _, _ in HALLS], dtype=np.int64)
_REGION_OF_BRANCH = np.array([int(DISTRICTS[district][3]) for district, _, _ in HALLS], dtype=np.int64)
_PLACE_OF_BRANCH = np.array(
    [f"{CITIES[int(DISTRICTS[d][0]) - 1][1]}市{DISTRICTS[d][1]}区" for d, _, _ in HALLS]
)


def person_names(rng: Generator, female: np.ndarray) -> np.ndarray:
    """Chinese names for people, shape of `female`; surnames by their frequency, four in five with two given signs."""
    size = len(female)
    surnames = np.array(list(_SURNAMES))[chosen(rng, np.array(_SHARES), size)]
    signs = np.where(female, _signs(rng, _FEMALE, size), _signs(rng, _MALE, size))
    second = np.where(female, _signs(rng, _FEMALE, size), _signs(rng, _MALE, size))
    second = np.where((rng.random(size) < 0.8) & (second != signs), second, "")
    return _text(surnames, signs, second)


def company_names(rng: Generator, branch: np.ndarray) -> np.ndarray:
    """Company names that begin with the city of the branch."""
    cities = np.array([zh for _, zh, _ in CITIES])[CITY_OF_BRANCH[branch]]
    words = np.array(_COMPANY_WORDS)[rng.integers(0, len(_COMPANY_WORDS), len(branch))]
    trades = np.array(_COMPANY_TRADES)[rng.integers(0, len(_COMPANY_TRADES), len(branch))]
    return _text(cities, words, trades, "有限公司")


def births(customer: np.ndarray) -> np.ndarray:
    """Birth dates, datetime64[D]: spread evenly, and never the same date and sequence for two customers."""
    return np.asarray(_BIRTH_FIRST + (_card_slot(customer) // 500).astype("timedelta64[D]"))


def identity_cards(customer: np.ndarray, branch: np.ndarray, female: np.ndarray) -> np.ndarray:
    """Resident identity numbers (GB 11643): region, birth date, sequence (odd for men), check (MOD 11-2)."""
    born = births(customer)
    year = born.astype("datetime64[Y]").astype(np.int64) + 1970
    month = born.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (born - born.astype("datetime64[M]")).astype(np.int64) + 1
    sequence = _card_slot(customer) % 500 * 2 + ~female
    body = (_REGION_OF_BRANCH[branch] * 10**8 + year * 10**4 + month * 100 + day) * 1000 + sequence
    digits = body[:, None] // 10 ** np.arange(16, -1, -1) % 10
    weights = 2 ** np.arange(17, 0, -1) % 11
    checks = np.array(list("10X98765432"))[digits @ weights % 11]
    return _text(body.astype("U17"), checks)


def credit_codes(customer: np.ndarray, branch: np.ndarray) -> np.ndarray:
    """Unified social credit codes (GB 32100): 91, region, organisation code with its own check (GB 11714), check."""
    codes = customer * 7919 % 10**8
    digits = codes[:, None] // 10 ** np.arange(7, -1, -1) % 10
    check = np.array(list("0X987654321"))[digits @ np.array([3, 7, 9, 10, 5, 8, 4, 2]) % 11]
    body = _text("91", _REGION_OF_BRANCH[branch].astype("U6"), _padded(codes, 8), check)
    values = np.searchsorted(list(_CREDIT_SIGNS), body.astype("U17").view("U1").reshape(-1, 17))
    weights = np.array([pow(3, place, 31) for place in range(17)])
    return _text(body, np.array(list(_CREDIT_SIGNS))[(31 - values @ weights % 31) % 31])


def mobile_numbers(line: np.ndarray, branch: np.ndarray) -> np.ndarray:
    """Mobile numbers in E.164 for line keys below 10^8; different keys give different numbers."""
    segment = np.array(_SEGMENTS)[CITY_OF_BRANCH[branch]]
    return _text("+86", segment, _padded((line * 61_803_399 + 12_345_679) % 10**8, 8))


def broadband_numbers(line: np.ndarray) -> np.ndarray:
    """Names of broadband lines."""
    return _text("dj", _padded((line * 61_803_399 + 12_345_679) % 10**8, 8))


def addresses(rng: Generator, branch: np.ndarray) -> np.ndarray:
    """Postal addresses in the district of the branch."""
    size = len(branch)
    roads = np.array(_ROADS)[rng.integers(0, len(_ROADS), size)]
    house, block = rng.integers(1, 300, size).astype("U3"), rng.integers(1, 20, size).astype("U3")
    room = rng.integers(1, 25, size) * 100 + rng.integers(1, 5, size)
    return _text(_PLACE_OF_BRANCH[branch], roads, house, "号", block, "栋", room.astype("U4"), "室")


def _signs(rng: Generator, signs: str, size: int) -> np.ndarray:
    return np.array(list(signs))[rng.integers(0, len(signs), size)]


def _text(*parts: np.ndarray | str) -> np.ndarray:
    return np.asarray(functools.reduce(np.char.add, parts))


def _padded(numbers: np.ndarray, width: int) -> np.ndarray:
    return np.asarray(np.char.zfill(numbers.astype(f"U{width}"), width))


def _card_slot(customer: np.ndarray) -> np.ndarray:
    # 7_654_321 and 10^7 have no common factor: every customer below 10^7 gets a (birth date, sequence) of his own.
    return customer * 7_654_321 % (_BIRTH_DAYS * 500)

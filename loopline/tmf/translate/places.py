"""Addresses in the parts that the Open APIs know, and what is wrong with one that was sent."""

import re
from collections.abc import Mapping
from typing import Any

_PROVINCE = re.compile(r"^(?:(.{2,7}?(?:省|自治区|特别行政区))|(?=(?:北京|上海|天津|重庆)市))(.*)$")
_CITY = re.compile(r"^(.{1,12}?(?:市|自治州|盟|地区))(.*)$")
_STREET = re.compile(
    r"^(?P<name>.*?(?P<type>大道|路|街|道|巷|弄|里|胡同))?(?P<number>\d+(?:[-之]\d+)?)号(?P<rest>.*)$"
)
_BUILDING = re.compile(r"([0-9A-Za-z一二三四五六七八九十]+(?:幢|栋|号楼|座))")
_LEVEL = re.compile(r"(\d+)(?:层|楼)")
_UNIT = re.compile(r"(\d+)室")
SUBS = r"(幢|栋|号楼|座|层|楼|室)"
REGIONS = r"(省|自治区|市|州|盟|区|县|旗)"
HIDDEN = "****"

_PROVINCES = (
    ("北京", "10"),
    ("上海", "20"),
    ("天津", "30"),
    ("重庆", "40"),
    ("河北", "05 06 07"),
    ("山西", "03 04"),
    ("内蒙古", "01 02 13 75"),
    ("辽宁", "11 12"),
    ("吉林", "13"),
    ("黑龙江", "15 16"),
    ("江苏", "21 22"),
    ("安徽", "23 24"),
    ("山东", "25 26 27"),
    ("浙江", "31 32"),
    ("江西", "33 34"),
    ("福建", "35 36"),
    ("湖南", "41 42"),
    ("湖北", "43 44"),
    ("河南", "45 46 47"),
    ("广东", "51 52"),
    ("广西", "53 54"),
    ("贵州", "55 56"),
    ("海南", "57"),
    ("四川", "61 62 63 64"),
    ("云南", "65 66 67"),
    ("陕西", "71 72"),
    ("甘肃", "73 74"),
    ("宁夏", "75"),
    ("青海", "81"),
    ("新疆", "83 84"),
    ("西藏", "85"),
)
"""Provinces of China and how their postal codes begin (GB/T 2260, China Post)."""

_CHINA = ("CN", "CHN", "CHINA", "中国")
_NEEDED = ("country", "city", "streetName")


def read(region: str, street: str) -> dict[str, str]:
    """The parts of an address as the house keeps it; a part that cannot be told is not there."""
    province = _PROVINCE.match(region)
    state, rest = (province[1] or "", province[2]) if province else ("", region)
    city = _CITY.match(rest)
    line = _STREET.match(street)
    found = {
        "country": "CN",
        "stateOrProvince": state or (city[1] if province and city else ""),
        "city": city[1] if city else rest,
        "locality": city[2] if city else "",
        "streetName": (line["name"] or "") if line else street,
        "streetNr": line["number"] if line else "",
        "streetType": (line["type"] or "") if line else "",
    }
    return {name: part for name, part in found.items() if part}


def sub_address(street: str) -> dict[str, str]:
    """Building, floor and door behind the number of the house."""
    line = _STREET.match(street)
    rest = line["rest"] if line else street
    building, level, door = _BUILDING.search(rest), _LEVEL.search(rest), _UNIT.search(rest)
    found = {
        "buildingName": building[1] if building else "",
        "levelType": "floor" if level else "",
        "levelNumber": level[1] if level else "",
        "subUnitType": "room" if door else "",
        "subUnitNumber": door[1] if door else "",
    }
    made = {name: part for name, part in found.items() if part}
    return made | {"name": rest, "subAddressType": "unit"} if made else {}


def write(place: Mapping[str, Any]) -> tuple[str, str, str]:
    """Region, street and postal code of an address that was sent in parts."""
    parts = {name: str(value).strip() for name, value in place.items() if isinstance(value, str)}
    area = [parts.get(name, "") for name in ("stateOrProvince", "city", "locality")]
    written: list[str] = []
    for part in area:
        if part and part not in written:
            written.append(part)
    number = parts.get("streetNr", "")
    street = parts.get("streetName", "")
    if _is_chinese(street):
        street += f"{number}号" if number else ""
        return "".join(written), street, parts.get("postcode", "")
    return ", ".join(written), f"{number} {street}".strip(), parts.get("postcode", "")


def faults(place: Mapping[str, Any]) -> list[str]:
    """The attributes of a sent address that are missing or cannot be."""
    wrong = [name for name in _NEEDED if not str(place.get(name) or "").strip()]
    if _is_home(place):
        code = str(place.get("postcode") or "")
        begins = _begins(str(place.get("stateOrProvince") or place.get("city") or ""))
        if code and not (re.fullmatch(r"\d{6}", code) and (not begins or code[:2] in begins)):
            wrong.append("postcode")
    return wrong


def mended(place: Mapping[str, Any], wrong: list[str]) -> dict[str, Any]:
    """The address without what is wrong in it, and with what follows from the rest."""
    made = {name: value for name, value in place.items() if name not in wrong}
    if "country" in wrong and _begins(str(place.get("stateOrProvince") or place.get("city") or "")):
        made["country"] = "CN"
    return made


def _begins(area: str) -> list[str]:
    return next((codes.split() for name, codes in _PROVINCES if area.startswith(name)), [])


def _is_home(place: Mapping[str, Any]) -> bool:
    return str(place.get("country") or "CN").upper() in _CHINA


def _is_chinese(text: str) -> bool:
    return re.search(r"[\u3400-\u9fff]", text) is not None

"""Nothing personal reaches the lake in clear: numbers become keyed hashes, telling values in free columns too."""

import json
import re
from typing import Any

from loopline.kernel.sealing import fingerprint

_TELLING_NAME = re.compile(
    r"姓名|身份证|证件|手机|电话|地址|住址|邮箱|微信|\bname\b|surname|phone|mobile.?n|msisdn|e-?mail|address"
    r"|passport|identity|wechat",
    re.IGNORECASE,
)
_TELLING_VALUE = re.compile(
    r"(?:\+?86)?[-\s]?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}|\d{17}[\dXx]|[^@\s]+@[^@\s]+\.\w+"
)


def keyed_hash(tenant: int, kind: str, value: str) -> str:
    """32 hexadecimal digits (128 bits) of the keyed fingerprint; '' for ''. Equal values meet, none is readable."""
    return fingerprint(tenant, kind, value)[:16].hex() if value else ""


def without_personal_values(tenant: int, characteristics: str) -> str:
    """A JSON object with telling values (telephone, identity card, e-mail, anything named so) hashed.

    Imported tables bring columns of any name as characteristics; most have none and pass unchanged.
    """
    if not (_TELLING_NAME.search(characteristics) or _TELLING_VALUE.search(characteristics)):
        return characteristics
    values: dict[str, Any] = json.loads(characteristics)
    return json.dumps(
        {
            name: keyed_hash(tenant, "characteristic", str(value)) if _is_telling(name, value) else value
            for name, value in values.items()
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def tells(name: str) -> bool:
    """Whether what is called so may tell who somebody is."""
    return bool(_TELLING_NAME.search(name))


def is_telling(value: object) -> bool:
    """Whether a value is a telephone number, an identity card's or an e-mail address."""
    if value is None or isinstance(value, bool | float):
        return False
    return bool(_TELLING_VALUE.fullmatch(str(value).strip()))


def _is_telling(name: str, value: object) -> bool:
    if value is None or isinstance(value, bool | float):
        return False
    return tells(name) or is_telling(value)

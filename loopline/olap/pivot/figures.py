"""How figures and the places where they stand are written."""

from urllib.parse import quote

from loopline.olap.address import member_text
from loopline.olap.question import CHANGES, OTHERS, Head, Member, Value

NOTHING = "–"


def is_change(head: Head) -> bool:
    """Whether a column tells a change, which has a sign and an arrow."""
    return head.measured.way in CHANGES


def is_percent(head: Head) -> bool:
    """Whether a column tells percents."""
    return head.unit == "%"


def told(value: Value, head: Head) -> str:
    """A figure as people read it: grouped by thousands, percent of shares, changes with sign and arrow."""
    if value is None:
        return NOTHING
    text = f"{value:,.{head.decimals}f}%" if is_percent(head) else f"{value:,.{head.decimals}f}"
    text = text.removeprefix("-") if _is_nothing(text) else text
    if not is_change(head):
        return text.replace("-", "−", 1)
    if _is_nothing(text):
        return f"→ {text}"
    return f"↓ −{text[1:]}" if text.startswith("-") else f"↑ +{text}"


def direction(value: Value, head: Head) -> str:
    """`up` or `down` for a change, else ''."""
    if value is None or not is_change(head) or not value:
        return ""
    return "up" if value > 0 else "down"


def place(row: tuple[Member, ...], column: tuple[Member, ...], measure: int = 0) -> str:
    """Where a figure stands, as an address has it: members of its row; those of its column; its measure. '' for a cell
    that stands for all that a top-N left out."""
    if OTHERS in row or OTHERS in column:
        return ""
    return ";".join([_key(row), _key(column), str(measure)])


def _key(key: tuple[Member, ...]) -> str:
    return ",".join(quote(member_text(member), safe="") for member in key)


def _is_nothing(text: str) -> bool:
    return not any(sign in text for sign in "123456789")

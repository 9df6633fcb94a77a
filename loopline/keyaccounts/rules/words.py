"""Texts as people send them."""


def clean(text: str, most: int) -> str:
    """Without what a database does not take, without space around, cut to a length."""
    return text.replace("\0", "").strip()[:most]

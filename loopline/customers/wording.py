"""Codes in the words of the trade."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Words = dict[str, str | Promise]

TIERS: Words = {
    "diamond": _("Diamond"),
    "gold": _("Gold"),
    "silver": _("Silver"),
    "standard": _("Standard"),
}
TIER_TONES = {"diamond": "info", "gold": "accent", "silver": "neutral", "standard": "neutral"}
LIFE_CYCLES: Words = {
    "prospect": _("Prospect"),
    "active": _("Active"),
    "at_risk": _("At risk"),
    "lost": _("Lost"),
    "won_back": _("Won back"),
}
LIFE_CYCLE_TONES = {
    "prospect": "info",
    "active": "good",
    "at_risk": "warn",
    "lost": "neutral",
    "won_back": "accent",
}
KINDS: Words = {"person": _("Person"), "organisation": _("Organisation")}
SEXES: Words = {"F": _("Female"), "M": _("Male")}
MEDIA: Words = {"telephone": _("Telephone"), "email": _("E-mail"), "wechat": _("WeChat")}
MEDIUM_ICONS = {"telephone": "phone", "email": "mail", "wechat": "message-circle"}
CHANNELS: Words = {"call": _("Call"), "sms": _("SMS"), "email": _("E-mail"), "wechat": _("WeChat")}
FIELDS: Words = {
    "name": _("Name"),
    "sex": _("Sex"),
    "birth_date": _("Date of birth"),
    "life_cycle": _("Status"),
    "tier": _("Tier"),
}


def word(words: Words, code: str) -> str:
    """The word for a code in the reader's language; an unknown code stands for itself, none is empty."""
    return str(words.get(code, code))

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


FIELDS |= {
    "joined_on": _("Customer since"),
    "preferred": _("Preferred"),
    "valid_from": _("From"),
    "valid_to": _("Until"),
    "address": _("Address"),
    "address_kind": _("Kind of address"),
    "state": _("Real-name check"),
    "kind": _("Kind"),
    "status": _("Account status"),
    "payment_method": _("Payment method"),
    "bill_day": _("Bill day"),
    "duplicates": _("Possible doubles"),
    "lines_per_document": _("Numbers per document"),
    "by_hand_days": _("Days that a status set by hand holds"),
}
PLACES: Words = {
    "home": _("Home"),
    "work": _("Work"),
    "billing": _("For bills"),
    "installation": _("Where the line is"),
}
DOCUMENT_STATES: Words = {
    "unchecked": _("not checked"),
    "verified": _("real name checked"),
    "rejected": _("not the bearer"),
}
ACCOUNT_KINDS: Words = {"billing": _("Billing account"), "settlement": _("Settlement account")}
ACCOUNT_STATUSES: Words = {
    "active": _("Account in use"),
    "suspended": _("Account suspended"),
    "closed": _("Account closed"),
}
PAYMENT_METHODS: Words = {
    "cash": _("Cash"),
    "bank_debit": _("Direct debit"),
    "wechat": _("WeChat Pay"),
    "alipay": _("Alipay"),
    "card": _("Bank card"),
}
PURPOSES: Words = {
    "marketing": _("Marketing"),
    "survey": _("Surveys"),
    "profiling": _("Profiling"),
    "partners": _("Passing on to partners"),
}
HOUSEHOLD_ROLES: Words = {"head": _("Head"), "member": _("Member")}
LINK_REASONS: Words = {
    "same_place": _("same address"),
    "same_family": _("same address and family name"),
    "same_payer": _("one pays for the other"),
}
LINKS: Words = {"household": _("household"), "group": _("group"), "double": _("double")}
STOP_REASONS: Words = {
    "fraud": _("Fraud"),
    "police": _("Order of the police"),
    "real_name": _("Real name not proved"),
    "debt": _("Bad debt"),
    "abuse": _("Abuse of the service"),
    "other": _("Other"),
}


def word(words: Words, code: str) -> str:
    """The word for a code in the reader's language; an unknown code stands for itself, none is empty."""
    return str(words.get(code, code))

"""Offers as a file in clear, and that file as an import: each row is an offering in one of its versions.

Options, prices, members and rules stand in one cell each, as a JSON list of what differs from the usual, a line for
each; what a person changes in a spreadsheet every day has a column of its own.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from loopline.catalogue import actions, sheet
from loopline.catalogue.design import Design, design_from
from loopline.catalogue.models import BundleMember, Category, Offering, Price, Specification, State
from loopline.catalogue.rules import lifecycle
from loopline.imports import api as imports
from loopline.kernel import clock
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.ways import way

PLAIN = (
    "name", "name_en", "description", "kind", "service", "term_months", "monthly_cost", "valid_from", "valid_until",
)  # fmt: skip
LISTS = ("options", "prices", "members", "rules")
COLUMNS = ("offer", "state", "specification", "category", *PLAIN, *LISTS)
RELATED = ("specification", "category")
PARTS = (
    Prefetch("prices", Price.objects.order_by("position", "id")),
    Prefetch("members", BundleMember.objects.select_related("member").order_by("position", "id")),
)
OPTION = {"code": "", "values": [], "default": ""}
PRICE = sheet.NEW_PRICE | {"unit": "", "id": ""}
MEMBER = sheet.NEW_MEMBER
RULE = {"kind": "", "values": [], "low": "", "high": ""}


def name_of(offering: Offering) -> str:
    """An offering in its version: P99/2."""
    return f"{offering.code}/{offering.revision}"


def told_of(row: Offering) -> imports.Told:
    """What the file says of an offering that came with its RELATED and PARTS."""
    links = list(row.members.all())
    told = sheet.sheet_of(design_from(row, row.prices.all(), links))
    options = [
        {"code": code, "values": values, "default": default} for code, (values, default) in told.uses.items()
    ]
    members = [
        each | {"offering": name_of(link.member)} for each, link in zip(told.members, links, strict=True)
    ]
    prices = [each | {"id": ""} for each in told.prices]
    return imports.said(
        {name: told.values[name] for name in PLAIN}
        | {
            "offer": name_of(row),
            "state": row.state,
            "specification": row.specification.code if row.specification else "",
            "category": row.category.name if row.category else "",
            "options": _cell(options, OPTION),
            "prices": _cell(prices, PRICE),
            "members": _cell(members, MEMBER),
            "rules": _cell(told.rules, RULE),
        }
    )


class OfferFiles(imports.Files):
    """Designs offers, changes drafts and takes the steps of their lives, as the designer's pages do."""

    columns, key = COLUMNS, "offer"
    names = {"code": "offer", "uses": "options"}

    def known(self, keys: Sequence[str]) -> dict[str, int]:
        """Offerings by code and version; a code alone means its newest version."""
        found: dict[str, int] = {}
        rows = Offering.objects.filter(code__in=[key.partition("/")[0] for key in keys]).order_by("revision")
        for row in rows:
            found |= {name_of(row): row.pk, row.code: row.pk}
        return {key: found[key] for key in keys if key in found}

    def on_file(self, ids: Sequence[int]) -> dict[int, imports.Told]:
        """What the export says."""
        rows = Offering.objects.filter(pk__in=ids).select_related(*RELATED).prefetch_related(*PARTS)
        return {row.pk: told_of(row) for row in rows}

    def make_all(self, rows: Sequence[imports.Told]) -> list[int | Refusal]:
        """One after the other, and again while one of them was what another waited for: bundles name their members."""
        found = super().make_all(rows)
        while waiting := [place for place, each in enumerate(found) if isinstance(each, Refusal)]:
            again = super().make_all([rows[place] for place in waiting])
            for place, outcome in zip(waiting, again, strict=True):
                found[place] = outcome
            if all(isinstance(outcome, Refusal) for outcome in again):
                break
        return found

    def make(self, row: imports.Told) -> int:
        """Design an offer, or the next version of one, and bring it into its state by the usual steps."""
        code, _slash, version = row.get("offer", "").partition("/")
        if version and not (version.isascii() and version.isdigit() and len(version) < 6):
            raise Invalid(field="offer", reason=_("A code and a version such as P99/2."))
        design = self._design({"kind": "plan", "service": "mobile", **row, "offer": code})
        newest = Offering.objects.filter(code=code).order_by("-revision").first()
        if newest is None:
            made = actions.design_offering(actor=self.actor, design=design, revision=int(version or 1) or 1)
        else:
            if int(version) != newest.revision + 1:
                told = _("The next version of this offer is %(version)s.") % {"version": newest.revision + 1}
                raise Invalid(field="offer", reason=told)
            draft = actions.begin_version(actor=self.actor, offering=newest.public_id)
            made = actions.change_offering(actor=self.actor, offering=draft.public_id, design=design)
        self._bring_on(made, row.get("state", State.IN_DESIGN.value))
        return made.pk

    def alter(self, key: int, changes: imports.Told, on_file: imports.Told) -> None:
        """Change a draft, and take steps; what is sold is only replaced by a new version."""
        row, state = Offering.objects.get(pk=key), changes.get("state", "")
        wanted = {name: text for name, text in changes.items() if name not in ("offer", "state")}
        if state in lifecycle.DRAFTS:
            self._bring_on(row, state)
        if wanted:
            design = self._design({**on_file, **wanted, "offer": row.code}, row)
            try:
                actions.change_offering(actor=self.actor, offering=row.public_id, design=design)
            except actions.NotADraft as refusal:
                refusal.field = min(wanted)
                raise
        if state and state not in lifecycle.DRAFTS:
            self._bring_on(row, state)

    def _bring_on(self, row: Offering, state: str) -> None:
        steps = way(lifecycle.NEXT, row.state, state)
        if not steps and row.state != state:
            raise actions.IllegalStep(field="state", before=State(row.state).label, to=State(state).label)
        for step in steps:
            try:
                actions.change_state(
                    actor=self.actor, offering=row.public_id, to=step, now=clock.now(), reason=_("By file")
                )
            except Refusal as refusal:
                refusal.field = "state"
                raise

    def _design(self, row: Mapping[str, str], draft: Offering | None = None) -> Design:
        """The design that a row means. Its prices keep their keys by their places."""
        keys = [str(price.public_id) for price in draft.prices.order_by("position", "id")] if draft else []
        prices = [PRICE | each for each in _list(row, "prices", PRICE)]
        told = sheet.Sheet(
            values={name: row.get(name, "") for name in sheet.PLAIN}
            | {
                "code": row["offer"],
                "specification": self._named(Specification, "code", row, "specification"),
                "category": self._named(Category, "name", row, "category"),
            },
            uses={
                each["code"]: (each["values"], each["default"])
                for each in (OPTION | each for each in _list(row, "options", OPTION))
            },
            prices=[each | {"id": keys[at] if at < len(keys) else ""} for at, each in enumerate(prices)],
            members=[self._member(MEMBER | each) for each in _list(row, "members", MEMBER)],
            rules=[RULE | each for each in _list(row, "rules", RULE)],
        )
        design, errors = sheet.design_in(told)
        if errors:
            field, reason = next(iter(errors.items()))
            raise Invalid(field=field, reason=reason)
        return design

    def _member(self, told: dict[str, str]) -> dict[str, str]:
        found = self.known([told["offering"]])
        if told["offering"] not in found:
            raise Invalid(
                field="members", reason=_("There is no offering %(code)s.") % {"code": told["offering"]}
            )
        return told | {"offering": str(Offering.objects.get(pk=found[told["offering"]]).public_id)}

    def _named(
        self, model: type[Specification | Category], column: str, row: Mapping[str, str], name: str
    ) -> str:
        if not row.get(name):
            return ""
        found = model._default_manager.filter(**{column: row[name]}).values_list("public_id", flat=True)[:2]
        if len(found) != 1:
            raise Invalid(field=name, reason=_("Nothing, or more than one thing, has this name."))
        return str(found[0])


def _cell(rows: Sequence[Mapping[str, Any]], usual: Mapping[str, Any]) -> str:
    """Rows as JSON, a line for each, without what is as usual."""
    told = [{name: value for name, value in row.items() if value != usual[name]} for row in rows]
    lines = ",\n ".join(json.dumps(each, ensure_ascii=False) for each in told)
    return f"[{lines}]" if told else ""


def _list(row: Mapping[str, str], name: str, usual: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a cell. Raises Invalid for what is no list of such objects."""
    try:
        found = json.loads(row.get(name) or "[]")
    except ValueError:
        found = None
    fine = isinstance(found, list) and all(
        isinstance(each, dict) and each.keys() <= usual.keys() for each in found
    )
    if not fine:
        known = ", ".join(part for part in usual if part != "id")
        raise Invalid(field=name, reason=_("A JSON list of objects with %(names)s.") % {"names": known})
    return [{part: _as(usual[part], value) for part, value in each.items()} for each in found]


def _as(usual: Any, value: Any) -> Any:
    if isinstance(usual, list):
        return [str(each) for each in value] if isinstance(value, list) else [str(value)]
    return "" if value is None else str(value)

"""A customer changes branch, and all that hangs on him goes with him."""

from collections.abc import Iterator

from django.db import models
from django.utils.translation import gettext_lazy as _

from loopline.customers import queries
from loopline.customers.events import CustomerMoved
from loopline.customers.models import Customer
from loopline.identity import api as identity
from loopline.kernel.errors import Refusal
from loopline.kernel.events import record
from loopline.kernel.models import BranchRow, Event
from loopline.kernel.permission import Actor, require


class BranchOutOfReach(Refusal):
    """Only who sees both branches moves a customer between them."""

    code = "branch_out_of_reach"
    status = 403
    sentence = _("You can move customers only between branches that you see.")


class AlreadyThere(Refusal):
    """The customer belongs to this branch."""

    code = "already_there"
    sentence = _("The customer belongs to this branch already.")


def move_customer(*, actor: Actor, customer: Customer, branch_id: int) -> None:
    """Give the customer to another branch with every row that hangs on him, merged files, history and tasks too."""
    require(actor, "customers.edit")
    row = queries.locked(customer)
    _check_reach(actor, row.branch_id)
    _check_reach(actor, branch_id)
    if row.branch_id == branch_id:
        raise AlreadyThere(field="branch_id")
    before, after = (identity.Unit.objects.get(pk=key) for key in (row.branch_id, branch_id))
    files = queries.together(row)
    for model in _hanging():
        model._default_manager.filter(customer_id__in=files).update(branch_id=branch_id)
    Event.objects.filter(customer_id__in=files).update(branch_id=branch_id)
    Customer.objects.filter(pk__in=files[1:]).update(branch_id=branch_id)
    row.branch_id, row.version = branch_id, row.version + 1
    row.save(update_fields=["branch", "version"])
    record(CustomerMoved(branch_from=before.name, branch_to=after.name), about=row, by=actor)


def _hanging() -> Iterator[type[models.Model]]:
    """Every model whose rows belong to a branch and a customer."""
    waiting: list[type[models.Model]] = [BranchRow]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if not model._meta.abstract and any(field.name == "customer" for field in model._meta.local_fields):
            yield model


def _check_reach(actor: Actor, branch_id: int) -> None:
    within = actor.scope.branches
    known = identity.Unit.objects.filter(pk=branch_id).exists()
    if not known or (within is not None and branch_id not in within):
        raise BranchOutOfReach(field="branch_id")

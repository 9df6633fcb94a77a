"""Files in: the ledger adds up to the row, and a second delivery creates nothing."""

from pathlib import Path

from loopline.customers.models import Customer
from loopline.imports import api as imports
from loopline.subscriptions.models import Subscription


def bring(operator, path: Path, who: str = "analyst", mapping=None, dry_run=False, as_of=None):
    """Receive, order and carry out, as the worker does; the run as it ended."""
    with operator.door(who) as actor:
        run = imports.receive_file(actor=actor, name=path.name, source=path, as_of=as_of)
        imports.order(actor=actor, run=run, mapping=mapping, dry_run=dry_run)
    imports.carry_out(operator.tenant, run.pk)
    with operator.door(who):
        run.refresh_from_db()
    return run


def counts(run):
    return (run.status, run.read, run.created, run.updated, run.duplicates, run.rejected)


def test_the_wa_file_and_its_second_delivery(operator, shared):
    path = shared / "wa_telco_churn.csv"
    assert counts(bring(operator, path)) == ("finished", 7043, 7043, 0, 0, 0)
    assert counts(bring(operator, path)) == ("finished", 7043, 0, 0, 7043, 0)
    with operator.door("analyst"):
        assert Customer.objects.count() == Subscription.objects.count() == 7043
        assert Subscription.objects.filter(state="terminated", end_reason="churned").count() == 1869
        assert Subscription.objects.filter(characteristics__Churn=True).count() == 1869
        assert Subscription.objects.filter(characteristics__TotalCharges=None).count() == 11


def test_the_iranian_file_without_keys_and_with_300_duplicates(operator, shared):
    path = shared / "iranian_churn.csv"
    assert counts(bring(operator, path)) == ("finished", 3150, 2850, 0, 300, 0)
    assert counts(bring(operator, path)) == ("finished", 3150, 0, 0, 3150, 0)
    with operator.door("analyst"):
        assert Customer.objects.count() == Subscription.objects.count() == 2850

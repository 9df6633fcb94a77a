"""The demo's key account desk: the whole chain, every charge with the hall's own manager, written once."""

from loopline.demo.keyaccounts import write_key_accounts
from loopline.demo.tests.operators import a_code
from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.keyaccounts import api as keyaccounts
from loopline.testing import found_demo


def test_the_desk_is_believable_and_written_once(database):
    operator = found_demo(a_code(), size=300)
    with operator.door() as actor:
        given = write_key_accounts(actor=actor, seed=39, now=clock.now())
        assert write_key_accounts(actor=actor, seed=39, now=clock.now()) == 0
        posts = list(keyaccounts.Post.objects.select_related("unit__parent"))
        counted = {level: sum(post.level == level for post in posts) for level in keyaccounts.Level.values}
        assert counted == {"manager": 12, "district": 6, "department": 3, "director": 1}
        charges = list(keyaccounts.Charge.objects.select_related("post__unit__parent"))
        assert len(charges) == given + 14
        assert all(charge.branch_id == charge.post.unit.parent_id for charge in charges)
        assert keyaccounts.Group.objects.count() == 14
        assert keyaccounts.Group.objects.exclude(parent=None).count() == 4
        assert identity.Staff.objects.count() == 70
        visits = keyaccounts.Visit.objects
        assert visits.filter(state="done", done_at__gt=clock.now()).count() == 0
        assert visits.filter(branch__in=[charge.branch_id for charge in charges]).count() == visits.count()

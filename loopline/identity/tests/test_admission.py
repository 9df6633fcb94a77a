"""The door's one query and `actor_of` say the same of everybody."""

import pytest

from loopline.identity import admission, queries
from loopline.identity.models import Delegation, Staff, Token
from loopline.kernel import clock
from loopline.kernel.scope import Scope, enter

PEOPLE = ("admin", "marketer", "analyst", "north", "clerk1", "southerner")


@pytest.mark.parametrize("who", PEOPLE)
def test_the_door_admits_whom_the_queries_describe(operator, who):
    key = operator.token(who)
    with enter(Scope(operator.tenant)):
        found = admission.admitted(Token, key, clock.now())
        assert found is not None
        known = queries.actor_of(Staff.objects.get(pk=operator.staff[who]), clock.now())
        at_the_door = found.actor(clock.now())
    assert at_the_door.permissions == known.permissions
    assert set(at_the_door.scope.branches or ()) == set(known.scope.branches or ())
    assert (at_the_door.scope.branches is None) == (known.scope.branches is None)
    assert (at_the_door.name, at_the_door.unit_name, at_the_door.zone, at_the_door.country) == (
        known.name, known.unit_name, known.zone, known.country
    )  # fmt: skip
    assert set(at_the_door.scope.customers) == set(known.scope.customers)


def test_who_stands_in_is_described_with_those_he_stands_in_for(operator):
    key, today = operator.token("clerk1"), clock.today("Asia/Shanghai")
    with enter(Scope(operator.tenant)):
        Delegation.objects.create(
            staff_id=operator.staff["southerner"],
            to_id=operator.staff["clerk1"],
            first_day=today,
            last_day=today,
        )
        found = admission.admitted(Token, key, clock.now())
        assert found is not None
        assert set(found.actor(clock.now()).scope.branches or ()) >= {
            operator.units["north-1"], operator.units["south-1"]
        }  # fmt: skip

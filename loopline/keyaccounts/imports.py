"""Import targets: members of groups, and in whose charge customers are, by file."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.customers import api as customers
from loopline.imports import api as imports
from loopline.kernel import clock
from loopline.kernel.errors import Refusal
from loopline.keyaccounts import api
from loopline.keyaccounts.models import Charge, Group, Member, Post

_CUSTOMER = ["customer number", "customer id", "客户编号"]


def _member_fields(country: str) -> list[imports.Field]:
    return [
        imports.Field("number", _("Customer number"), _CUSTOMER, required=True),
        imports.Field("group", _("Group number"), ["group", "group number", "集团编号"], required=True),
        imports.Field("since", _("Joined on"), ["since", "joined on", "加入日期", "入网日期"], kind="date"),
        imports.Field("role", _("Role"), ["role", "角色", "职务"], longest=100),
    ]


def _charge_fields(country: str) -> list[imports.Field]:
    return [
        imports.Field("number", _("Customer number"), _CUSTOMER, required=True),
        imports.Field(
            "manager", _("Account manager"), ["manager", "account manager", "客户经理", "工号"], required=True
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A row that can be taken: its place and the customer it is about."""

    place: int
    customer: customers.Customer


class _AboutCustomers:
    """Rows about customers whom the importer may write to; what cannot be taken is refused with a reason."""

    def __init__(self, order: imports.Order) -> None:
        self._order = order
        self._faults: list[imports.RejectedRow] = []

    def known(self, rows: imports.Rows) -> list[_Seen]:
        """The rows whose customer is within reach; the others are refused."""
        told = [str(number or "").strip().upper() for number in rows.field("number")]
        found = {
            row.number: row for row in customers.Customer.objects.filter(number__in=set(told), survivor=None)
        }
        seen = []
        for place, number in enumerate(told):
            customer = found.get(number)
            if customer is None or not self.reaches(customer.branch_id):
                self.refuse(rows, place, "number", "no_such_customer")
            else:
                seen.append(_Seen(place, customer))
        return seen

    def reaches(self, branch: int) -> bool:
        """Whether the importer may write to a unit."""
        return self._order.allowed is None or branch in self._order.allowed

    def refuse(self, rows: imports.Rows, place: int, name: str, code: str, **facts: Any) -> None:
        """Do not take a row."""
        value = str(rows.field(name)[place] or "")
        told = imports.Reason(code, facts)
        self._faults.append(
            imports.RejectedRow(rows.numbers[place], self._order.columns.get(name, ""), value, told)
        )

    def written(
        self, made: Mapping[int, int], rows: imports.Rows, unchanged: Iterable[int] = ()
    ) -> imports.Written:
        """What became of the rows: `made` gives the key of each place that was taken."""
        ids = [made.get(place) for place in range(len(rows))]
        return imports.Written(ids, self._faults, frozenset(unchanged))


class Members(_AboutCustomers):
    """Customers become members of groups. Who is a member already stays; who is another group's is refused."""

    def create(self, rows: imports.Rows) -> imports.Written:
        """Let them join."""
        self._faults = []
        groups = self._groups(rows)
        seen = self.known(rows)
        there = {
            row.customer_id: row
            for row in Member.objects.filter(
                customer__in=[each.customer.pk for each in seen], until=None, subscription=None
            ).select_related("group")
        }
        made: dict[int, int] = {}
        unchanged = set()
        for each in seen:
            group, member = (
                groups.get(str(rows.field("group")[each.place]).strip().upper()),
                there.get(each.customer.pk),
            )
            if group is None or not self.reaches(group.branch_id):
                self.refuse(rows, each.place, "group", "no_such_group")
            elif member is not None and member.group_id != group.pk:
                self.refuse(rows, each.place, "group", "member_elsewhere", group=member.group.number)
            elif member is not None:
                made[each.place] = member.pk
                unchanged.add(each.place)
            else:
                there[each.customer.pk] = self._join(rows, each, group)
                made[each.place] = there[each.customer.pk].pk
        return self.written(made, rows, unchanged)

    def update(self, rows: imports.Rows, ids: Sequence[int]) -> imports.Written:
        """A member's role follows the file; the group and the day do not change behind anybody's back."""
        members = Member.objects.in_bulk(list(ids))
        unchanged = set()
        for place, key in enumerate(ids):
            role = str(rows.field("role")[place] or "")
            if members[key].until is None and role and members[key].role != role:
                members[key].role = role
                members[key].save(update_fields=["role"])
            else:
                unchanged.add(place)
        return imports.Written(list(ids), unchanged=frozenset(unchanged))

    def _groups(self, rows: imports.Rows) -> dict[str, Group]:
        told = {str(number or "").strip().upper() for number in rows.field("group")}
        return {row.number: row for row in Group.objects.filter(number__in=told).select_related("customer")}

    def _join(self, rows: imports.Rows, each: _Seen, group: Group) -> Member:
        since = rows.field("since")[each.place] or self._order.as_of
        role = str(rows.field("role")[each.place] or "")
        (member,) = api.add_members(
            actor=self._order.actor, group=group, chosen=[each.customer], since=since, role=role
        )
        return member


class Charges(_AboutCustomers):
    """Customers come into the hands of account managers, named by their user names: one run for each batch and manager,
    which can be taken back like any other."""

    def create(self, rows: imports.Rows) -> imports.Written:
        """Put them in charge. A manager takes as many as he has room for, or none of the batch."""
        self._faults = []
        told = {str(name or "").strip().casefold() for name in rows.field("manager")}
        posts = {
            post.staff.user_name.casefold(): post
            for post in Post.objects.filter(until=None).select_related("staff", "unit")
            if post.staff.user_name.casefold() in told
        }
        wanted: dict[Post, list[_Seen]] = defaultdict(list)
        for each in self.known(rows):
            post = posts.get(str(rows.field("manager")[each.place]).strip().casefold())
            if post is None:
                self.refuse(rows, each.place, "manager", "no_such_manager")
            else:
                wanted[post].append(each)
        made: dict[int, int] = {}
        unchanged: set[int] = set()
        for post, seen in wanted.items():
            unchanged |= self._give(rows, post, seen, made)
        return self.written(made, rows, unchanged)

    def update(self, rows: imports.Rows, ids: Sequence[int]) -> imports.Written:
        """A file that names another manager hands the customer over."""
        return self.create(rows)

    def _give(self, rows: imports.Rows, post: Post, seen: list[_Seen], made: dict[int, int]) -> set[int]:
        keys = [each.customer.pk for each in seen]
        has = set(
            Charge.objects.filter(post=post, customer__in=keys, until=None).values_list("customer", flat=True)
        )
        new = [each.customer for each in seen if each.customer.pk not in has]
        try:
            if new:
                api.put_in_charge(actor=self._order.actor, post=post, chosen=new, now=clock.now())
        except Refusal as refusal:
            for each in seen:
                if each.customer.pk not in has:
                    self.refuse(rows, each.place, "manager", "not_in_charge", why=refusal.message)
        rows_of = Charge.objects.filter(post=post, customer__in=keys, until=None)
        charges = dict(rows_of.values_list("customer", "pk"))
        made |= {each.place: charges[each.customer.pk] for each in seen if each.customer.pk in charges}
        return {each.place for each in seen if each.customer.pk in has}


def _bring(
    name: str,
    label: Any,
    permission: str,
    fields: Callable[[str], list[imports.Field]],
    writer: Callable[[imports.Order], imports.Writer],
) -> None:
    imports.register(
        imports.Target(
            name=name, label=label, permission=permission, fields=fields, writer=writer, identity=("number",)
        )
    )


imports.add_reasons(
    {
        "no_such_group": gettext_lazy("there is no group with this number within what you may see"),
        "member_elsewhere": gettext_lazy("this customer is a member of the group %(group)s"),
        "no_such_manager": gettext_lazy("nobody of this user name holds a post"),
        "not_in_charge": gettext_lazy("not put in charge: %(why)s"),
    }
)
_bring("group_members", gettext_lazy("Members of groups"), "keyaccounts.work", _member_fields, Members)
_bring("charges", gettext_lazy("Customers and their managers"), "keyaccounts.assign", _charge_fields, Charges)

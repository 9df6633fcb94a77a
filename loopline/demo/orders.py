"""Orders of the demo operator at every stage: finished, waiting, held against fraud, failed, and in jeopardy.

They are of customers of their own, who came in lately: the world and its truth know nothing of them. Each is accepted
by a clerk at his moment and worked on as any other, so that its steps, prices and history are real.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from loopline.catalogue import api as catalogue
from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.kernel import clock
from loopline.kernel.permission import Actor
from loopline.kernel.scope import Scope, change, enter
from loopline.orders import api as orders
from loopline.stock import api as stock
from loopline.subscriptions import api as subscriptions

NAMES = (
    "陆文博", "沈佳怡", "韩志远", "唐雨桐", "冯立群", "董思源", "萧雅静", "程浩然", "曹美玲", "袁振华", "邓书瑶",
    "许建国",
)  # fmt: skip
PLANS = ("G129", "G169", "M59", "M99")
PORTED = "+8613905710077"
"""A number of another operator who does not let it go."""


@dataclass(frozen=True, slots=True)
class Story:
    """What somebody asked for: how many minutes ago, and whether its code was then shown, or scanned as well."""

    minutes: int
    kind: str
    channel: str = "counter"
    sim: str = "plain"
    when: str = "now"
    then: str = ""
    cancel: str = ""


DAY = 24 * 60
LIVES: tuple[tuple[Story, ...], ...] = (
    (Story(21 * DAY, "open"), Story(4 * DAY, "change_plan")),
    (Story(17 * DAY, "open"), Story(6 * DAY, "suspend"), Story(2 * DAY, "resume")),
    (Story(13 * DAY, "open"), Story(3 * DAY, "change_number")),
    (Story(9 * DAY, "open", sim="esim", then="scan"),),
    (Story(8 * DAY, "open"), Story(5 * DAY, "close")),
    (Story(26 * DAY, "open"), Story(DAY, "change_plan", when="month")),
    (Story(19 * DAY, "open"), Story(90, "sim_swap", channel="phone", sim="esim")),
    (Story(30, "open", sim="esim", then="show"),),
    (Story(75, "open", channel="web", sim="esim"),),
    (Story(5 * 60, "open", channel="web", sim="esim"),),
    (Story(2 * DAY, "port_in"),),
    (Story(40, "open", sim="esim", cancel="客户改选其他套餐"),),
)


def write_orders(tenant: int, now: datetime) -> int:
    """Write them, once; returns how many there are new. Outside of any door, as the work on orders is."""
    with enter(Scope(tenant)):
        if orders.Order.objects.exists():
            return 0
        clerks = list(
            identity.Staff.objects.filter(roles__code="clerk", is_active=True).order_by("user_name")
        )
        plans = list(catalogue.Offering.objects.filter(code__in=PLANS, is_sold=True).order_by("monthly_fee"))
        orders.SimulatorRule.objects.create(
            operation="request_port_in", ending=PORTED[-4:], behaviour="refused"
        )
    if not clerks or len(plans) < 2:
        return 0
    written = 0
    for place, (name, life) in enumerate(zip(NAMES, LIVES, strict=True)):
        teller = _Teller(tenant, clerks[place % len(clerks)], plans, place)
        customer = teller.open_file(name, now - timedelta(minutes=life[0].minutes + 5))
        for story in life:
            teller.tell(customer, story, now)
            written += 1
    with enter(Scope(tenant)):
        orders.watch(actor=identity.platform_actor(tenant, "demo"), now=now)
    return written


class _Teller:
    """Has one customer's stories happen, each door and each piece of work at its own moment."""

    def __init__(
        self, tenant: int, clerk: identity.Staff, plans: list[catalogue.Offering], place: int
    ) -> None:
        self._tenant, self._clerk, self._plans, self._place = tenant, clerk, plans, place

    def open_file(self, name: str, at: datetime) -> UUID:
        """The customer's file."""
        with enter(Scope(self._tenant)), clock.frozen(at):
            actor = self._actor(at)
            made = customers.create_customer(
                actor=actor, name=name, telephone=f"1390571{2000 + self._place * 37}", street="东江路88号"
            )
            return made.public_id

    def tell(self, customer: UUID, story: Story, now: datetime) -> None:
        """An order, and what becomes of it."""
        at = now - timedelta(minutes=story.minutes)
        with enter(Scope(self._tenant)), clock.frozen(at):
            wanted = orders.WantedOrder(
                customer,
                (self._item(customer, story),),
                channel=story.channel,
                request_key=f"demo:{self._place}:{story.kind}:{story.minutes}",
                seen_in_person=story.channel == "counter",
            )
            order = orders.accept_order(actor=self._actor(at), wanted=wanted, now=at)
        self._work(order.pk, at)
        later = at + timedelta(minutes=6)
        if story.then:
            self._door(later, lambda actor: _show(actor, order, later))
        if story.cancel:
            self._door(
                later,
                lambda actor: orders.cancel_order(
                    actor=actor, order=order.public_id, reason=story.cancel, now=later
                ),
            )
        if story.then == "scan" or story.cancel:
            self._work(order.pk, later)

    def _item(self, customer: UUID, story: Story) -> orders.WantedItem:
        new = story.kind in orders.decomposition.NEW
        line = subscriptions.Subscription.objects.filter(customer__public_id=customer).first()
        place = self._place + (story.kind == "change_plan")
        with_plan = story.kind in orders.decomposition.WITH_PLAN
        number = ""
        if story.kind == "port_in":
            number = PORTED
        elif story.kind in orders.decomposition.WITH_NUMBER:
            free = stock.free_numbers(self._actor(clock.now()), stock.Wanted(without_four=True))
            number = free[self._place * 7].number
        return orders.WantedItem(
            kind=story.kind,
            offering=self._plans[place % len(self._plans)].public_id if with_plan else None,
            subscription=line.public_id if line is not None and not new else None,
            number=number,
            sim=story.sim,
            when=story.when,
            detail={"code": "12345678", "donor": "邻省电信"} if story.kind == "port_in" else {},
        )

    def _door(self, at: datetime, act: Callable[[Actor], object]) -> None:
        with enter(Scope(self._tenant)), clock.frozen(at):
            act(self._actor(at))

    def _work(self, order: int, at: datetime) -> None:
        with clock.frozen(at):
            orders.drive(self._tenant, order)

    def _actor(self, at: datetime) -> Actor:
        actor = identity.actor_of(self._clerk, at)
        change(actor.scope)
        return actor


def _show(actor: Actor, order: orders.Order, at: datetime) -> None:
    (item,) = orders.OrderItem.objects.filter(order=order)
    orders.show_activation_code(actor=actor, item=item.public_id, now=at)

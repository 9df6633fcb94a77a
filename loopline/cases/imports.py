"""The import target "tickets": open and closed ones, of ours or of another system, told apart by their numbers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loopline.cases import files
from loopline.cases.actions import handling, opening, states
from loopline.cases.models import Kind, PendingFor, Priority, State, Ticket
from loopline.cases.queries.people import SUPERVISES
from loopline.cases.refusals import IllegalStep
from loopline.cases.rules.states import ACKNOWLEDGED, RESOLVED, STEPS
from loopline.customers import api as customers
from loopline.identity import api as identity
from loopline.imports import api as imports
from loopline.interactions import api as interactions
from loopline.kernel import clock
from loopline.kernel.errors import Invalid, Refusal
from loopline.kernel.ways import way
from loopline.subscriptions import api as subscriptions

FOLLOWS_STATE = ("pending_for", "state_reason", "solution", "state_at")
RECEIVER = ("unit", "assignee")
LONGEST = 10_000


def fields(country: str) -> list[imports.Field]:
    """A number that is new, or missing, makes a ticket; of the others only the title is needed."""
    field, words = imports.Field, imports.words_of
    return [
        field("number", _("Ticket"), ["ticket number", "工单编号", "工单号"], longest=40),
        field("external_id", _("Number elsewhere"), ["external id", "外部编号"], longest=100),
        field("category", _("Category code"), ["category", "分类编码", "工单分类"]),
        field("kind", _("Kind"), ["type", "类型"], kind="choice", choices=words(Kind)),
        field("title", _("Title"), ["subject", "主题", "标题"], longest=200, required=True),
        field("description", _("What happened"), ["description", "描述", "内容"], longest=LONGEST),
        field("customer_number", _("Customer number"), ["customer number", "客户编号"]),
        field("line", _("Line"), ["line number", "业务号码"], kind="phone", country=country),
        field("contact", _("Call back"), ["contact", "联系方式"], longest=200),
        field("channel", _("Channel"), ["渠道"], kind="choice", choices=words(interactions.Channel)),
        field("priority", _("Priority"), ["优先级"], kind="choice", choices=words(Priority)),
        field("severity", _("Severity"), ["严重程度"], longest=40),
        field("state", _("State"), ["status", "状态"], kind="choice", choices=words(State)),
        field("pending_for", _("Waits for"), ["等待对象"], kind="choice", choices=words(PendingFor)),
        field("state_reason", _("Reason of the state"), ["reason", "原因"], longest=LONGEST),
        field("solution", _("Solution"), ["处理结果", "解决方案"], longest=LONGEST),
        field("regulator", _("From the regulator"), ["申诉"], kind="boolean"),
        field("regulator_number", _("Regulator's number"), ["申诉编号"], longest=100),
        field("mass", _("Mass fault"), ["群障"], kind="boolean"),
        field("place", _("Place"), ["地点"], longest=200),
        field("unit", _("Unit code"), ["处理部门编码", "部门编码"]),
        field("assignee", _("Worked on by"), ["assigned to", "处理人"]),
        field("requested_for", _("Wished for"), ["期望时间"], longest=40),
        field("opened_at", _("Opened"), ["opened at", "受理时间", "创建时间"], longest=40),
        field("state_at", _("In this state since"), ["state since", "状态时间"], longest=40),
    ]


class TicketFiles(imports.Files):
    """Opens, changes, hands over and brings on tickets as the screens do."""

    columns, key = files.COLUMNS, "number"

    def __init__(self, order: imports.Order) -> None:
        super().__init__(order)
        self._units = dict(identity.Unit.objects.filter(is_active=True).values_list("code", "pk"))
        self._staff = dict(identity.Staff.objects.filter(is_active=True).values_list("user_name", "pk"))

    def known(self, keys: Sequence[str]) -> dict[str, int]:
        """Tickets by number."""
        return dict(Ticket.objects.filter(number__in=keys).values_list("number", "pk"))

    def on_file(self, ids: Sequence[int]) -> dict[int, imports.Told]:
        """What the export says."""
        rows = Ticket.objects.filter(pk__in=ids).select_related(*files.RELATED)
        return {row.pk: files.told_of(row, self.actor) for row in rows}

    def make(self, row: imports.Told) -> int:
        """Open a ticket as of its day, and bring it into its state by the shortest way of legal steps."""
        customer = self._customer(row.get("customer_number", ""))
        opened = self._moment(row, "opened_at") or clock.now()
        new = opening.NewTicket(
            number=row.get("number", ""),
            title=row["title"],
            kind=row.get("kind", ""),
            description=row.get("description", ""),
            category=row.get("category", ""),
            channel=row.get("channel", "other"),
            customer=customer,
            subscription=self._line(customer, row["line"]) if "line" in row else None,
            contact=row.get("contact", ""),
            priority=row.get("priority", ""),
            severity=row.get("severity", ""),
            external_id=row.get("external_id", ""),
            regulator=row.get("regulator") == "yes",
            regulator_number=row.get("regulator_number", ""),
            mass=row.get("mass") == "yes",
            place=row.get("place", ""),
            requested_for=self._moment(row, "requested_for"),
            unit=self._found(self._units, row, "unit"),
            assignee=self._found(self._staff, row, "assignee"),
        )
        made = opening.open_ticket(actor=self.actor, new=new, now=opened)
        if row.get("state", ACKNOWLEDGED) != ACKNOWLEDGED:
            self._bring_on(made, row, max(opened, self._moment(row, "state_at") or opened))
        return made.pk

    def alter(self, key: int, changes: imports.Told, on_file: imports.Told) -> None:
        """Change what can be changed on screen."""
        now, ticket = clock.now(), Ticket.objects.get(pk=key)
        follows = FOLLOWS_STATE if "state" in changes else ()
        plain = {name: text for name, text in changes.items() if name not in (*follows, *RECEIVER, "state")}
        wanted: dict[str, object] = {name: self._value(ticket, name, plain) for name in plain}
        handling.change_ticket(actor=self.actor, ticket=ticket.public_id, changes=wanted, now=now)
        if changes.keys() & set(RECEIVER):
            handling.hand_over(
                actor=self.actor,
                ticket=ticket.public_id,
                unit=self._found(self._units, changes, "unit"),
                person=self._found(self._staff, changes, "assignee"),
                note=_("By file"),
                now=now,
            )
        if "state" in changes:
            told = {"solution": on_file.get("solution", "")} | changes
            self._bring_on(ticket, told, max(ticket.opened_at, self._moment(changes, "state_at") or now))

    def _value(self, ticket: Ticket, name: str, changes: imports.Told) -> object:
        if name == "line":
            return self._line(ticket.customer, changes[name])
        return self._moment(changes, name) if name == "requested_for" else changes[name]

    def _bring_on(self, ticket: Ticket, row: imports.Told, at: datetime) -> None:
        steps = way(STEPS, ticket.state, row["state"])
        if not steps:
            raise IllegalStep(
                field="state", before=State(ticket.state).label, after=State(row["state"]).label
            )
        for step in steps:
            reason = row.get("solution" if step == RESOLVED else "state_reason", "")
            try:
                states.take_step(
                    actor=self.actor, ticket=ticket.pk, to=step, now=at, reason=reason,
                    pending_for=row.get("pending_for", ""),
                )  # fmt: skip
            except Refusal as refusal:
                if refusal.field == "reason":
                    refusal.field = "solution" if step == RESOLVED else "state_reason"
                raise

    def _customer(self, number: str) -> customers.Customer | None:
        return customers.by_number(self.actor, number) if number else None

    def _line(self, customer: customers.Customer | None, number: str) -> int:
        rows = subscriptions.Subscription.objects.filter(customer=customer, number=f"+{number[2:]}")
        found = rows.order_by("-pk").values_list("pk", flat=True).first()
        if customer is None or found is None:
            raise Invalid(field="line", reason=_("The customer has no line of this number."))
        return found

    def _moment(self, row: Mapping[str, str], name: str) -> datetime | None:
        text = row.get(name, "").replace("T", " ").replace("/", "-")
        for shape in ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
            try:
                return datetime.strptime(text, shape).replace(tzinfo=self.actor.zone)
            except ValueError:
                continue
        if text:
            raise Invalid(field=name, reason=_("A moment such as 2026-11-22 09:30."))
        return None

    def _found(self, known: Mapping[str, int], row: Mapping[str, str], name: str) -> int | None:
        if name not in row:
            return None
        if row[name] not in known:
            raise Invalid(field=name, reason=_("Nothing in use has this code or name."))
        return known[row[name]]


imports.register(
    imports.Target(
        name="tickets",
        label=gettext_lazy("Tickets"),
        permission=SUPERVISES,
        fields=fields,
        writer=TicketFiles,
        identity=("number",),
    )
)

"""The engine of the TM Forum Open APIs (v4): from the declaration of a resource to everything clients may ask of it.

It answers lists (filters, sort, pages, counts, links), shows, creates, patches (merge patch and JSON patch) and
deletes, writes the error documents, tells listeners and draws the OpenAPI document. It knows no resource itself and
decides nothing that a module decides: it calls the module's queries and actions.

To add a resource write `loopline/tmf/resources/<api>.py`; it is found by itself. What has a row of ours:

    STATES = {"open": "acknowledged", "done": "resolved"}

    def rows(actor):                       # what exists; row security decides what this actor sees of it
        return cases.all_cases(actor).select_related("customer")

    def prepare(found, view):              # whatever a page of rows needs besides, in a fixed number of queries
        return cases.notes_of([case.pk for case in found])            # available as `view.data`

    def create(actor, body):               # returns the row; `body` is checked and has its defaults
        return cases.open_case(actor=actor, title=body["name"], customer=customer_of(body))

    def patch(actor, case, changes):       # changed attributes alone; None: was removed. May return the row
        if "status" in changes:
            cases.move_on(actor=actor, case=case, state=...)

    register(Resource(
        api="troubleTicket", name="troubleTicket", about="A case of a customer.",
        model=Case, rows=rows, prepare=prepare, see="cases.view", create=create, patch=patch, delete=None,
        attributes=(
            Attribute(name="name", column="title", required=True),                 # from and to a column
            Attribute(name="status", column="state", codes=STATES, settable=False),  # translated
            Attribute(name="creationDate", kind="date-time", column="created_at",
                      settable=False, changeable=False),
            Attribute(name="note", kind="note[]", read=lambda case, view: view.data[case.pk]),  # computed
            Attribute(name="relatedParty", kind="reference[]", kept=True, read=...,
                      paths={"id": "customer__public_id"}),
            *kept("string", "ticketType externalId"),                # no field of ours: kept as it was sent
        ),
        events={"cases.opened": CREATED, "cases.changed": state_or_change("state")},
    ))

Attributes that are not declared are kept as well and given back; only declared ones can be filtered and sorted by.
`kept=True` beside a column or `read` stores what the client sent and falls back to ours. References to what we do
not hold stay as they came. An entity for which we have no row at all is one call of `keep(...)`.

Refuse with a Refusal: its status and code are answered. Filters by a column want an index that begins with the
tenant; `paths` names columns for parts of references. Personal attributes have a `mask`, and are shown in clear only
to a token with the scope `clear` whose user may reveal, and to whoever just sent them.
"""

from loopline.tmf.engine.keeping import NAME, REQUIRED_NAME, customer_of, keep
from loopline.tmf.engine.resource import (
    CHANGED,
    CREATED,
    DELETED,
    MOVED_ON,
    Attribute,
    Resource,
    View,
    Within,
    kept,
    register,
    state_or_change,
    usually,
)
from loopline.tmf.engine.values import moment_of

__all__ = [
    "CHANGED",
    "CREATED",
    "DELETED",
    "MOVED_ON",
    "NAME",
    "REQUIRED_NAME",
    "Attribute",
    "Resource",
    "View",
    "Within",
    "customer_of",
    "keep",
    "kept",
    "moment_of",
    "register",
    "state_or_change",
    "usually",
]

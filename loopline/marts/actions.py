"""Bringing a file, removing a table, making a summary anew."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from loopline.identity import api as identity
from loopline.imports import api as imports
from loopline.kernel import clock, formats
from loopline.kernel.errors import NotFound
from loopline.kernel.events import record
from loopline.kernel.permission import Actor, require
from loopline.kernel.scope import Scope, enter
from loopline.marts import columns, queries
from loopline.marts.columns import Chosen, Seen
from loopline.marts.cubes import cube_of
from loopline.marts.events import MartRemoved
from loopline.marts.models import Mart, MartLoad, MartRefresh, Role, Status, Way
from loopline.marts.refusals import (
    AtWork,
    BadName,
    ColumnsDiffer,
    NameTaken,
    TitleMissing,
    TooManyMarts,
    UnknownMart,
)
from loopline.marts.subjects import Rule, Subject, subjects
from loopline.olap import api as olap
from loopline.warehouse import api as warehouse

MOST_MARTS = 50
LONGEST_TITLE = 80
KEPT_DAYS = 30
"""So long a removed table can be put back."""
NIGHT = 2
"""The hour, in the operator's zone, from which on summaries are made anew for the day."""


def receive(
    *,
    actor: Actor,
    source: Path | Iterable[bytes],
    file_name: str,
    title: str,
    name: str = "",
    about: str = "",
    chosen: Mapping[str, str] | None = None,
) -> MartLoad:
    """Put a file away and look at it: a draft with what each column is (`chosen`: column → role or `role:kind`), or
    probably is. Nothing reaches the lake yet.

    Raises a FileRefused for what is no table, TitleMissing, BadName, NameTaken, TooManyMarts, TooManyRows, RolesUnfit.
    """
    require(actor, queries.BRINGS)
    title = " ".join(title.replace("\0", "").split())[:LONGEST_TITLE]
    if not title:
        raise TitleMissing(field="title")
    if Mart.objects.filter(removed_at=None, brought_at__isnull=False).count() >= MOST_MARTS:
        raise TooManyMarts(field="title", allowed=MOST_MARTS)
    called = _name(actor, name, title)
    stored, seen = _looked_at(source)
    try:
        found = columns.guessed(seen, chosen)
        if chosen is not None:
            columns.check(found)
        Mart.objects.filter(name=called).delete()  # removed before, or never brought: see `_name`
        mart = Mart.objects.create(
            name=called, title=title, about=about.strip()[:500], columns=columns.stored(found),
            owner_id=actor.staff_id, owner_name=actor.name,
        )  # fmt: skip
        return _draft(actor, mart, Way.NEW, (stored, file_name, seen))
    except BaseException:
        stored.path.unlink(missing_ok=True)
        raise


def receive_again(
    *, actor: Actor, name: str, source: Path | Iterable[bytes], file_name: str, way: str
) -> MartLoad:
    """Put a file away for a table that is there, of the same columns, and have it brought. Raises ColumnsDiffer."""
    require(actor, queries.BRINGS)
    mart = queries.find_mart(actor, name)
    chosen = columns.of_stored(mart.columns)
    stored, seen = _looked_at(source)
    try:
        has = {one.column for one in seen}
        if missing := [one.column for one in chosen if one.role != Role.SKIP and one.column not in has]:
            raise ColumnsDiffer(field="file", columns=formats.listed(f"“{column}”" for column in missing))
        load = _draft(
            actor, mart, Way.APPEND if way == Way.APPEND else Way.REPLACE, (stored, file_name, seen)
        )
        return _queue(load)
    except BaseException:
        stored.path.unlink(missing_ok=True)
        raise


def order(*, actor: Actor, load: MartLoad, chosen: Mapping[str, str] | None = None) -> MartLoad:
    """Decide what each column is (column → role or `role:kind`) and let the file be brought. Raises RolesUnfit."""
    require(actor, queries.BRINGS)
    draft = MartLoad.objects.select_for_update(of=("self",)).select_related("mart").filter(pk=load.pk).first()
    if draft is None:
        raise NotFound
    if draft.status != Status.DRAFT:
        raise AtWork
    found = chosen_of(draft) if chosen is None else columns.guessed(seen_of(draft), chosen)
    columns.check(found)
    draft.mart.columns = columns.stored(found)
    draft.mart.save(update_fields=["columns"])
    return _queue(draft)


def discard(*, actor: Actor, load: MartLoad) -> None:
    """Let go of a draft. Raises AtWork when it is none any more."""
    require(actor, queries.BRINGS)
    if not MartLoad.objects.filter(pk=load.pk, status=Status.DRAFT).delete()[0]:
        raise AtWork
    Mart.objects.filter(pk=load.mart_id, brought_at=None).delete()
    _let_go(load)


def remove(*, actor: Actor, name: str) -> Mart:
    """Remove a brought table; for some days that can be taken back. Raises UnknownMart."""
    require(actor, queries.BRINGS)
    return _removed(actor, queries.find_mart(actor, name), at=clock.now())


def restore(*, actor: Actor, name: str) -> Mart:
    """Put a removed table back. Raises UnknownMart."""
    require(actor, queries.BRINGS)
    return _removed(actor, queries.find_mart(actor, name, removed=True), at=None)


def find_subject(name: str) -> Subject:
    """A subject by its name. Raises UnknownMart."""
    if name not in subjects:
        raise UnknownMart(field="name", name=name[:60])
    return subjects[name]


def refresh(tenant: int, name: str, by: str = "") -> int:
    """Make a subject's summary anew. Returns its rows. Opens its own doors. Raises LakeBusy, NotLoaded, UnknownMart."""
    rows = warehouse.make_derived(tenant, find_subject(name).table)
    with enter(Scope(tenant)):
        MartRefresh.objects.create(subject=name, rows=rows, actor_name=by)
    return rows


def refresh_due(tenant: int) -> list[str]:
    """Make anew the summaries and own cubes whose night has come. Returns their names. Opens its own doors."""
    with enter(Scope(tenant)):
        now = clock.now().astimezone(identity.platform_actor(tenant, "").zone)
        night = now.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
        night -= timedelta(days=now < night)
        due = [one.name for one in subjects if one.rule is Rule.NIGHT and _is_older(one, night)]
        own = [
            mart
            for mart in Mart.objects.filter(removed_at=None, brought_at__lt=night)
            if _is_due(mart, night)
        ]
    for name in due:
        refresh(tenant, name)
    for mart in own:
        _join_anew(tenant, mart)
    return [*due, *(mart.name for mart in own)]


def let_go(tenant: int) -> None:
    """Forget drafts of yesterday, and tables removed long ago with their rows. Opens its own doors."""
    now = clock.now()
    with enter(Scope(tenant)):
        old = MartLoad.objects.filter(status=Status.DRAFT, at__lt=now - timedelta(days=1))
        for load in old:
            _let_go(load)
        old.delete()
        never = Mart.objects.filter(brought_at=None, made_at__lt=now - timedelta(days=1))
        never.exclude(loads__status__in=(Status.QUEUED, Status.RUNNING)).delete()
        gone = list(Mart.objects.filter(removed_at__lt=now - timedelta(days=KEPT_DAYS)))
    if not gone:
        return
    with warehouse.loaded_writer(tenant) as con:
        con.execute("BEGIN")
        for mart in gone:
            con.execute(f"DROP TABLE IF EXISTS {mart.table}")
            olap.drop_own(con, cube_of(mart).table)
        con.execute("COMMIT")
    with enter(Scope(tenant)):
        Mart.objects.filter(pk__in=[mart.pk for mart in gone]).delete()


def left_behind(tenant: int) -> list[int]:
    """Files whose bringing was cut off an hour ago or more: they are to be carried out again. Opens its own door."""
    with enter(Scope(tenant)):
        rows = MartLoad.objects.filter(status__in=(Status.QUEUED, Status.RUNNING))
        return list(
            rows.filter(at__lt=clock.now() - timedelta(hours=1)).order_by("pk").values_list("pk", flat=True)
        )


def seen_of(load: MartLoad) -> list[Seen]:
    """What was seen of the columns of a draft."""
    return [Seen(**one | {"samples": tuple(one["samples"])}) for one in load.profile]


def chosen_of(load: MartLoad) -> list[Chosen]:
    """What the columns are as it stands."""
    return columns.of_stored(load.mart.columns)


def _name(actor: Actor, name: str, title: str) -> str:
    """The name as given, or one made from the title that is still free."""
    taken = {*olap.all_cubes(), *subjects.names()}
    if name:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
            raise BadName(field="name")
        if name in taken or _is_on_its_way(actor, name):
            raise NameTaken(field="name", name=name)
        return name
    plain = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:30]
    plain = plain if re.match(r"[a-z]", plain) else "table"
    taken |= set(Mart.objects.values_list("name", flat=True))
    return next(one for one in (plain, *(f"{plain}_{place}" for place in range(2, 1000))) if one not in taken)


def _is_on_its_way(actor: Actor, name: str) -> bool:
    """Whether a file is being brought under this name, or somebody else looks at one."""
    loads = MartLoad.objects.filter(mart__name=name, mart__removed_at=None)
    drafts = loads.filter(status=Status.DRAFT).exclude(actor_id=actor.staff_id)
    return drafts.exists() or loads.filter(status__in=(Status.QUEUED, Status.RUNNING)).exists()


def _looked_at(source: Path | Iterable[bytes]) -> tuple[imports.Stored, list[Seen]]:
    blocks = imports.blocks_of(source) if isinstance(source, Path) else source
    stored = imports.put(blocks, allowed=columns.LIMITS.file_bytes)
    try:
        seen, _rows = columns.look(imports.open_table(stored.path, limits=columns.LIMITS))
    except BaseException:
        stored.path.unlink(missing_ok=True)
        raise
    return stored, seen


def _draft(actor: Actor, mart: Mart, way: Way, file: tuple[imports.Stored, str, list[Seen]]) -> MartLoad:
    stored, file_name, seen = file
    return MartLoad.objects.create(
        mart=mart, way=way, file_name=imports.label(file_name), stored_as=stored.name, digest=stored.digest,
        size=stored.size, profile=[asdict(one) for one in seen], actor_id=actor.staff_id, actor_name=actor.name,
    )  # fmt: skip


def _queue(load: MartLoad) -> MartLoad:
    load.status, load.at = Status.QUEUED, clock.now()
    load.save(update_fields=["status", "at"])
    return load


def _removed(actor: Actor, mart: Mart, *, at: datetime | None) -> Mart:
    mart.removed_at = at
    mart.save(update_fields=["removed_at"])
    record(MartRemoved(title=mart.title, back=at is None), about=mart, by=actor)
    return mart


def _is_older(subject: Subject, night: datetime) -> bool:
    made = queries.last_made(subject)
    return made is None or made < night


def _is_due(mart: Mart, night: datetime) -> bool:
    return not MartRefresh.objects.filter(subject=mart.name, at__gte=night).exists()


def _join_anew(tenant: int, mart: Mart) -> None:
    """Make the cube of a brought table anew: branches move, customers change their tier."""
    with warehouse.loaded_writer(tenant) as con:
        con.execute("BEGIN")
        try:
            olap.make_own(con, cube_of(mart))
            con.execute("COMMIT")
        except BaseException:
            con.execute("ROLLBACK")
            raise
    with enter(Scope(tenant)):
        MartRefresh.objects.create(subject=mart.name, rows=mart.rows)


def _let_go(load: MartLoad) -> None:
    path = imports.Stored(load.stored_as, load.digest, load.size).path
    transaction.on_commit(lambda: path.unlink(missing_ok=True))

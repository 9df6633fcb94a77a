"""What a question may be refused for."""

from django.utils.translation import gettext_lazy as _

from loopline.kernel.errors import NotFound, Refusal


class UnknownCube(NotFound):
    """There is no such cube."""

    code = "unknown_cube"
    sentence = _("There is no cube called %(name)s.")


class UnknownLevel(Refusal):
    """The cube has no such level."""

    code = "unknown_level"
    sentence = _("The cube %(cube)s has no level called %(name)s.")


class LevelTwice(Refusal):
    """A level stands on both axes, or twice on one."""

    code = "level_twice"
    sentence = _("%(name)s stands there twice.")


class UnknownMeasure(Refusal):
    """The cube has no such measure."""

    code = "unknown_measure"
    sentence = _("The cube %(cube)s has no measure called %(name)s.")


class UnknownWay(Refusal):
    """A measure cannot be looked at so."""

    code = "unknown_way"
    sentence = _("A measure cannot be looked at as %(name)s.")


class BadFilter(Refusal):
    """A filter that cannot be read."""

    code = "bad_filter"
    sentence = _(
        "The filter %(text)s cannot be read. Write level=member|member, level!=member, month>=2026-01."
    )


class BadTop(Refusal):
    """A top-N that cannot be."""

    code = "bad_top"
    sentence = _(
        "The largest few are written level:number:measure, of a level in rows or columns that is no period."
    )


class TooMany(Refusal):
    """More levels than a table can show."""

    code = "too_many_levels"
    sentence = _("At most %(count)s levels and measures fit.")

"""The life of an offering, from a study to history, and which steps are legal."""

IN_STUDY, IN_DESIGN, IN_TEST = "in_study", "in_design", "in_test"
ACTIVE, LAUNCHED, RETIRED, OBSOLETE = "active", "launched", "retired", "obsolete"

NEXT: dict[str, tuple[str, ...]] = {
    IN_STUDY: (IN_DESIGN,),
    IN_DESIGN: (IN_TEST, IN_STUDY),
    IN_TEST: (ACTIVE, IN_DESIGN),
    ACTIVE: (LAUNCHED, IN_DESIGN),
    LAUNCHED: (RETIRED,),
    RETIRED: (LAUNCHED, OBSOLETE),
    OBSOLETE: (),
}
"""Where each state may lead, the usual way first. Retired: no longer sold, still in use."""

DRAFTS = (IN_STUDY, IN_DESIGN, IN_TEST)
"""States in which an offering may be changed; from `active` on it is only replaced by a new version."""

CHECKED = (ACTIVE, LAUNCHED)
"""States that are reached only with everything on the check list done."""


def may_become(before: str, after: str) -> bool:
    """Whether the step is legal."""
    return after in NEXT.get(before, ())

"""Ways through the states of something, by the table of its legal steps."""

from collections.abc import Collection, Mapping


def way(steps: Mapping[str, Collection[str]], before: str, after: str) -> list[str]:
    """The shortest legal way from one state to another, without the first; empty where there is none."""
    ways = [[before]]
    seen = {before}
    for walked in ways:
        if walked[-1] == after:
            return walked[1:]
        for step in sorted(set(steps.get(walked[-1], ())) - seen):
            seen.add(step)
            ways.append([*walked, step])
    return []

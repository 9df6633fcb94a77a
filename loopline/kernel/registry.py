"""Modules register what they bring; nobody reaches up to fetch it."""

from collections.abc import Iterator


class Registry[T]:
    """Named entries in order: panels, menu entries, search sources, import targets."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._entries: dict[str, tuple[int, T]] = {}

    def add(self, name: str, entry: T, *, order: int = 100) -> T:
        """Register `entry` under `name`; a name is taken once."""
        if name in self._entries and self._entries[name][1] is not entry:
            raise ValueError(f"{self.what} {name!r} is registered twice")
        self._entries[name] = (order, entry)
        return entry

    def __getitem__(self, name: str) -> T:
        return self._entries[name][1]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[T]:
        return (entry for _, entry in sorted(self._entries.values(), key=lambda pair: pair[0]))

    def names(self) -> list[str]:
        """The names in their order."""
        return sorted(self._entries, key=lambda name: self._entries[name][0])

"""What modules bring to the worklist: how a task of theirs looks, how it is answered and how that is undone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loopline.kernel.permission import Actor
from loopline.kernel.registry import Registry
from loopline.worklist.models import Task


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that one press gives. `needs` names a further field of the form: "", "note" or "when"."""

    value: str
    label: str
    icon: str
    key: str
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Card:
    """The body of a task: a template that reads `page.card.body`, and the answers beneath it.

    `note` asks for what must be said with an answer; without it a note is optional.
    """

    template: str
    body: Any
    choices: list[Choice]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What to say after an answer; `can_undo` offers to take it back."""

    text: str
    can_undo: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of task. `title` words one in the reader's language; without it the title stands as it was written."""

    label: Any
    icon: str
    card: Callable[[Actor, Task], Card]
    answer: Callable[[Actor, Task, Mapping[str, str]], Answered]
    undo: Callable[[Actor, Task], None]
    title: Callable[[Task], str] | None = None


kinds: Registry[Kind] = Registry("kind of task")


def kind_of(task: Task) -> Kind:
    """The kind of a task; one that nobody registered is a plain thing to do."""
    return kinds[task.kind] if task.kind in kinds else kinds["other"]


def title_of(task: Task) -> str:
    """What a task is called, for whoever reads it."""
    kind = kind_of(task)
    return kind.title(task) if kind.title else task.title

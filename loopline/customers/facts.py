"""What modules above know of many customers at once, for rules that decide about them. They register, we ask."""

from collections.abc import Callable, Mapping, Sequence

from loopline.kernel.registry import Registry

type Source = Callable[[Sequence[int]], Mapping[int, Mapping[str, object]]]
"""Customers → facts by name, with a constant number of queries; who is left out has none."""

sources: Registry[Source] = Registry("source of facts")
relations: Registry[Callable[[Sequence[int]], Mapping[int, str]]] = Registry("relation of customers")
"""Customers (files of one) → other customers with the reason why they may belong together."""

"""JSON merge patch (RFC 7396) and JSON patch (RFC 6902), on plain values."""

import copy
from typing import Any

from loopline.kernel.errors import Conflict
from loopline.tmf.engine.errors import BadBody

MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
MOST = 200


class TestFailed(Conflict):
    """The value that a patch tests for is not there."""

    __test__ = False
    code = "patch_test_failed"


def merge(document: Any, patch: Any) -> Any:
    """`document` with `patch` merged in: null removes, objects are merged, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def apply(document: Any, operations: Any) -> Any:
    """`document` after the operations, in their order and all or none. Raises BadBody, TestFailed."""
    if not isinstance(operations, list) or len(operations) > MOST:
        raise BadBody(reason=f"a JSON patch is a list of at most {MOST} operations")
    made = copy.deepcopy(document)
    for operation in operations:
        if not isinstance(operation, dict) or operation.get("op") not in _OPERATIONS:
            raise BadBody(reason="each operation has an op: " + ", ".join(_OPERATIONS))
        made = _OPERATIONS[operation["op"]](made, operation)
    return made


def _add(document: Any, operation: dict[str, Any]) -> Any:
    return _put(document, _path(operation), _value(operation), insert=True)


def _replace(document: Any, operation: dict[str, Any]) -> Any:
    path = _path(operation)
    _get(document, path)
    return _put(document, path, _value(operation), insert=False)


def _remove(document: Any, operation: dict[str, Any]) -> Any:
    path = _path(operation)
    if not path:
        raise BadBody(reason="the whole resource cannot be removed by a patch")
    _get(document, path)
    holder = _get(document, path[:-1])
    del holder[int(path[-1]) if isinstance(holder, list) else path[-1]]
    return document


def _move(document: Any, operation: dict[str, Any]) -> Any:
    source, target = _path(operation, "from"), _path(operation)
    if target[: len(source)] == source and target != source:
        raise BadBody(reason="a value cannot be moved into itself")
    value = _get(document, source)
    return _put(_remove(document, {"path": operation["from"]}), target, value, insert=True)


def _copy(document: Any, operation: dict[str, Any]) -> Any:
    value = copy.deepcopy(_get(document, _path(operation, "from")))
    return _put(document, _path(operation), value, insert=True)


def _test(document: Any, operation: dict[str, Any]) -> Any:
    found, wanted = _get(document, _path(operation)), _value(operation)
    # JSON tells true from 1; Python does not.
    if found != wanted or isinstance(found, bool) is not isinstance(wanted, bool):
        raise TestFailed(field=operation["path"])
    return document


_OPERATIONS = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def _path(operation: dict[str, Any], name: str = "path") -> list[str]:
    pointer = operation.get(name)
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise BadBody(reason=f"{name} is a JSON pointer such as /name")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _value(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise BadBody(reason=f"the operation {operation['op']} needs a value")
    return operation["value"]


def _get(document: Any, path: list[str]) -> Any:
    for part in path:
        if isinstance(document, list):
            document = document[_index(part, len(document) - 1)]
        elif isinstance(document, dict) and part in document:
            document = document[part]
        else:
            raise BadBody(reason=f"there is nothing at /{'/'.join(path)}")
    return document


def _put(document: Any, path: list[str], value: Any, *, insert: bool) -> Any:
    if not path:
        return value
    holder, last = _get(document, path[:-1]), path[-1]
    if isinstance(holder, list):
        if not insert:
            holder[_index(last, len(holder) - 1)] = value
        else:
            holder.insert(len(holder) if last == "-" else _index(last, len(holder)), value)
    elif isinstance(holder, dict):
        holder[last] = value
    else:
        raise BadBody(reason=f"there is nothing at /{'/'.join(path)}")
    return document


def _index(part: str, most: int) -> int:
    if not (part.isascii() and part.isdigit()) or (part != "0" and part.startswith("0")) or int(part) > most:
        raise BadBody(reason=f"there is no place {part} in the list")
    return int(part)

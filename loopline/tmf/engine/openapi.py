"""The OpenAPI document of an API, made from the declarations of its resources."""

from typing import Any

from loopline.tmf.engine.patches import JSON_PATCH, MERGE
from loopline.tmf.engine.query import DEFAULT, FARTHEST, MOST
from loopline.tmf.engine.resource import ROOT, SHAPES, Attribute, Resource, resources

type Part = dict[str, Any]

_KINDS: dict[str, Part] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date-time": {"type": "string", "format": "date-time"},
    "any": {},
    "object": {"type": "object", "additionalProperties": True},
}
_TYPED: Part = dict.fromkeys(("@type", "@baseType", "@schemaLocation"), _KINDS["string"])
ERROR: Part = {
    "type": "object",
    "required": ["code", "reason"],
    "properties": dict.fromkeys(
        ("code", "reason", "message", "status", "referenceError", "@type"), _KINDS["string"]
    ),
}
HUB: Part = {
    "type": "object",
    "required": ["callback"],
    "properties": dict.fromkeys(("id", "href", "callback", "query"), _KINDS["string"]),
}


def document(api: str, base: str) -> Part:
    """The document of one API; `base` is the origin that clients reach."""
    own = [resource for resource in resources if resource.api == api]
    paths: Part = {}
    schemas: Part = {"Error": ERROR, "EventSubscription": HUB}
    for resource in own:
        schemas |= {resource.type: _schema(resource), f"{resource.type}_Create": _sent(resource, create=True)}
        schemas[f"{resource.type}_Update"] = _sent(resource, create=False)
        for holder in resource.holders:
            place = f"/{holder}/{{{holder}Id}}" if holder else ""
            paths[f"{place}/{resource.name}"] = _below(_many(resource), holder)
            paths[f"{place}/{resource.name}/{{id}}"] = _below(_one(resource), holder)
            if holder:
                paths[f"{place}/hub"] = _below(_hubs(), holder)
                paths[f"{place}/hub/{{id}}"] = _below(_hub(), holder)
    paths |= {"/hub": _hubs(), "/hub/{id}": _hub()}
    return {
        "openapi": "3.0.3",
        "info": {"title": api, "version": "4.0.0", "license": {"name": "Apache-2.0"}},
        "servers": [{"url": f"{base}{ROOT}/{api}/v4"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _below(made: Part, holder: str) -> Part:
    """The operations at an address below the entities of another resource."""
    if not holder:
        return made
    named = holder[0].upper() + holder[1:]
    for operation in made.values():
        if isinstance(operation, dict):
            operation["operationId"] += f"Of{named}"
            operation["responses"] |= _refusals(404)
    above = _parameter(f"{holder}Id", "path", required=True)
    return {**made, "parameters": [above, *made.get("parameters", [])]}


def _schema(resource: Resource) -> Part:
    properties = {each.name: _kind(each) for each in resource.attributes}
    own = {"id": _KINDS["string"], "href": _KINDS["string"]}
    return {
        "type": "object",
        "description": resource.about,
        "required": ["id", "href", *resource.required],
        "properties": own | properties | _TYPED,
        "additionalProperties": True,
    }


def _sent(resource: Resource, *, create: bool) -> Part:
    taken = [each for each in resource.attributes if (each.settable if create else each.changeable)]
    schema: Part = {
        "type": "object",
        "properties": {each.name: _kind(each) for each in taken} | _TYPED,
        "additionalProperties": True,
    }
    required = [each.name for each in taken if each.required and each.default is None]
    return schema | ({"required": required} if create and required else {})


def _kind(attribute: Attribute) -> Part:
    shape = attribute.shape
    made = _KINDS.get(shape) or {
        "type": "object",
        "properties": {name: _KINDS[kind] for name, kind in SHAPES.get(shape, {}).items()},
        "additionalProperties": True,
    }
    if attribute.among:
        made = {**made, "enum": list(attribute.among)}
    return {"type": "array", "items": made} if attribute.kind.endswith("[]") else made


def _many(resource: Resource) -> Part:
    one = {"$ref": f"#/components/schemas/{resource.type}"}
    listed = _answer("The page.", {"type": "array", "items": one})
    listed["headers"] = {
        name: {"schema": _KINDS[kind]}
        for name, kind in (("X-Total-Count", "integer"), ("X-Result-Count", "integer"), ("Link", "string"))
    }
    made: Part = {
        "get": {
            "operationId": f"list{resource.type}",
            "summary": f"List or find {resource.name}",
            "description": "Filter by any attribute: name=a,b or a.b.gte=1; eq, ne, gt, gte, lt, lte, regex.",
            "parameters": _paging(),
            "responses": {"200": listed, **_refusals(400, 401, 403, 429)},
        }
    }
    if resource.create is not None:
        made["post"] = {
            "operationId": f"create{resource.type}",
            "summary": f"Create a {resource.name}",
            "parameters": [{"name": "Idempotency-Key", "in": "header", "schema": _KINDS["string"]}],
            "requestBody": _body(f"{resource.type}_Create", "application/json"),
            "responses": {"201": _answer("Created.", one), **_refusals(400, 401, 403, 409, 415, 422, 429)},
        }
    return made


def _one(resource: Resource) -> Part:
    one = {"$ref": f"#/components/schemas/{resource.type}"}
    made: Part = {
        "parameters": [_parameter("id", "path", required=True)],
        "get": {
            "operationId": f"retrieve{resource.type}",
            "summary": f"Show a {resource.name}",
            "parameters": [_parameter("fields", "query")],
            "responses": {"200": _answer("The entity.", one), **_refusals(400, 401, 403, 404, 429)},
        },
    }
    if resource.patch is not None:
        content = _body(f"{resource.type}_Update", "application/json", MERGE)
        content["content"][JSON_PATCH] = {"schema": {"type": "array", "items": _KINDS["object"]}}
        made["patch"] = {
            "operationId": f"patch{resource.type}",
            "summary": f"Change a {resource.name}",
            "requestBody": content,
            "responses": {
                "200": _answer("Changed.", one),
                **_refusals(400, 401, 403, 404, 409, 410, 415, 422, 429),
            },
        }
    if resource.delete is not None:
        made["delete"] = {
            "operationId": f"delete{resource.type}",
            "summary": f"Delete a {resource.name}",
            "responses": {"204": {"description": "Deleted."}, **_refusals(401, 403, 404, 409, 422, 429)},
        }
    return made


def _hubs() -> Part:
    one = {"$ref": "#/components/schemas/EventSubscription"}
    return {
        "get": {
            "operationId": "listHubs",
            "responses": {
                "200": _answer("Own listeners.", {"type": "array", "items": one}),
                **_refusals(401, 403, 429),
            },
        },
        "post": {
            "operationId": "registerListener",
            "requestBody": _body("EventSubscription", "application/json"),
            "responses": {"201": _answer("Registered.", one), **_refusals(400, 401, 403, 415, 422, 429)},
        },
    }


def _hub() -> Part:
    one = {"$ref": "#/components/schemas/EventSubscription"}
    return {
        "parameters": [_parameter("id", "path", required=True)],
        "get": {
            "operationId": "retrieveHub",
            "responses": {"200": _answer("The listener.", one), **_refusals(401, 403, 404, 429)},
        },
        "delete": {
            "operationId": "unregisterListener",
            "responses": {"204": {"description": "Ended."}, **_refusals(401, 403, 404, 429)},
        },
    }


def _paging() -> list[Part]:
    return [
        _parameter("fields", "query"),
        _parameter("sort", "query"),
        _parameter("offset", "query", {"type": "integer", "minimum": 0, "maximum": FARTHEST, "default": 0}),
        _parameter("limit", "query", {"type": "integer", "minimum": 0, "maximum": MOST, "default": DEFAULT}),
    ]


def _parameter(name: str, place: str, schema: Part | None = None, *, required: bool = False) -> Part:
    return {"name": name, "in": place, "required": required, "schema": schema or _KINDS["string"]}


def _answer(description: str, schema: Part) -> Part:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _body(schema: str, *types: str) -> Part:
    one = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"required": True, "content": dict.fromkeys(types, one)}


def _refusals(*statuses: int) -> Part:
    return {str(status): _answer("Refused.", {"$ref": "#/components/schemas/Error"}) for status in statuses}

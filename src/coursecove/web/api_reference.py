"""The API's OpenAPI document, arranged for people to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str
    type: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked."""

    id: str
    method: str
    path: str
    about: str
    scope: str
    parameters: tuple[Parameter, ...]
    status: str
    answer: str
    refusals: str


@dataclass(frozen=True, slots=True)
class Schema:
    """One kind of object that is sent or answered."""

    name: str
    about: str
    fields: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole page; in `about`, every second part is code."""

    title: str
    version: str
    about: tuple[str, ...]
    prefix: str
    operations: tuple[Operation, ...]
    refusals: tuple[tuple[str, str], ...]
    schemas: tuple[Schema, ...]


def reference(document: Node) -> Reference:
    """Every operation and every schema of the document."""
    info = document["info"]
    operations = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    refusals = {
        status: answer["description"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
    }
    schemas = document["components"]["schemas"]
    return Reference(
        title=info["title"],
        version=info["version"],
        about=tuple(info["description"].split("`")),
        prefix=document["servers"][0]["url"],
        operations=tuple(operations),
        refusals=tuple(sorted(refusals.items())),
        schemas=tuple(_schema(name, schemas[name]) for name in sorted(schemas)),
    )


def _operation(method: str, path: str, operation: Node) -> Operation:
    scopes: list[str] = operation["security"][0]["token"]
    parameters = [
        Parameter(
            each["name"],
            each["in"],
            type_name(each["schema"]),
            each.get("required", False),
            each.get("description", ""),
        )
        for each in operation.get("parameters", ())
    ]
    body = operation.get("requestBody")
    if body:
        parameters.append(Parameter("body", "body", _content(body), required=True, about=""))
    status, *refusals = sorted(operation["responses"])
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        about=operation["description"],
        scope=scopes[0] if scopes else "",
        parameters=tuple(parameters),
        status=status,
        answer=_content(operation["responses"][status]),
        refusals=", ".join(refusals),
    )


def _schema(name: str, schema: Node) -> Schema:
    required = schema.get("required", ())
    fields = [
        Parameter(field, "", type_name(facts), field in required, facts.get("description", ""))
        for field, facts in schema.get("properties", {}).items()
    ]
    about = schema.get("description") or ", ".join(map(str, schema.get("enum", ())))
    return Schema(name, about, tuple(fields))


def _content(part: Node) -> str:
    for content in part.get("content", {}).values():
        return type_name(content["schema"])
    return ""


def type_name(schema: Node) -> str:
    """A type in words: `uuid`, `Role or null`, `list of Member`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(type_name(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {type_name(schema['items'])}"
    return str(schema.get("format") or schema.get("type") or "anything")

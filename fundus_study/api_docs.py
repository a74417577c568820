"""The API described: as an OpenAPI document, and as a page of this house."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forgery.permissions import rule

Document = dict[str, Any]
ROOM = "/api/reading/"
SLUG = "^[-a-zA-Z0-9_]+$"
SLUGS = {"name", "pseudonym", "code", "kind", "side"}
"""Parts of addresses that are no numbers."""
FORM = "multipart/form-data"
METHODS = ("get", "post", "patch", "delete")
REFUSALS = {
    "400": "What was sent cannot be used; fields are named, or one sentence is given.",
    "401": "Log in first, or give a token that is valid.",
    "403": "You may not do this; the sentence says why.",
    "404": "There is nothing here.",
    "406": "Answers are JSON.",
    "415": "Send JSON; files as a form (multipart/form-data).",
    "429": "Too many requests; wait as long as the header Retry-After says.",
}


def without_the_room(endpoints: list[Any]) -> list[Any]:
    """Leave out the reading room: only its own page speaks to it."""
    return [one for one in endpoints if not one[0].startswith(ROOM)]


def with_refusals(result: Document, **_kwargs: Any) -> Document:
    """Say of each operation how it refuses: every answer there is, is described."""
    schema = {
        "type": "object",
        "properties": {"detail": {}},
        "additionalProperties": {},
        "description": "One sentence in detail, or what is wrong by field.",
    }
    result.setdefault("components", {}).setdefault("schemas", {})["Refusal"] = schema
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            for part in operation.get("parameters", ()):
                if part["in"] == "path" and part["name"] in SLUGS:
                    part["schema"]["pattern"] = SLUG
            for code, text in REFUSALS.items():
                operation["responses"].setdefault(
                    code, {"description": text, "content": content}
                )
    return result


@lru_cache(maxsize=1)
def document() -> Document:
    """Describe the API once a process: it does not depend on who asks."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    made: Document = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


@rule("signed-in")
class Schema(APIView):
    """The OpenAPI document."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "progress"

    @extend_schema(exclude=True)
    def get(self, _request: Request) -> Response:
        """Give the document out as JSON."""
        return Response(document())


@rule("signed-in")
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the API to people: each address with what it takes, gives and refuses."""
    described = document()
    context = {"groups": groups_of(described), "refusals": REFUSALS}
    return render(request, "api/docs.html", context)


def groups_of(described: Document) -> dict[str, list[Document]]:
    """Gather the operations under the noun that their address begins with."""
    groups: dict[str, list[Document]] = {}
    for path, operations in sorted(described["paths"].items()):
        for method in METHODS:
            if method in operations:
                noun = path.split("/")[2]
                shown = _shown(described, path, method, operations[method])
                groups.setdefault(noun, []).append(shown)
    return groups


def _shown(
    described: Document, path: str, method: str, operation: Document
) -> Document:
    sent = operation.get("requestBody", {}).get("content", {})
    body = sent.get("application/json") or sent.get(FORM)
    good = next(code for code in operation["responses"] if code.startswith("2"))
    answer = operation["responses"][good].get("content", {}).get("application/json", {})
    return {
        "id": operation["operationId"],
        "path": path,
        "method": method.upper(),
        "text": operation.get("description", ""),
        "parameters": operation.get("parameters", []),
        "fields": _fields(described, body["schema"]) if body else [],
        "example": _example(sent.get("application/json")),
        "command": _command(path, sent.get(FORM)),
        "code": good,
        "answer": _fields(described, answer.get("schema", {})),
    }


def _example(body: Document | None) -> str:
    examples = (body or {}).get("examples", {})
    first = next(iter(examples.values()), None)
    return "" if first is None else json.dumps(first["value"], indent=2)


def _command(path: str, form: Document | None) -> str:
    """Write a form's example as a command: files by their names after @."""
    examples = (form or {}).get("examples", {})
    first = next(iter(examples.values()), None)
    if first is None:
        return ""
    files = ("photographs", "table")
    parts = []
    for name, value in first["value"].items():
        for one in value if isinstance(value, list) else [value]:
            text = json.dumps(one) if isinstance(one, dict) else str(one)
            parts.append(f"  -F '{name}={'@' if name in files else ''}{text}'")
    return " \\\n".join(
        ['curl -H "Authorization: Token ..."', *parts, f"  SERVER{path}"]
    )


def _fields(described: Document, schema: Document) -> list[Document]:
    """Lay a schema's properties out; a page of rows shows the row's."""
    schema = _resolved(described, schema)
    properties = schema.get("properties", {})
    if "results" in properties:
        return _fields(described, properties["results"])
    if schema.get("type") == "array":
        return _fields(described, schema["items"])
    required = schema.get("required", [])
    return [
        {"name": name, "kind": _kind(described, part), "is_required": name in required}
        for name, part in properties.items()
    ]


def _resolved(described: Document, schema: Document) -> Document:
    reference = schema.get("$ref", "")
    if reference:
        found: Document = described["components"]["schemas"][reference.split("/")[-1]]
        return found
    return schema


def _kind(described: Document, part: Document) -> str:
    for group in ("allOf", "oneOf"):
        if group in part:
            return " | ".join(_kind(described, one) for one in part[group])
    part = _resolved(described, part)
    if "enum" in part:
        return " | ".join(str(value) for value in part["enum"])
    if part.get("type") == "array":
        return f"[{_kind(described, part['items'])}]"
    return str(part.get("format") or part.get("type", ""))

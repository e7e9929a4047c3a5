"""The OpenAPI document, by its operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drf_spectacular.generators import SchemaGenerator

DOCUMENT: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Operation:
    path: str
    method: str
    told: dict[str, Any]

    def __str__(self) -> str:
        return str(self.told["operationId"])

    def parameters(self, place: str) -> dict[str, dict[str, Any]]:
        """The schemas of its parameters in the path or in the query."""
        return {
            parameter["name"]: parameter["schema"]
            for parameter in self.told.get("parameters", [])
            if parameter["in"] == place
        }

    def body(self) -> dict[str, Any] | None:
        """The example of what is sent to it."""
        content = self.told.get("requestBody", {}).get("content", {})
        for example in content.get("application/json", {}).get("examples", {}).values():
            return dict(example["value"])
        return None

    def fields(self) -> list[str]:
        """The names of what is sent to it."""
        content = self.told.get("requestBody", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "/")
        schema = DOCUMENT["components"]["schemas"].get(reference.rsplit("/", 1)[1], {})
        return list(schema.get("properties", {}))


OPERATIONS = [
    Operation(path, method.upper(), told)
    for path, item in DOCUMENT["paths"].items()
    for method, told in item.items()
]

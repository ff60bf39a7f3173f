#!/usr/bin/env python3
"""Writes farthing_client/generated.py from the description of the API.

    python3 deploy/python/generate.py OPENAPI_JSON > deploy/python/farthing_client/generated.py

Each schema becomes a type, each route a method under its operationId. What is no JSON (files, events) is asked for with the methods of
`Connection`. The output depends on the description alone.
"""

import json
import keyword
import re
import sys
from textwrap import wrap

HEADER = '''"""The routes and types of the API. Written by generate.py from its description: do not edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NotRequired, TypedDict, Union

from .connection import Connection
'''

PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def name_of(reference):
    return reference.rsplit("/", 1)[-1]


def identifier(text):
    """A name of Python: `in` is `in_`, `If-Match` is `if_match`."""
    name = re.sub(r"\W", "_", text).lower()
    return f"{name}_" if keyword.iskeyword(name) else name


def union(types):
    types = list(dict.fromkeys(types))
    return types[0] if len(types) == 1 else f"Union[{', '.join(types)}]"


class Description:
    def __init__(self, document):
        self.document = document
        self.schemas = document.get("components", {}).get("schemas", {})

    def resolved(self, part):
        return self.schemas[name_of(part["$ref"])] if "$ref" in part else part

    def properties(self, schema):
        """The properties of an object and which of them are there always; none where it is more than that."""
        schema = self.resolved(schema)
        if "allOf" in schema:
            properties, required = {}, set()
            for part in schema["allOf"]:
                found = self.properties(part)
                if found is None:
                    return None
                properties |= found[0]
                required |= found[1]
            return properties, required
        if "properties" in schema and "oneOf" not in schema:
            return schema["properties"], set(schema.get("required", []))
        return None

    def type_of(self, schema):
        """A type as Python writes it."""
        if "$ref" in schema:
            return f'"{name_of(schema["$ref"])}"'
        for some in ("oneOf", "anyOf"):
            if some in schema:
                return union(self.type_of(one) for one in schema[some])
        if "enum" in schema:
            return f"Literal[{', '.join(repr(value) for value in schema['enum'])}]"
        if "const" in schema:
            return f"Literal[{schema['const']!r}]"
        if "allOf" in schema:
            parts = schema["allOf"]
            return self.type_of(parts[0]) if len(parts) == 1 else "dict[str, Any]"
        kind = schema.get("type")
        if isinstance(kind, list):
            return union(self.type_of(schema | {"type": one}) for one in kind)
        if kind == "array":
            return f"list[{self.type_of(schema.get('items', {}))}]"
        if kind == "object":
            more = schema.get("additionalProperties")
            return f"dict[str, {self.type_of(more)}]" if isinstance(more, dict) else "dict[str, Any]"
        return PLAIN.get(kind, "Any")

    def declared(self, name, schema):
        """A schema as a type of its own."""
        found = self.properties(schema)
        if found is None:
            # A name that stands before its type: only strings may.
            return f'{name} = {self.type_of({key: value for key, value in schema.items() if key != "$ref"})}'
        properties, required = found
        lines = [f'{name} = TypedDict("{name}", {{']
        for field, kind in properties.items():
            written = self.type_of(kind)
            lines.append(f'    "{field}": {written if field in required else f"NotRequired[{written}]"},')
        return "\n".join([*lines, "})"])

    def operations(self):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                yield path, method.upper(), operation


def answer_of(description, operation):
    """The type of what a route answers with, where that is JSON or nothing."""
    types = []
    for status, response in sorted(operation["responses"].items()):
        if not status.startswith("2"):
            continue
        content = response.get("content", {})
        if not content:
            types.append("None")
        elif "application/json" in content:
            types.append(description.type_of(content["application/json"].get("schema", {})))
        else:
            return None
    return union(types) if types else "None"


def method_of(description, path, verb, operation):
    """A route as a method; none where its answer is no JSON."""
    answer = answer_of(description, operation)
    if answer is None:
        return None
    places, options, lines = [], [], []
    query, headers = [], []
    for parameter in operation.get("parameters", []):
        name, where = identifier(parameter["name"]), parameter["in"]
        kind = description.type_of(parameter.get("schema", {}))
        if where == "path":
            places.append(f"{name}: str")
        elif parameter.get("required"):
            options.insert(0, f"{name}: {kind}")
        else:
            options.append(f"{name}: {union([kind, 'None'])} = None")
        if where == "query":
            query.append(f'"{parameter["name"]}": {name}')
        if where == "header":
            headers.append(f'"{parameter["name"]}": {name}')
    body = operation.get("requestBody", {}).get("content", {})
    sent = []
    if "application/json" in body:
        places.append(f"body: {description.type_of(body['application/json'].get('schema', {}))}")
        sent.append("body=body")
    elif body:
        kinds = list(body)
        places.append("body: str")
        options.append(f"content_type: Literal[{', '.join(map(repr, kinds))}] = {kinds[0]!r}")
        sent += ["text=body", "content_type=content_type"]
    address = re.sub(r"\{(\w+)\}", lambda found: "{self.part(" + identifier(found[1]) + ")}", path)
    signature = ", ".join(["self", *places, *(["*"] if options else []), *options])
    said = " ".join(operation.get("summary", "").split()) or f"{verb} {path}"
    arguments = [repr(verb), f'f"{address}"' if "{" in path else repr(path)]
    if query:
        arguments.append(f"query={{{', '.join(query)}}}")
    if headers:
        arguments.append(f"headers={{{', '.join(headers)}}}")
    lines.append(f"    def {operation['operationId']}({signature}) -> {answer}:")
    lines += wrap(f'"""{said}."""', 130, initial_indent=" " * 8, subsequent_indent=" " * 8)
    lines.append(f"        found: {answer} = self.asked({', '.join([*arguments, *sent])})")
    lines.append("        return found")
    paged = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", []))
    if paged and answer.startswith("list["):
        lines += ["", *pages_of(operation, path, places, options, query, answer[5:-1])]
    return "\n".join(lines)


def pages_of(operation, path, places, options, query, row):
    """The rows of all pages of a list."""
    kept = [option for option in options if not option.startswith("cursor:")]
    asked = ", ".join(part for part in query if not part.startswith('"cursor"'))
    signature = ", ".join(["self", *places, *(["*"] if kept else []), *kept])
    yield f"    def every_{operation['operationId'].removeprefix('get_')}({signature}) -> Iterator[{row}]:"
    yield '        """The same, page by page to the end."""'
    yield f"        return self.pages({path!r}, query={{{asked}}})"


def main():
    with open(sys.argv[1]) as file:
        description = Description(json.load(file))
    types = [description.declared(name, schema) for name, schema in sorted(description.schemas.items())]
    # Objects first: what is no object is written with its parts, and may name them.
    types.sort(key=lambda text: "TypedDict(" not in text)
    methods = [found for found in (method_of(description, *one) for one in description.operations()) if found]
    print(HEADER)
    print("\n\n".join(types))
    print("\n\nclass Farthing(Connection):")
    print('    """The API: one method a route."""\n')
    print("\n\n".join(methods))


main()

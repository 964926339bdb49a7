"""Holds answers against openapi.yaml: status, media type, headers and body.

Stricter than the description asks of a reader: a member that it does not name is a fault here,
so that nothing reaches callers undescribed.
"""

import copy
import json
import pathlib
import re

import jsonschema
import yaml

DESCRIPTION = pathlib.Path(__file__).resolve().parents[2] / "openapi.yaml"
METHODS = ("get", "put", "post", "delete")


def load():
    return yaml.safe_load(DESCRIPTION.read_text("utf-8"))


def resolve(document, node):
    """Follows $ref within the document."""
    while isinstance(node, dict) and "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def operations(document):
    """(method, path, operation), with the path's own parameters joined in."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = dict(item[method])
                parameters = item.get("parameters", []) + operation.get("parameters", [])
                operation["parameters"] = [resolve(document, p) for p in parameters]
                yield method.upper(), path, operation


def _closed(node):
    """The same schemas, with members that are not named refused."""
    if isinstance(node, dict):
        node = {name: _closed(value) for name, value in node.items()}
        if isinstance(node.get("properties"), dict):
            node.setdefault("additionalProperties", False)
        return node
    if isinstance(node, list):
        return [_closed(value) for value in node]
    return node


class Description:
    def __init__(self, document=None):
        self.document = document or load()
        self._strict = copy.deepcopy(self.document)
        schemas = self._strict["components"]["schemas"]
        self._strict["components"]["schemas"] = _closed(schemas)
        self._routes = []
        for method, path, operation in operations(self.document):
            pattern = re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)) + r"\Z")
            self._routes.append((path.count("{"), method, path, pattern, operation))
        self._routes.sort(key=lambda route: route[0])

    def schema_faults(self, schema, value, strict=True):
        """`value` against a schema of the description, as readable lines."""
        document = self._strict if strict else self.document
        schema = _closed(schema) if strict else schema
        resolver = jsonschema.RefResolver("", document)
        validator = jsonschema.Draft202012Validator(schema, resolver=resolver)
        faults = []
        for error in validator.iter_errors(value):
            for leaf in _leaves(error):
                where = "/".join(str(part) for part in leaf.absolute_path)
                faults.append(f"/{where}: {leaf.message[:300]}")
        return faults

    def route(self, method, path):
        """(template, operation); operation None when the path does not take the method."""
        template = None
        for _, its_method, its_template, pattern, operation in self._routes:
            if pattern.match(path.partition("?")[0]):
                template = template or its_template
                if its_method == method:
                    return its_template, operation
        return template, None

    def faults(self, method, path, status, headers, body, documented=True):
        """Everything in which an answer differs from the description. With `documented` the status
        must be listed by itself; `default` does not do."""
        template, operation = self.route(method, path)
        responses = self.document["components"]["responses"]
        if operation is None:
            # An unknown path, or a method that the path does not take.
            response = responses["NotFound" if template is None else "MethodNotAllowed"]
            expected = 404 if template is None else 405
            found = [] if status == expected else [f"status {status}, expected {expected}"]
        else:
            listed = operation["responses"]
            found = []
            if str(status) not in listed and (documented or "default" not in listed):
                found.append(f"status {status} is not described")
            response = listed.get(str(status)) or listed.get("default") or {}
            response = resolve(self.document, response)
        found += self._header_faults(response, headers)
        found += self._body_faults(response, headers, body)
        if status >= 400 and not found and json.loads(body).get("status") != status:
            found.append("the problem names another status")
        return [f"{method} {path} -> {status}: {fault}" for fault in found]

    def _header_faults(self, response, headers):
        for name, header in response.get("headers", {}).items():
            header = resolve(self.document, header)
            value = headers.get(name.lower())
            if value is None:
                if header.get("required"):
                    yield f"no header {name}"
                continue
            if header["schema"].get("type") == "integer":
                if not value.isdigit():
                    yield f"header {name} is no number: {value}"
                    continue
                value = int(value)
            for fault in self.schema_faults(header["schema"], value):
                yield f"header {name}{fault}"

    def _body_faults(self, response, headers, body):
        content = response.get("content")
        if content is None:
            return [f"a body where none is described: {body[:80]!r}"] if body else []
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in content:
            return [f"content type {media_type or 'missing'} is not described"]
        value = body.decode("utf-8")
        if media_type.endswith("json"):
            try:
                value = json.loads(value, parse_float=_refuse_float)
            except ValueError as error:
                return [f"body: {error}"]
        faults = self.schema_faults(content[media_type]["schema"], value)
        return [f"body {fault}" for fault in faults]


def _refuse_float(text):
    # Answers carry integers and decimal strings. A policy document holds numbers as its author
    # wrote them, and those are shares of a whole percent.
    if re.fullmatch(r"-?[0-9]+\.[0-9]{1,6}", text):
        return float(text)
    raise ValueError(f"the number {text} is neither an integer nor a short decimal")


def _leaves(error):
    """The errors under a oneOf that say the most: those of the branch that went deepest."""
    if not error.context:
        return [error]
    branches = {}
    for inner in error.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    best = min(branches.values(), key=len)
    return [leaf for inner in best for leaf in _leaves(inner)]

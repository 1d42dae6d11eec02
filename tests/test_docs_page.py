"""The documents about the API: /openapi.json says what the routes do, and /docs shows it without the internet."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31
from starlette.routing import Route

from gateway.app import create_app
from gateway.envelopes import SsekHouse
from gateway.problems import classes
from gateway.versions import discover
from tests.service.running import House, house, question, settings

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def gateway() -> Iterator[House]:
    with house() as found:
        yield found


@pytest.fixture(scope="module")
def document(gateway: House) -> Any:
    reply = gateway.get("/openapi.json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    return reply.tree


def _schemas(node: Any, key: str = "") -> Iterator[Any]:
    """Every place that holds a JSON Schema."""
    if isinstance(node, dict):
        if key in {"schema", "schemas"}:
            yield from node.values() if key == "schemas" else (node,)
        for name, inner in node.items():
            yield from _schemas(inner, name)
    elif isinstance(node, list):
        for inner in node:
            yield from _schemas(inner)


def test_the_document_is_openapi_3_1_and_its_schemas_are_json_schema(document: Any) -> None:
    jsonschema_rs.validator_for(OPENAPI_31).validate(document)
    assert document["openapi"].startswith("3.1.")
    schemas = [*_schemas(document)]
    assert len(schemas) > 100
    for schema in schemas:
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def test_every_reference_has_its_schema_and_every_schema_its_reference(document: Any) -> None:
    named = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    # A reference may lead into a schema: what counts is the schema.
    assert {"/".join(each.split("/")[:4]) for each in _references(document)} == named


def test_every_route_is_in_the_document_and_every_operation_has_its_route(document: Any) -> None:
    faces = [adapter.face for adapter in discover().values() if adapter.face]
    faces += [make(SsekHouse()) for adapter in discover().values() if (make := adapter.faces.get("ssek"))]
    versions = {route.path for face in faces for route in face.routes}
    routed = {
        (method, route.path.replace(":path", ""))
        for route in create_app(settings("http://127.0.0.1:1")).routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    described = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    assert {pair for pair in routed if pair[1] not in versions} == described
    assert versions <= {path for _, path in routed}


SUCCESS = {("post", "/v1/bestallningar"): "202"}
MEDIA = {"/docs": ["text/html"], "/v1/bestallningar/{id}/resultat": ["application/x-ndjson"]}


def test_every_operation_says_what_it_is_and_how_it_fails(document: Any) -> None:
    statuses = {each.status for each in classes()} - {403, 405, 409, 429}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"].endswith(".")
            responses = operation["responses"]
            assert {"414", "431", "500"} <= responses.keys(), path
            assert [status for status in responses if int(status) < 400] == [SUCCESS.get((method, path), "200")], path
            for status, response in responses.items():
                expected = MEDIA.get(path, ["application/json"])
                assert list(response["content"]) == (["application/problem+json"] if int(status) >= 400 else expected)
    question_fails = {int(status) for status in document["paths"]["/v1/fragor"]["post"]["responses"]}
    assert statuses <= question_fails


def test_the_examples_are_right_by_the_schema_and_are_answered(document: Any, gateway: House) -> None:
    body = document["paths"]["/v1/fragor"]["post"]["requestBody"]["content"]["application/json"]
    validator = jsonschema_rs.validator_for(
        {**body["schema"], "components": document["components"]}, validate_formats=True
    )
    assert len(body["examples"]) > 1
    for example in body["examples"].values():
        validator.validate(example["value"])
        assert gateway.ask(example["value"]).status == 200


WRONG = {
    "unknown field": question(x=1),
    "no types": question(informationstyper=[]),
    "a type of another class": question(("beslut", "FK:SJP")),
    "a month": question(period={"from": "2025-01", "tom": "2025-12-31"}),
    "an impossible month": question(personnummer="199013019806"),
    "an impossible day": question(personnummer="9001329806"),
    "a pair twice": question(("beslut", "PM:AP"), ("beslut", "PM:AP")),
}


@pytest.mark.parametrize("tree", WRONG.values(), ids=WRONG.keys())
def test_what_the_schema_refuses_the_gateway_refuses(document: Any, gateway: House, tree: Any) -> None:
    schema = {"$ref": "#/components/schemas/Fragestallning", "components": document["components"]}
    assert not jsonschema_rs.validator_for(schema, validate_formats=True).is_valid(tree)
    assert gateway.ask(tree).status in {400, 422}


def test_answers_and_problems_are_as_the_document_says(document: Any, gateway: House) -> None:
    for name, reply in {"Svar": gateway.ask(), "Problem": gateway.ask({})}.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema_rs.validator_for(schema, validate_formats=True).validate(reply.tree)


class _Loads(HTMLParser):
    """Everything that a page loads when it is opened."""

    _ATTRIBUTES = ("src", "href", "srcset", "data", "poster", "action", "background")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [value or "" for name, value in attrs if name in self._ATTRIBUTES and tag != "a"]


def test_the_page_loads_nothing_from_elsewhere(gateway: House) -> None:
    reply = gateway.get("/docs")
    assert reply.headers["content-type"].startswith("text/html")
    page = reply.body.decode()
    loads = _Loads()
    loads.feed(page)
    assert "script" in loads.tags
    assert [address for address in loads.found if not address.startswith("data:")] == []
    styles = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    assert "@import" not in styles
    assert all(address.strip("\"'").startswith("data:") for address in re.findall(r"url\(([^)]{1,20})", styles))
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy


def _chromium(tmp_path: Path, address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM is not None
    # The name stands for the gateway as others reach it: on 127.0.0.1 Swagger UI leaves out its badge by itself.
    command = [
        CHROMIUM,
        *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--virtual-time-budget=20000"),
        f"--user-data-dir={tmp_path / 'profile'}",
        "--host-resolver-rules=MAP gateway.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        *arguments,
        address,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: the page was read, but not opened in a browser")
def test_the_page_works_in_a_browser_without_the_internet(gateway: House, tmp_path: Path) -> None:
    address = f"http://gateway.test:{urlsplit(gateway.url).port}/docs"
    done = _chromium(tmp_path, address, "--dump-dom", "--enable-logging=stderr", "--v=0")
    body = done.stdout.partition("<body>")[2]
    shown = re.sub(r"<script>.*?</script>", "", body, flags=re.DOTALL)
    for path in ("/v1/fragor", "/v1/informationstyper", "/v1/versioner", "/health", "/ready"):
        assert f'data-path="{path}"' in shown
    assert "Ask about one person." in shown
    assert "validator.swagger.io" not in shown
    assert "Failed to load" not in shown
    assert "Content Security Policy" not in done.stderr
    _chromium(tmp_path, address, f"--screenshot={tmp_path / 'docs.png'}", "--window-size=1200,1600")
    assert (tmp_path / "docs.png").stat().st_size > 20_000

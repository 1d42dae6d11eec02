"""The settings of one upstream: what is refused, and that a secret shows nowhere."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from gateway.connection import Connection, PemCertificate, Pkcs12Certificate

SECRET = "hemligt-lösenord"  # noqa: S105 - made for this test


def test_defaults() -> None:
    made = Connection(url="https://agency.example/lefi")
    assert (made.connect_seconds, made.read_seconds, made.total_seconds) == (5, 20, 30)
    assert made.max_answer_bytes == 16 * 1024 * 1024
    assert not made.reuse_connections
    assert made.ca is None
    assert made.client_certificate is None


@pytest.mark.parametrize("model", [Connection, PemCertificate, Pkcs12Certificate])
def test_every_setting_is_described_and_nothing_else_is_taken(model: type[BaseModel]) -> None:
    assert all(field.description and field.description.endswith(".") for field in model.model_fields.values())
    assert model.model_config["frozen"]
    assert model.model_config["extra"] == "forbid"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080", "https://agency.example", "https://agency.example:8443/a/b/", "https://[::1]:8443/ws"],
)
def test_an_address(url: str) -> None:
    assert Connection(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "", "agency.example", "/ws", "ftp://agency.example", "file:///etc/passwd", "https://", "https:///ws", "https://:443/",
        f"https://user:{SECRET[:7]}@agency.example", "https://@agency.example", "https://agency.example?", "https://a.example/?b",
        "https://a.example/#", "https://a.example/#b", "https://a.example:0", "https://a.example:65536", "https://a.example:x",
        "https://a.example/a/../b", "https://a.example/%2E%2e/b", "https://a.example/./b", "https://a.example/a b",
        "https://a.example/a\\b", "https://a.example/a\n", " https://a.example", "https://å.example", "https://[::1/ws",
    ],
)  # fmt: skip
def test_no_address(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Connection(url=url)
    assert SECRET[:7] not in str(caught.value)


@pytest.mark.parametrize("name", ["connect_seconds", "read_seconds", "total_seconds", "max_answer_bytes"])
@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan")])
def test_limits_are_positive_and_finite(name: str, value: float) -> None:
    with pytest.raises(ValidationError):
        Connection.model_validate({"url": "https://agency.example", name: value})


@pytest.mark.parametrize(
    "setting",
    [
        {"certificate": "a.pem", "key": "a.key", "password": SECRET},
        {"pkcs12": "a.p12", "password": SECRET},
    ],
)
def test_a_password_shows_nowhere(setting: dict[str, str]) -> None:
    made = Connection.model_validate({"url": "https://agency.example", "client_certificate": setting})
    assert SECRET not in repr(made) + str(made) + made.model_dump_json()


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ({"certificate": "a.pem", "password": SECRET}, ("client_certificate", "pem", "key")),
        ({"pkcs12": "a.p12", "key": SECRET}, ("client_certificate", "pkcs12", "key")),
        ({"pkcs12": "a.p12", "pasword": SECRET}, ("client_certificate", "pkcs12", "pasword")),
        ({}, ("client_certificate", "pem", "certificate")),
    ],
)
def test_an_error_names_the_setting_of_one_form_and_not_its_value(
    setting: dict[str, str], place: tuple[str, ...]
) -> None:
    with pytest.raises(ValidationError) as caught:
        Connection.model_validate({"url": "https://agency.example", "client_certificate": setting})
    assert caught.value.errors(include_input=False)[0]["loc"] == place
    assert SECRET not in str(caught.value)

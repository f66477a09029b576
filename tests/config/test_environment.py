import runpy

import pytest
from django.utils.translation import override

import bekal.config.settings
from bekal.config.environment import BadSetting, flag, networks, origins, seconds, service, shared_secret, whole_number, words


def test_what_is_said_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEKAL_X", " yes ")
    assert (flag("BEKAL_X"), flag("BEKAL_NOTHING")) == (True, False)
    monkeypatch.setenv("BEKAL_X", "90")
    assert (seconds("BEKAL_X", default=5), seconds("BEKAL_NOTHING", default=5)) == (90, 5)
    assert (whole_number("BEKAL_X", default=5), whole_number("BEKAL_NOTHING", default=5)) == (90, 5)
    monkeypatch.setenv("BEKAL_X", "10.0.0.7, fd00::/8,")
    assert [str(network) for network in networks("BEKAL_X")] == ["10.0.0.7/32", "fd00::/8"]
    assert (words("BEKAL_X"), words("BEKAL_NOTHING")) == (["10.0.0.7", "fd00::/8"], [])
    monkeypatch.setenv("BEKAL_X", "https://bekal.example,http://10.0.0.5:8000")
    assert origins("BEKAL_X") == ["https://bekal.example", "http://10.0.0.5:8000"]
    monkeypatch.setenv("BEKAL_X", " https://sms.example/v1 ")
    assert (service("BEKAL_X"), service("BEKAL_NOTHING")) == ("https://sms.example/v1", "")
    monkeypatch.setenv("BEKAL_X", "k" * 32)
    assert (shared_secret("BEKAL_X", needed=True), shared_secret("BEKAL_NOTHING", needed=False)) == ("k" * 32, "")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (flag, "maybe"),
        (lambda name: seconds(name, default=1), "0"),
        (lambda name: seconds(name, default=1), "1.5"),
        *((lambda name: whole_number(name, default=7), value) for value in ("1.000.000.000", "-1", "1e9", "١", "x")),
        (networks, "10.0.0.7/8"),
        (networks, "proxy"),
        (origins, "bekal.example"),
        (origins, "https://bekal.example/"),
        (service, "sms.example"),
        (service, "ftp://sms.example"),
        (service, "https://user:word@sms.example"),
        (service, "https://sms.example/#key"),
    ],
)
def test_what_cannot_be_meant_is_refused(monkeypatch: pytest.MonkeyPatch, read: object, value: str) -> None:
    monkeypatch.setenv("BEKAL_X", value)
    with override("en"), pytest.raises(BadSetting, match=f"BEKAL_X cannot be “{value}”"):
        read("BEKAL_X")  # type: ignore[operator]


@pytest.mark.parametrize("value", ["", "k" * 31])
def test_a_secret_is_long_and_never_quoted(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BEKAL_X", value)
    with override("en"), pytest.raises(BadSetting, match="BEKAL_X cannot be “…”"):
        shared_secret("BEKAL_X", needed=True)


@pytest.mark.parametrize(
    "name",
    [
        "BEKAL_HTTPS",
        "BEKAL_HSTS_SECONDS",
        "BEKAL_SMS_URL",
        "BEKAL_STATEMENT_SECONDS",
        "BEKAL_TRUSTED_ORIGINS",
        "BEKAL_TRUSTED_PROXIES",
        "BEKAL_TYPED_TOTAL_IDR",
    ],
)
def test_every_command_refuses_a_setting_that_cannot_be_meant(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "such a thing")
    with override("en"), pytest.raises(BadSetting, match=f"{name} cannot be “such a thing”"):
        runpy.run_path(str(bekal.config.settings.__file__))

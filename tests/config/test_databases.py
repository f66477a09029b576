import pytest

from bekal.config.databases import BadDatabaseUrl, connection_settings


def test_an_address_becomes_djangos_settings() -> None:
    assert connection_settings("postgresql://sari:rahasia@db.example.org:5433/bekal?sslmode=require") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "bekal",
        "USER": "sari",
        "PASSWORD": "rahasia",
        "HOST": "db.example.org",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_socket_folder_is_a_host() -> None:
    found = connection_settings("postgresql://bekal@/bekal?host=/var/lib/bekal/run")
    assert (found["HOST"], found["NAME"], found["OPTIONS"]) == ("/var/lib/bekal/run", "bekal", {})


@pytest.mark.parametrize("url", ["postgresql://[", "mysql://x/y", "nonsense", "postgresql://x/y?colour=green"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="DATABASE_URL"):
        connection_settings(url)

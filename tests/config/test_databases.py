import pytest

from bekal.config.databases import COMMAND_LIMITS, BadDatabaseUrl, Limits, connection_settings


def test_an_address_becomes_djangos_settings() -> None:
    assert connection_settings("postgresql://sari:rahasia@db.example.org:5433/bekal?sslmode=require") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "bekal",
        "USER": "sari",
        "PASSWORD": "rahasia",
        "HOST": "db.example.org",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require", "options": COMMAND_LIMITS.options()},
    }


def test_what_the_address_says_of_limits_holds_after_those_of_the_house() -> None:
    found = connection_settings(
        "postgresql:///bekal?options=-c%20lock_timeout%3D7", limits=Limits(statement_seconds=1, lock_seconds=2, idle_seconds=3)
    )
    assert found["OPTIONS"]["options"] == (
        "-c statement_timeout=1000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=3000 -c lock_timeout=7"
    )


def test_a_socket_folder_is_a_host() -> None:
    found = connection_settings("postgresql://bekal@/bekal?host=/var/lib/bekal/run")
    assert (found["HOST"], found["NAME"], list(found["OPTIONS"])) == ("/var/lib/bekal/run", "bekal", ["options"])


@pytest.mark.parametrize("url", ["postgresql://[", "mysql://x/y", "nonsense", "postgresql://x/y?colour=green"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="DATABASE_URL"):
        connection_settings(url)

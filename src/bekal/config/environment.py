"""What whoever runs Bekal says in environment variables, read strictly: what cannot be meant is refused, not guessed."""

import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid

Network = IPv4Network | IPv6Network

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})
_FEWEST_CHARACTERS = 32


class BadSetting(Invalid):
    """An environment variable says something that it cannot say."""

    code = "bad_setting"
    message = _("{name} cannot be “{value}”: it takes {expected}.")


def flag(name: str) -> bool:
    """Whether a variable says yes; one that is not set says no."""
    value = os.environ.get(name, "").strip()
    if value.lower() not in _YES | _NO:
        raise BadSetting(name=name, value=value, expected="1 or 0")
    return value.lower() in _YES


def seconds(name: str, *, default: int) -> int:
    """A whole number of seconds, at least one."""
    found = whole_number(name, default=default)
    if not 1 <= found <= 86_400 * 366 * 2:
        raise BadSetting(name=name, value=os.environ[name].strip(), expected="a whole number of seconds, at least 1")
    return found


def whole_number(name: str, *, default: int) -> int:
    """A whole number, 0 or more, in digits alone."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not (value.isascii() and value.isdecimal()):
        raise BadSetting(name=name, value=value, expected=f"a whole number such as {default}, in digits alone")
    return int(value)


def words(name: str) -> list[str]:
    """What a variable lists between commas."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def networks(name: str) -> tuple[Network, ...]:
    """Addresses and networks, such as `10.0.0.7, fd00::/8`."""
    try:
        return tuple(ip_network(word) for word in words(name))
    except ValueError as error:
        raise BadSetting(name=name, value=os.environ[name], expected=f"addresses or networks between commas ({error})") from error


def origins(name: str) -> list[str]:
    """Where browsers find the site, such as `https://bekal.example`."""
    found = words(name)
    for word in found:
        parts = urlsplit(word)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
            raise BadSetting(name=name, value=word, expected="origins between commas, such as https://bekal.example")
    return found


def service(name: str) -> str:
    """Where another system is asked, such as `https://sms.example/v1`; empty where the variable is not set."""
    value = os.environ.get(name, "").strip()
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment or parts.username):
        raise BadSetting(name=name, value=value, expected="an address such as https://sms.example/v1")
    return value


def shared_secret(name: str, *, needed: bool) -> str:
    """A secret that another system knows too, of 32 characters or more; empty where it is not needed and not set."""
    value = os.environ.get(name, "").strip()
    if len(value) < _FEWEST_CHARACTERS and (value or needed):
        raise BadSetting(name=name, value="…", expected=f"a secret of {_FEWEST_CHARACTERS} characters or more")
    return value

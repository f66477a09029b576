"""Counting tries at passwords and one-time codes, so that nobody guesses and nobody is held out.

Each try at an account is taken from the first of four allowances that has one left, and is refused without being judged where
none has. Their sizes and reasons are in docs/adr/0013-counting-tries.md.
"""

import hashlib
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from bekal.access.errors import TooManyTries
from bekal.access.models import Act, Encounter, KnownBrowser, LastCode, Pool, Try, User
from bekal.access.services import record_act
from bekal.core import clock
from bekal.core.locks import hold

WINDOW: Final = timedelta(hours=1)
"""The allowances are for any stretch of time of this length."""
BROWSER_TRIES: Final = 10
"""For each browser that is known for the account."""
NETWORK_TRIES: Final = 4
"""For all networks together from which somebody came into the account before."""
FIRST_TRIES: Final = 20
"""For all networks together, each once in a week."""
OTHER_TRIES: Final = 6
"""For all other tries together."""
OTHER_TRIES_A_NETWORK: Final = 4
STRANGERS_A_NETWORK: Final = 1_000
"""At all accounts together, by browsers that are not known: what one network can make the site compute."""

_FIRST_AGAIN_AFTER: Final = timedelta(days=7)
_NETWORK_KNOWN_FOR: Final = timedelta(days=180)
BROWSER_KNOWN_FOR: Final = timedelta(days=365)
_TOKEN_BYTES: Final = 24
_LOCKS: Final = 0x7472  # this room's advisory locks of accounts

_CLEAR_TRIES_SQL: Final = (
    "DELETE FROM access_try WHERE id IN (SELECT id FROM access_try WHERE at < %s LIMIT 100 FOR UPDATE SKIP LOCKED)"
)
_CLEAR_STRANGERS_SQL: Final = (
    "DELETE FROM access_encounter WHERE id IN (SELECT id FROM access_encounter"
    " WHERE entered_at IS NULL AND tried_at < %s LIMIT 100 FOR UPDATE SKIP LOCKED)"
)


class Guessed(StrEnum):
    """What is tried; each has allowances of its own."""

    PASSWORD = "password"  # noqa: S105
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a try comes from: the network, and the token of the browser if it has one."""

    network: str
    token: str | None = None


def begin_try(*, account: User | str, guessed: Guessed, origin: Origin) -> Try:
    """Take a try from an allowance, before it is judged and in a transaction of its own; `take_back` it where it was right.

    So tries that are judged side by side are counted before any of them is.

    Args:
        account: whose it is, or the name that was typed where nobody has it.

    Raises:
        TooManyTries: no allowance is left; nothing is to be judged.
    """
    begun = _take(whose=account, guessed=guessed, origin=origin)
    if begun is None:
        _note_refusal(whose=account, guessed=guessed, network=origin.network)
        raise TooManyTries
    return begun


@transaction.atomic
def take_back(*, begun: Try) -> None:
    """Let a try that was right count nowhere."""
    account = bytes(begun.account)
    _lock(account)
    if begun.pool == Pool.FIRST:
        Encounter.objects.filter(account=account, network=begun.network).update(tried_at=None)
    begun.delete()


@transaction.atomic
def come_in(*, user: User, origin: Origin) -> str:
    """Know browser and network of somebody who came in with every factor; returns the token that the browser is to keep."""
    now = clock.now()
    for guessed in Guessed:
        account = _account(user, guessed)
        _lock(account)
        Encounter.objects.update_or_create(account=account, network=origin.network, defaults={"entered_at": now})
        Encounter.objects.filter(account=account, entered_at__lt=now - _NETWORK_KNOWN_FOR).delete()
    KnownBrowser.objects.filter(user=user, entered_at__lt=now - BROWSER_KNOWN_FOR).delete()
    known = known_browser(user=user, token=origin.token)
    if known is not None and origin.token is not None:
        known.entered_at = now
        known.save(update_fields=["entered_at"])
        return origin.token
    token = origin.token
    if token is None or KnownBrowser.objects.filter(user=user, token_sha256=_hashed(token)).exists():
        token = secrets.token_urlsafe(_TOKEN_BYTES)  # what was revoked stays so
    KnownBrowser.objects.create(user=user, token_sha256=_hashed(token), known_at=now, entered_at=now)
    return token


def known_browser(*, user: User, token: str | None) -> KnownBrowser | None:
    """The browser with this token, if somebody logged into this account in it and it was not revoked."""
    if token is None:
        return None
    known = KnownBrowser.objects.filter(user=user, token_sha256=_hashed(token), revoked_at=None)
    return known.filter(entered_at__gte=clock.now() - BROWSER_KNOWN_FOR).select_related("user").first()


def came_before(*, user: User, token: str | None) -> bool:
    """Whether somebody came into this account in this browser more than once, so that it was known before this visit."""
    known = known_browser(user=user, token=token)
    return known is not None and known.entered_at > known.known_at


@transaction.atomic
def forget_tries(*, user: User) -> None:
    """Forget where and in which browsers somebody logged in, for good."""
    for guessed in Guessed:
        account = _account(user, guessed)
        _lock(account)
        Try.objects.filter(account=account).delete()
        Encounter.objects.filter(account=account).delete()
    KnownBrowser.objects.filter(user=user).delete()
    LastCode.objects.filter(user=user).delete()


@transaction.atomic
def _take(*, whose: User | str, guessed: Guessed, origin: Origin) -> Try | None:
    account, now = _account(whose, guessed), clock.now()
    _lock(account)
    browser = known_browser(user=whose, token=origin.token) if isinstance(whose, User) else None
    pool = _pool_with_one_left(account=account, network=origin.network, browser=browser)
    if pool is None:
        return None
    if pool == Pool.FIRST:
        Encounter.objects.update_or_create(account=account, network=origin.network, defaults={"tried_at": now})
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR_TRIES_SQL, [now - WINDOW])
        cursor.execute(_CLEAR_STRANGERS_SQL, [now - _FIRST_AGAIN_AFTER])
    from_browser = browser if pool == Pool.BROWSER else None
    return Try.objects.create(account=account, network=origin.network, pool=pool, browser=from_browser, at=now)


def _pool_with_one_left(*, account: bytes, network: str, browser: KnownBrowser | None) -> Pool | None:
    now = clock.now()
    lately = list(Try.objects.filter(account=account, at__gt=now - WINDOW).values_list("pool", "network", "browser"))
    if browser is not None:
        if sum(used == browser.pk for _pool, _network, used in lately) < BROWSER_TRIES:
            return Pool.BROWSER
        _revoke(browser)
    if Try.objects.filter(network=network, at__gt=now - WINDOW).exclude(pool=Pool.BROWSER).count() >= STRANGERS_A_NETWORK:
        return None
    seen = Encounter.objects.filter(account=account, network=network).first() or Encounter()
    taken = Counter(pool for pool, _network, _browser in lately)
    is_known = seen.entered_at is not None and seen.entered_at >= now - _NETWORK_KNOWN_FOR
    if is_known and taken[Pool.NETWORK] < NETWORK_TRIES:
        return Pool.NETWORK
    is_first = seen.tried_at is None or seen.tried_at < now - _FIRST_AGAIN_AFTER
    if is_first and taken[Pool.FIRST] < FIRST_TRIES:
        return Pool.FIRST
    own = sum((pool, tried) == (Pool.OTHER, network) for pool, tried, _browser in lately)
    if own < OTHER_TRIES_A_NETWORK and taken[Pool.OTHER] < OTHER_TRIES:
        return Pool.OTHER
    return None


def _revoke(browser: KnownBrowser) -> None:
    """Whoever guesses in a known browser, its owner or a thief, is a stranger from now on."""
    browser.revoked_at = clock.now()
    browser.save(update_fields=["revoked_at"])
    record_act(actor=None, verb="login.forget_browser", subject=f"user:{browser.user.public_id}")


def _note_refusal(*, whose: User | str, guessed: Guessed, network: str) -> None:
    """Log that an account was refused, once in an hour, however often it is."""
    if not isinstance(whose, User):
        return
    subject = f"user:{whose.public_id}"
    if not Act.objects.filter(subject=subject, verb="login.refuse", at__gt=clock.now() - WINDOW).exists():
        record_act(actor=None, verb="login.refuse", subject=subject, tried=guessed, network=network)


def _account(whose: User | str, guessed: Guessed) -> bytes:
    name = f"user:{whose.public_id}" if isinstance(whose, User) else whose.lower()
    return salted_hmac("bekal.access.tries", f"{guessed}:{name}", algorithm="sha256").digest()


def _lock(account: bytes) -> None:
    hold(_LOCKS, account)


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

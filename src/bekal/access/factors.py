"""The secrets of second factors: sealed at rest, each bound to the user whose factor it is.

django-allauth seals and opens a text without saying whose. What it is about to store is therefore sealed for its user when the
row is saved, and what is loaded remembers the user: a secret copied into another user's row does not open.
"""

from base64 import b64decode, b64encode
from typing import Any, Final

from allauth.mfa.models import Authenticator

from bekal.core.rotation import PORTION_ROWS, Portion
from bekal.core.sealing import DataKey, Place

TABLE: Final = "mfa_authenticator"
SEALED: Final = frozenset({"secret", "seed"})
"""What of an authenticator's data is a secret: of an app, of recovery codes."""
_NOBODY: Final = 0


class _Text(str):
    """A sealed text, with the primary key of its user."""

    user: int


def seal_secret(text: str) -> str:
    """Seal a secret for nobody yet; it is sealed for its user when its row is saved."""
    return _of(_sealed(text, _NOBODY), _NOBODY)


def open_secret(sealed: str) -> str:
    """Open a secret that was loaded with its row, or just sealed.

    Raises:
        UnreadableValue: it was changed, or is another user's.
    """
    user = sealed.user if isinstance(sealed, _Text) else _NOBODY
    return DataKey().unseal(b64decode(sealed), place(user))


def bind_loaded(instance: Any, **_: object) -> None:
    """After an authenticator is made in memory: what comes from the database is its user's."""
    if instance.pk is None:
        return
    for name in SEALED & instance.data.keys():
        instance.data[name] = _of(instance.data[name], instance.user_id)


def bind_saved(instance: Any, **_: object) -> None:
    """Before an authenticator is saved: what was sealed for nobody is sealed for its user."""
    for name in SEALED & instance.data.keys():
        sealed = instance.data[name]
        if isinstance(sealed, _Text) and sealed.user == _NOBODY:
            instance.data[name] = _of(_sealed(open_secret(sealed), instance.user_id), instance.user_id)


def seal_again(after: int) -> Portion | None:
    """Seal the secrets of the authenticators under the newest key, a portion of those whose primary keys follow `after`."""
    found = list(Authenticator.objects.select_for_update().filter(pk__gt=after).order_by("pk")[:PORTION_ROWS])
    count = 0
    for authenticator in found:
        for name in SEALED & authenticator.data.keys():
            opened, user = open_secret(authenticator.data[name]), authenticator.user_id
            authenticator.data[name] = _of(_sealed(opened, user), user)
            count += 1
        authenticator.save(update_fields=["data"])
    return Portion(last=found[-1].pk, rows=len(found), values=count) if found else None


def place(user: int) -> Place:
    """Where the secret of a user stands."""
    return Place(TABLE, "data", user)


def _sealed(text: str, user: int) -> str:
    return b64encode(DataKey().seal(text, place(user))).decode()


def _of(sealed: str, user: int) -> _Text:
    text = _Text(sealed)
    text.user = user
    return text

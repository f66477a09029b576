import hashlib

import pytest

from bekal.access.errors import KeyNameTaken
from bekal.access.keys import key_in_use, make_key, revoke_key
from bekal.access.models import Act, ApiKey
from bekal.core.errors import NotFound

pytestmark = pytest.mark.django_db


def test_a_key_opens_until_it_is_revoked() -> None:
    key = make_key(name="dashboard")
    found = key_in_use(key)
    assert (found and found.name) == "dashboard"

    revoke_key(name="dashboard")

    assert key_in_use(key) is None
    assert list(Act.objects.order_by("id").values_list("verb", "details__name")) == [
        ("key.make", "dashboard"),
        ("key.revoke", "dashboard"),
    ]


def test_only_a_hash_is_kept() -> None:
    key = make_key(name="dashboard")
    _prefix, public_id, secret = key.split("_", 2)

    row = ApiKey.objects.get()
    assert (row.public_id, bytes(row.secret_sha256)) == (public_id, hashlib.sha256(secret.encode()).digest())
    assert secret not in str(ApiKey.objects.values().get()) + str(list(Act.objects.values()))


def test_nothing_else_opens() -> None:
    key, other = make_key(name="one"), make_key(name="two")
    prefix, public_id, secret = key.split("_", 2)
    wrong = [
        "",
        "bekal",
        secret,
        key[:-1],
        f"{key}x",
        f"other_{public_id}_{secret}",
        f"{prefix}_{public_id}",
        f"{prefix}_{public_id}_",
        f"{prefix}_{'0' * 16}_{secret}",
        f"{prefix}_{other.split('_')[1]}_{secret}",
        f"{prefix}_\0{public_id[1:]}_{secret}",
    ]
    assert [key_in_use(text) for text in wrong] == [None] * len(wrong)


def test_a_name_is_free_again_once_its_key_is_revoked() -> None:
    first = make_key(name="dashboard")
    with pytest.raises(KeyNameTaken):
        make_key(name="dashboard")
    revoke_key(name="dashboard")
    with pytest.raises(NotFound):
        revoke_key(name="dashboard")
    second = make_key(name="dashboard")

    assert second != first
    assert (key_in_use(first), key_in_use(second) is None) == (None, False)

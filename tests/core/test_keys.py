import pytest
from cryptography.exceptions import InvalidTag
from django.db import transaction
from pytest_django import Settings

from bekal.core.keys import KeysUnreadable, SecretMismatch, check_value, key_ring, new_wrapped, reread_keys, unwrap
from bekal.core.models import SealingKey, SecretCheck
from bekal.core.sealing import blind_index

SECRET = "a secret of a test, long enough to be one"
ANOTHER = "another secret of a test, as long as the first"


def test_a_check_value_is_the_same_for_one_secret_and_says_nothing_of_it() -> None:
    assert check_value(SECRET) == check_value(SECRET) != check_value(ANOTHER)
    assert len(bytes.fromhex(check_value(SECRET))) == 8


def test_a_wrapped_key_opens_under_its_secret_and_version_alone() -> None:
    wrapped = new_wrapped(version=3, secret=SECRET)
    assert len(unwrap(wrapped, version=3, secret=SECRET)) == 32
    assert unwrap(new_wrapped(version=3, secret=SECRET), version=3, secret=SECRET) != unwrap(wrapped, version=3, secret=SECRET)
    for version, secret in ((4, SECRET), (3, ANOTHER)):
        with pytest.raises(InvalidTag):
            unwrap(wrapped, version=version, secret=secret)


@pytest.mark.django_db
class TestInTheDatabase:
    def test_a_migrated_database_has_a_key_for_indexes_and_one_that_seals(self) -> None:
        ring = key_ring()
        assert (list(ring.sealing), ring.current) == ([1], 1)
        assert len({ring.index, ring.sealing[1]}) == 2
        assert list(SealingKey.objects.order_by("version").values_list("version", flat=True)) == [0, 1]

    def test_another_secret_seals_opens_and_finds_nothing_and_both_are_named(self, settings: Settings) -> None:
        expected = SecretCheck.objects.get().value
        settings.BEKAL_IDENTITY_SECRET = ANOTHER
        with pytest.raises(SecretMismatch) as caught:
            blind_index("3273014509950001", column="nik")
        assert (caught.value.details["given"], caught.value.details["expected"]) == (check_value(ANOTHER), expected)
        assert {check_value(ANOTHER), expected} <= set(str(caught.value).replace(",", "").replace(".", "").split())

    @pytest.mark.parametrize("version", [0, 1])
    def test_keys_that_were_changed_are_refused(self, version: int) -> None:
        SealingKey.objects.filter(version=version).update(wrapped=new_wrapped(version=version, secret=ANOTHER))
        with pytest.raises(KeysUnreadable):
            reread_keys()

    def test_a_database_without_keys_is_refused(self) -> None:
        for model in (SealingKey, SecretCheck):
            with transaction.atomic():
                model.objects.all().delete()
                with pytest.raises(KeysUnreadable):
                    reread_keys()
                transaction.set_rollback(True)

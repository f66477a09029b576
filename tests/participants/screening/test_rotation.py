"""A rotation of the keys makes exclusion lists void, which commits."""

from pathlib import Path

import pytest

from bekal.core.rotation import rotate_keys
from bekal.participants.screening.errors import ListsOutdated
from bekal.participants.screening.services import screen_people
from tests.builders import enrol, make_wave, register
from tests.participants.screening.applying import put_on_list


@pytest.mark.usefixtures("committed_database")
def test_after_a_rotation_nobody_is_screened_until_the_lists_are_imported_again(tmp_path: Path) -> None:
    wave, people = make_wave(), register(2)
    put_on_list(tmp_path, people[:1])
    rotate_keys()
    for act in (lambda: screen_people(participants=people, wave=wave), lambda: enrol(wave, people[1:])):
        with pytest.raises(ListsOutdated) as caught:
            act()
        assert caught.value.details == {"codes": "civil_servant"}
    put_on_list(tmp_path, people[:1])
    assert list(screen_people(participants=people, wave=wave)) == people[:1]
    assert len(enrol(wave, people[1:])) == 1

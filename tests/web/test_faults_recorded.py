"""What fails on our side is recorded with its place, though a page or an answer tells it in its own words."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from django.test import Client
from structlog.testing import capture_logs

from bekal.access.models import Role
from bekal.core.errors import BekalError, Corrupt, Refused, Unavailable
from tests.web.officers import enter_office
from tests.web.village import Village

_PLACES: Final[dict[str, tuple[str, Callable[[Client, Village], object]]]] = {
    "no view tells it": ("bekal.web.public.views.search_trainings", lambda reader, _: reader.get("/catalogue/")),
    "a form's page tells it": (
        "bekal.treasury.services.propose_wave_end",
        lambda reader, village: reader.post(f"/operator/waves/{village.granted.wave.public_id}/end/"),
    ),
    "a report tells it": ("bekal.web.operator.reports.treasury_report", lambda reader, _: reader.get("/operator/reports/")),
    "a message tells it": (
        "bekal.web.operator.views.move_clock",
        lambda reader, _: reader.post("/operator/clock/", {"day": "2021-12-01"}),
    ),
    "the API tells it": (
        "bekal.web.api.views.key_in_use",
        lambda reader, _: reader.post(
            "/api/v1/recommendations", {}, content_type="application/json", headers={"Authorization": "Bearer x"}
        ),
    ),
}


@pytest.mark.parametrize("place", _PLACES)
@pytest.mark.parametrize(
    ("error", "recorded"),
    [
        (Corrupt(reason="rows contradict"), [("error", "corrupt")]),
        (Unavailable(reason="not now"), [("warning", "unavailable")]),
        (Refused(reason="a rule"), []),
    ],
    ids=["corrupt", "unavailable", "refused"],
)
def test_what_fails_on_our_side_is_recorded(
    village: Village, monkeypatch: pytest.MonkeyPatch, place: str, error: BekalError, recorded: list[tuple[str, str]]
) -> None:
    named, ask = _PLACES[place]

    def fail(*_: Any, **__: Any) -> None:
        raise error

    reader = enter_office(Role.OPERATOR)
    monkeypatch.setattr(named, fail)
    with capture_logs() as logged:
        ask(reader, village)
    assert [(line["log_level"], line["code"]) for line in logged] == recorded
    assert all(line["exc_info"] is error for line in logged)

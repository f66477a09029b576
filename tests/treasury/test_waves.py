"""Waves that are proposed and approved: calendar, places, shares, and what pays for them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from bekal.access.errors import ProposalStateWrong, RoleMissing, SamePerson
from bekal.access.models import Act, Role
from bekal.access.services import cancel
from bekal.core import clock
from bekal.ledger.audit import audit
from bekal.ledger.errors import WouldOverdraw
from bekal.ledger.models import Run
from bekal.ledger.queries import available_idr, fund_position
from bekal.ledger.runs.services import post_run
from bekal.programmes.models import ShareKind, Wave, WaveSchedule
from bekal.programmes.queries import shares_of, waiting_schedules
from bekal.programmes.scheduling import Plan, ScheduleDiffers, ScheduleLate, ScheduleWrong, Source, digest_of
from bekal.programmes.shares import whole_places
from bekal.treasury.remittances import propose_remittance
from bekal.treasury.services import propose_revocation
from bekal.treasury.waves import approve_wave, returned_money, schedule_wave
from tests.builders import (
    FIRST_PURCHASE_BY,
    PROGRAMME,
    TOTAL_IDR,
    GrantedWave,
    approve_and_post,
    day_after,
    grant_wave,
    make_user,
    make_wave,
    on,
)
from tests.threads import race

TODAY: Final = day_after(FIRST_PURCHASE_BY)
OPENS: Final = datetime(2021, 6, 5, 5, 0, tzinfo=UTC)


def plan(**changes: Any) -> Plan:
    """A wave of a thousand places that one budget pays for."""
    usual = Plan(
        programme=PROGRAMME,
        number=17,
        registration_opens_at=OPENS,
        registration_closes_at=OPENS + timedelta(days=2),
        announces_at=OPENS + timedelta(days=4),
        places=1000,
        shares={},
        budget_reference="DIPA-1/2021",
        budget_idr=1500 * TOTAL_IDR,
    )
    return replace(usual, **changes)


def propose(**changes: Any) -> WaveSchedule:
    with on(TODAY):
        return schedule_wave(plan=plan(**changes), proposer=make_user(Role.OPERATOR))


def approve(schedule: WaveSchedule) -> Wave:
    with on(TODAY):
        wave = approve_wave(schedule=schedule, approver=make_user(Role.APPROVER), seen=digest_of(schedule)).wave
    assert wave is not None
    return wave


def revoked_wave(count: int = 3, number: int = 12) -> GrantedWave:
    """A wave whose people bought nothing: what they were promised has returned."""
    granted = grant_wave(count=count, number=number)
    with on(TODAY):
        approve_and_post([propose_revocation(wave=granted.wave, proposer=granted.operator)], granted.approver)
    return granted


def source(granted: GrantedWave, amount_idr: int = 3 * TOTAL_IDR, order_number: str = "R-1/2021") -> Source:
    return Source(wave=granted.wave, fiscal_year=2021, amount_idr=amount_idr, order_number=order_number)


def fields_of(error: pytest.ExceptionInfo[ScheduleWrong]) -> list[str]:
    return [field for field, _reason in error.value.findings]


@pytest.mark.django_db
class TestSchedule:
    def test_an_approved_schedule_opens_a_wave_as_it_was_proposed(self) -> None:
        schedule = propose()
        assert (Wave.objects.count(), waiting_schedules()) == (0, [schedule])
        wave = approve(schedule)
        assert (wave.programme, wave.number, wave.places) == (PROGRAMME, 17, 1000)
        assert [wave.registration_opens_at, wave.registration_closes_at, wave.announces_at] == [
            OPENS,
            OPENS + timedelta(days=2),
            OPENS + timedelta(days=4),
        ]
        assert wave.accepted_on == clock.day_of(OPENS + timedelta(days=4))
        assert available_idr(wave.fund) == fund_position(wave.fund).funded_idr == 1000 * TOTAL_IDR
        assert waiting_schedules() == []
        assert list(Act.objects.order_by("id").values_list("verb", flat=True)) == [
            "waveschedule.propose",
            "wave.open",
            "waveschedule.approve",
        ]
        assert audit().exact

    def test_shares_are_the_definitions_unless_the_plan_says_otherwise(self) -> None:
        wave = approve(propose(shares={ShareKind.PRIORITY: {"laid_off": 7, "disability": 0}, ShareKind.PROVINCE: {"91": 40}}))
        shares = [(share.kind, share.code, share.places) for share in shares_of(wave)]
        assert shares[:4] == [
            ("priority", "laid_off", 7),
            ("priority", "women_returning", 100),
            ("province", "11", 5),
            ("province", "12", 5),
        ]
        assert ("province", "91", 40) in shares
        assert len(shares) == 2 + 38

    def test_a_second_person_approves(self) -> None:
        schedule = propose()
        seen = digest_of(schedule)
        with pytest.raises(SamePerson):
            approve_wave(schedule=schedule, approver=schedule.proposed_by, seen=seen)
        for role in (Role.OPERATOR, Role.AUDITOR):
            with pytest.raises(RoleMissing):
                approve_wave(schedule=schedule, approver=make_user(role), seen=seen)
        with pytest.raises(RoleMissing), on(TODAY):
            schedule_wave(plan=plan(number=18), proposer=make_user(Role.APPROVER))
        assert Wave.objects.count() == 0

    def test_what_is_approved_is_what_was_shown(self) -> None:
        schedule = propose()
        seen = digest_of(schedule)
        WaveSchedule.objects.update(places=999)
        with pytest.raises(ScheduleDiffers), on(TODAY):
            approve_wave(schedule=schedule, approver=make_user(Role.APPROVER), seen=seen)
        assert Wave.objects.count() == 0

    @pytest.mark.parametrize(
        "changes",
        [
            {"places": 499},
            {"number": 18},
            {"announces_at": OPENS + timedelta(days=5)},
            {"shares": {ShareKind.PROVINCE: {"11": 1}}},
            {"budget_reference": "DIPA-2/2021"},
        ],
    )
    def test_the_digest_holds_whatever_is_shown(self, changes: dict[str, Any]) -> None:
        one, other = propose(places=500), propose(**({"number": 19, "places": 500} | changes))
        kept = {"public_id": one.public_id, "proposed_by_id": one.proposed_by_id, "number": changes.get("number", one.number)}
        for name, value in kept.items():
            setattr(other, name, value)
        assert digest_of(one) != digest_of(other)

    def test_a_schedule_is_decided_once(self) -> None:
        schedule = propose()
        approve(schedule)
        schedule.refresh_from_db()
        with pytest.raises(ProposalStateWrong):
            approve(schedule)
        assert Wave.objects.count() == 1

    def test_a_cancelled_schedule_frees_its_number_and_its_budget(self) -> None:
        schedule = propose()
        cancel(proposal=schedule, actor=schedule.proposed_by)
        approve(propose())

    def test_a_schedule_that_waited_too_long_opens_nothing(self) -> None:
        schedule = propose()
        with clock.at(OPENS + timedelta(days=2)), pytest.raises(ScheduleLate):
            approve_wave(schedule=schedule, approver=make_user(Role.APPROVER), seen=digest_of(schedule))
        assert Wave.objects.count() == 0


WRONG: Final[Sequence[tuple[dict[str, Any], list[str]]]] = [
    ({"number": 0}, ["number"]),
    ({"number": 12}, ["number"]),
    ({"registration_opens_at": datetime(2021, 3, 31, tzinfo=UTC)}, ["registration_opens_at"]),
    ({"registration_closes_at": OPENS}, ["registration_closes_at"]),
    ({"announces_at": OPENS + timedelta(days=2, minutes=119)}, ["announces_at"]),
    ({"announces_at": datetime(2021, 12, 15, 17, 0, tzinfo=UTC)}, ["announces_at"]),
    ({"places": 0}, ["places"]),
    ({"places": 100_000_001}, ["places"]),
    ({"places": 1501}, ["places"]),
    ({"shares": {ShareKind.PRIORITY: {"laid_off": 1001}}}, ["priority_laid_off", "shares"]),
    ({"shares": {ShareKind.PRIORITY: {"laid_off": -1}}}, ["priority_laid_off"]),
    ({"shares": {ShareKind.PRIORITY: {"laid_off": 661}}}, ["shares"]),
    ({"shares": {ShareKind.PRIORITY: {"tall": 1}, ShareKind.PROVINCE: {"99": 1}}}, ["priority_tall", "province_99"]),
    ({"budget_reference": ""}, ["places", "budget_reference"]),
    ({"budget_reference": "DIPA 1"}, ["budget_reference"]),
    ({"budget_idr": 0}, ["budget_idr"]),
    ({"registration_closes_at": OPENS, "places": 0}, ["registration_closes_at", "places"]),
]


@pytest.mark.django_db
class TestRefusals:
    @pytest.mark.parametrize(("changes", "fields"), WRONG)
    def test_each_field_that_is_wrong_is_named(self, changes: dict[str, Any], fields: list[str]) -> None:
        make_wave(number=12)
        with pytest.raises(ScheduleWrong) as caught:
            propose(**changes)
        assert fields_of(caught) == fields
        assert WaveSchedule.objects.count() == 0

    def test_the_largest_shares_are_taken(self) -> None:
        assert propose(shares={ShareKind.PRIORITY: {"laid_off": 660}}).places == 1000

    def test_the_announcement_may_be_two_hours_after_the_end_of_registration(self) -> None:
        assert propose(announces_at=OPENS + timedelta(days=2, hours=2)).places == 1000

    def test_reasons_are_words_in_both_languages(self) -> None:
        with pytest.raises(ScheduleWrong) as caught:
            propose(places=1501, budget_reference="", budget_idr=0)
        with translation.override("en"):
            assert [str(reason) for _field, reason in caught.value.findings] == [
                "The funding pays for 0 places. Name the budget that pays for the others, or propose fewer."
            ]
        with translation.override("id"):
            assert "Pendanaan" in str(caught.value)

    def test_a_proposed_number_is_taken(self) -> None:
        propose()
        with pytest.raises(ScheduleWrong) as caught:
            propose()
        assert fields_of(caught) == ["places"]
        with pytest.raises(ScheduleWrong) as caught:
            propose(places=1)
        assert fields_of(caught) == ["number"]

    def test_a_budget_pays_for_several_waves_and_no_more_than_it_has(self) -> None:
        propose()
        with pytest.raises(ScheduleWrong) as caught:
            propose(number=18, places=501)
        assert fields_of(caught) == ["places"]
        assert "500" in str(caught.value)
        propose(number=18, places=500)
        with pytest.raises(ScheduleWrong) as caught:
            propose(number=19, places=1)
        assert fields_of(caught) == ["places"]

    def test_a_budget_has_one_amount(self) -> None:
        propose()
        with pytest.raises(ScheduleWrong) as caught:
            propose(number=18, places=1, budget_idr=1501 * TOTAL_IDR)
        assert fields_of(caught) == ["budget_idr"]


@pytest.mark.django_db
class TestReturnedMoney:
    def test_what_earlier_waves_returned_fills_a_wave(self) -> None:
        granted = revoked_wave()
        assert [(one.wave, one.fiscal_year, one.amount_idr) for one in returned_money()] == [(granted.wave, 2021, 3 * TOTAL_IDR)]
        schedule = propose(places=3, shares=NO_SHARES, budget_reference="", budget_idr=0, sources=[source(granted)])
        wave = approve(schedule)
        assert available_idr(wave.fund) == 0
        (run,) = Run.objects.filter(kind="reallocation")
        assert (run.proposed_by, run.state) == (schedule.proposed_by, "approved")
        with on(TODAY):
            post_run(run=run)
        assert available_idr(wave.fund) == 3 * TOTAL_IDR
        assert returned_money() == []
        assert audit().exact

    def test_a_budget_pays_what_earlier_waves_do_not(self) -> None:
        granted = revoked_wave()
        wave = approve(propose(places=5, shares=NO_SHARES, sources=[source(granted)]))
        with on(TODAY):
            post_run(run=Run.objects.get(kind="reallocation"))
        assert available_idr(wave.fund) == 5 * TOTAL_IDR
        assert audit().exact

    def test_sources_that_cannot_give_are_refused_by_field(self) -> None:
        granted = revoked_wave()
        late = make_wave(number=20, accepted_on=FIRST_PURCHASE_BY)
        with on(TODAY):
            propose_remittance(wave=granted.wave, fiscal_year=2021, amount_idr=1, order_number="S-1", proposer=granted.operator)
        field = f"{granted.wave.public_id}_2021"
        cases: list[tuple[list[Source], list[str]]] = [
            ([source(granted, 3 * TOTAL_IDR + 1)], [f"source_{field}"]),
            ([source(granted, 0)], [f"source_{field}"]),
            ([replace(source(granted), wave=late)], [f"source_{late.public_id}_2021"]),
            ([source(granted, order_number="S 1")], [f"order_{field}"]),
            ([source(granted, order_number="S-1")], [f"order_{field}"]),
            ([source(granted, TOTAL_IDR), source(granted, TOTAL_IDR)], [f"order_{field}"] * 2),
        ]
        for sources, fields in cases:
            with pytest.raises(ScheduleWrong) as caught:
                propose(places=3, sources=sources)
            assert fields_of(caught) == fields

    def test_more_than_the_places_cost_is_refused(self) -> None:
        granted = revoked_wave()
        with pytest.raises(ScheduleWrong) as caught:
            propose(places=2, shares=NO_SHARES, sources=[source(granted)])
        assert fields_of(caught) == ["sources"]

    def test_money_that_went_elsewhere_meanwhile_opens_nothing(self) -> None:
        granted = revoked_wave()
        schedule = propose(places=3, shares=NO_SHARES, budget_reference="", budget_idr=0, sources=[source(granted)])
        with on(TODAY):
            run = propose_remittance(
                wave=granted.wave, fiscal_year=2021, amount_idr=1, order_number="S-1", proposer=granted.operator
            )
            approve_and_post([run], granted.approver)
        with pytest.raises(WouldOverdraw):
            approve(schedule)
        assert Wave.objects.count() == 1


NO_SHARES: Final = {
    ShareKind.PRIORITY: dict.fromkeys(("disability", "laid_off", "women_returning"), 0),
    ShareKind.PROVINCE: {},
}


@pytest.mark.usefixtures("committed_database")
def test_two_at_once_never_take_the_same_part_of_a_budget_or_the_same_number() -> None:
    def proposed(number: int) -> WaveSchedule:
        return propose(number=number)

    results = race(*[partial(proposed, number) for number in (17, 17, 18, 19)])
    assert [type(result) for result in results].count(WaveSchedule) == 1
    schedule = WaveSchedule.objects.get()
    results = race(*[partial(approve, schedule) for _ in range(3)])
    assert [type(result) for result in results].count(Wave) == 1
    assert fund_position(Wave.objects.get().fund).funded_idr == 1000 * TOTAL_IDR


@given(
    places=st.integers(0, 10_000_000),
    permille=st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 100), max_size=10),
)
def test_whole_places_add_up_and_differ_from_the_exact_ones_by_less_than_one(places: int, permille: dict[str, int]) -> None:
    whole = whole_places(places=places, permille=permille)
    assert whole.keys() == permille.keys()
    assert sum(whole.values()) == places * sum(permille.values()) // 1000
    assert all(abs(whole[code] * 1000 - places * share) < 1000 for code, share in permille.items())


def test_of_equal_remainders_the_first_code_has_the_place() -> None:
    assert whole_places(places=10, permille={"b": 250, "a": 250, "c": 500}) == {"a": 3, "b": 2, "c": 5}

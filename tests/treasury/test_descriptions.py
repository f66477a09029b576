"""What the person who approves reads about a run: every kind says it, in both languages."""

import pytest
from django.utils.translation import override

from bekal.ledger.models import Run
from bekal.ledger.runs import kinds
from bekal.ledger.runs.kinds import run_kind
from bekal.ledger.services import fund_wave
from bekal.payouts.instalments import propose_instalment
from bekal.payouts.settlements import propose_settlement
from bekal.purchases.refunds import cancel_training
from bekal.treasury.corrections import propose_correction
from bekal.treasury.remittances import propose_reallocation, propose_remittance
from bekal.treasury.services import propose_revocation, propose_wave_end
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    SPEND_BY,
    approve_and_post,
    day_after,
    grant_wave,
    make_trainings,
    make_wave,
    on,
)
from tests.payouts.people import open_gates
from tests.web.village import buy

pytestmark = pytest.mark.django_db


def test_every_kind_says_what_its_run_does() -> None:
    granted = grant_wave(count=3)
    wave, operator, idle = granted.wave, granted.operator, granted.enrolments[2]
    later = make_wave(number=13, accepted_on=day_after(day_after(ACCEPTED_ON)))
    with on(day_after(ACCEPTED_ON)):
        open_gates(granted.enrolments[0])
        (training,) = make_trainings(250_000)
        buy(granted.enrolments[1], training)
        cancel_training(training=training, proposer=operator)
        fund_wave(fund=later.fund, amount_idr=5, reference="small")
        propose_correction(owner=later.fund, sequence=1, reason="the wrong wave", proposer=operator)
    with on(day_after(FIRST_PURCHASE_BY)):
        propose_instalment(wave=wave, number=1, proposer=operator)
        propose_settlement(channel="bni", proposer=operator)
        approve_and_post([propose_revocation(wave=wave, proposer=operator)], granted.approver)
    idle.refresh_from_db()
    assert idle.status == "revoked"
    with on(day_after(SPEND_BY)):
        propose_wave_end(wave=wave, proposer=operator)
        propose_remittance(wave=wave, fiscal_year=2021, amount_idr=1_000, order_number="S-1/2021", proposer=operator)
        propose_reallocation(
            wave=wave, to_wave=later, fiscal_year=2021, amount_idr=1_000, order_number="S-2/2021", proposer=operator
        )

    runs = {run.kind: run for run in Run.objects.order_by("id")}
    assert runs.keys() == kinds._KINDS.keys()
    with override("en"):
        assert {code: run_kind(code).describe(run) for code, run in runs.items()} == {
            "grant": "Everybody accepted receives a training balance of Rp1.000.000 and an incentive balance of Rp2.550.000.",
            "refund": f"“{training.title}” was cancelled: its price goes back to the people of this wave who bought it.",
            "instalment": "Instalment 1 of Rp600.000 goes to everybody to whom it is due and whose gates are open.",
            "settlement": f"Settlement {runs['settlement'].parameters['settlement']} pays every provider what is owed to it.",
            "revocation": (
                "People of this wave who bought nothing in time lose training and incentive balance,"
                " and may not join a later wave."
            ),
            "expiry": "What people of this wave did not spend of their training balance returns; incentives stay payable.",
            "remittance": "By order S-1/2021, returned money of this wave goes to the state treasury.",
            "reallocation": "By order S-2/2021, returned money goes through the treasury to the fund of wave 13.",
            "correction": f"Transfer 1 of account {later.fund} is reversed: the wrong wave",
        }
    with override("id"):
        indonesian = {code: run_kind(code).describe(run) for code, run in runs.items()}
    with override("en"):
        assert [code for code, run in runs.items() if indonesian[code] == run_kind(code).describe(run)] == []

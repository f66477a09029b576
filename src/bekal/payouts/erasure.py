"""Erasing a person beside a ledger that forgets nothing."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum

from bekal.access.models import Role, User
from bekal.access.services import require_role
from bekal.core import clock
from bekal.ledger.accounts import incentive_account, training_account
from bekal.ledger.models import Balance
from bekal.participants.models import Participant
from bekal.participants.services import erase_identity
from bekal.payouts.errors import MoneyWaiting
from bekal.payouts.models import Payment, PaymentAccount, PaymentState


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an erasure touches: how many payment accounts are sealed, what the person's balances hold, payments on their way."""

    accounts: int
    balance_idr: int
    sent: int


def holdings_of(participant: Participant) -> Holdings:
    """What a person has, in all waves together."""
    numbers = participant.enrolments.values_list("number", flat=True)
    owners = [account(number) for number in numbers for account in (training_account, incentive_account)]
    held = Balance.objects.filter(owner__in=owners).aggregate(total=Sum("available_idr"))["total"]
    return Holdings(
        accounts=participant.payment_accounts.exclude(number_sealed=b"").count(),
        balance_idr=int(held or 0),
        sent=Payment.objects.filter(account__participant=participant, state=PaymentState.SENT).count(),
    )


@transaction.atomic
def erase_person(*, participant: Participant, actor: User, gives_up_money: bool = False) -> None:
    """Erase name, e-mail address, NIK, birth date and the numbers of payment accounts of a person, for good.

    Transfers, purchases and payments stay as they are: they name the person by numbers alone. So do the blind indexes of NIK and
    family card, and the bars.

    Args:
        gives_up_money: the person knows that what is left goes back with the wave.

    Raises:
        RoleMissing: the actor is not an operator.
        MoneyWaiting: there is money left, or on its way, that is not given up.
        PersonErased: it was done already.
    """
    require_role(user=actor, role=Role.OPERATOR)
    # Whoever links an account or is paid holds this row first.
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    held = holdings_of(participant)
    if (held.balance_idr or held.sent) and not gives_up_money:
        raise MoneyWaiting(balance_idr=held.balance_idr, sent=held.sent)
    accounts = PaymentAccount.objects.filter(participant=participant)
    accounts.filter(replaced_at__isnull=True).update(replaced_at=clock.now())
    accounts.update(number_sealed=b"")
    erase_identity(participant=participant, actor=actor)

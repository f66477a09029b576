"""Linking the account that a person is paid to."""

from typing import Final

from django.db import transaction

from bekal.access.services import record_act
from bekal.core import clock
from bekal.core.ids import next_ids
from bekal.core.names import without_separators
from bekal.core.phones import e164
from bekal.messages.services import write
from bekal.participants.models import Enrolment, Participant
from bekal.participants.sealed import data_key_of, nik_index
from bekal.payouts.errors import AccountMalformed, AccountReplaced, HolderMismatch, UnknownChannel, WalletMalformed
from bekal.payouts.messages import ACCOUNT_CONFIRMED
from bekal.payouts.models import PaymentAccount
from bekal.payouts.sealed import TABLE, number_of, place
from bekal.programmes.definition import load_definition
from bekal.programmes.definition.kinds import ChannelKind

_FEWEST_CHARACTERS: Final = 4
_MOST_CHARACTERS: Final = 34  # as many as an IBAN has


@transaction.atomic
def link_payment_account(*, enrolment: Enrolment, channel: str, number: str) -> PaymentAccount:
    """Name the account to be paid to; it takes the place of an earlier one. The account in use, named again, stays as it is.

    Args:
        channel: the code of one of the programme's channels.
        number: of the account at that channel; spaces, dots and hyphens do not count. That of an e-wallet is a telephone
            number in any form: `0812…`, `62812…` and `+62 812…` are one.

    Raises:
        UnknownChannel: the programme does not pay there.
        AccountMalformed, WalletMalformed: not a possible account number, or telephone number.
        PersonErased: the person's data key was destroyed.
    """
    known = {known.code: known.kind for known in load_definition(enrolment.wave.programme).payment.channels}
    if channel not in known:
        raise UnknownChannel(channel=channel, known=", ".join(known))
    plain = _wallet_number(number) if known[channel] is ChannelKind.E_WALLET else _account_number(number)
    person = Participant.objects.select_for_update(no_key=True).get(pk=enrolment.participant_id)
    in_use = person.payment_accounts.filter(replaced_at__isnull=True).first()
    if in_use is not None:
        if in_use.channel == channel and number_of(in_use) == plain:
            return in_use
        in_use.replaced_at = clock.now()
        in_use.save(update_fields=["replaced_at"])
    (account_id,) = next_ids(TABLE, count=1)
    sealed = data_key_of(person).seal(plain, place(account_id))
    account = PaymentAccount.objects.create(
        pk=account_id, participant=person, channel=channel, number_sealed=sealed, linked_at=clock.now()
    )
    record_act(actor=person.user, verb="payouts.link", subject=f"payment_account:{account.public_id}", channel=channel)
    return account


@transaction.atomic
def verify_payment_account(*, account: PaymentAccount, holder_nik: str) -> PaymentAccount:
    """Take note of whose account it is, as its channel says. Verified again, it stays verified since the first time.

    Args:
        holder_nik: the identity number of the holder, 16 digits.

    Raises:
        HolderMismatch: not the participant's.
        AccountReplaced: the person has linked another account since.
    """
    account = PaymentAccount.objects.select_for_update(of=("self",)).select_related("participant__user").get(pk=account.pk)
    if nik_index(without_separators(holder_nik)) != bytes(account.participant.nik_index):
        raise HolderMismatch
    if account.replaced_at is not None:
        raise AccountReplaced
    if account.verified_at is None:
        account.verified_at = clock.now()
        account.save(update_fields=["verified_at"])
        record_act(actor=None, verb="payouts.verify", subject=f"payment_account:{account.public_id}", channel=account.channel)
        user, linked_on = account.participant.user, clock.day_of(account.linked_at)
        if user is not None:
            write(recipient=user, template=ACCOUNT_CONFIRMED, about=account.public_id, linked_on=linked_on)
    return account


def _account_number(text: str) -> str:
    plain = without_separators(text)
    if not _FEWEST_CHARACTERS <= len(plain) <= _MOST_CHARACTERS or not plain.isascii() or not plain.isalnum():
        raise AccountMalformed
    return plain


def _wallet_number(text: str) -> str:
    number = e164(text)
    if number is None:
        raise WalletMalformed
    return number

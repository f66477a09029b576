"""The verbs of the log of acts, and why accounts were skipped by a run, in the words of the office."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTS: Final[Mapping[str, Promise]] = {
    "applications.withdraw": _("withdrew an application"),
    "backup.export": _("made a backup"),
    "cases.open_data": _("opened what is sealed of a person"),
    "catalogue.change_price": _("changed a price"),
    "catalogue.close_training": _("closed a training"),
    "catalogue.import": _("imported trainings"),
    "clock.move": _("moved the clock"),
    "decision.approve": _("approved the decision of a case"),
    "decision.cancel": _("cancelled the proposed decision of a case"),
    "decision.propose": _("proposed the decision of a case"),
    "draw.announce": _("announced a draw"),
    "draw.approve": _("approved a draw’s list"),
    "draw.cancel": _("cancelled a draw"),
    "draw.end_reserve": _("ended a reserve list"),
    "draw.freeze": _("listed the applications of a draw"),
    "draw.hand_in": _("handed in a draw’s value"),
    "draw.move_up": _("let a reserve move up"),
    "draw.order": _("drew the places"),
    "draw.propose": _("froze a draw’s list"),
    "draw.publish": _("published a draw"),
    "draw.settle_withheld": _("settled a withheld place"),
    "key.make": _("made an API key"),
    "key.revoke": _("revoked an API key"),
    "login.enter": _("logged in"),
    "login.fail": _("a wrong login"),
    "login.forget_browser": _("revoked a browser"),
    "login.refuse": _("too many tries: not looked at"),
    "messages.resume": _("switched sending on again"),
    "messages.settle": _("said what became of messages"),
    "messages.stop": _("sending went off: the database was restored"),
    "messages.verify": _("confirmed a phone"),
    "participants.correct": _("corrected a birth date or sex"),
    "participants.erase": _("erased a person’s data"),
    "participants.read_introduction": _("read what the balance is"),
    "participants.register": _("registered"),
    "participants.verify": _("decided about an identity"),
    "payouts.link": _("linked an account"),
    "payouts.record_results": _("recorded results of payments"),
    "payouts.verify": _("confirmed an account"),
    "recommender.override": _("allowed a model as an exception"),
    "recommender.publish": _("published a model"),
    "recommender.rollback": _("went back to an earlier model"),
    "recommender.train": _("trained a model"),
    "remittance.receipt": _("recorded the treasury’s receipt"),
    "report.export": _("exported a report"),
    "report.show": _("looked at a report"),
    "run.approve": _("approved a run"),
    "run.cancel": _("cancelled a run"),
    "run.finish": _("a run was posted to its end"),
    "run.propose": _("proposed a run"),
    "screening.import_list": _("imported an exclusion list"),
    "screening.request": _("had a wave screened"),
    "screening.screen": _("screened a wave"),
    "secrets.rotate": _("rotated the secrets"),
    "statement.export": _("exported a statement"),
    "user.add": _("added a user"),
    "user.register": _("made an account"),
    "wave.fund": _("funded a wave"),
    "wave.open": _("opened a wave"),
    "waveschedule.approve": _("approved a wave"),
    "waveschedule.cancel": _("cancelled the proposal of a wave"),
    "waveschedule.propose": _("proposed a wave"),
}
"""By verb."""

DETAILS: Final[Mapping[str, Promise]] = {
    "after": _("after"),
    "amount_idr": _("amount"),
    "before": _("before"),
    "before_idr": _("price before"),
    "applications": _("applications"),
    "bounced": _("came back"),
    "bound_idr": _("at most"),
    "case": _("case"),
    "channel": _("bank or e-wallet"),
    "disagreeing": _("disagrees"),
    "eligible": _("eligible"),
    "evidence": _("evidence"),
    "file": _("file"),
    "first": _("first day"),
    "hits": _("found after the freeze"),
    "how": _("how"),
    "imported": _("imported"),
    "instead_of": _("instead of"),
    "judged": _("judged"),
    "kind": _("kind"),
    "last": _("last day"),
    "messages": _("messages"),
    "name": _("name"),
    "network": _("network"),
    "number": _("number"),
    "outcome": _("outcome"),
    "overridden_by": _("exception allowed by"),
    "paid": _("paid"),
    "places": _("places"),
    "posted_idr": _("posted"),
    "price_idr": _("price"),
    "programme": _("programme"),
    "purchases": _("purchases"),
    "reason": _("reason"),
    "receipt_number": _("number of the receipt"),
    "reference": _("reference"),
    "refused": _("refused"),
    "rejected": _("rejected"),
    "replayed": _("known already"),
    "role": _("role"),
    "root": _("root"),
    "round": _("round"),
    "state": _("decision"),
    "targets": _("accounts"),
    "tried": _("address tried"),
    "unknown": _("unknown"),
    "values": _("values"),
    "version": _("key version"),
    "wave": _("wave"),
}
"""What the log of acts keeps beside who, what and when, by name."""

SKIPS: Final[Mapping[str, Promise]] = {
    "already_posted": _("it is posted already"),
    "bad_amount": _("the amount would be below zero"),
    "bought": _("a paid training was bought meanwhile"),
    "came_back": _("money that came back waits to be paid again"),
    "channel_changed": _("another bank or e-wallet was chosen meanwhile"),
    "closed": _("the account is closed"),
    "days_left": _("there are days left to buy another training"),
    "gone": _("it is no longer there"),
    "in_clearing": _("it is on its way already"),
    "insufficient": _("too little is left for it"),
    "lapsed": _("the last day has passed"),
    "more_than_approved": _("the account holds more than was approved"),
    "not_accepted": _("the person is not waiting for a balance any more"),
    "not_due": _("it is not due yet"),
    "not_granted": _("the participation has ended or was revoked"),
    "nothing_bought": _("no paid training is left that was bought"),
    "not_told": _("nobody knows whether the person was told of the balance"),
    "nothing_payable": _("nothing is owed"),
    "paid": _("it is paid already"),
    "paid_meanwhile": _("it was sent meanwhile"),
    "refunded": _("it is refunded already"),
    "released": _("the price belongs to the provider already"),
    "too_much": _("the account cannot hold that much"),
    "waiting": _("something it is paid for is missing"),
    "withheld": _("a check found the person, and no case has cleared that"),
}
"""By reason."""


FINDINGS: Final[Mapping[str, Promise]] = {
    "birth_date": _("The NIK says another birth date than was typed."),
    "sex": _("The NIK says another sex than was typed."),
    "claimed": _("Somebody else is registered with this NIK."),
}
"""What a registration disagrees in, by name."""


def finding_in_words(name: str) -> str:
    """What a registration disagrees in; its name where nobody has put it into words."""
    return str(FINDINGS.get(name, name))


def act_in_words(verb: str) -> str:
    """What an act's verb means; the verb itself where nobody has put it into words."""
    return str(ACTS.get(verb, verb))


def detail_in_words(name: str) -> str:
    """What a detail of an act is called; its own name where nobody has put it into words."""
    return str(DETAILS.get(name, name))


def skip_in_words(reason: str) -> str:
    """Why a run skipped an account; the reason itself where nobody has put it into words."""
    return str(SKIPS.get(reason, reason))

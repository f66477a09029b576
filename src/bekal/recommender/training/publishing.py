"""Deciding which model serves: the gate, its override by a second person, and the way back."""

from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from bekal.access.errors import SamePerson
from bekal.access.models import Role, User
from bekal.access.services import record_act, require_role, require_second_person
from bekal.core import clock
from bekal.core.errors import NotFound
from bekal.core.names import clean_text
from bekal.recommender.errors import ModelUnfair, NothingToRollBackTo, OverrideIncomplete, OverrideNotNeeded
from bekal.recommender.models import Publication, TrainedModel
from bekal.recommender.models.publication import REASON_CHARACTERS
from bekal.recommender.serving.published import load

# One decision at a time, so that of two rollbacks at once the second sees the first.
_LOCK: Final = 0x7265636F6D


def model_named(name: str) -> TrainedModel:
    """A trained model.

    Raises:
        NotFound: none is called so.
    """
    found = TrainedModel.objects.filter(name=name).first()
    if found is None:
        raise NotFound(what=_("model"), name=name)
    return found


def present_publication() -> Publication | None:
    """The decision that holds, with its model; None before the first."""
    return Publication.objects.select_related("model", "restores").order_by("-pk").first()


@transaction.atomic
def publish(
    *,
    model: TrainedModel,
    publisher: User | None = None,
    overridden_by: User | None = None,
    reason: str = "",
    unjudged: bool = False,
) -> Publication:
    """Let a model serve from now on.

    Args:
        publisher: the operator who decides; None for what the machine does by itself.
        overridden_by: an approver, neither the publisher nor who trained the model, who lets it serve against the gate.
        reason: why, in up to 1,000 characters, kept as `clean_text` writes it; with an override alone.
        unjudged: let a model pass too that could not be judged, as where nobody real is served.

    Raises:
        ModelUnfair: the gate refuses it, and nobody overrides that.
        OverrideIncomplete: an override without a publisher or a reason, or a reason without an override.
        OverrideNotNeeded: an override of a gate that is open.
        RoleMissing, SamePerson: the publisher is no operator, or the override is not a second person's.
        ModelFileUnusable: its file cannot be loaded; what served goes on serving.
    """
    if publisher is not None:
        require_role(user=publisher, role=Role.OPERATOR)
    _wait_for_others()
    reason = clean_text(reason)
    if overridden_by is None and reason:
        raise OverrideIncomplete
    if overridden_by is not None:
        _require_override(model=model, publisher=publisher, overridden_by=overridden_by, reason=reason)
    elif (refusals := gate_refusals(model)) and not (unjudged and model.is_fair is None):
        raise ModelUnfair(name=model.name, reasons="; ".join(refusals))
    load(model)
    publication = Publication.objects.create(
        model=model, since=clock.now(), published_by=publisher, overridden_by=overridden_by, override_reason=reason
    )
    record_act(
        actor=publisher,
        verb="recommender.publish",
        subject=_subject(model),
        overridden_by=str(overridden_by.public_id) if overridden_by else None,
        reason=reason or None,
    )
    if overridden_by is not None:
        refused = "; ".join(gate_refusals(model))
        record_act(actor=overridden_by, verb="recommender.override", subject=_subject(model), reason=reason, refused=refused)
    return publication


@transaction.atomic
def roll_back(*, actor: User | None = None) -> Publication:
    """Let the model serve again that served before the present one; asked twice, the one before that.

    Args:
        actor: the operator who decides; None for what the machine does by itself.

    Raises:
        RoleMissing: the actor is no operator.
        NothingToRollBackTo: none served before.
        ModelFileUnusable: its file cannot be loaded; what serves goes on serving.
    """
    if actor is not None:
        require_role(user=actor, role=Role.OPERATOR)
    _wait_for_others()
    present = present_publication()
    if present is None:
        raise NothingToRollBackTo
    origin = present.restores or present
    earlier = Publication.objects.filter(pk__lt=origin.pk).select_related("restores").order_by("-pk").first()
    if earlier is None:
        raise NothingToRollBackTo
    target = earlier.restores or earlier
    load(target.model)
    publication = Publication.objects.create(model=target.model, since=clock.now(), published_by=actor, restores=target)
    record_act(actor=actor, verb="recommender.rollback", subject=_subject(target.model), instead_of=present.model.name)
    return publication


def gate_refusals(model: TrainedModel) -> tuple[str, ...]:
    """Why the gate refuses a model; empty where it does not. One that nothing is known of is refused too."""
    if model.is_fair:
        return ()
    return tuple(model.fairness["reasons"]) if model.fairness else (_("nobody could be held out to judge it"),)


def _require_override(*, model: TrainedModel, publisher: User | None, overridden_by: User, reason: str) -> None:
    if publisher is None or not 1 <= len(reason) <= REASON_CHARACTERS or "\0" in reason:
        raise OverrideIncomplete
    require_second_person(approver=overridden_by, proposer=publisher)
    if overridden_by.pk == model.trained_by_id:
        raise SamePerson
    if not gate_refusals(model):
        raise OverrideNotNeeded(name=model.name)


def _wait_for_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _subject(model: TrainedModel) -> str:
    return f"model:{model.name}"

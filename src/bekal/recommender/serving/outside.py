"""Recommendations for people whom the platform does not know: another system says who they are and what is left to them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bekal.catalogue.models import Training
from bekal.recommender.engine import Demographics, Interactions, age_band
from bekal.recommender.errors import LevelUnknown, NoModel
from bekal.recommender.serving.offer import current_offer
from bekal.recommender.serving.people import known_levels
from bekal.recommender.serving.published import Serving, serving_model
from bekal.recommender.serving.queries import Asked, fitting, reasons_for, titles_named
from bekal.recommender.serving.reasons import Reason
from bekal.recommender.serving.wording import in_words


@dataclass(frozen=True, slots=True)
class Profile:
    """What another system knows of a person. None is not known.

    Attributes:
        age_years: 0 or more.
        sex, education, province: levels that the platform or the model knows.
        history: codes of trainings taken, earliest first.
        balance_idr: what is left, 0 or more.
    """

    age_years: int | None
    sex: str | None
    education: str | None
    province: str | None
    history: Sequence[str]
    balance_idr: int


@dataclass(frozen=True, slots=True)
class Found:
    """One training that fits.

    Attributes:
        reasons: with their text in the active language, in the order of `reasons`.
    """

    code: str
    title: str
    price_idr: int
    remaining_idr: int
    reasons: tuple[tuple[Reason, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What fits a person.

    Attributes:
        model: the name of the model that answered.
        found: best first.
        bundle: codes of the best set, by price, then code; empty where none is worth having.
        ignored_history: codes that the model does not know.
        ignored_attributes: what was said of the person and the model makes nothing of.
    """

    model: str
    found: tuple[Found, ...]
    bundle: tuple[str, ...]
    bundle_price_idr: int
    ignored_history: tuple[str, ...]
    ignored_attributes: tuple[str, ...]


def recommend_to(profile: Profile, *, top: int) -> Answer:
    """What fits a person, in at most four queries.

    Args:
        top: at most this many trainings, 1 or more.

    Raises:
        NoModel: none serves.
        LevelUnknown: a sex, education or province that neither the platform nor the model knows.
    """
    serving = serving_model()
    if serving is None:
        raise NoModel
    row, ignored_attributes = _row(profile, serving)
    offer = current_offer(serving.manifest.item_codes)
    codes = tuple(dict.fromkeys(profile.history))
    items = offer.catalogue.items_of(codes)
    asked = Asked(
        person=Demographics.encode(serving.model.attributes, [row]),
        history=Interactions.from_lists([items], item_count=serving.model.item_count),
        balance_idr=profile.balance_idr,
    )
    best = fitting(asked, serving=serving, offer=offer, top=top)
    reasons = dict(zip(best.items, reasons_for(best.items, asked=asked, serving=serving), strict=True))
    named = titles_named(reasons.values())
    titles = dict(Training.objects.filter(pk__in=[int(offer.keys[item]) for item in best.items]).values_list("code", "title"))
    known = set(offer.catalogue.codes)
    return Answer(
        model=serving.name,
        found=tuple(
            Found(
                code=(code := offer.catalogue.codes[item]),
                title=titles[code],
                price_idr=(price_idr := int(offer.catalogue.prices_idr[item])),
                remaining_idr=profile.balance_idr - price_idr,
                reasons=tuple((reason, in_words(reason, titles=named)) for reason in reasons[item]),
            )
            for item in best.items
        ),
        bundle=tuple(offer.catalogue.codes[item] for item in best.bundle.items),
        bundle_price_idr=best.bundle.price_idr,
        ignored_history=tuple(code for code in codes if code not in known),
        ignored_attributes=ignored_attributes,
    )


def _row(profile: Profile, serving: Serving) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """What is known of a person, by attribute of the model, and which of the person's own attributes the model does not use."""
    band = age_band(profile.age_years)
    said = {"sex": profile.sex, "education": profile.education, "province": profile.province}
    model = {attribute.name: attribute for attribute in serving.model.attributes}
    for name, level in said.items():
        known = [*known_levels(name), *(model[name].levels if name in model else ())]
        if level is not None and level not in known:
            raise LevelUnknown(attribute=name, level=level, known=", ".join(dict.fromkeys(known)))
    # A model that learnt from files names the bands of a column `age` after it.
    values: dict[str, str | None] = {**said, "age": band, "age_band": band}
    ignored = [name for name, level in said.items() if level and (name not in model or level not in model[name].levels)]
    if band is not None and not any(name in model and band in model[name].levels for name in ("age", "age_band")):
        ignored.append("age")
    return {name: values.get(name) for name in model}, tuple(ignored)

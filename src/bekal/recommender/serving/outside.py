"""Recommendations for people whom the platform does not know: another system says who they are and what is left to them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils import translation

from bekal.catalogue.models import Training
from bekal.recommender.engine import Demographics, Interactions, age_band
from bekal.recommender.engine.batch import Fit
from bekal.recommender.errors import LevelUnknown, NoModel
from bekal.recommender.serving.offer import Offer, current_offer
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
class Question:
    """What is asked about one person.

    Attributes:
        top: at most this many trainings, 1 or more.
        language: of the texts, as Django names it.
    """

    profile: Profile
    top: int
    language: str


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


def recommend_to(questions: Sequence[Question]) -> list[Answer]:
    """What fits each of some people, in order, in at most four queries for all of them together.

    Everybody is answered as if alone, with the same model and the same offer.

    Raises:
        NoModel: none serves.
        LevelUnknown: a sex, education or province that neither the platform nor the model knows; it names all of everybody.
    """
    serving = serving_model()
    if serving is None:
        raise NoModel
    if unknown := [each for place, asked in enumerate(questions) for each in _unknown_levels(place, asked.profile, serving)]:
        raise LevelUnknown(**unknown[0]._asdict(), unknown=tuple(unknown))
    offer = current_offer(serving.manifest.item_codes)
    fits = [_fit(question, serving, offer) for question in questions]
    keys = {int(offer.keys[item]) for fit in fits for item in fit.reasons}
    titles = dict(Training.objects.filter(pk__in=keys).values_list("code", "title"))
    titles |= titles_named(reasons for fit in fits for reasons in fit.reasons.values())
    return [_answer(question, fit, serving, offer, titles) for question, fit in zip(questions, fits, strict=True)]


class UnknownLevel(NamedTuple):
    """A level that nobody knows.

    Attributes:
        person: the place among those asked about, from 0.
        known: those that are known, between commas.
    """

    person: int
    attribute: str
    level: str
    known: str


@dataclass(frozen=True, slots=True)
class _Fit:
    """What fits one person, before it is put into words.

    Attributes:
        reasons: by item, best first.
    """

    best: Fit
    reasons: dict[int, tuple[Reason, ...]]


def _fit(question: Question, serving: Serving, offer: Offer) -> _Fit:
    asked = Asked(
        person=Demographics.encode(serving.model.attributes, [_row(question.profile, serving)]),
        history=Interactions.from_lists(
            [offer.catalogue.items_of(dict.fromkeys(question.profile.history))], item_count=serving.model.item_count
        ),
        balance_idr=question.profile.balance_idr,
    )
    best = fitting(asked, serving=serving, offer=offer, top=question.top)
    return _Fit(best, dict(zip(best.items, reasons_for(best.items, asked=asked, serving=serving), strict=True)))


def _answer(question: Question, fit: _Fit, serving: Serving, offer: Offer, titles: Mapping[str, str]) -> Answer:
    profile, catalogue, best = question.profile, offer.catalogue, fit.best
    with translation.override(question.language):
        found = tuple(
            Found(
                code=(code := catalogue.codes[item]),
                title=titles[code],
                price_idr=(price_idr := int(catalogue.prices_idr[item])),
                remaining_idr=profile.balance_idr - price_idr,
                reasons=tuple((reason, in_words(reason, titles=titles)) for reason in fit.reasons[item]),
            )
            for item in best.items
        )
    return Answer(
        model=serving.name,
        found=found,
        bundle=tuple(catalogue.codes[item] for item in best.bundle.items),
        bundle_price_idr=best.bundle.price_idr,
        ignored_history=tuple(code for code in dict.fromkeys(profile.history) if not catalogue.items_of([code])),
        ignored_attributes=_ignored(profile, serving),
    )


def _said(profile: Profile) -> dict[str, str | None]:
    return {"sex": profile.sex, "education": profile.education, "province": profile.province}


def _unknown_levels(place: int, profile: Profile, serving: Serving) -> Iterator[UnknownLevel]:
    model = {attribute.name: attribute for attribute in serving.model.attributes}
    for name, level in _said(profile).items():
        known = [*known_levels(name), *(model[name].levels if name in model else ())]
        if level is not None and level not in known:
            yield UnknownLevel(place, name, level, ", ".join(dict.fromkeys(known)))


def _row(profile: Profile, serving: Serving) -> dict[str, str | None]:
    """What is known of a person, by attribute of the model."""
    band = age_band(profile.age_years)
    # A model that learnt from files names the bands of a column `age` after it.
    values: dict[str, str | None] = {**_said(profile), "age": band, "age_band": band}
    return {attribute.name: values.get(attribute.name) for attribute in serving.model.attributes}


def _ignored(profile: Profile, serving: Serving) -> tuple[str, ...]:
    """Which of the person's own attributes the model does not use."""
    model = {attribute.name: attribute for attribute in serving.model.attributes}
    ignored = [name for name, level in _said(profile).items() if level and (name not in model or level not in model[name].levels)]
    band = age_band(profile.age_years)
    if band is not None and not any(name in model and band in model[name].levels for name in ("age", "age_band")):
        ignored.append("age")
    return tuple(ignored)

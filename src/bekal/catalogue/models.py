"""What can be bought: providers, platforms, trainings, and every price a training ever had."""

import string
import uuid
from typing import Final

from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

CODE_CHARACTERS: Final = 255
"""Codes come from other systems, whose longest are of almost two hundred characters."""
NAME_CHARACTERS: Final = 200
TITLE_CHARACTERS: Final = 300
DESCRIPTION_CHARACTERS: Final = 20_000

SPLITTING: Final = string.punctuation
"""What separates words in search beside white space, so that `Node.js` is found under `node` and under `js`."""


class Field(models.TextChoices):
    """The topic of a training."""

    AGRICULTURE = "agriculture", _("agriculture and fishery")
    AUTOMOTIVE = "automotive", _("automotive and machinery")
    BEAUTY = "beauty", _("beauty and fashion")
    CONSTRUCTION = "construction", _("construction and electricity")
    CRAFTS = "crafts", _("crafts")
    DESIGN = "design", _("design and media")
    EDUCATION = "education", _("teaching")
    FINANCE = "finance", _("finance")
    FOOD_BEVERAGE = "food_beverage", _("food and beverage")
    FOREIGN_LANGUAGES = "foreign_languages", _("foreign languages")
    HEALTH_SAFETY = "health_safety", _("health and safety")
    HOSPITALITY = "hospitality", _("hospitality and tourism")
    INFORMATION_TECHNOLOGY = "information_technology", _("information technology")
    LIFESTYLE = "lifestyle", _("lifestyle")
    LOGISTICS = "logistics", _("logistics and driving")
    MANAGEMENT = "management", _("management")
    MUSIC = "music", _("music and performing arts")
    OFFICE = "office", _("office work")
    SALES_MARKETING = "sales_marketing", _("sales and marketing")
    OTHER = "other", _("other")


class Mode(models.TextChoices):
    """How a training is given."""

    ONLINE = "online", _("online")
    OFFLINE = "offline", _("in person")
    HYBRID = "hybrid", _("online and in person")


def _searchable(column: str) -> models.GeneratedField:
    """The words of a column, stemmed as Indonesian and as they are; PostgreSQL keeps them true."""
    words = models.Func(
        models.F(column),
        models.Value(SPLITTING),
        models.Value(" " * len(SPLITTING)),
        function="translate",
        output_field=models.TextField(),
    )
    return models.GeneratedField(
        expression=SearchVector(words, config="indonesian") + SearchVector(words, config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )


class Provider(models.Model):
    """A training institution (lembaga pelatihan). `number` is that of its own row and its pools in the ledger."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=NAME_CHARACTERS)
    number = models.BigIntegerField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="provider_name_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="provider_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Platform(models.Model):
    """A digital platform that sells trainings of many providers."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=NAME_CHARACTERS)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="platform_name_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="platform_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Training(models.Model):
    """Something that can be bought. `code` is public and never changes.

    `seats` is how many there are in all and `seats_left` how many can still be sold; both are null where there is no limit.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=CODE_CHARACTERS)
    title = models.CharField(max_length=TITLE_CHARACTERS)
    field = models.CharField(max_length=32, choices=Field, default=Field.OTHER)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="trainings")
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, null=True, related_name="trainings")
    price_idr = models.BigIntegerField()
    description = models.TextField(default="")
    hours = models.IntegerField(null=True)
    mode = models.CharField(max_length=16, choices=Mode, default=Mode.ONLINE)
    seats = models.IntegerField(null=True)
    seats_left = models.IntegerField(null=True)
    is_open = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    words = _searchable("title")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="training_code_once"),
            models.CheckConstraint(condition=~models.Q(code="") & ~models.Q(title=""), name="training_has_code_and_title"),
            models.CheckConstraint(condition=models.Q(price_idr__gte=0), name="training_price_not_negative"),
            models.CheckConstraint(condition=models.Q(hours__gte=1), name="training_hours_positive"),
            models.CheckConstraint(condition=models.Q(seats_left__gte=0), name="training_seats_never_negative"),
            models.CheckConstraint(condition=models.Q(seats_left__lte=models.F("seats")), name="training_seats_left_within"),
            models.CheckConstraint(condition=models.Q(field__in=list(Field)), name="training_field_known"),
            models.CheckConstraint(condition=models.Q(mode__in=list(Mode)), name="training_mode_known"),
        ]

    def __str__(self) -> str:
        return self.title


class PriceChange(models.Model):
    """One price of a training and the moment from which it holds. The newest row is always the training's present price."""

    training = models.ForeignKey(Training, on_delete=models.PROTECT, related_name="price_changes", db_index=False)
    price_idr = models.BigIntegerField()
    since = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(price_idr__gte=0), name="pricechange_price_not_negative")]
        indexes = [models.Index(fields=["training", "since"], name="pricechange_training_since")]

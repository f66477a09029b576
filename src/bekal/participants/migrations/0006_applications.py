import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0005_identity_checks"),
        ("programmes", "0002_registration_calendar"),
    ]

    operations = [
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.CharField(max_length=12, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitted", "submitted"),
                            ("withdrawn", "withdrawn"),
                            ("eligible", "eligible"),
                            ("refused", "not eligible"),
                            ("accepted", "accepted"),
                            ("reserve", "on the reserve list"),
                            ("household_full", "household full"),
                            ("withheld", "withheld"),
                            ("not_chosen", "not chosen"),
                        ],
                        default="submitted",
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(default="", max_length=32)),
                (
                    "priority_groups",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=32), default=list, size=None
                    ),
                ),
                ("submitted_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "participant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="participants.participant",
                    ),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="programmes.wave",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["wave", "state"], name="application_wave")],
                "constraints": [
                    models.UniqueConstraint(fields=("participant", "wave"), name="application_once_a_wave"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "submitted",
                                    "withdrawn",
                                    "eligible",
                                    "refused",
                                    "accepted",
                                    "reserve",
                                    "household_full",
                                    "withheld",
                                    "not_chosen",
                                ],
                            )
                        ),
                        name="application_state_known",
                    ),
                ],
            },
        ),
    ]

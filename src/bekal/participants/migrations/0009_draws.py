import uuid
from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_FORWARD = (Path(__file__).parent / "sql" / "0009_draws.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0008_screening"),
        ("programmes", "0003_schedules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DrawNumber",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "application", "draw", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("application", models.BigIntegerField()),
                ("draw", models.BigIntegerField()),
                ("number", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="DrawPart",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "draw", "kind", "position", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("draw", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("applications", "Applications"),
                            ("leaves", "Leaves"),
                            ("keys", "Keys"),
                            ("results", "Results"),
                            ("outcomes", "Outcomes"),
                        ],
                        max_length=16,
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="SignatureTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["network", "at"], name="signaturetry_network"),
                    models.Index(fields=["at"], name="signaturetry_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("reason", models.TextField(default="")),
                ("proposed_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "frozen, to be approved"),
                            ("approved", "approved, to be published"),
                            ("cancelled", "cancelled"),
                            ("published", "published, waits for the random value"),
                            ("valued", "the random value is there"),
                            ("ordered", "drawn, to be announced"),
                            ("announced", "announced"),
                        ],
                        default="proposed",
                        max_length=16,
                    ),
                ),
                ("beacon", models.CharField(max_length=32)),
                ("round", models.BigIntegerField()),
                ("late_round", models.BigIntegerField()),
                ("count", models.PositiveIntegerField(default=0)),
                ("places", models.PositiveIntegerField()),
                ("reserve_until", models.DateField()),
                ("header", models.TextField(default="")),
                ("root", models.BinaryField(default=b"", max_length=32)),
                ("block_roots", models.BinaryField(default=b"")),
                ("nonce_key_sealed", models.BinaryField(default=b"")),
                ("published_at", models.DateTimeField(null=True)),
                ("value_round", models.BigIntegerField(null=True)),
                ("signature", models.BinaryField(max_length=48, null=True)),
                ("valued_at", models.DateTimeField(null=True)),
                ("ordered_at", models.DateTimeField(null=True)),
                ("placed_count", models.PositiveIntegerField(null=True)),
                ("reserve_count", models.PositiveIntegerField(null=True)),
                ("household_full_count", models.PositiveIntegerField(null=True)),
                ("announced_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("reserve_ended_at", models.DateTimeField(null=True)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "wave",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="draws", to="programmes.wave"
                    ),
                ),
            ],
            options={
                "verbose_name": "draw",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approved_by__isnull", True),
                            models.Q(("approved_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="participants_draw_second_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("approved_at__isnull", True),
                                ("approved_by__isnull", True),
                                ("state__in", ["proposed", "cancelled"]),
                            ),
                            models.Q(
                                ("approved_at__isnull", False),
                                ("approved_by__isnull", False),
                                models.Q(("state", "proposed"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="draw_whole_approval",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["proposed", "approved", "cancelled", "published", "valued", "ordered", "announced"])
                        ),
                        name="draw_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "cancelled"), _negated=True), fields=("wave",), name="draw_one_for_a_wave"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("signature__isnull", True),
                                ("value_round__isnull", True),
                                ("valued_at__isnull", True),
                                models.Q(("state__in", ["valued", "ordered", "announced"]), _negated=True),
                            ),
                            models.Q(
                                ("signature__isnull", False),
                                ("value_round__isnull", False),
                                ("valued_at__isnull", False),
                                ("state__in", ["valued", "ordered", "announced", "cancelled"]),
                            ),
                            _connector="OR",
                        ),
                        name="draw_value_in_order",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_FORWARD),
    ]

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import IntegrityError, connection, migrations, models, transaction

from bekal.participants.cards import new_card_numbers

_STORAGE = (Path(__file__).parent / "sql" / "0007_storage.sql").read_text(encoding="utf-8")
_AT_ONCE = 50_000
_GIVE_SQL = """
UPDATE participants_enrolment AS enrolment SET card_number = given.card
FROM unnest(%s::bigint[], %s::text[]) AS given (id, card) WHERE enrolment.id = given.id
"""


def give_card_numbers(_apps: object, _editor: object) -> None:
    """Whoever was enrolled before gets a card number as everybody does; one that somebody has already is drawn again."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT id FROM participants_enrolment WHERE card_number IS NULL LIMIT %s", [_AT_ONCE])
            keys = [key for (key,) in cursor.fetchall()]
            if not keys:
                return
            try:
                with transaction.atomic():
                    cursor.execute(_GIVE_SQL, [keys, new_card_numbers(count=len(keys))])
            except IntegrityError:
                continue


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0006_applications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="application",
            name="result_index",
            field=models.BinaryField(max_length=32, null=True, unique=True),
        ),
        migrations.RemoveIndex(model_name="application", name="application_wave"),
        migrations.AddIndex(model_name="application", index=models.Index(fields=["wave"], name="application_wave")),
        migrations.AddField(
            model_name="participant",
            name="name_birth_index",
            field=models.BinaryField(db_index=True, max_length=32, null=True),
        ),
        migrations.RemoveConstraint(model_name="participant", name="participant_erased_wholly"),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(key_salt__isnull=False)
                | models.Q(birth_date_index__isnull=True, name_birth_index__isnull=True),
                name="participant_erased_wholly",
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="card_number",
            field=models.CharField(max_length=16, null=True, unique=True),
        ),
        migrations.RunPython(give_card_numbers, elidable=True),
        migrations.AlterField(
            model_name="enrolment",
            name="card_number",
            field=models.CharField(max_length=16, unique=True),
        ),
        migrations.CreateModel(
            name="Introduction",
            fields=[
                (
                    "enrolment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="introduction",
                        serialize=False,
                        to="participants.enrolment",
                    ),
                ),
                ("acknowledged_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunSQL(_STORAGE),
        migrations.CreateModel(
            name="ResultTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number_index", models.BinaryField(max_length=32)),
                ("network", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["number_index", "at"], name="resulttry_number"),
                    models.Index(fields=["network", "at"], name="resulttry_network"),
                    models.Index(fields=["at"], name="resulttry_at"),
                ]
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("programme", models.CharField(max_length=64)),
                ("question", models.CharField(max_length=64)),
                (
                    "options",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                ("text", models.TextField(default="")),
                ("answered_at", models.DateTimeField()),
                (
                    "participant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="participants.participant",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("participant", "programme", "question"), name="answer_once_a_question")
                ]
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("key_salt", models.BinaryField(max_length=32)),
                ("answers_sealed", models.BinaryField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["changed_at"], name="draft_changed_at")]},
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveSmallIntegerField()),
                ("given_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("user", "version"), name="consent_once")]},
        ),
        migrations.CreateModel(
            name="IdentityClaim",
            fields=[
                (
                    "identity_check",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="claim",
                        serialize=False,
                        to="participants.identitycheck",
                    ),
                ),
                ("nik_index", models.BinaryField(db_index=True, max_length=32)),
            ],
        ),
    ]

from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from bekal.core.keys import FIRST_VERSION, INDEX_VERSION, check_value, new_wrapped


def _make_keys(apps: Any, _editor: object) -> None:
    """In the migration's own transaction, so that no database with the tables is ever without keys."""
    secret = settings.BEKAL_IDENTITY_SECRET
    apps.get_model("core", "SecretCheck").objects.create(value=check_value(secret))
    for version in (INDEX_VERSION, FIRST_VERSION):
        wrapped = new_wrapped(version=version, secret=secret)
        apps.get_model("core", "SealingKey").objects.create(version=version, wrapped=wrapped, made_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_schema"),
    ]

    operations = [
        migrations.CreateModel(
            name="SealingKey",
            fields=[
                ("version", models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ("wrapped", models.BinaryField()),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SecretCheck",
            fields=[
                ("only", models.BooleanField(default=True, primary_key=True, serialize=False)),
                ("value", models.CharField(max_length=16)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("only", True)), name="secretcheck_one_row")],
            },
        ),
        migrations.RunPython(_make_keys),
    ]

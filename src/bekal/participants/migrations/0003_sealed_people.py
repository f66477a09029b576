from datetime import date
from typing import Any

from django.db import migrations, models

from bekal.participants.errors import SealedOtherwise


def _require_nobody(apps: Any, _editor: object) -> None:
    """Numbers of family cards are known by their former indexes alone, which nobody can compute under another key."""
    if any(apps.get_model(*name).objects.exists() for name in (("participants", "Participant"), ("mfa", "Authenticator"))):
        raise SealedOtherwise


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_keys"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("participants", "0002_schema"),
    ]

    operations = [
        migrations.RunPython(_require_nobody),
        migrations.RemoveField(model_name="participant", name="name"),
        migrations.RemoveField(model_name="participant", name="birth_date"),
        migrations.RemoveField(model_name="participant", name="region"),
        migrations.AddField(
            model_name="participant",
            name="key_salt",
            field=models.BinaryField(max_length=32, null=True),
        ),
        *(
            migrations.AddField(
                model_name="participant", name=name, field=models.BinaryField(default=b""), preserve_default=False
            )
            for name in ("name_sealed", "birth_date_sealed")
        ),
        migrations.AddField(
            model_name="participant",
            name="birth_date_index",
            field=models.BinaryField(db_index=True, max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="participant",
            name="age_band",
            field=models.CharField(default="", max_length=8),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="participant",
            name="province",
            field=models.CharField(default="", max_length=2),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(("key_salt__isnull", False), ("birth_date_index__isnull", True), _connector="OR"),
                name="participant_erased_wholly",
            ),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="age_fits_on",
            field=models.DateField(default=date(1970, 1, 1)),
            preserve_default=False,
        ),
    ]

from pathlib import Path

from django.db import migrations, models

_STORAGE = (Path(__file__).parent / "sql" / "0007_storage.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("participants", "0006_applications")]

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
        migrations.RunSQL(_STORAGE),
    ]

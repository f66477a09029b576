import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Let a run change the status of a whole wave without changing an index: none holds the status, and pages have room."""

    dependencies = [("participants", "0001_initial")]
    operations = [
        migrations.RemoveIndex(model_name="enrolment", name="enrolment_wave_status"),
        migrations.AddIndex(model_name="enrolment", index=models.Index(fields=["wave"], name="enrolment_wave")),
        migrations.RunSQL("ALTER TABLE participants_enrolment SET (fillfactor = 50)"),
        migrations.CreateModel(
            name="Bar",
            fields=[
                (
                    "participant",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="bar",
                        serialize=False,
                        to="participants.participant",
                    ),
                ),
                ("barred_on", models.DateField()),
            ],
        ),
        migrations.RunSQL(
            "INSERT INTO participants_bar (participant_id, barred_on)"
            " SELECT id, barred_on FROM participants_participant WHERE barred_on IS NOT NULL"
        ),
        migrations.RemoveField(model_name="participant", name="barred_on"),
    ]

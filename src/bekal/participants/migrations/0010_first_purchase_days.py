import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bekal_messages", "0006_known_browsers"),
        ("participants", "0009_draws"),
    ]

    operations = [
        migrations.AddField(
            model_name="enrolment",
            name="first_purchase_by",
            field=models.DateField(null=True),
        ),
        migrations.RunSQL(
            "UPDATE participants_enrolment AS enrolment SET first_purchase_by = wave.first_purchase_by"
            " FROM programmes_wave AS wave WHERE wave.id = enrolment.wave_id AND enrolment.status <> 'accepted'",
            elidable=True,
        ),
        migrations.CreateModel(
            name="AwaitedNotice",
            fields=[
                (
                    "enrolment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="awaited_notice",
                        serialize=False,
                        to="participants.enrolment",
                    ),
                ),
                ("look_at", models.DateTimeField(db_index=True)),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bekal_messages.message"
                    ),
                ),
            ],
        ),
    ]

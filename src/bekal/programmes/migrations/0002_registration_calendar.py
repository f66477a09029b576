from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("programmes", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="wave",
            name="announces_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="wave",
            name="places",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="wave",
            name="registration_closes_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="wave",
            name="registration_opens_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="wave",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("announces_at__isnull", True),
                        ("places__isnull", True),
                        ("registration_closes_at__isnull", True),
                        ("registration_opens_at__isnull", True),
                    ),
                    models.Q(
                        ("announces_at__gt", models.F("registration_closes_at")),
                        ("places__gte", 1),
                        ("registration_closes_at__gt", models.F("registration_opens_at")),
                    ),
                    _connector="OR",
                ),
                name="wave_registration_in_order",
            ),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0003_bounced_payments"),
    ]

    operations = [
        migrations.AlterField(
            model_name="sealpool",
            name="total_idr",
            field=models.DecimalField(decimal_places=0, max_digits=39),
        ),
    ]

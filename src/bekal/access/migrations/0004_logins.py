from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0003_tries")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="email",
            field=models.EmailField(max_length=254, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="user",
            name="phone_index",
            field=models.BinaryField(max_length=32, null=True, unique=True),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(email__isnull=False) | models.Q(phone_index__isnull=False), name="user_known_by_something"
            ),
        ),
    ]

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.contrib.postgres.operations import HStoreExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        HStoreExtension(),
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "key",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("price", models.DecimalField(decimal_places=2, max_digits=10)),
                ("stock", models.PositiveIntegerField(default=0)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), default=list, size=None
                    ),
                ),
                (
                    "grid",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=django.contrib.postgres.fields.ArrayField(
                            base_field=models.IntegerField(null=True), size=None
                        ),
                        null=True,
                        size=None,
                    ),
                ),
                ("attributes", models.JSONField(default=dict)),
                ("labels", django.contrib.postgres.fields.HStoreField(default=dict)),
                ("weight", models.FloatField(null=True)),
                ("active", models.BooleanField(default=True)),
                ("picture", models.BinaryField(null=True)),
                ("shelf_life", models.DurationField(null=True)),
                ("released", models.DateField(null=True)),
                ("opens", models.TimeField(null=True)),
                ("origin", models.GenericIPAddressField(null=True)),
                ("created", models.DateTimeField()),
                (
                    "category",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="shop.category",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(
                fields=("category", "name"), name="one_name_a_category"
            ),
        ),
    ]

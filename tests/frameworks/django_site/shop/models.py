import uuid

from django.contrib.postgres.fields import ArrayField, HStoreField
from django.db import models


class Category(models.Model):
    name = models.CharField(max_length=50, unique=True)


class Product(models.Model):
    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products", null=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.PositiveIntegerField(default=0)
    tags = ArrayField(models.CharField(max_length=30), default=list)
    grid = ArrayField(ArrayField(models.IntegerField(null=True)), null=True)
    attributes = models.JSONField(default=dict)
    labels = HStoreField(default=dict)
    weight = models.FloatField(null=True)
    active = models.BooleanField(default=True)
    picture = models.BinaryField(null=True)
    shelf_life = models.DurationField(null=True)
    released = models.DateField(null=True)
    opens = models.TimeField(null=True)
    origin = models.GenericIPAddressField(null=True)
    created = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["category", "name"], name="one_name_a_category")
        ]

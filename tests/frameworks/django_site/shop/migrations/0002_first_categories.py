from django.db import migrations


def add_categories(apps, schema_editor):
    category = apps.get_model("shop", "Category")
    category.objects.bulk_create(category(name=name) for name in ("tea", "café %s 100%"))


def remove_categories(apps, schema_editor):
    apps.get_model("shop", "Category").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.RunPython(add_categories, remove_categories),
        migrations.RunSQL(
            "CREATE INDEX product_lower_name ON shop_product (lower(name));"
            "COMMENT ON INDEX product_lower_name IS 'made by 100% SQL'",
            "DROP INDEX product_lower_name",
        ),
    ]

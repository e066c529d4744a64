"""The project's own tests, run by Django's runner: see test_django.py one folder up."""

import datetime as dt
import threading
import uuid
from decimal import Decimal

from django.contrib.auth.models import User
from django.contrib.postgres.aggregates import ArrayAgg, JSONBAgg, StringAgg
from django.core.management import call_command
from django.db import (
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)
from django.db.models import Avg, Count, F, Func, Sum, Value
from django.db.models.functions import Lower, TruncDay
from django.test import TestCase, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from psycopg2 import errors

from .models import Category, Product

CREATED = dt.datetime(2024, 3, 31, 1, 30, 0, 123456, tzinfo=dt.timezone.utc)


def make_product(name="Assam", **more) -> Product:
    return Product.objects.create(
        **{"name": name, "price": Decimal("4.20"), "created": CREATED, **more}
    )


class FieldTests(TestCase):
    def test_every_field_comes_back_as_it_was_saved(self):
        values = {
            "price": Decimal("12345678.90"),
            "stock": 2147483647,
            "tags": ["it's", 'a "quote"', "{brace,comma}", "back\\slash", "NULL", ""],
            "grid": [[1, None], [-3, 4]],
            "attributes": {"size": {"cm": [1, 2.5, None]}, "100%": "ünï\u2028", "on": True},
            "labels": {"colour": "blue", "empty": "", "none": None, 'q"': "it's"},
            "weight": 0.1,
            "active": False,
            "picture": bytes(range(256)),
            "shelf_life": dt.timedelta(days=-1, seconds=1, microseconds=7),
            "released": dt.date(1, 1, 1),
            "opens": dt.time(23, 59, 59, 999999),
            "origin": "2001:db8::1",
            "category": Category.objects.get(name="tea"),
        }
        saved = make_product("Ünï % 'x'", **values)
        found = Product.objects.get(pk=saved.pk)
        for field, value in values.items():
            with self.subTest(field=field):
                got = getattr(found, field)
                self.assertEqual(bytes(got) if field == "picture" else got, value)
        self.assertEqual(found.name, "Ünï % 'x'")
        self.assertEqual(found.created, CREATED)
        self.assertEqual(found.created.utcoffset(), dt.timedelta(0))
        self.assertIsInstance(found.key, uuid.UUID)
        self.assertIsInstance(found.price, Decimal)

    def test_nulls_come_back_as_none(self):
        found = Product.objects.get(pk=make_product().pk)
        for field in ("grid", "weight", "picture", "shelf_life", "released", "opens", "origin"):
            self.assertIsNone(getattr(found, field))

    def test_json_lookups(self):
        make_product("a", attributes={"n": 1, "list": [1, {"x": "y"}]})
        make_product("b", attributes={"n": 2, "deep": {"er": None}})

        def names(**where):
            return list(
                Product.objects.filter(**where).order_by("name").values_list("name", flat=1)
            )

        self.assertEqual(names(attributes__n=2), ["b"])
        self.assertEqual(names(attributes__n__gte=1), ["a", "b"])
        self.assertEqual(names(attributes__list__1__x="y"), ["a"])
        self.assertEqual(names(attributes__has_key="deep"), ["b"])
        self.assertEqual(names(attributes__contains={"n": 1}), ["a"])
        self.assertEqual(names(attributes__deep__er=None), ["b"])

    def test_array_and_hstore_lookups(self):
        make_product("a", tags=["green", "loose"], labels={"country": "IN"})
        make_product("b", tags=["black"], labels={"country": "CN", "grade": "1"})
        by_name = Product.objects.order_by("name").values_list("name", flat=True)
        self.assertEqual(list(by_name.filter(tags__contains=["loose"])), ["a"])
        self.assertEqual(list(by_name.filter(tags__overlap=["black", "green"])), ["a", "b"])
        self.assertEqual(list(by_name.filter(tags__len=1)), ["b"])
        self.assertEqual(list(by_name.filter(tags__0="green")), ["a"])
        self.assertEqual(list(by_name.filter(labels__country="CN")), ["b"])
        self.assertEqual(list(by_name.filter(labels__has_key="grade")), ["b"])

    def test_aggregates(self):
        for name, price, tags in (("a", "1.10", ["x"]), ("b", "2.20", ["y"]), ("c", "3.30", [])):
            make_product(name, price=Decimal(price), tags=tags, created=CREATED)
        got = Product.objects.aggregate(
            total=Sum("price"),
            mean=Avg("price"),
            names=ArrayAgg("name", ordering="-name"),
            joined=StringAgg("name", delimiter="|", ordering="name"),
            docs=JSONBAgg("tags", ordering="name"),
            days=Count(TruncDay("created"), distinct=True),
        )
        self.assertEqual(got["total"], Decimal("6.60"))
        self.assertEqual(got["mean"], Decimal("2.2"))
        self.assertEqual(got["names"], ["c", "b", "a"])
        self.assertEqual(got["joined"], "a|b|c")
        self.assertEqual(got["docs"], [["x"], ["y"], []])
        self.assertEqual(got["days"], 1)

    def test_times_follow_the_current_time_zone(self):
        make_product()
        with timezone.override("America/New_York"):
            day = Product.objects.annotate(day=TruncDay("created")).get().day
        self.assertEqual(day.isoformat(), "2024-03-30T00:00:00-04:00")
        self.assertEqual(Product.objects.filter(created__date=dt.date(2024, 3, 31)).count(), 1)


class QueryTests(TestCase):
    def test_bulk_create_update_and_in_bulk(self):
        made = Product.objects.bulk_create(
            Product(name=f"p{i:03}", price=Decimal(i), created=CREATED, attributes={"i": i})
            for i in range(300)
        )
        for product in made:
            product.price += Decimal("0.50")
        self.assertEqual(Product.objects.bulk_update(made, ["price"], batch_size=100), 300)
        self.assertEqual(Product.objects.aggregate(Sum("price"))["price__sum"], Decimal(45000))
        keys = [made[7].pk, made[299].pk]
        self.assertEqual({p.name for p in Product.objects.in_bulk(keys).values()}, {"p007", "p299"})

    def test_bulk_create_gives_serial_keys_and_ignores_conflicts(self):
        made = Category.objects.bulk_create([Category(name="a"), Category(name="b")])
        self.assertEqual(made[1].pk, Category.objects.get(name="b").pk)
        Category.objects.bulk_create(
            [Category(name="a"), Category(name="c")], ignore_conflicts=True
        )
        self.assertEqual(Category.objects.filter(name__in="abc").count(), 3)

    def test_update_delete_and_get_or_create(self):
        tea = Category.objects.get(name="tea")
        for i in range(5):
            make_product(f"p{i}", category=tea, stock=i)
        self.assertEqual(tea.products.filter(stock__lt=3).update(stock=F("stock") + 10), 3)
        self.assertEqual(
            list(tea.products.order_by("name").values_list("stock", flat=True)), [10, 11, 12, 3, 4]
        )
        self.assertEqual(tea.products.filter(name__in=["p0", "p1"]).delete()[0], 2)
        product, created = Product.objects.get_or_create(
            name="p4", category=tea, defaults={"price": 0, "created": CREATED}
        )
        self.assertEqual((created, product.stock), (False, 4))

    def test_iterator_uses_a_server_side_cursor(self):
        Product.objects.bulk_create(
            Product(name=f"{i:04}", price=0, created=CREATED) for i in range(1000)
        )
        names = []
        for product in Product.objects.order_by("name").iterator(chunk_size=100):
            if not names:
                with connection.cursor() as cur:
                    cur.execute(
                        "SELECT count(*) FROM pg_cursors WHERE statement LIKE '%%shop_pro%%'"
                    )
                    self.assertEqual(cur.fetchone(), (1,))
            names.append(product.name)
        self.assertEqual(names, [f"{i:04}" for i in range(1000)])

    def test_raw_sql_with_list_and_dict_parameters(self):
        make_product("50% off", tags=["x"])
        with connection.cursor() as cur:
            cur.execute("SELECT name, tags FROM shop_product WHERE name LIKE %s", ["50%%"])
            self.assertEqual(cur.fetchall(), [("50% off", ["x"])])
            self.assertEqual([c.name for c in cur.description], ["name", "tags"])
            cur.execute("SELECT %(a)s::int + %(b)s, '100%%'", {"a": 1, "b": 2})
            self.assertEqual(cur.fetchone(), (3, "100%"))
            cur.execute("SELECT '100%'")
            self.assertEqual(cur.fetchone(), ("100%",))
            cur.executemany("INSERT INTO shop_category (name) VALUES (%s)", [["x"], ["y"]])
            self.assertEqual(cur.rowcount, 2)
            cur.callproc("lower", ["ABC"])
            self.assertEqual(cur.fetchone(), ("abc",))
        raw = Product.objects.raw(
            "SELECT key, name, 7 AS extra FROM shop_product WHERE price > %s", [1]
        )
        self.assertEqual([(p.name, p.extra) for p in raw], [("50% off", 7)])

    def test_the_query_log_shows_the_sql_with_its_values(self):
        with CaptureQueriesContext(connection) as log:
            list(Category.objects.filter(name="O'Neill 100%"))
        self.assertIn("'O''Neill 100%'", log.captured_queries[0]["sql"])

    def test_functions_and_database_expressions(self):
        make_product("ÄSSAM")
        lowered = Product.objects.annotate(low=Lower("name")).get(low="ässam")
        self.assertEqual(lowered.name, "ÄSSAM")
        count = Product.objects.annotate(
            n=Func(F("name"), Value("S"), Value(""), function="replace")
        ).get()
        self.assertEqual(count.n, "ÄAM")

    def test_auth_users_log_in(self):
        User.objects.create_user("ann", password="s3cret'%s")
        user = User.objects.get(username="ann")
        self.assertTrue(user.check_password("s3cret'%s"))


class ErrorTests(TestCase):
    def assert_cause(self, wrapper, driver_class, call):
        with self.assertRaises(wrapper) as caught, transaction.atomic():
            call()
        self.assertIsInstance(caught.exception.__cause__, driver_class)
        return caught.exception.__cause__

    def test_integrity_errors_keep_the_drivers_details(self):
        cause = self.assert_cause(
            IntegrityError, errors.UniqueViolation, lambda: Category.objects.create(name="tea")
        )
        self.assertEqual(cause.diag.constraint_name, "shop_category_name_key")
        cause = self.assert_cause(
            IntegrityError, errors.NotNullViolation, lambda: make_product(price=None)
        )
        self.assertEqual(cause.diag.column_name, "price")
        self.assert_cause(
            IntegrityError,
            errors.CheckViolation,
            lambda: Product.objects.filter(pk=make_product().pk).update(stock=-1),
        )
        self.assertEqual(Category.objects.count(), 2)  # the connection is usable

    def test_data_and_programming_errors(self):
        self.assert_cause(
            DataError,
            errors.StringDataRightTruncation,
            lambda: Category.objects.create(name="x" * 51),
        )
        self.assert_cause(
            ProgrammingError,
            errors.UndefinedTable,
            lambda: connection.cursor().execute("SELECT * FROM nowhere"),
        )

    def test_a_nul_character_is_a_value_error(self):
        with self.assertRaisesMessage(ValueError, "NUL"), transaction.atomic():
            Category.objects.create(name="a\x00b")


class ViewTests(TestCase):
    def test_create_list_and_buy(self):
        body = {"name": "Oolong 100%", "price": "7.70", "stock": 1, "attributes": {"a": [None]}}
        made = self.client.post("/products/", body, content_type="application/json")
        self.assertEqual(made.status_code, 201)
        listed = self.client.get("/products/", {"q": "LONG 100%"}).json()["products"]
        self.assertEqual(
            listed,
            [{"name": "Oolong 100%", "price": "7.70", "stock": 1, "attributes": {"a": [None]}}],
        )
        url = f"/products/{made.json()['key']}/buy/"
        self.assertEqual(self.client.post(url).json(), {"stock": 0})
        refused = self.client.post(url)
        self.assertEqual(refused.status_code, 409)
        self.assertEqual(refused.json(), {"refused": "shop_product_stock_check"})


class TransactionTests(TransactionTestCase):
    databases = {"default", "repeatable"}

    def test_atomic_commits_rolls_back_and_nests(self):
        with transaction.atomic():
            make_product("kept")
            with self.assertRaises(ZeroDivisionError), transaction.atomic():
                make_product("dropped by the savepoint")
                raise ZeroDivisionError
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            make_product("dropped")
            raise ZeroDivisionError
        self.assertEqual([p.name for p in Product.objects.all()], ["kept"])

    def test_on_commit_runs_after_the_commit_only(self):
        seen = []
        with transaction.atomic():
            transaction.on_commit(lambda: seen.append(connection.in_atomic_block))
            self.assertEqual(seen, [])
        self.assertEqual(seen, [False])

    def test_a_deferred_foreign_key_fails_at_commit(self):
        with self.assertRaises(IntegrityError) as caught, transaction.atomic():
            make_product(category_id=10**9)
        self.assertIsInstance(caught.exception.__cause__, errors.ForeignKeyViolation)
        self.assertEqual(Product.objects.count(), 0)

    def test_autocommit_is_the_default_and_can_be_left(self):
        connection.ensure_connection()
        self.assertTrue(connection.connection.autocommit)
        transaction.set_autocommit(False)
        try:
            make_product("gone")
            transaction.rollback()
            make_product("stays")
            transaction.commit()
        finally:
            transaction.set_autocommit(True)
        self.assertEqual([p.name for p in Product.objects.all()], ["stays"])

    def test_isolation_level_from_options(self):
        for alias, level in (("default", "read committed"), ("repeatable", "repeatable read")):
            with connections[alias].cursor() as cur, transaction.atomic(using=alias):
                cur.execute("SHOW transaction_isolation")
                self.assertEqual(cur.fetchone(), (level,))

    def test_other_options_reach_libpq(self):
        with connection.cursor() as cur:
            cur.execute("SHOW application_name")
            self.assertEqual(cur.fetchone(), ("django site",))

    def test_select_for_update_makes_threads_take_turns(self):
        key = make_product(stock=0).pk
        failures = []

        def add_ten():
            try:
                for _ in range(10):
                    with transaction.atomic():
                        product = Product.objects.select_for_update().get(pk=key)
                        product.stock += 1
                        product.save()
            except Exception as error:
                failures.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=add_ten) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(Product.objects.get(pk=key).stock, 40)

    def test_a_lost_connection_is_found_unusable_and_replaced(self):
        with connection.cursor() as cur, self.assertRaises(OperationalError):
            cur.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        self.assertFalse(connection.is_usable())
        connection.close_if_unusable_or_obsolete()
        self.assertEqual(Category.objects.filter(name="nobody").count(), 0)


class SchemaTests(TransactionTestCase):
    def test_migrations_run_backwards_and_forwards(self):
        def index_comment():
            with connection.cursor() as cur:
                cur.execute("SELECT obj_description(to_regclass('product_lower_name'))")
                return cur.fetchone()[0]

        self.assertEqual(index_comment(), "made by 100% SQL")
        call_command("migrate", "shop", "0001", verbosity=0)
        self.assertIsNone(index_comment())
        call_command("migrate", "shop", verbosity=0)
        self.assertEqual(index_comment(), "made by 100% SQL")
        self.assertEqual(Category.objects.filter(name="café %s 100%").count(), 1)

    def test_introspection_sees_the_tables(self):
        with connection.cursor() as cur:
            columns = connection.introspection.get_table_description(cur, "shop_product")
            types = {
                c.name: connection.introspection.get_field_type(c.type_code, c)
                for c in columns
                if c.name in ("key", "attributes", "created", "price")
            }
            constraints = connection.introspection.get_constraints(cur, "shop_product")
        self.assertEqual(
            types,
            {
                "key": "UUIDField",
                "attributes": "JSONField",
                "created": "DateTimeField",
                "price": "DecimalField",
            },
        )
        self.assertEqual(constraints["one_name_a_category"]["columns"], ["category_id", "name"])
        price = next(c for c in columns if c.name == "price")
        self.assertEqual((price.precision, price.scale), (10, 2))

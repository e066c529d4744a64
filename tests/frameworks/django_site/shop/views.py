import json
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from .models import Product


def products(request: HttpRequest) -> JsonResponse:
    if request.method == "POST":
        body = json.loads(request.body)
        product = Product.objects.create(
            name=body["name"],
            price=Decimal(body["price"]),
            stock=body.get("stock", 0),
            attributes=body.get("attributes", {}),
            created=timezone.now(),
        )
        return JsonResponse({"key": product.key}, status=201)
    found = Product.objects.filter(name__icontains=request.GET.get("q", "")).order_by("name")
    return JsonResponse({"products": list(found.values("name", "price", "stock", "attributes"))})


def buy(request: HttpRequest, key) -> JsonResponse:
    """Take one from the stock; the column's CHECK refuses to go below zero."""
    try:
        with transaction.atomic():
            Product.objects.filter(key=key).update(stock=F("stock") - 1)
    except IntegrityError as error:
        return JsonResponse({"refused": error.__cause__.diag.constraint_name}, status=409)
    with connection.cursor() as cur:
        cur.execute("SELECT stock FROM shop_product WHERE key = %s", [key])
        return JsonResponse({"stock": cur.fetchone()[0]})

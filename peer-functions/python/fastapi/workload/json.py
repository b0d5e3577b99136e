"""The workload `json`: adds up an order."""

from collections import Counter
from math import isfinite
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from refusal import Refusal

BODY_LIMIT = 2 * 1024 * 1024
DEEPEST = 64


class Strict(BaseModel):
    # Other keys are of no interest, but are looked into for what is no JSON and for how deep they go.
    model_config = ConfigDict(strict=True, extra="allow")


class Item(Strict):
    id: str
    quantity: Annotated[int, Field(ge=0, le=10_000)]
    price_cents: Annotated[int, Field(ge=0, le=10_000_000)]
    tags: list[str]


class Order(Strict):
    items: list[Item]


class Total(BaseModel):
    id: str
    total_cents: int


class Summary(BaseModel):
    count: int
    quantity: int
    total_cents: int
    tags: dict[str, int]
    items: list[Total]


async def limited_body(request: Request) -> bytes:
    body = bytearray()
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size <= BODY_LIMIT:
            body += piece
        elif size > 4 * BODY_LIMIT:
            break
    if size > BODY_LIMIT:
        raise Refusal(413, f"The body is larger than {BODY_LIMIT} bytes.", closes=size > 4 * BODY_LIMIT)
    return bytes(body)


async def order(body: Annotated[bytes, Depends(limited_body)]) -> Order:
    # FastAPI's own parsing would want a content type, and have no limits.
    try:
        order = Order.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the body"
        raise Refusal(400, f"The body is not an order: {place}: {first['msg']}.") from error
    refuse_odd(order.model_extra, DEEPEST)
    for item in order.items:
        # An item is the third level.
        refuse_odd(item.model_extra, DEEPEST - 2)
    return order


def refuse_odd(value, levels):
    """Refuses NaN and infinity, which pydantic takes for JSON, and what is nested deeper than so many levels."""
    if isinstance(value, float) and not isfinite(value):
        raise Refusal(400, "The body has a number that JSON has not.")
    if not isinstance(value, (dict, list)):
        return
    if levels == 0:
        raise Refusal(400, f"The body is nested more than {DEEPEST} deep.")
    for child in value.values() if isinstance(value, dict) else value:
        refuse_odd(child, levels - 1)


async def answer(order: Annotated[Order, Depends(order)]) -> Summary:
    totals = [Total(id=item.id, total_cents=item.quantity * item.price_cents) for item in order.items]
    return Summary(
        count=len(totals),
        quantity=sum(item.quantity for item in order.items),
        total_cents=sum(total.total_cents for total in totals),
        tags=Counter(tag for item in order.items for tag in item.tags),
        # Stable also in reverse: equal ones stay in the order of the request.
        items=sorted(totals, key=lambda total: total.total_cents, reverse=True),
    )

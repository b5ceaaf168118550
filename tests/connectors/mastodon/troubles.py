"""What can befall one request, and what the client then gets to see."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum

from aiohttp import web


class Trouble(StrEnum):
    """What befalls one request."""

    LATE = "the answer comes after the client's patience"
    SLOW = "it is done, and the answer comes once it is let go"
    HALF = "half of the body, then the end"
    HTML = "a page with 200"
    EMPTY = "nothing with 200"
    WRONG_SHAPE = "JSON of another kind"
    BROKEN_JSON = "JSON that breaks off"
    TOO_BIG = "a body without end"
    ERROR = "500, and it was not done"
    ERROR_AFTER = "500, though it was done"
    BAD_GATEWAY = "502 with a page"
    UNAVAILABLE = "503"
    TOO_MANY = "429 with an ISO reset"
    TOO_MANY_PLAIN = "429 that says nothing"
    DEAD_KEY = "401"
    NO_SCOPE = "403"
    GONE = "404"
    GONE_HTML = "404 with a page"
    INVALID = "422"
    TOO_LONG = "422, too long"
    BLOCKED = "403, blocked"
    MOVED = "301 elsewhere"
    DROP_BEFORE = "the connection closes before it is done"
    DROP_AFTER = "it is done and the connection closes before the answer"


AFTER = frozenset(
    {
        Trouble.LATE,
        Trouble.HALF,
        Trouble.HTML,
        Trouble.EMPTY,
        Trouble.WRONG_SHAPE,
        Trouble.BROKEN_JSON,
        Trouble.TOO_BIG,
        Trouble.ERROR_AFTER,
        Trouble.DROP_AFTER,
    }
)
"""Troubles that come when the request was already done."""


async def befallen(
    request: web.Request, trouble: Trouble, *, now: datetime, released: asyncio.Event
) -> web.StreamResponse:
    """The answer to a request that a trouble befalls."""
    page = "<!DOCTYPE html><html><head><title>x</title></head><body><h1>We're sorry</h1>"
    match trouble:
        case Trouble.LATE:
            await released.wait()
            return web.json_response({})
        case Trouble.HALF:
            response = web.StreamResponse(headers={"Content-Length": "4000"})
            response.content_type = "application/json"
            await response.prepare(request)
            await response.write(b'{"id": "12')
            _drop(request)
            return response
        case Trouble.DROP_BEFORE | Trouble.DROP_AFTER:
            _drop(request)
            return web.Response()
        case Trouble.HTML:
            return web.Response(text=page, content_type="text/html")
        case Trouble.EMPTY:
            return web.Response(text="", content_type="application/json")
        case Trouble.WRONG_SHAPE:
            return web.json_response(["unexpected"])
        case Trouble.BROKEN_JSON:
            return web.Response(text='{"id": "1', content_type="application/json")
        case Trouble.TOO_BIG:
            response = web.StreamResponse()
            await response.prepare(request)
            with suppress(ConnectionError):
                while True:
                    await response.write(b"x" * 262_144)
            return response
        case Trouble.ERROR | Trouble.ERROR_AFTER:
            return web.json_response({"error": "Something went wrong"}, status=500)
        case Trouble.BAD_GATEWAY:
            return web.Response(status=502, text=page, content_type="text/html")
        case Trouble.UNAVAILABLE:
            return web.Response(status=503, headers={"Retry-After": "30"})
        case Trouble.TOO_MANY:
            until = now + timedelta(seconds=90)
            return web.json_response(
                {"error": "Too many requests"},
                status=429,
                headers={
                    "X-RateLimit-Limit": "300",
                    "X-RateLimit-Remaining": "0",
                    "X-RateLimit-Reset": until.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                },
            )
        case Trouble.TOO_MANY_PLAIN:
            return web.json_response({}, status=429)
        case Trouble.DEAD_KEY:
            return web.json_response({"error": "The access token is invalid"}, status=401)
        case Trouble.NO_SCOPE:
            return web.json_response(
                {"error": "This action is outside the authorized scopes"}, status=403
            )
        case Trouble.GONE:
            return web.json_response(
                {"error": "The post you are trying to reply to does not appear to exist."},
                status=404,
            )
        case Trouble.GONE_HTML:
            return web.Response(status=404, text=page, content_type="text/html")
        case Trouble.INVALID:
            return web.json_response({"error": "Validation failed: Something else"}, status=422)
        case Trouble.TOO_LONG:
            return web.json_response(
                {"error": "Validation failed: Text character limit of 500 exceeded"},
                status=422,
            )
        case Trouble.BLOCKED:
            return web.json_response({"error": "You are blocked by this user"}, status=403)
        case Trouble.MOVED:
            return web.Response(status=301, headers={"Location": "https://evil.example/"})


def _drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()

"""Hands one message over by SMTP, once, and says what is known of it afterwards.

Until the dot that ends a message, a server has nothing (RFC 5321, 4.1.1.4): what breaks before is
`Unreachable`. What breaks while the message is under way is `Doubtful`. In between stands the
server's word: 2xx taken, 4xx not now, 5xx no.
"""

from __future__ import annotations

import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from aiosmtplib import (
    SMTP,
    SMTPConnectResponseError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from connectors.contract import (
    Clock,
    Doubtful,
    Reason,
    Refused,
    SlowDown,
    Unauthorised,
    Unreachable,
)
from connectors.html import sentence
from connectors.mail.places import Guard, Place, Places, not_accepted, untrusted

CONNECT_SECONDS = 15.0
LAST_WORD = 2.0
"""How many times longer than another answer the one to a whole message may take."""
AGAIN_AFTER = timedelta(minutes=2)
_ENHANCED = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message for one person, in full."""

    sender: str
    to: str
    raw: bytes
    key: str
    """Comes back with a bounce, where the server can do that (RFC 3461, ENVID)."""


class Handover:
    """One connection to the server that takes our mail."""

    def __init__(self, places: Places, clock: Clock) -> None:
        self._places = places
        self._where = places.smtp.host
        self._clock = clock
        self._smtp: SMTP | None = None

    async def sign_in(self, secret: str) -> None:
        """Connect and sign in. Raises `Unreachable`, `SlowDown` and `Unauthorised`."""
        place = self._places.smtp
        try:
            smtp = self._smtp = _client(place, self._places.answer_seconds)
            await smtp.connect()
            await smtp.ehlo()
            if place.guard is Guard.STARTTLS:
                if not smtp.supports_extension("starttls"):
                    raise Unreachable(
                        f"{self._where} offers no encryption, so neither the password nor the "
                        "message was sent. Check the server and port, or set smtp_security."
                    )
                await smtp.starttls()
                await smtp.ehlo()
        except SMTPConnectResponseError as no:
            raise self._not_now(no) from None
        except ssl.SSLCertVerificationError as error:
            raise untrusted(self._where, error) from None
        except (SMTPException, OSError, TimeoutError) as error:
            cause = error.__cause__ or error.__context__
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise untrusted(self._where, cause) from None
            raise self._unreachable() from None
        await self._authenticate(smtp, secret)

    async def _authenticate(self, smtp: SMTP, secret: str) -> None:
        user = self._places.user
        try:
            if self._places.xoauth2:
                await smtp.auth_xoauth2(user, secret)
            elif "plain" in smtp.supported_auth_methods:
                await smtp.auth_plain(user, secret)
            else:
                await smtp.login(user, secret)
        except SMTPResponseException as no:
            if 400 <= no.code < 500:
                raise self._not_now(no) from None
            if no.code < 0:
                raise self._unreachable() from None
            raise not_accepted(self._where, self._places, _said(no), " for sending") from None
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError):
            raise self._unreachable() from None
        except SMTPException:
            raise Unauthorised(
                f"{self._where} offers no way to sign in that Greenroom knows. Nothing was sent. "
                "Check the server and port with “greenroom account add mail”."
            ) from None

    async def hand_over(self, letter: Letter) -> None:
        """Give it the message. Returning means that the server has taken it. Raises
        `ConnectorError`, as `send` does."""
        smtp = self._smtp
        if smtp is None:
            raise self._unreachable()
        returns = smtp.supports_extension("dsn")
        try:
            options = [f"ENVID={_xtext(letter.key)}", "RET=HDRS"] if returns else []
            if smtp.supports_extension("size"):
                options.append(f"SIZE={len(letter.raw)}")
            await smtp.mail(letter.sender, options=options)
            await smtp.rcpt(letter.to, options=["NOTIFY=FAILURE"] if returns else [])
        except SMTPResponseException as no:
            raise self._answered(no) from None
        except (SMTPException, OSError):
            raise self._unreachable() from None
        except (ValueError, UnicodeError):
            raise Refused(
                f"“{letter.to}” is not an address that mail can be sent to. Nothing was sent.",
                reason=Reason.NOT_ACCEPTED,
            ) from None
        try:
            await smtp.data(letter.raw, timeout=self._places.answer_seconds * LAST_WORD)
        except SMTPResponseException as no:
            raise self._answered(no) from None
        except (SMTPException, OSError):
            raise Doubtful(
                f"The connection to {self._where} was lost while the message was under way, so it "
                "may have left. Greenroom looks for it in the folder of sent mail."
            ) from None

    async def close(self) -> None:
        """Let go, politely where that is possible."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        with suppress(SMTPException, OSError, TimeoutError):
            if smtp.is_connected:
                await smtp.quit(timeout=2.0)
        with suppress(SMTPException, OSError):
            smtp.close()

    # --- what an answer means -----------------------------------------------------------------

    def _answered(self, no: SMTPResponseException) -> Exception:
        if 400 <= no.code < 500:
            return self._not_now(no)
        said = _said(no)
        if not 500 <= no.code < 600:
            return Doubtful(
                f"{self._where} answered something that can't be understood ({said}), so the "
                "message may have left. Greenroom looks for it in the folder of sent mail."
            )
        if no.code == 530:
            return Unauthorised(
                f"{self._where} wants us to sign in first: {said}. Nothing was sent. Sign in again "
                "with “greenroom account add mail”."
            )
        return Refused(
            f"{self._where} refused the message: {said}. It was not sent.", reason=reason_of(no)
        )

    def _not_now(self, no: SMTPResponseException) -> Exception:
        if no.code >= 500:
            return Unreachable(
                f"{self._where} doesn't speak to us: {_said(no)}. Nothing was sent; it is tried "
                "again by itself."
            )
        return SlowDown(
            f"{self._where} can't take the message just now: {_said(no)}. Nothing was sent; it is "
            "tried again by itself.",
            until=self._clock() + AGAIN_AFTER,
        )

    def _unreachable(self) -> Unreachable:
        happened = f"The server for sending, {self._where}, can't be reached."
        return Unreachable(
            f"{happened} Nothing was sent; it is tried again by itself.", happened=happened
        )


def _client(place: Place, answer_seconds: float) -> SMTP:
    return SMTP(
        hostname=place.host,
        port=place.port,
        # The name of this machine is nobody's business.
        local_hostname="[127.0.0.1]",
        use_tls=place.guard is Guard.TLS,
        start_tls=False,
        tls_context=None if place.guard is Guard.PLAIN else place.trust(),
        timeout=min(answer_seconds, CONNECT_SECONDS) if answer_seconds < 1 else answer_seconds,
    )


def reason_of(no: SMTPResponseException) -> Reason:
    """Why a server said no, by its code (RFC 3463, RFC 5321)."""
    found = _ENHANCED.match(no.message)
    detail = found[1][2:] if found else ""
    if (no.code == 552 and not detail.startswith("2.2")) or detail == "3.4":
        return Reason.TOO_LONG
    if detail.startswith("7.") or (no.code in (551, 553) and not detail):
        return Reason.NOT_ALLOWED
    if detail.startswith(("1.", "2.")):
        return Reason.NOT_ACCEPTED
    return Reason.UNKNOWN


def _said(no: SMTPResponseException) -> str:
    text = no.message.encode("utf-8", "replace").decode("utf-8")
    return sentence(f"{no.code} {text}" if no.code > 0 else text).rstrip(".")


def _xtext(key: str) -> str:
    return "".join(
        sign if "!" <= sign <= "~" and sign not in "+=" else f"+{byte:02X}"
        for sign in key
        for byte in sign.encode()[:1]
    )

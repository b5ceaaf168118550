"""Dovecot and postfix from Debian, extracted and run without touching the system.

Both look for parts of theirs at fixed places, so each is started in a view of the file system of
its own, in which what was extracted lies over the system's folders (a mount namespace: root makes
it, it ends with its process, and nobody else sees it). Each run has its own folder, ports,
certificate and people. Dovecot runs as an ordinary user; the master of postfix has to be root, so
these tests need root, as installing the Secret Service does. Postfix files a copy of all that the
shop sends into the shop's folder of sent mail, as large providers do.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.servers.install import NotInstalled, ready
from tests.servers.running import Running, free_port

VERSION = "dovecot 2.3, postfix 3.7"
PACKAGES = (
    "dovecot-core", "dovecot-imapd", "dovecot-lmtpd", "postfix", "libwrap0", "libexttextcat-2.0-0",
)  # fmt: skip
PEOPLE = ("support", "ana", "budi")
DOMAIN = "example.test"
PASSWORD = "of-the-tests-"
DOVECOT_USER = "mail"
POSTFIX_USER = "news"
POSTFIX_GROUP = "uucp"


def install(into: Path) -> None:
    """Download the packages and extract them."""
    if os.geteuid() != 0:
        raise NotInstalled("postfix runs as root only; run the tests of e-mail as root")
    lists, cache = into / "apt/lists", into / "apt/cache"
    for part in (lists / "partial", cache / "archives/partial"):
        part.mkdir(parents=True, exist_ok=True)
    options = [
        *("-o", f"Dir::State::lists={lists}"),
        *("-o", f"Dir::Cache={cache}"),
        *("-o", "APT::Sandbox::User=root"),
    ]
    _run(["apt-get", "-qq", *options, "update"], into)
    _run(["apt-get", "-qq", *options, "download", *PACKAGES], into)
    for package in into.glob("*.deb"):
        _run(["dpkg-deb", "-x", str(package), str(into / "root")], into)
        package.unlink()
    shutil.rmtree(into / "apt", ignore_errors=True)


def _run(command: list[str], where: Path) -> None:
    try:
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NotInstalled(f"{command[0]} isn't on this machine") from None
    if done.returncode:
        raise NotInstalled(f"{' '.join(command[:3])}: {done.stderr.strip()[-500:]}")


class MailServer:
    """One dovecot and one postfix with three people, whose passwords are `PASSWORD` and name."""

    def __init__(self) -> None:
        root = ready("mail_server") / "root"
        # The path of its sockets has to be short, and its users have to reach it.
        self.folder = Path(tempfile.mkdtemp(prefix="gr-mail-"))
        self.folder.chmod(0o755)
        self.imap, self.imaps, self.lmtp, self.auth = (free_port() for _ in range(4))
        self._numbers = count()
        self.issuer = TokenIssuer()
        self.tokens = self.issuer.tokens
        self.smtp, self.smtps = free_port(), free_port()
        self.certificate = self.folder / "cert.pem"
        self._write()
        owner = pwd.getpwnam(DOVECOT_USER)
        self._dovecot = Running(
            [
                *_as_if_installed(root), "setpriv", f"--reuid={owner.pw_uid}",
                f"--regid={owner.pw_gid}", "--clear-groups",
                "/usr/sbin/dovecot", "-F", "-c", str(self.folder / "dovecot.conf"),
            ],
            port=self.imap,
            log=self.folder / "dovecot.out",
        )  # fmt: skip
        self._postfix = Running(
            [
                *_as_if_installed(root), "/usr/lib/postfix/sbin/master",
                "-c", str(self.folder / "etc"), "-d",
            ],
            port=self.smtp,
            log=self.folder / "postfix.out",
        )  # fmt: skip

    async def start(self) -> None:
        await self._dovecot.start()
        await self._postfix.start()

    def away(self) -> None:
        """Stop all and remove their folder."""
        self.issuer.away()
        self._postfix.kill()
        self._dovecot.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """What both have said."""
        return "\n".join(
            one.read_text(errors="replace")
            for one in (
                *self.folder.glob("*.out"),
                *self.folder.glob("*.log"),
                *self.folder.glob("state/*.log"),
            )
        )

    # --- their folders ------------------------------------------------------------------------

    def empty(self) -> None:
        """Take every mail away and give everybody their password back."""
        homes = self.folder / "homes"
        # A process that still lets go of a folder there keeps it.
        homes.rename(self.folder / f"homes.{next(self._numbers)}")
        self.tokens.clear()
        self._owned(homes, DOVECOT_USER)
        self.passwords(PEOPLE)

    def passwords(self, people: tuple[str, ...]) -> None:
        """Who may sign in."""
        users = self.folder / "users"
        fresh = users.with_suffix(".new")
        fresh.write_text(
            "".join(f"{name}@{DOMAIN}:{{PLAIN}}{PASSWORD}{name}::::::\n" for name in people)
        )
        fresh.chmod(0o644)
        # It is read again when its second changes.
        second = 1_000_000_000 + next(self._numbers)
        os.utime(fresh, (second, second))
        fresh.replace(users)

    def _owned(self, place: Path, name: str) -> Path:
        place.mkdir(parents=True, exist_ok=True)
        owner = pwd.getpwnam(name)
        os.chown(place, owner.pw_uid, owner.pw_gid)
        return place

    def _write(self) -> None:
        here = self.folder
        for part in ("run", "state", "homes"):
            self._owned(here / part, DOVECOT_USER)
        self.passwords(PEOPLE)
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout", str(here / "key.pem"), "-out", str(self.certificate),
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip
        (here / "key.pem").chmod(0o644)
        (here / "dovecot.conf").write_text(_dovecot(self))
        (here / "oauth2.conf").write_text(
            f"introspection_mode = get\nintrospection_url = {self.issuer.url}/?token=\n"
            "active_attribute = active\nactive_value = true\nusername_attribute = email\n"
        )
        etc = here / "etc"
        etc.mkdir()
        (etc / "main.cf").write_text(_main(self))
        (etc / "master.cf").write_text(_master(self))
        # "queue/pid" belongs to root, the rest to postfix's own user.
        queue = here / "queue"
        queue.mkdir()
        (queue / "pid").mkdir()
        for part in (
            "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
            "private", "saved", "trace",
        ):  # fmt: skip
            self._owned(queue / part, POSTFIX_USER).chmod(0o700)
        for part in ("public", "maildrop"):
            self._owned(queue / part, POSTFIX_USER).chmod(0o755)
        self._owned(here / "data", POSTFIX_USER)


class TokenIssuer:
    """Says of an access token whose it is (RFC 7662): dovecot asks it at each sign-in, for postfix
    as well."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}
        """token -> address, of those that are good at this moment"""
        tokens = self.tokens

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
                whose = tokens.get(token)
                said = {"active": "true", "email": whose} if whose else {"active": "false"}
                body = json.dumps(said).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Nothing: a token stands in the address."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def away(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()


def _as_if_installed(root: Path) -> list[str]:
    """Runs a command where what was extracted lies over the system's own folders."""
    mounts = [
        f"mount -t overlay overlay -o lowerdir={root / place}:/{place} /{place}"
        for place in ("usr/lib", "usr/bin", "usr/sbin")
    ]
    return ["unshare", "-m", "sh", "-c", " && ".join([*mounts, 'exec "$@"']), "sh"]


def _dovecot(server: MailServer) -> str:
    here = server.folder
    return f"""
base_dir = {here}/run
state_dir = {here}/state
log_path = {here}/state/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {DOVECOT_USER}
default_login_user = {DOVECOT_USER}
default_internal_group = {DOVECOT_USER}
first_valid_uid = 1
mail_uid = {DOVECOT_USER}
mail_gid = {DOVECOT_USER}
mail_location = maildir:{here}/homes/%n
mail_fsync = never
mailbox_idle_check_interval = 1 secs
auth_failure_delay = 0
auth_mechanisms = plain login xoauth2
auth_cache_size = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{here}/cert.pem
ssl_key = <{here}/key.pem
ssl_dh =
recipient_delimiter = +
lmtp_save_to_detail_mailbox = yes
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {here}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {here}/users
}}
userdb {{
  driver = static
  args = uid={DOVECOT_USER} gid={DOVECOT_USER} home={here}/homes/%n/home
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {{
    port = {server.imap}
  }}
  inet_listener imaps {{
    port = {server.imaps}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 64
  service_count = 0
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0
  }}
  inet_listener lmtp {{
    port = {server.lmtp}
  }}
}}
service auth {{
  inet_listener auth {{
    port = {server.auth}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


def _main(server: MailServer) -> str:
    here = server.folder
    return f"""
compatibility_level = 3.6
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = {here}/etc
queue_directory = {here}/queue
data_directory = {here}/data
mail_owner = {POSTFIX_USER}
setgid_group = {POSTFIX_GROUP}
default_privs = nobody
maillog_file = {here}/postfix.log
maillog_file_prefixes = {here}
mynetworks_style = host
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.{DOMAIN}
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_maps = static:ok
virtual_transport = lmtp:inet:127.0.0.1:{server.lmtp}
lmtp_destination_recipient_limit = 1
recipient_delimiter = +
default_transport = error:no outside delivery in tests
sender_bcc_maps = inline:{{support@{DOMAIN}=support+Sent@{DOMAIN}}}
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{server.auth}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions =
smtpd_tls_security_level = may
smtpd_tls_cert_file = {here}/cert.pem
smtpd_tls_key_file = {here}/key.pem
smtpd_peername_lookup = no
smtputf8_enable = no
disable_dns_lookups = yes
message_size_limit = 30000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
in_flow_delay = 0
"""


def _master(server: MailServer) -> str:
    rows = [
        f"127.0.0.1:{server.smtp} inet n - n - 20 smtpd",
        f"127.0.0.1:{server.smtps} inet n - n - 20 smtpd -o smtpd_tls_wrappermode=yes",
        "cleanup unix n - n - 0 cleanup",
        "qmgr unix n - n 300 1 qmgr",
        "tlsmgr unix - - n 1000? 1 tlsmgr",
        "rewrite unix - - n - - trivial-rewrite",
        "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce",
        "trace unix - - n - 0 bounce",
        "verify unix - - n - 1 verify",
        "flush unix n - n 1000? 0 flush",
        "proxymap unix - - n - - proxymap",
        "error unix - - n - - error",
        "retry unix - - n - - error",
        "discard unix - - n - - discard",
        "lmtp unix - - n - - lmtp",
        "anvil unix - - n - 1 anvil",
        "scache unix - - n - 1 scache",
        "postlog unix-dgram n - n - 1 postlogd",
    ]
    return "\n".join(rows) + "\n"

"""Keyrings with a temper, chosen through keyring's own mechanism (`PYTHON_KEYRING_BACKEND`)."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringLocked, NoKeyringError


class _Temper(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def get_password(self, service, username):
        raise NotImplementedError

    def set_password(self, service, username, password):
        self.get_password(service, username)

    def delete_password(self, service, username):
        self.get_password(service, username)


class InFile(_Temper):
    """Works, in the file that FAKE_KEYRING names, so that other processes see it too."""

    @staticmethod
    def _file():
        return Path(os.environ["FAKE_KEYRING"])

    def _kept(self):
        return json.loads(self._file().read_text()) if self._file().exists() else {}

    def get_password(self, service, username):
        return self._kept().get(f"{service}/{username}")

    def set_password(self, service, username, password):
        self._file().write_text(json.dumps({**self._kept(), f"{service}/{username}": password}))

    def delete_password(self, service, username):
        kept = self._kept()
        del kept[f"{service}/{username}"]
        self._file().write_text(json.dumps(kept))


class Missing(_Temper):
    """No service at all."""

    def get_password(self, service, username):
        raise NoKeyringError("No recommended backend was available.")


class Locked(_Temper):
    """Locked, and nobody to unlock it."""

    def get_password(self, service, username):
        raise KeyringLocked("Failed to unlock the collection!")


class Unopened(_Temper):
    """A service without a collection."""

    def get_password(self, service, username):
        raise InitError("Failed to open the default collection")


class Forgetful(_Temper):
    """Takes everything and keeps nothing."""

    def get_password(self, service, username):
        return None

    def set_password(self, service, username, password):
        pass


class Broken(_Temper):
    """Fails with an error of its own that tells what it was given."""

    def get_password(self, service, username):
        raise RuntimeError("bus gone")

    def set_password(self, service, username, password):
        raise RuntimeError(f"could not keep {password}")


class Hanging(_Temper):
    """Never answers, until the test lets it."""

    released = threading.Event()

    def get_password(self, service, username):
        self.released.wait()
        return

"""The networks by name. A network's module is imported only when an account uses it."""

from __future__ import annotations

from importlib import import_module

from connectors.contract import Connector

NETWORKS = {
    "bluesky": "connectors.bluesky.connector:Bluesky",
    "mail": "connectors.mail.connector:Mail",
    "mastodon": "connectors.mastodon.connector:Mastodon",
    "matrix": "connectors.matrix.connector:Matrix",
    "stage": "connectors.stage.connector:Stage",
    "telegram": "connectors.telegram.connector:Telegram",
}
"""Name in the configuration -> `module:Class`."""


class UnknownNetwork(LookupError):
    """No connector has this name."""


def connector_class(network: str) -> type[Connector]:
    """The connector's class for a network. Raises `UnknownNetwork`."""
    try:
        module, _, name = NETWORKS[network].partition(":")
    except KeyError:
        known = ", ".join(sorted(NETWORKS))
        raise UnknownNetwork(
            f"No network is called {network!r}; Greenroom knows {known}."
        ) from None
    found: type[Connector] = getattr(import_module(module), name)
    return found

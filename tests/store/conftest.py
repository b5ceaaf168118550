"""A fresh desk for every test."""

from __future__ import annotations

import pytest

from tests.store.desk import DeskOnDisk


@pytest.fixture
def desk(tmp_path):
    made = DeskOnDisk(tmp_path)
    yield made
    made.close()

"""Errors of SQLite are translated."""

import os
import signal
import threading
from pathlib import Path

import pytest

from semsearch.store.record.sqlite import connected, transaction

# Seconds of hashing, one row after another.
LONG = """
    with recursive number(n) as (select 1 union all select n + 1 from number where n < 3000000)
    select count(row_hash(n)) from number
"""


@pytest.mark.skipif(os.name != "posix", reason="no such signals on this system")
@pytest.mark.parametrize("is_in_transaction", [False, True])
def test_ctrl_c_while_a_hash_is_computed_is_no_damage(
    tmp_path: Path, is_in_transaction: bool
) -> None:
    """Ctrl-C within ``row_hash`` raises KeyboardInterrupt, and the connection still works."""
    (tmp_path / "a.sqlite").touch()
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    with connected(tmp_path / "a.sqlite", "rw") as connection:
        connection.execute("create table t (n integer)")

        def interrupted() -> None:
            timer.start()
            if is_in_transaction:
                with transaction(connection):
                    connection.execute("insert into t values (1)")
                    connection.execute(LONG).fetchone()
            else:
                with connected(tmp_path / "a.sqlite", "ro") as other:
                    other.execute(LONG).fetchone()

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        with transaction(connection):
            connection.execute("insert into t values (2)")
        assert connection.execute("select n from t").fetchall() == [(2,)]

"""What PostgreSQL and its client report, as errors of semsearch with the next step."""

from typing import TYPE_CHECKING, Final

from semsearch.errors import EngineError, EngineRefused, EngineUnreachable

if TYPE_CHECKING:
    import psycopg

# SQLSTATE → what to do (PostgreSQL's manual, appendix A).
_NEXT_STEPS: Final = {
    "25006": "a standby only answers: publish to the primary server",
    "3F000": "publish into the collection first, or look at its name after the #",
    "42P01": "publish into the collection first, or look at its name after the #",
    "42501": "ask the owner of the collection for the right; the manual lists those that readers"
    " and publishers need",
    "53100": "the server's disk is full: make space there, then publish again",
    "53200": "the server has too little memory for this",
    "54000": "the server has too little memory for this, or a limit of it is reached",
    "55P03": "another session holds a lock: look at pg_stat_activity, then try again",
    "XX001": "the server's data are damaged: restore them, or drop the schema and publish again",
    "XX002": "the server's data are damaged: restore them, or drop the schema and publish again",
}
# A call that failed so may be carried out when it is repeated: serialization failure, deadlock, a
# key or an object that another publisher has just made, too many connections, a server that stops
# or starts.
_PASSING: Final = ("40001", "40P01", "23505", "42710", "42P06", "42P07", "53300", "57P0", "08")
_STATEMENT_TIMEOUT: Final = "57014"
# The client reports no SQLSTATE of a connection that is not made; these are words of the server.
_BUSY: Final = ("starting up", "shutting down", "recovery mode", "too many", "connection slots")
_WORDS: Final = (
    ("password authentication failed", "look at user and password in the URI"),
    ("no password supplied", "name the password in the URI, in ~/.pgpass or in PGPASSWORD"),
    ("pg_hba.conf", "the server does not let this user in from here"),
    ("certificate", "look at sslmode and sslrootcert in the URI"),
    ("SSL", "look at sslmode and sslrootcert in the URI"),
    ("invalid", "look at the parameters after the ? of the URI"),
    ("database", "look at the name of the database in the URI, or have it made: createdb NAME"),
    ("role", "look at the user in the URI"),
)


class Failure(Exception):
    """A call that failed: the error for a person, and whether a repetition may be carried out."""

    def __init__(self, error: EngineError, is_passing: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.is_passing = is_passing


def of_statement(error: "psycopg.Error", place: str, seconds: float) -> Failure:
    """The failure of a statement, which may take so many seconds."""
    state = error.sqlstate
    if state is None:  # no answer of the server
        return Failure(_unreachable(place, _first_line(error)), is_passing=True)
    if state == _STATEMENT_TIMEOUT:
        return Failure(no_answer(place, seconds), is_passing=False)
    said = error.diag.message_primary or _first_line(error)
    if state.startswith(("57P0", "08", "53300")):
        return Failure(_unreachable(place, said), is_passing=True)
    step = _NEXT_STEPS.get(state)
    message = f"{place} refuses: {said} ({state})" + (f"; {step}" if step else "")
    return Failure(EngineRefused(message), state.startswith(_PASSING))


def of_connection(error: "psycopg.Error", place: str, secrets: list[str], again: bool) -> Failure:
    """The failure to connect; ``again`` after a connection that was dropped."""
    said = _telling_line(str(error))
    for secret in secrets:
        said = said.replace(secret, "***")
    if any(words in said for words in _BUSY):
        return Failure(_unreachable(place, said), is_passing=True)
    for words, step in _WORDS:
        if words in said:
            return Failure(EngineRefused(f"{place} refuses: {said}; {step}"), is_passing=False)
    if "FATAL" in said:  # it has answered
        return Failure(EngineRefused(f"{place} refuses: {said}"), is_passing=False)
    return Failure(_unreachable(place, said), is_passing=again)


def no_answer(place: str, seconds: float) -> EngineUnreachable:
    """The error of a call that took too long."""
    return EngineUnreachable(
        f"{place} has given no answer within {seconds:g} s; look what keeps the server busy, then"
        " try again; read_seconds limits how long an answer may take"
    )


def _unreachable(place: str, said: str) -> EngineUnreachable:
    return EngineUnreachable(
        f"{place} cannot be reached: {said}; look whether the server runs, then try again"
    )


def _telling_line(message: str) -> str:
    """Of several attempts (at the addresses of a host) the one that a server has answered."""
    lines = [line.strip(" -\t") for line in message.splitlines()]
    failed = [line for line in lines if "failed: " in line] or [line for line in lines if line]
    said = next((line for line in failed if "FATAL" in line), failed[0] if failed else "no answer")
    return said.removeprefix("connection failed: ")


def _first_line(error: "psycopg.Error") -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].strip()

"""URIs of collections: what is shown of them."""

import pytest

from semsearch.errors import SettingsError
from semsearch.settings.secrets import without_passwords
from semsearch.store.collection.uri import collection_uri, has_secret, shown_place

PASSWORDS = "se/cret se#cret s@e/cret s@e:cret se?cret [secret s?a=b 12/secret".split()


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("start", ["postgresql://ann:", "milvus:https://root:"])
def test_a_password_with_signs_of_an_address_is_not_shown(start: str, password: str) -> None:
    """Also where such an address cannot be read."""
    uri = f"{start}{password}@db.example/team"
    assert shown_place(uri) == f"{start}***@db.example/team"
    try:
        told = str(collection_uri(uri))
    except SettingsError as error:
        told = str(error)
    assert not any(part in told for part in ("cret", "secret", "a=b"))


@pytest.mark.parametrize("password", [one for one in PASSWORDS if one != "12/secret"])
def test_a_message_has_no_password(password: str) -> None:
    """Up to the last @ of a word; the rest of the message stays."""
    told = without_passwords(f"see postgresql://ann:{password}@db.example/team#docs now")
    assert told == "see postgresql://ann:***@db.example/team#docs now"


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql:///team?host=/run/postgresql",
        "postgresql://ann@db.example:5432/team#docs/a@b",
        "postgresql://db.example:5432/team?sslrootcert=/srv/x@y/root.pem",
        "postgresql://[::1]:5432/team",
        "milvus:/home/ann@example/m.db#docs/a@b",
        "milvus:https://milvus.example:19530/team",
    ],
)
def test_an_address_without_a_password_is_shown_as_it_is(uri: str) -> None:
    """Whatever signs it has, in messages, too."""
    assert (shown_place(uri), has_secret(uri)) == (uri, False)
    assert str(collection_uri(uri)) == uri
    assert without_passwords(f"see {uri} now") == f"see {uri} now"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("milvus:https://token@milvus.example", "milvus:https://***@milvus.example"),
        ("milvus:root:secret@milvus.example", "milvus:root:***@milvus.example"),
    ],
)
def test_a_token_is_not_shown(uri: str, shown: str) -> None:
    """Milvus takes a lone user for a token; an address may lack its scheme."""
    assert shown_place(uri) == shown

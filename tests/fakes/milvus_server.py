"""A server that speaks so much of Milvus's protocol that a client can be refused by it."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from pymilvus.grpc_gen import common_pb2, milvus_pb2, milvus_pb2_grpc


class Refusing(milvus_pb2_grpc.MilvusServiceServicer):  # type: ignore[misc]
    """Refuses whoever connects, and repeats what they have sent as their token."""

    def Connect(self, request: Any, context: Any) -> Any:
        """Refuse."""
        sent = dict(context.invocation_metadata()).get("authorization")
        context.abort(grpc.StatusCode.UNAUTHENTICATED, f"wrong {sent}\nsecond line\x1b[31m")


class OfVersion(milvus_pb2_grpc.MilvusServiceServicer):  # type: ignore[misc]
    """Says of which version it is, and has no collection."""

    def __init__(self, version: str) -> None:
        self.version = version

    def Connect(self, request: Any, context: Any) -> Any:
        """Accept whoever comes."""
        return milvus_pb2.ConnectResponse(status=common_pb2.Status(), identifier=1)

    def GetVersion(self, request: Any, context: Any) -> Any:
        """The version."""
        return milvus_pb2.GetVersionResponse(status=common_pb2.Status(), version=self.version)


class Silent(OfVersion):
    """Answers no question about its collections for a second."""

    def DescribeCollection(self, request: Any, context: Any) -> Any:
        """Wait."""
        time.sleep(1)
        return milvus_pb2.DescribeCollectionResponse()


@contextmanager
def serving(servicer: milvus_pb2_grpc.MilvusServiceServicer) -> Iterator[str]:
    """The address of a server on loopback."""
    server = grpc.server(ThreadPoolExecutor(4))
    milvus_pb2_grpc.add_MilvusServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()

"""Index a folder with a library, or ask what it has indexed; as short as its guide has it.

Run by the Python of the library's own environment: NAME index FOLDER PLACE WEIGHTS, and NAME ask
PLACE WEIGHTS QUESTION, which prints the path of the nearest document. Each document is one text,
as the libraries cut none; they embed its first 256 word pieces, or 512.
"""

import json
import os
import sys
from pathlib import Path

MODEL = "sentence-transformers/all-MiniLM-L6-v2"


def documents(folder):
    """Names and texts."""
    paths = sorted(Path(folder).rglob("*.md"))
    return [str(path.relative_to(folder)) for path in paths], [
        path.read_text(encoding="utf-8") for path in paths
    ]


class Txtai:
    """``Embeddings`` on sentence-transformers' weights, with FAISS."""

    def index(self, folder, place, weights):
        from txtai import Embeddings

        embeddings = Embeddings(path=weights)
        embeddings.index(zip(*documents(folder), strict=True))
        embeddings.save(str(Path(place, "index")))

    def ask(self, place, weights, question):
        from txtai import Embeddings

        embeddings = Embeddings()
        embeddings.load(str(Path(place, "index")))
        return embeddings.search(question, 1)[0][0]


class Langchain:
    """Its FAISS store with its embedder by fastembed."""

    def _embedder(self):
        from langchain_community.embeddings import FastEmbedEmbeddings

        return FastEmbedEmbeddings(model_name=MODEL, cache_dir=os.environ["FASTEMBED_CACHE_PATH"])

    def index(self, folder, place, weights):
        from langchain_community.vectorstores import FAISS

        names, texts = documents(folder)
        sources = [{"source": name} for name in names]
        FAISS.from_texts(texts, self._embedder(), metadatas=sources).save_local(place)

    def ask(self, place, weights, question):
        from langchain_community.vectorstores import FAISS

        store = FAISS.load_local(place, self._embedder(), allow_dangerous_deserialization=True)
        return store.similarity_search(question, k=1)[0].metadata["source"]


class Chroma:
    """A persistent client and its default embedder."""

    def index(self, folder, place, weights):
        import chromadb

        names, texts = documents(folder)
        chromadb.PersistentClient(place).create_collection("notes").add(ids=names, documents=texts)

    def ask(self, place, weights, question):
        import chromadb

        collection = chromadb.PersistentClient(place).get_collection("notes")
        return collection.query(query_texts=[question], n_results=1)["ids"][0][0]


class Fastembed:
    """No store: vectors in a file, names beside them."""

    def _model(self):
        from fastembed import TextEmbedding

        return TextEmbedding(MODEL)

    def index(self, folder, place, weights):
        import numpy as np

        names, texts = documents(folder)
        np.save(Path(place, "vectors.npy"), np.stack(list(self._model().embed(texts))))
        Path(place, "names.json").write_text(json.dumps(names))

    def ask(self, place, weights, question):
        import numpy as np

        vectors = np.load(Path(place, "vectors.npy"))
        (asked,) = self._model().query_embed(question)
        return json.loads(Path(place, "names.json").read_text())[int((vectors @ asked).argmax())]


LIBRARIES = {kind.__name__.lower(): kind for kind in (Txtai, Langchain, Chroma, Fastembed)}


if __name__ == "__main__":
    name, act, *given = sys.argv[1:]
    found = getattr(LIBRARIES[name](), act)(*given)
    if act == "ask":
        print(found)

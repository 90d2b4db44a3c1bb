#!/usr/bin/env bash
# langchain-classic 1.0.8: the "unique union" of MultiQueryRetriever has a document twice, with one id.
#
# MultiQueryRetriever asks a retriever several forms of a question and returns "the unique union of all retrieved
# docs". One expects a document's id to tell which are the same. Whole documents are compared: where a retriever puts
# its score, which has no other place in a Document, into the metadata, a passage that two questions find is
# returned twice, and goes to the model twice.
# Seen: p1 twice where the metadata have a score, once where they have none.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv env
env/bin/pip install --quiet "langchain-classic==1.0.8"
cat >union.py <<'PYTHON'
from langchain_classic.retrievers import MultiQueryRetriever
from langchain_core.documents import Document
from langchain_core.language_models import FakeListLLM
from langchain_core.retrievers import BaseRetriever


class Finder(BaseRetriever):
    scores: bool

    def _get_relevant_documents(self, query, *, run_manager):
        metadata = {"score": 1 / len(query)} if self.scores else {}
        return [Document(id="p1", page_content="Three months.", metadata=metadata)]


for scores in (True, False):
    model = FakeListLLM(responses=["notice period\nhow long is the notice?"])
    union = MultiQueryRetriever.from_llm(retriever=Finder(scores=scores), llm=model)
    print([document.id for document in union.invoke("notice?")])
PYTHON
seen=$(env/bin/python union.py 2>/dev/null)
echo "$seen"
[ "$seen" = "['p1', 'p1']
['p1']" ]

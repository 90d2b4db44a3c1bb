#!/usr/bin/env bash
# llama-index-core 0.14.25: fusion takes nodes for the same by text and metadata, not by node_id.
#
# QueryFusionRetriever adds up the reciprocal ranks of a node that several questions or retrievers find. One
# expects the node_id to tell which nodes are the same. It is a hash of text and metadata: where a retriever puts
# its score, or anything else of the question, into the metadata, nothing is added up. One of the two results is
# dropped afterwards by its node_id, so that nothing shows it but the score: a passage that both found stands no
# higher than one that a single retriever found.
# Seen: "p1" with 1/60 where the metadata differ, with 2/60 where they do not.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv env
env/bin/pip install --quiet "llama-index-core==0.14.25"
cat >fusion.py <<'PYTHON'
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import NodeWithScore, TextNode


class Fixed(BaseRetriever):
    def __init__(self, metadata):
        super().__init__()
        self.metadata = metadata

    def _retrieve(self, query_bundle):
        node = TextNode(id_="p1", text="Bees keep warm in a cluster.", metadata=self.metadata)
        return [NodeWithScore(node=node, score=0.5)]


for first, second in (({"score": 0.5}, {"score": 0.25}), ({"path": "a"}, {"path": "a"})):
    fused = QueryFusionRetriever(
        [Fixed(first), Fixed(second)],
        llm=MockLLM(),
        num_queries=1,
        mode="reciprocal_rerank",
        use_async=False,
    ).retrieve("bees")
    print([(one.node_id, round(one.score, 4)) for one in fused])
PYTHON
seen=$(env/bin/python fusion.py 2>/dev/null | grep p1)
echo "$seen"
[ "$seen" = "[('p1', 0.0167)]
[('p1', 0.0333)]" ]

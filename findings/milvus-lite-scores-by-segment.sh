#!/usr/bin/env bash
# milvus-lite (PyPI) 3.2.2: BM25 scores depend on how often was flushed, so equal rows rank otherwise.
#
# BM25 weighs a word by the share of all documents that have it, and a text by its length beside the
# average of all. Lite counts both in each segment for itself, and a segment ends at each flush. So a
# collection that was written in two parts gives the same rows other scores, and another order, than
# one that was written at once. Here "rare" is in 2 documents of 9 and "common" in 4; but in the first
# of two segments "rare" is in both documents, and weighs less than "common" in the second. Seen:
# "one flush: 1 2; two flushes: 3 4", the ids of the two best of "common rare", best first.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check pymilvus==3.0.2 milvus-lite==3.2.2
cat >"$place/run.py" <<'PY'
from pymilvus import DataType, Function, FunctionType, MilvusClient

TEXTS = {
    1: "rare stone", 2: "rare wood",
    3: "common iron", 4: "common clay", 5: "common sand", 6: "common salt",
    7: "old iron", 8: "old clay", 9: "old sand",
}


def best(flushes: list[list[int]]) -> str:
    """The ids of the two best rows, written in some parts."""
    client = MilvusClient(f"parts{len(flushes)}.db")
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("text", DataType.VARCHAR, max_length=1000, enable_analyzer=True)
    schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        Function("bm25", FunctionType.BM25, input_field_names=["text"], output_field_names=["words"])
    )
    index = client.prepare_index_params()
    index.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
    client.create_collection("rows", schema=schema, index_params=index)
    for part in flushes:
        client.insert("rows", [{"id": one, "text": TEXTS[one]} for one in part])
        client.flush("rows")
    hits = client.search("rows", ["common rare"], anns_field="words", limit=6, output_fields=["id"])[0]
    client.close()
    return " ".join(str(hit["id"]) for hit in hits[:2])


print(f"one flush: {best([list(TEXTS)])}; two flushes: {best([[1, 2], [3, 4, 5, 6, 7, 8, 9]])}")
PY
cd "$place"
seen=$("$place/env/bin/python" "$place/run.py")
echo "milvus-lite 3.2.2: $seen"
[ "$seen" = "one flush: 1 2; two flushes: 3 4" ]

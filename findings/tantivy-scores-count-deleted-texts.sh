#!/usr/bin/env bash
# tantivy (PyPI) 0.27.0: a commit that deletes nine of ten documents changes no score of those left.
#
# An engineer who ranks by BM25 expects a word to be rare once the documents with it are gone.
# doc_freq, and with it each score, counts deleted documents until their segment is merged, for which
# the Python package has no call; num_docs and the count of a search do not. So the answers of an
# index depend on what it held before. Seen: "before: 100 with the word, score 0.0050; after: 10 found,
# doc_freq 100, score 0.0050; made anew: score 0.0465" (a word that all of 100 documents have, and
# then all of 10).
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check tantivy==0.27.0
cat >"$place/run.py" <<'PY'
import tantivy

builder = tantivy.SchemaBuilder()
builder.add_integer_field("id", indexed=True)
builder.add_text_field("words", tokenizer_name="whitespace")
schema = builder.build()
word = tantivy.Query.term_query(schema, "words", "moss")


def index_of(count: int) -> tantivy.Index:
    """An index of some documents, all of equal length and with one word."""
    index = tantivy.Index(schema)
    writer = index.writer(15_000_000, 1)
    for number in range(count):
        document = tantivy.Document()
        document.add_integer("id", number)
        document.add_text("words", f"some moss number{number}")
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


def score(index: tantivy.Index) -> str:
    """The score of the best document with the word."""
    return f"score {index.searcher().search(word, 1).hits[0][0]:.4f}"


index = index_of(100)
before = f"{index.searcher().doc_freq('words', 'moss')} with the word, {score(index)}"
writer = index.writer(15_000_000, 1)
for number in range(90):
    writer.delete_documents_by_term("id", number)
writer.commit()
writer.wait_merging_threads()
index.reload()
searcher = index.searcher()
found = len(searcher.search(word, 1000).hits)
after = f"{found} found, doc_freq {searcher.doc_freq('words', 'moss')}, {score(index)}"
print(f"before: {before}; after: {after}; made anew: {score(index_of(10))}")
PY
seen=$("$place/env/bin/python" "$place/run.py")
echo "tantivy 0.27.0: $seen"
expected="before: 100 with the word, score 0.0050; after: 10 found, doc_freq 100, score 0.0050;"
[ "$seen" = "$expected made anew: score 0.0465" ]

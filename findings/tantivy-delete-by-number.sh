#!/usr/bin/env bash
# tantivy (PyPI) 0.27.0: deleting documents by the term of an unsigned number deletes none, and says nothing.
#
# An engineer who gives each document an unsigned id, and deletes by it as by a text, expects the
# documents to be gone after the commit. They are all still found. By a signed number, a text or a
# query the deletion works. Seen: "unsigned 3, signed 2, text 2, by query 2" documents left of 3.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check tantivy==0.27.0
cat >"$place/run.py" <<'PY'
import tantivy


def left(kind: str, by_query: bool = False) -> int:
    """Documents left of three, after the second was deleted."""
    builder = tantivy.SchemaBuilder()
    {
        "unsigned": lambda: builder.add_unsigned_field("id", stored=True, indexed=True),
        "signed": lambda: builder.add_integer_field("id", stored=True, indexed=True),
        "text": lambda: builder.add_text_field("id", stored=True, tokenizer_name="raw"),
    }[kind]()
    schema = builder.build()
    index = tantivy.Index(schema)
    values = ["1", "2", "3"] if kind == "text" else [1, 2, 3]
    writer = index.writer(15_000_000, 1)
    for value in values:
        document = tantivy.Document()
        {"unsigned": document.add_unsigned, "signed": document.add_integer, "text": document.add_text}[
            kind
        ]("id", value)
        writer.add_document(document)
    writer.commit()
    if by_query:
        writer.delete_documents_by_query(tantivy.Query.term_query(schema, "id", values[1]))
    else:
        writer.delete_documents_by_term("id", values[1])
    writer.commit()
    index.reload()
    return index.searcher().num_docs


print(
    f"unsigned {left('unsigned')}, signed {left('signed')}, text {left('text')},"
    f" by query {left('unsigned', by_query=True)}"
)
PY
seen=$("$place/env/bin/python" "$place/run.py")
echo "tantivy 0.27.0: documents left of 3: $seen"
[ "$seen" = "unsigned 3, signed 2, text 2, by query 2" ]

#!/usr/bin/env bash
# tokenizers (PyPI) 0.23.3: a tokenizer that was saved and read again splits words in another way.
#
# One expects that Tokenizer.from_str(t.to_str()) gives the tokens of t. Scores of a Unigram model are
# written with all their digits, but read off by one unit in the last place, one in four of them (of the
# 250,002 scores of XLM-RoBERTa 65,856). Where two segmentations have equal sums, another one is chosen.
# Seen: "-7.4715776443481445 -> -7.471577644348144; ab|ab -> a|b|ab".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install -q --disable-pip-version-check tokenizers==0.23.3
cat >"$place/run.py" <<'PY'
import json

from tokenizers import Tokenizer, models


def again(tokenizer):
    return Tokenizer.from_str(tokenizer.to_str())


def score(tokenizer):
    return json.loads(tokenizer.to_str())["model"]["vocab"][1][1]


one = Tokenizer(models.Unigram([("<unk>", 0.0), ("k", -7.4715776443481445)], unk_id=0))
a, b = -16.85315704345703, -4.142640113830566
pieces = [("<unk>", 0.0), ("a", a), ("b", b), ("ab", a + b), ("ba", a + b)]
two = Tokenizer(models.Unigram(pieces, unk_id=0))
first, second = ("|".join(each.encode("abab").tokens) for each in (two, again(two)))
print(f"{score(one)!r} -> {score(again(one))!r}; {first} -> {second}")
PY
seen=$("$place/env/bin/python" "$place/run.py")
echo "$seen"
[ "$seen" = "-7.4715776443481445 -> -7.471577644348144; ab|ab -> a|b|ab" ]

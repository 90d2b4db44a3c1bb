#!/usr/bin/env bash
# wordllama (PyPI) 0.4.0.post1: asks the network for the tokenizer that its wheel has.
#
# The wheel has weights and tokenizer, "no download": wordllama/weights/ and wordllama/tokenizers/.
# WordLlama.load() looks for the weights in wordllama/weights/, and for the tokenizer in
# wordllama/tokenizer/, which is not there. So it downloads it from the hub, and without a network
# nothing can be embedded. With the folder under the name that it looks for, all is well.
# Seen: "not found" as it is installed, and a vector of 256 numbers after the copy.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv env
env/bin/pip install -q --disable-pip-version-check wordllama==0.4.0.post1
cat >ask.py <<'PY'
from wordllama import WordLlama

try:
    print(len(WordLlama.load(disable_download=True).embed("bees")[0]))
except FileNotFoundError as error:
    print(error)
PY
export HOME="$place" # its cache of downloads is there
before=$(env/bin/python ask.py 2>/dev/null)
package=$(env/bin/python -c 'import importlib.util as u
print(u.find_spec("wordllama").submodule_search_locations[0])')
cp -r "$package/tokenizers" "$package/tokenizer"
after=$(env/bin/python ask.py 2>/dev/null)
echo "$before"
echo "$after"
[[ $before == "Tokenizer file "*" not found "* ]]
[ "$after" = 256 ]

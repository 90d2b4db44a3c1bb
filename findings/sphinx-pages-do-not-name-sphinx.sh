#!/usr/bin/env bash
# sphinx (PyPI) 7.1.2 and 9.0.4: a page names no generator, and the id by which programs know Sphinx is gone.
#
# A program that reads a folder of pages, and leaves out the sources that Sphinx copies beside them,
# looks for <meta name="generator">, or for the script with the id "documentation_options" that each
# page had since Sphinx 1.8. There is no such meta; the id went with 7.2, where the attribute
# data-content_root came. The folder _sources is still there.
# Seen: '7.1.2: id="documentation_options"; 9.0.4: data-content_root'.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/source"
printf 'project = "Tides"\n' >"$place/source/conf.py"
printf 'Tides\n=====\n\nThe moon pulls.\n' >"$place/source/index.rst"
marks() { # the version of Sphinx, and the marks of a page by it
    python3 -m venv --clear "$place/env"
    "$place/env/bin/pip" install -q --disable-pip-version-check "sphinx==$1"
    "$place/env/bin/sphinx-build" -q "$place/source" "$place/$1"
    [ -e "$place/$1/_sources/index.rst.txt" ]
    echo "$1: $(grep -oE '<meta name="generator"|id="documentation_options"|data-content_root' "$place/$1/index.html")"
}
seen="$(marks 7.1.2); $(marks 9.0.4)"
echo "sphinx $seen"
[ "$seen" = '7.1.2: id="documentation_options"; 9.0.4: data-content_root' ]

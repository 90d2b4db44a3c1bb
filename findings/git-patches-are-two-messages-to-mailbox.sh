#!/usr/bin/env bash
# git 2.39.5 and mailbox of Python 3.11: one patch of git format-patch is two messages, and what git am reads
# after mailbox has written it has another text.
#
# "git format-patch --stdout" writes a mailbox for "git am". A line of the commit message that begins
# with "From " stays as it is, as git tells the beginning of a message by the date behind it. mailbox
# takes every such line, so that "From now on" begins a second message, without a header. With
# --pretty=mboxrd git puts a ">" before the line: one message, whose ">" mailbox leaves in the text,
# and git am, too, unless it is told --patch-format=mboxrd.
# Seen: "mbox 2, mboxrd 1; am >From now on, am --patch-format=mboxrd From now on".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
git init -q made
cd made
echo one >rows
git add rows
git commit -qm "one row"
echo two >>rows
git commit -qam "two rows

From now on there are two rows."
git format-patch -1 --stdout >../mbox
git format-patch -1 --stdout --pretty=mboxrd >../mboxrd
cd ..
cat >count.py <<'PY'
import mailbox
import sys

print(len(mailbox.mbox(sys.argv[1])))
PY
cat >write.py <<'PY'
import mailbox

written = mailbox.mbox("copied")
for message in mailbox.mbox("mboxrd"):
    written.add(message)
written.flush()
PY
python3 write.py
applied() { # the row of the commit message after git am of the mailbox $1
    rm -rf to
    git clone -q made to
    git -C to reset -q --hard HEAD~1
    git -C to am -q "${@:2}" "$place/$1"
    git -C to log -1 --format=%B | grep -o ">*From now on"
}
seen="mbox $(python3 count.py mbox), mboxrd $(python3 count.py mboxrd)"
seen="$seen; am $(applied copied), am --patch-format=mboxrd $(applied copied --patch-format=mboxrd)"
echo "$(git --version), $(python3 --version): $seen"
[ "$seen" = "mbox 2, mboxrd 1; am >From now on, am --patch-format=mboxrd From now on" ]

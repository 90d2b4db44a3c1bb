"""Patches are read change by change."""

from semsearch.documents.readers.diff import read_diff

PATCH = """From 1a2b Mon Sep 17 00:00:00 2001
Subject: [PATCH] Burn oil

diff --git a/lamp.c b/lamp.c
index 1..2 100644
--- a/lamp.c
+++ b/lamp.c
@@ -1 +1 @@
--- old
+new
@@ -9 +9 @@
 same
--- a/gone.c
+++ /dev/null
@@ -1 +0,0 @@
-last
"""


def test_each_change_stands_under_its_file() -> None:
    """A removed row that looks like a header is a row; a deleted file has its old name."""
    assert [
        (block.lines[0], block.lines[-1], block.headings) for block in read_diff(PATCH).blocks
    ] == [
        (1, 2, ()),
        (4, 7, ("lamp.c",)),
        (8, 10, ("lamp.c",)),
        (11, 12, ("lamp.c",)),
        (13, 14, ("gone.c",)),
        (15, 16, ("gone.c",)),
    ]

// The page of a document.

import { copyCitation, prepare } from "./reader.js";
import { onKeys } from "./shortcuts.js";

const root = document.getElementById("document");
prepare(root);

function follow(selector) {
  const link = document.querySelector(selector);
  link?.click();
  return link !== null;
}

onKeys({
  n: () => follow("a[rel=next]"),
  p: () => follow("a[rel=prev]"),
  c: () => {
    copyCitation(root.querySelector(".document"));
    return true;
  },
  Escape: () => follow(".back a"),
});

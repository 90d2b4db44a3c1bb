// The page of a search: results while a question is typed, the document beside them, keys.

import { copyCitation, prepare, tell } from "./reader.js";
import { onKeys } from "./shortcuts.js";

const main = document.getElementById("main");
const form = document.getElementById("search");
const field = document.getElementById("q");
const results = document.getElementById("results");
const pane = document.getElementById("document");
const hint = [...pane.childNodes];
const PATIENCE = 250; // milliseconds before an answer that is awaited is given up for a newer question
const isTypingSearched = main.dataset.typing === "yes";

let asked = null; // the request under way
let hasTyped = false; // while it is, so that another has to follow
let patience = null;
let shownSearch = addressOf(new URLSearchParams(location.search)).toString();
let release = () => {};
let reading = null; // the request of a document

// The values of a search in an address, in one order, without blank ones.
function addressOf(values) {
  const kept = new URLSearchParams();
  for (const [name, value] of values) {
    if (value.trim() !== "" && !["hit", "part"].includes(name)) kept.append(name, value);
  }
  return kept;
}

function formAddress() {
  const given = addressOf(new FormData(form));
  if (given.has("q")) { // in place of the passage that others were to be like
    given.delete("like");
    given.delete("index");
  }
  return given;
}

async function fetchPart(path, signal) {
  const reply = await fetch(path, { signal });
  if (reply.status === 401) location.reload();
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  return { isGood: reply.ok, nodes: [...page.body.childNodes], page };
}

function problem(text) {
  const box = document.createElement("div");
  box.className = "notice wrong";
  box.setAttribute("role", "alert");
  box.textContent = text;
  return box;
}

// What the page of an error says.
function problemOf(page) {
  return problem(page.querySelector("main p")?.textContent ?? "That did not work.");
}

// Ask the question of the form; an answer that is out of date by then is dropped.
async function search(address, { keepsHit = false } = {}) {
  clearTimeout(patience);
  patience = null;
  hasTyped = false;
  asked?.abort();
  const own = (asked = new AbortController());
  results.setAttribute("aria-busy", "true");
  try {
    const { isGood, nodes, page } = await fetchPart(`/?${withValue(address, "part", "1")}`, own.signal);
    if (own !== asked) return;
    results.replaceChildren(...(isGood ? nodes : [problemOf(page)]));
    shownSearch = address.toString();
    document.title = `${address.get("q") || address.get("like") || "Search"} – semsearch`;
    ready(keepsHit);
    tell(results.querySelector(".count, h2")?.textContent.trim() ?? "");
  } catch (error) {
    if (error.name === "AbortError") return;
    results.replaceChildren(problem("The server does not answer. Is semsearch serve still running?"));
  }
  if (own !== asked) return;
  asked = null;
  results.removeAttribute("aria-busy");
  if (hasTyped) searchTyped();
}

// A key is answered at once. Those that follow before the answer share the next request, so that
// no more are under way than the server answers; a slow one is given up.
function searchTyped() {
  const address = formAddress();
  history.replaceState(null, "", address.size ? `/?${address}` : "/");
  search(address, { keepsHit: true });
}

function withValue(address, name, value) {
  const changed = new URLSearchParams(address);
  changed.set(name, value);
  return changed;
}

// Buttons of new results work; the hit that is read is marked.
function ready(keepsHit) {
  for (const button of results.querySelectorAll("button.copy")) button.hidden = false;
  const path = keepsHit ? pane.dataset.path : null;
  for (const link of links()) {
    if (link.getAttribute("href") === path) link.setAttribute("aria-current", "true");
  }
}

const links = () => [...results.querySelectorAll("a.open")];
const current = () => links().findIndex((link) => link.getAttribute("aria-current") === "true");
const focused = () => links().findIndex((link) => link.closest(".hit").contains(document.activeElement));

// Read the document of a hit beside the results, and have that in the address.
async function read(link, { isBack = false } = {}) {
  reading?.abort();
  const own = (reading = new AbortController());
  const path = link.getAttribute("href");
  for (const other of links()) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  link.closest(".hit").scrollIntoView({ block: "nearest" });
  pane.setAttribute("aria-busy", "true");
  try {
    const { isGood, nodes, page } = await fetchPart(`${path}&part=1`, own.signal);
    if (own !== reading) return;
    show(isGood ? nodes : [problemOf(page)]);
    pane.dataset.path = path;
    if (!isBack) remember(path);
    tell(pane.querySelector(".title")?.textContent ?? "");
  } catch (error) {
    if (error.name === "AbortError") return;
    show([problem("The server does not answer. Is semsearch serve still running?")]);
  }
  pane.removeAttribute("aria-busy");
}

function show(nodes) {
  release();
  pane.replaceChildren(...nodes);
  pane.scrollTop = 0;
  document.body.classList.add("is-reading");
  for (const button of pane.querySelectorAll("button.close")) button.hidden = false;
  release = prepare(pane);
}

function remember(path) {
  const hit = new URLSearchParams(path.split("?")[1]).get("hit");
  const address = `/?${withValue(new URLSearchParams(shownSearch), "hit", hit)}`;
  const isFirst = !new URLSearchParams(location.search).has("hit");
  history[isFirst ? "pushState" : "replaceState"]({ isReading: true }, "", address);
}

function close({ isBack = false } = {}) {
  release();
  release = () => {};
  pane.replaceChildren(...hint);
  delete pane.dataset.path;
  document.body.classList.remove("is-reading");
  const at = current();
  if (at >= 0) {
    links()[at].removeAttribute("aria-current");
    links()[at].focus();
  }
  if (!isBack) history.replaceState(null, "", shownSearch ? `/?${shownSearch}` : "/");
  return true;
}

function step(by) {
  const all = links();
  const next = all[Math.max(0, current() + by)];
  if (!next || (current() + by < 0 && current() >= 0)) return false;
  read(next);
  return true;
}

function move(by) {
  const all = links();
  if (all.length === 0) return false;
  const from = focused() >= 0 ? focused() : current();
  all[Math.min(all.length - 1, Math.max(0, from + by))].focus();
  return true;
}

field.addEventListener("input", (event) => {
  if (event.isComposing || !isTypingSearched) return;
  if (asked === null) {
    searchTyped();
    return;
  }
  hasTyped = true;
  patience ??= setTimeout(searchTyped, PATIENCE);
});

function submit() {
  const address = formAddress();
  if (address.toString() !== shownSearch) {
    history.pushState(null, "", address.size ? `/?${address}` : "/");
  }
  search(address);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
form.addEventListener("change", (event) => {
  if (event.target !== field) submit();
});

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  const link = event.target.closest("a.open");
  if (link && results.contains(link)) {
    event.preventDefault();
    read(link).then(() => pane.querySelector(".title")?.focus({ preventScroll: true }));
  } else if (event.target.closest("a.step") && pane.contains(event.target)) {
    event.preventDefault();
    step(event.target.closest("a.step").rel === "next" ? 1 : -1);
  } else if (event.target.closest("button.close")) {
    close();
  }
});

window.addEventListener("popstate", () => {
  const values = new URLSearchParams(location.search);
  const address = addressOf(values);
  if (address.toString() !== shownSearch) {
    location.reload();
    return;
  }
  if (values.has("hit")) openHit(values.get("hit"));
  else close({ isBack: true });
});

function openHit(rank) {
  const link = links().find((one) => one.closest(".hit").dataset.rank === rank);
  if (link) read(link, { isBack: true });
}

onKeys({
  "/": () => {
    field.focus();
    field.select();
    return true;
  },
  j: () => move(1),
  k: () => move(-1),
  n: () => step(1),
  p: () => step(-1),
  c: () => {
    const from = focused() >= 0 ? links()[focused()] : pane.querySelector(".document");
    if (from) copyCitation(from);
    return from !== null;
  },
  ArrowDown: (event, isTyped) => (event.target === field || (!isTyped && !pane.contains(event.target))) && move(1),
  ArrowUp: (event, isTyped) => !isTyped && !pane.contains(event.target) && move(-1),
  Escape: (event, isTyped) => {
    if (isTyped) {
      event.target.blur();
      return links().length > 0 && move(0);
    }
    if (document.body.classList.contains("is-reading")) return close();
    field.focus();
    return true;
  },
});

// Languages by their names, in the browser's own.
const names = new Intl.DisplayNames(undefined, { type: "language" });
for (const option of form.querySelectorAll("select[name=lang] option[value]")) {
  if (option.value) option.textContent = names.of(option.value);
}

document.documentElement.classList.add("has-script");
ready(false);
const first = new URLSearchParams(location.search).get("hit");
if (first) openHit(first);

// Shortcuts of single keys, which a person can switch off: speech input types letters, too.

const STORED = "semsearch-shortcuts";
const box = document.getElementById("shortcuts");

if (box) {
  box.checked = areOn();
  box.addEventListener("change", () => {
    localStorage.setItem(STORED, box.checked ? "on" : "off");
  });
}

function areOn() {
  return localStorage.getItem(STORED) !== "off";
}

// Call what belongs to a key, unless it is typed into a field or held with another one.
export function onKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const isTyped = event.target.closest("input, select, textarea, [contenteditable]") !== null;
    const isLetter = event.key.length === 1;
    if (isLetter && (isTyped || !areOn())) return;
    if (actions[event.key]?.(event, isTyped)) event.preventDefault();
  });
}

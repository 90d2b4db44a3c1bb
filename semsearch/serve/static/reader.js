// What a shown document can do: copy its citation, show its PDF, go to its hit.

const told = document.getElementById("told");

// Say something to those who listen to the page.
export function tell(text) {
  if (told) told.textContent = text;
}

// Make the buttons below an element work; returns a function that lets go of what they hold.
export function prepare(root) {
  for (const button of root.querySelectorAll("button.copy")) button.hidden = false;
  const box = root.querySelector(".pdf");
  let view = null;
  let isClosed = false;
  showCited(root);
  if (box) {
    show(box, root).then((opened) => {
      view = opened;
      if (isClosed) view?.close();
    });
  }
  return () => {
    isClosed = true;
    view?.close();
  };
}

// Have the marked sentence in the middle, else the first cited row.
function showCited(root) {
  const place = root.querySelector(".text mark") ?? root.querySelector("#cited");
  place?.scrollIntoView({ block: "center" });
}

async function show(box, root) {
  const text = root.querySelector(".text");
  try {
    const { showPdf } = await import("./pdf_view.js");
    text.hidden = true;
    const view = await showPdf(box, tell);
    addSwitch(box, text, root);
    return view;
  } catch (error) {
    // A damaged PDF, or one with a password: its text is there.
    box.hidden = true;
    text.hidden = false;
    const note = document.createElement("p");
    note.className = "notice";
    note.textContent = `The page cannot be shown (${error.message}); this is its text.`;
    box.before(note);
    return null;
  }
}

// A button that changes between the page and its text.
function addSwitch(box, text, root) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "switch";
  const name = () => {
    button.textContent = text.hidden ? "Show text" : "Show page";
  };
  button.addEventListener("click", () => {
    text.hidden = !text.hidden;
    box.hidden = !text.hidden;
    name();
    if (!text.hidden) showCited(root);
  });
  name();
  root.querySelector(".tools .close").before(button);
}

// Copy the citation of the hit or document that has an element.
export async function copyCitation(element) {
  const cited = element.closest("[data-cited]")?.dataset.cited;
  if (!cited) return;
  await copy(cited);
  tell(`Copied: ${cited}`);
  const button = element.closest("[data-cited]").querySelector("button.copy");
  if (button) {
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy citation"; }, 1500);
  }
}

async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Not on a page that came by plain HTTP from another machine.
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("button.copy")) copyCitation(event.target);
});

// The page of the map: asks for it, and has it drawn.
"use strict";
(async () => {
  const main = document.getElementById("main");
  const state = document.getElementById("state");
  const which = document.getElementById("which");
  for (const select of which.querySelectorAll("select")) {
    select.addEventListener("change", () => which.requestSubmit());
  }
  which.querySelector("button").hidden = true;
  try {
    const reply = await fetch(main.dataset.map);
    const told = await reply.json();
    if (!reply.ok) throw new Error(told.detail);
    state.hidden = true;
    drawMap(told);
    state.textContent = told.notices.join("; ");
    document.querySelector("canvas").setAttribute("aria-label", told.told);
  } catch (error) {
    state.classList.add("notice", "wrong");
    state.textContent = `There is no map: ${error.message}`;
  }
})();

"use strict";
// Draws the map; ``data.links`` are the addresses of the points' documents, on a page that has them.
function drawMap(data) {
  const canvas = document.querySelector("canvas");
  const pen = canvas.getContext("2d");
  const tip = document.getElementById("tip");
  const search = document.getElementById("search");
  const told = document.getElementById("told");
  const legend = document.getElementById("groups");
  const hits = document.getElementById("hits");
  const MARGIN = 24, NEAR = 12, MOST_HITS = 50;
  const points = data.points.map(([x, y, group, place, trail, text], at) =>
    ({ x, y, group, place, trail, text, link: data.links?.[at], all: [place, trail, text].join("\n").toLowerCase() }));
  let view = { scale: 1, left: 0, top: 0 };
  let words = [], group = null, shown = null;

  const shapes = [
    (x, y, r) => pen.arc(x, y, r, 0, 7),
    (x, y, r) => pen.rect(x - r * .85, y - r * .85, r * 1.7, r * 1.7),
    (x, y, r) => { pen.moveTo(x, y - r * 1.2); pen.lineTo(x + r * 1.1, y + r * .8); pen.lineTo(x - r * 1.1, y + r * .8); pen.closePath(); },
    (x, y, r) => { pen.moveTo(x, y - r * 1.3); pen.lineTo(x + r * 1.1, y); pen.lineTo(x, y + r * 1.3); pen.lineTo(x - r * 1.1, y); pen.closePath(); },
  ];
  const outlines = [
    "M8 1a7 7 0 1 0 .01 0z", "M2 2h12v12H2z", "M8 1l7 13H1z", "M8 0l7 8-7 8-7-8z",
  ];
  const colour = (g) => g < 0 ? "#888" : data.colours[g % data.colours.length];
  const shape = (g) => g < 0 ? 0 : Math.floor(g / data.colours.length) % shapes.length;
  const isHit = (p) => words.every((word) => p.all.includes(word));
  const isLit = (p) => isHit(p) && (group === null || p.group === group);

  // Where a point is on the canvas, in CSS pixels.
  function place(p) {
    const side = Math.min(canvas.clientWidth, canvas.clientHeight) - 2 * MARGIN;
    return [
      view.left + view.scale * ((canvas.clientWidth - side) / 2 + p.x * side),
      view.top + view.scale * ((canvas.clientHeight - side) / 2 + p.y * side),
    ];
  }

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    pen.scale(ratio, ratio);
    const radius = points.length > 2000 ? 3 : points.length > 300 ? 4 : 6;
    const isFiltered = words.length > 0 || group !== null;
    const lit = points.filter(isLit);
    for (const some of isFiltered ? [points.filter((p) => !isLit(p)), lit] : [points]) {
      for (const p of some) {
        pen.globalAlpha = isFiltered && some !== lit ? .12 : .85;
        pen.fillStyle = colour(p.group);
        pen.beginPath();
        shapes[shape(p.group)](...place(p), words.length > 0 && some === lit ? radius * 1.5 : radius);
        pen.fill();
      }
    }
    pen.globalAlpha = 1;
    if (shown !== null) {
      pen.strokeStyle = getComputedStyle(document.body).color;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(...place(shown), radius + 4, 0, 7);
      pen.stroke();
    }
    document.body.dataset.lit = String(lit.length);
  }

  function show(p) {
    shown = p;
    tip.hidden = p === null;
    if (p !== null) {
      const [name, where, start] = tip.children;
      name.textContent = p.place;
      where.textContent = [p.group < 0 ? "" : data.groups[p.group], p.trail].filter(Boolean).join(" · ");
      start.textContent = p.text;
      const [x, y] = place(p);
      const box = canvas.getBoundingClientRect();
      tip.style.left = `${Math.max(4, Math.min(x + 14, box.width - tip.offsetWidth - 4))}px`;
      tip.style.top = `${Math.max(4, Math.min(y + 14, box.height - tip.offsetHeight - 4))}px`;
    }
    draw();
  }

  function nearest(x, y) {
    let best = null, least = NEAR;
    for (const p of points) {
      if (words.length > 0 && !isLit(p)) continue;
      const [px, py] = place(p);
      const distance = Math.hypot(px - x, py - y);
      if (distance < least) [best, least] = [p, distance];
    }
    return best;
  }

  function look() {
    words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length > 0 ? points.filter(isHit) : [];
    told.textContent = words.length > 0 ? `${found.length} of ${points.length}` : "";
    hits.replaceChildren(...found.slice(0, MOST_HITS).map((p) => {
      const button = document.createElement(p.link ? "a" : "button");
      button.textContent = p.place;
      if (p.link) button.href = p.link;
      for (const event of ["focus", "mouseenter", "click"]) button.addEventListener(event, () => show(p));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    document.getElementById("found").hidden = found.length === 0;
    show(null);
  }

  function swatch(g) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", outlines[shape(g)]);
    path.setAttribute("fill", colour(g));
    svg.append(path);
    return svg;
  }

  data.groups.forEach((name, g) => {
    const button = document.createElement("button");
    button.append(swatch(g), `${name} (${points.filter((p) => p.group === g).length})`);
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      group = group === g ? null : g;
      [...legend.querySelectorAll("button")].forEach((other, at) =>
        other.setAttribute("aria-pressed", String(at === group)));
      draw();
    });
    const item = document.createElement("li");
    item.append(button);
    legend.append(item);
  });

  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX - view.left, y: event.clientY - view.top, from: [event.clientX, event.clientY] };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointerup", (event) => {
    const hasMoved = drag !== null && Math.hypot(event.clientX - drag.from[0], event.clientY - drag.from[1]) > 3;
    drag = null;
    const p = nearest(event.offsetX, event.offsetY);
    if (!hasMoved && p?.link) location.assign(p.link);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag !== null && Math.hypot(event.clientX - drag.from[0], event.clientY - drag.from[1]) > 3) {
      view = { ...view, left: event.clientX - drag.x, top: event.clientY - drag.y };
      show(null);
    } else {
      const p = nearest(event.offsetX, event.offsetY);
      if (p !== shown) show(p);
      canvas.style.cursor = p?.link ? "pointer" : "";
    }
  });
  canvas.addEventListener("pointerleave", () => show(null));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const scale = Math.max(1, Math.min(40, view.scale * Math.exp(-event.deltaY / 400)));
    const by = scale / view.scale;
    view = scale === 1 ? { scale, left: 0, top: 0 } : {
      scale,
      left: event.offsetX - by * (event.offsetX - view.left),
      top: event.offsetY - by * (event.offsetY - view.top),
    };
    show(null);
  }, { passive: false });
  canvas.addEventListener("dblclick", () => { view = { scale: 1, left: 0, top: 0 }; show(null); });
  search.addEventListener("input", look);
  window.addEventListener("resize", () => show(null));
  window.placeOf = (path) => place(points.find((p) => p.place.startsWith(path)));
  draw();
}
const block = document.getElementById("data");
if (block !== null) drawMap(JSON.parse(block.textContent));

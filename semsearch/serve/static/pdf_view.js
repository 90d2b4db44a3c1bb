// A page of a PDF by pdf.js, with a sentence marked in its text layer.

import * as pdfjs from "./pdfjs/pdf.min.mjs";
import { spansOf } from "./sentence.js";

const HERE = new URL("./pdfjs/", import.meta.url).href;
const SHARPEST = 2; // device pixels for a CSS pixel
const FARTHEST = 2; // pages behind the first of a hit on which its sentence is looked for

pdfjs.GlobalWorkerOptions.workerSrc = `${HERE}pdf.worker.min.mjs`;

// Show a PDF in a box; the answer turns pages. Fails where the file cannot be shown.
export async function showPdf(box, tell) {
  const loading = pdfjs.getDocument({
    url: box.dataset.file,
    wasmUrl: HERE,
    useWasm: false,
    enableXfa: false,
    disableAutoFetch: true,
    stopAtErrors: false,
  });
  const pdf = await loading.promise;
  const view = new View(box, pdf, tell);
  await view.showHit();
  return { close: () => loading.destroy() };
}

class View {
  constructor(box, pdf, tell) {
    this.box = box;
    this.pdf = pdf;
    this.tell = tell;
    this.number = Math.min(Math.max(1, Number(box.dataset.page)), pdf.numPages);
    this.last = Math.min(Math.max(this.number, Number(box.dataset.last)), pdf.numPages);
    this.turn = 0;
    this.bar = this.#bar();
    this.sheet = document.createElement("div");
    this.sheet.className = "sheet";
    this.note = document.createElement("p");
    this.note.className = "notice";
    this.note.hidden = true;
    box.replaceChildren(this.bar, this.note, this.sheet);
    box.hidden = false;
    let width = this.width;
    new ResizeObserver(() => {
      if (Math.abs(this.width - width) > 8 && this.width > 0) {
        width = this.width;
        this.show(this.number);
      }
    }).observe(box);
  }

  // The width that a page has, in CSS pixels: of the row of buttons, without a scroll bar's own.
  get width() {
    return this.bar.clientWidth - 2;
  }

  // The first page of the hit that has the sentence, else its first page without a mark.
  async showHit() {
    const first = this.number;
    const to = Math.min(this.last, first + FARTHEST);
    for (let number = first; number <= to; number += 1) {
      if (await this.show(number)) return;
    }
    if (to !== first) await this.show(first);
    if (this.box.dataset.sentence) {
      this.note.textContent = "The sentence is not to be found in the text of this page, which is shown without a mark.";
      this.note.hidden = false;
    }
  }

  // Show a page; whether the sentence is marked on it.
  async show(number) {
    const turn = (this.turn += 1);
    this.number = number;
    const page = await this.pdf.getPage(number);
    const scale = Math.max(0.2, this.width / page.getViewport({ scale: 1 }).width);
    const viewport = page.getViewport({ scale });
    const canvas = document.createElement("canvas");
    const ratio = Math.min(SHARPEST, window.devicePixelRatio || 1);
    canvas.width = Math.floor(viewport.width * ratio);
    canvas.height = Math.floor(viewport.height * ratio);
    canvas.setAttribute("aria-hidden", "true");
    const layer = document.createElement("div");
    layer.className = "textLayer";
    layer.style.setProperty("--total-scale-factor", String(scale));
    await page.render({
      canvas,
      viewport,
      transform: ratio === 1 ? null : [ratio, 0, 0, ratio, 0, 0],
    }).promise;
    const text = new pdfjs.TextLayer({
      textContentSource: page.streamTextContent(),
      container: layer,
      viewport,
    });
    if (turn !== this.turn) return false;
    this.sheet.style.width = `${Math.floor(viewport.width)}px`;
    this.sheet.style.height = `${Math.floor(viewport.height)}px`;
    this.sheet.replaceChildren(canvas, layer);
    await text.render();
    if (turn !== this.turn) return false;
    this.#showNumber();
    this.note.hidden = true;
    this.box.dataset.shown = String(number);
    return this.#mark(text.textDivs);
  }

  #mark(parts) {
    const sentence = this.box.dataset.sentence;
    const spans = spansOf(sentence, parts.map((part) => part.textContent));
    for (const [at, start, end] of spans) {
      const part = parts[at];
      const words = part.textContent;
      const mark = document.createElement("mark");
      mark.textContent = words.slice(start, end);
      part.replaceChildren(words.slice(0, start), mark, words.slice(end));
    }
    this.sheet.querySelector("mark")?.scrollIntoView({ block: "center" });
    return spans.length > 0;
  }

  #bar() {
    const bar = document.createElement("div");
    bar.className = "pdf-bar";
    this.back = this.#button("Previous page", () => this.#turn(-1));
    this.on = this.#button("Next page", () => this.#turn(1));
    this.count = document.createElement("span");
    bar.append(this.back, this.count, this.on);
    return bar;
  }

  #button(name, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", act);
    return button;
  }

  async #turn(by) {
    const number = this.number + by;
    if (number < 1 || number > this.pdf.numPages) return;
    await this.show(number);
    this.tell(this.count.textContent);
  }

  #showNumber() {
    this.count.textContent = `Page ${this.number} of ${this.pdf.numPages}`;
    this.back.disabled = this.number <= 1;
    this.on.disabled = this.number >= this.pdf.numPages;
  }
}

// Find a sentence in the text layer of a PDF: its reader and pdf.js differ in blanks, ligatures,
// hyphens and marks, so that only letters and digits are compared.

const KEPT = /[\p{L}\p{N}]/u;
const PART = 60; // letters of a sentence that goes on on another page

// The letters and digits of a text, and the place of each in it.
export function letters(text) {
  const kept = [];
  const places = [];
  let place = 0;
  for (const character of text) {
    for (const letter of character.normalize("NFKD").toLowerCase()) {
      if (KEPT.test(letter)) {
        kept.push(letter);
        places.push([place, place + character.length]);
      }
    }
    place += character.length;
  }
  return { kept: kept.join(""), places };
}

// The spans of a sentence in texts that follow each other: [text, start, end] of each that has a
// part of it; none where it is not there.
export function spansOf(sentence, texts) {
  const all = [];
  let joined = "";
  texts.forEach((text, at) => {
    const { kept, places } = letters(text);
    joined += kept;
    for (const [index, letter] of [...kept].entries()) {
      for (let unit = 0; unit < letter.length; unit += 1) all.push([at, ...places[index]]);
    }
  });
  const wanted = letters(sentence).kept;
  const found = placeOf(wanted, joined);
  if (found === null) return [];
  const spans = new Map();
  for (const [at, start, end] of all.slice(...found)) {
    spans.set(at, [spans.has(at) ? spans.get(at)[0] : start, end]);
  }
  return [...spans].map(([at, [start, end]]) => [at, start, end]);
}

// Where the sentence is, else its beginning or its end, where it is long.
function placeOf(wanted, joined) {
  if (wanted.length === 0) return null;
  const whole = joined.indexOf(wanted);
  if (whole >= 0) return [whole, whole + wanted.length];
  if (wanted.length < 1.5 * PART) return null;
  for (let cut = wanted.length - 1; cut >= PART; cut -= 1) {
    const begin = wanted.slice(0, cut);
    if (joined.endsWith(begin)) return [joined.length - cut, joined.length];
  }
  for (let cut = 1; cut <= wanted.length - PART; cut += 1) {
    const end = wanted.slice(cut);
    if (joined.startsWith(end)) return [0, end.length];
  }
  for (const part of [wanted.slice(0, PART), wanted.slice(-PART)]) {
    const place = joined.indexOf(part);
    if (place >= 0) return [place, place + PART];
  }
  return null;
}

// Received text made visible: control, bidirectional and zero-width characters become escapes, as in the terminal.

const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;
const HIDDEN_ALL = new RegExp(HIDDEN.source, "gu");
const NAMED = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Writes one hidden character as an escape. */
export function escapeOf(character) {
  const code = character.codePointAt(0);
  if (NAMED[character]) return NAMED[character];
  return code < 0x80 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** The text with every hidden character as an escape. */
export function visible(text) {
  return HIDDEN.test(text) ? text.replace(HIDDEN_ALL, escapeOf) : text;
}

/** Pieces of the text: `[shown, isEscape]`, so that an escape can look different from text that reads the same. */
export function pieces(text) {
  if (!HIDDEN.test(text)) return [[text, false]];
  const found = [];
  let from = 0;
  for (const match of text.matchAll(HIDDEN_ALL)) {
    if (match.index > from) found.push([text.slice(from, match.index), false]);
    found.push([escapeOf(match[0]), true]);
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push([text.slice(from), false]);
  return found;
}

/** The bytes of base64. */
export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Lines of a hex dump: offset, sixteen bytes, the same as ASCII. */
export function hexLines(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ").padEnd(47);
    const ascii = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${hex}  ${ascii}`);
  }
  return lines;
}

/** Text cut into lines of at most `width` characters: `[line, continues]`. No character is lost. */
export function wrapped(text, width) {
  const lines = [];
  for (const line of text.split("\n")) {
    for (let at = 0; at === 0 || at < line.length; ) {
      let end = Math.min(at + width, line.length);
      const last = line.charCodeAt(end - 1);
      if (end < line.length && last >= 0xd800 && last < 0xdc00) end -= 1;
      lines.push([line.slice(at, end), at > 0]);
      if (end >= line.length) break;
      at = end;
    }
  }
  return lines;
}

// JSON as it came, laid out in lines: numbers, escapes and the order of keys stay as they are in the text.

/** Deeper text is shown as it came. */
export const DEEPEST = 512;

/** Whether the text is JSON. */
export function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The kind of a value that is no bracket. */
export function kindOf(raw) {
  if (raw[0] === '"') return "string";
  return raw === "true" || raw === "false" || raw === "null" ? "word" : "number";
}

/** The text of a JSON string, or the token itself where it is none. */
export function textOf(raw) {
  try {
    const value = JSON.parse(raw);
    return typeof value === "string" ? value : raw;
  } catch {
    return raw;
  }
}

const isSpace = (code) => code === 32 || code === 10 || code === 13 || code === 9;
const isBreak = (code) => isSpace(code) || code === 44 || code === 93 || code === 125;

/** The end of the string that begins at `at`. */
function endOfString(text, at) {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 92) slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
}

function endOfWord(text, at) {
  let end = at + 1;
  while (end < text.length && !isBreak(text.charCodeAt(end))) end += 1;
  return end;
}

/**
 * Lays JSON out in lines `{depth, key, value, kind, comma, parent, index}`. A bracket has the kind `open`, `close` or `empty`;
 * `parent` is the line that opened what the line is in. The result is null for text that is not JSON, or deeper than DEEPEST.
 * At most the first `most` lines are laid out.
 */
export function layout(text, most = Infinity) {
  if (!isJson(text)) return null;
  const lines = [];
  const stack = [];
  let top = null;
  let key = null;
  let expectsKey = false;
  const add = (value, kind) => {
    lines.push({ depth: stack.length, key, value, kind, comma: false, parent: top ? top.line : -1, index: top ? top.index : 0 });
    key = null;
  };
  for (let at = 0; at < text.length && lines.length < most; ) {
    const code = text.charCodeAt(at);
    if (isSpace(code) || code === 58) {
      at += 1;
    } else if (code === 44) {
      lines[lines.length - 1].comma = true;
      top.index += 1;
      expectsKey = !top.list;
      at += 1;
    } else if (code === 123 || code === 91) {
      let next = at + 1;
      while (isSpace(text.charCodeAt(next))) next += 1;
      if (text.charCodeAt(next) === code + 2) {
        add(code === 123 ? "{}" : "[]", "empty");
        at = next + 1;
        continue;
      }
      if (stack.length >= DEEPEST) return null;
      add(text[at], "open");
      top = { line: lines.length - 1, list: code === 91, index: 0 };
      stack.push(top);
      expectsKey = !top.list;
      at += 1;
    } else if (code === 125 || code === 93) {
      stack.pop();
      top = stack[stack.length - 1] ?? null;
      add(text[at], "close");
      at += 1;
    } else {
      const end = code === 34 ? endOfString(text, at) : endOfWord(text, at);
      const token = text.slice(at, end);
      at = end;
      if (expectsKey) {
        key = token;
        expectsKey = false;
      } else {
        add(token, kindOf(token));
      }
    }
  }
  return lines;
}

/** The path of a line, such as `payload.downloads[0].url`. */
export function pathOf(lines, line) {
  const parts = [];
  for (let here = line; here.parent >= 0; here = lines[here.parent]) {
    parts.push(here.key === null ? `[${here.index}]` : `.${textOf(here.key)}`);
  }
  return parts.reverse().join("").replace(/^\./, "");
}

/** The values of laid-out JSON by their path; what is repeated counts once more under its own number. */
export function leaves(lines) {
  const found = new Map();
  for (const line of lines) {
    if (line.kind === "close" || line.kind === "open") continue;
    const whole = pathOf(lines, line);
    let path = whole;
    for (let copy = 2; found.has(path); copy += 1) path = `${whole} (${copy})`;
    found.set(path, line.value);
  }
  return found;
}

// JSON as it came, laid out in lines: numbers, escapes and the order of keys stay as they are in the text.

/** Deeper text is shown as it came. */
export const DEEPEST = 512;

const WORD = /[^\s,:{}[\]"]+/y;
const STRING = /"(?:[^"\\]|\\.)*"/sy;
const SPACE = /\s*/y;

/** Whether the text is JSON. */
export function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Splits JSON into tokens: a bracket, a colon, a comma, a string or a word, each exactly as written. */
function* tokens(text) {
  let at = 0;
  for (;;) {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
    if (at >= text.length) return;
    const character = text[at];
    const pattern = character === '"' ? STRING : WORD;
    if (character !== '"' && "{}[]:,".includes(character)) {
      at += 1;
      yield character;
      continue;
    }
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) return;
    at = pattern.lastIndex;
    yield match[0];
  }
}

/** The kind of a value that is no bracket. */
export function kindOf(raw) {
  if (raw[0] === '"') return "string";
  return raw === "true" || raw === "false" || raw === "null" ? "word" : "number";
}

function pathOf(parent, key) {
  if (typeof key === "number") return `${parent}[${key}]`;
  return parent ? `${parent}.${key}` : key;
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

/**
 * Lays JSON out in lines `{depth, key, value, kind, comma, path}`. A bracket has the kind `open`, `close` or `empty`.
 * The result is null for text that is not JSON, or deeper than DEEPEST.
 */
export function layout(text) {
  if (!isJson(text)) return null;
  const lines = [];
  const stack = [];
  let key = null;
  let opened = null;
  const path = () => {
    const top = stack.at(-1);
    return top ? pathOf(top.path, top.list ? top.index : textOf(key ?? '""')) : "";
  };
  const add = (value, kind, at, depth = stack.length) => {
    lines.push({ depth, key, value, kind, comma: false, path: at });
    key = null;
  };
  let pending = null;
  for (const token of tokens(text)) {
    if (opened && (token === "}" || token === "]")) {
      const line = lines.at(-1);
      line.value += token;
      line.kind = "empty";
      stack.pop();
      opened = null;
      continue;
    }
    opened = null;
    if (token === "{" || token === "[") {
      if (stack.length >= DEEPEST) return null;
      const at = path();
      add(token, "open", at);
      stack.push({ path: at, list: token === "[", index: 0 });
      opened = token;
    } else if (token === "}" || token === "]") {
      stack.pop();
      add(token, "close", "");
    } else if (token === ",") {
      lines.at(-1).comma = true;
      const top = stack.at(-1);
      if (top?.list) top.index += 1;
    } else if (token === ":") {
      key = pending;
      pending = null;
    } else if (stack.length && !stack.at(-1).list && key === null) {
      pending = token;
    } else {
      add(token, kindOf(token), path());
    }
  }
  return lines;
}

/** The values of laid-out JSON by their path; what is repeated counts once more under its own number. */
export function leaves(lines) {
  const found = new Map();
  for (const line of lines) {
    if (line.kind === "close" || line.kind === "open") continue;
    let path = line.path;
    for (let copy = 2; found.has(path); copy += 1) path = `${line.path} (${copy})`;
    found.set(path, line.value);
  }
  return found;
}

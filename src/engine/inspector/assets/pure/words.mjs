// The search box: the words of `mh-hook history`, and bare words for text in the body.

const SINGLE = ["job", "since", "until", "verdict"];
const SEVERAL = ["type", "where"];
export const VERDICTS = ["verified", "unverified", "invalid"];

/** Splits at blanks; quotes hold a word together. */
function split(text) {
  return [...text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)].map(([word]) => word);
}

const unquoted = (text) => text.replaceAll('"', "");

/** Reads `type:video.* verdict:invalid since:1h where:payload.x=1 some text`. */
export function parseSearch(text) {
  const filter = { type: [], where: [], text: [] };
  for (const word of split(text)) {
    const colon = word.indexOf(":");
    const name = word.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = unquoted(word.slice(colon + 1));
    if (value && SEVERAL.includes(name)) filter[name].push(...(name === "type" ? value.split(",") : [value]));
    else if (value && SINGLE.includes(name)) filter[name] = name === "verdict" ? value.toLowerCase() : value;
    else filter.text.push(unquoted(word));
  }
  return filter;
}

/** The query of the API that a search means. */
export function toQuery(filter) {
  const query = new URLSearchParams();
  for (const name of [...SEVERAL, ...SINGLE]) {
    for (const value of [filter[name] ?? []].flat()) query.append(name, value);
  }
  if (filter.text.length) query.append("search", filter.text.join(" "));
  return query;
}

/** The search with one word changed: set to a value, or taken away. */
export function withWord(text, name, value) {
  const words = split(text).filter((word) => !word.toLowerCase().startsWith(`${name}:`));
  if (value) words.push(`${name}:${/\s/.test(value) ? `"${value}"` : value}`);
  return words.join(" ");
}

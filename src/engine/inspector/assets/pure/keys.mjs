// The keys of the page, as in the terminal tools that people know.

/** What each key does, in the order in which the help shows it. */
export const KEYS = [
  ["j", "down", "next delivery"],
  ["k", "up", "previous delivery"],
  ["Enter", "open", "open it"],
  ["Escape", "back", "back to the list"],
  ["/", "search", "search"],
  ["r", "replay", "replay, signed anew"],
  ["e", "edit", "edit and send, with or without a fault"],
  ["c", "curl", "copy as curl"],
  ["d", "diff", "difference to the delivery of the job before it"],
  ["f", "follow", "follow the newest: on or off"],
  ["?", "help", "these keys"],
];

const ALIASES = { ArrowDown: "down", ArrowUp: "up", Home: "top", End: "end", PageDown: "page-down", PageUp: "page-up" };
const ACTIONS = Object.fromEntries(KEYS.map(([key, action]) => [key, action]));

/** Keys that a button or a link uses by itself. */
const OF_CONTROLS = new Set(["Enter", " "]);
/** Keys that scroll whatever has the focus. */
const SCROLLING = new Set(["ArrowDown", "ArrowUp", "Home", "End", "PageDown", "PageUp"]);

function kindOfTarget(target) {
  const name = (target?.tagName ?? "").toLowerCase();
  if (["input", "textarea", "select"].includes(name) || target?.isContentEditable) return "field";
  if (["button", "a", "summary", "video", "audio"].includes(name)) return "control";
  return target?.dataset?.keys === "list" || name === "body" || !name ? "list" : "other";
}

/** The action of a key press; null where the key belongs to the browser or to the field that has the focus. */
export function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  const kind = kindOfTarget(event.target);
  if (kind === "field") return event.key === "Escape" ? "leave-field" : null;
  if (kind === "control" && OF_CONTROLS.has(event.key)) return null;
  if (kind !== "list" && SCROLLING.has(event.key)) return null;
  return ACTIONS[event.key] ?? ALIASES[event.key] ?? null;
}

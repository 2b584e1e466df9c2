// The address is the state: `#/deliveries/12?tab=headers&q=verdict:invalid`.

export const VIEWS = ["deliveries", "jobs", "sandbox", "check", "e2e"];
const OPTIONS = ["tab", "q", "with"];

/** Reads the part of the address after `#`. What it does not know is left out. */
export function parseRoute(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view, id = ""] = path.split("/");
  const options = new URLSearchParams(query);
  const route = { view: VIEWS.includes(view) ? view : "deliveries", id: null };
  try {
    route.id = decodeURIComponent(id) || null;
  } catch {
    route.id = null;
  }
  if (route.view === "deliveries" && !/^\d+$/.test(route.id ?? "")) route.id = null;
  for (const name of OPTIONS) route[name] = options.get(name) ?? "";
  return route;
}

/** Writes a route as an address. */
export function formatRoute(route) {
  const options = new URLSearchParams();
  for (const name of OPTIONS) if (route[name]) options.append(name, route[name]);
  const id = route.id ? `/${encodeURIComponent(route.id)}` : "";
  const query = options.toString();
  return `#/${route.view}${id}${query ? `?${query}` : ""}`;
}

/** The token in the address that the terminal prints, and the address without it. */
export function takeToken(hash) {
  const match = /^#?token=([0-9a-f]{64})(?:&(.*))?$/.exec(hash.replace(/^#/, ""));
  return match ? { token: match[1], rest: match[2] ? `#${match[2]}` : "#/deliveries" } : null;
}

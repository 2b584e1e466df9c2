// The rows of the list: newest first, added to at both ends, with those that wait to be shown.

export const EMPTY = { rows: [], waiting: [], next: null, loaded: false, overflow: false };

/** The first page. */
export function first(page) {
  return { ...EMPTY, rows: page.deliveries, next: page.next, loaded: true };
}

/** One more page of older rows. */
export function older(state, page) {
  const known = new Set(state.rows.map((row) => row.id));
  const rows = page.deliveries.filter((row) => !known.has(row.id));
  return { ...state, rows: [...state.rows, ...rows], next: page.next };
}

/** Rows that are new: shown at once, or kept waiting so that nothing moves. */
export function newer(state, deliveries, show) {
  const known = new Set(state.waiting.concat(state.rows.slice(0, 500)).map((row) => row.id));
  const fresh = deliveries.filter((row) => !known.has(row.id));
  if (!fresh.length) return state;
  const waiting = [...fresh, ...state.waiting];
  return show ? { ...state, rows: [...waiting, ...state.rows], waiting: [] } : { ...state, waiting };
}

/** Shows what waits. */
export function reveal(state) {
  return state.waiting.length ? { ...state, rows: [...state.waiting, ...state.rows], waiting: [] } : state;
}

/** Rows that changed since they were loaded: an answer came, a handler was asked. */
export function updated(state, deliveries) {
  const now = new Map(deliveries.map((row) => [row.id, row]));
  const swap = (row) => now.get(row.id) ?? row;
  return { ...state, rows: state.rows.map(swap), waiting: state.waiting.map(swap) };
}

/** More rows are new than are worth waiting: to show them, the list begins anew. */
export function overflow(state) {
  return { ...state, overflow: true };
}

/** How many rows wait, for people. */
export function waitingCount(state) {
  return state.overflow ? `${Math.max(state.waiting.length, 200)}+` : String(state.waiting.length);
}

/** The cursor of the newest row, shown or waiting. */
export function newest(state) {
  return state.waiting[0]?.cursor ?? state.rows[0]?.cursor ?? null;
}

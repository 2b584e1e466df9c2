// The rows of the list: newest first, added to at both ends, with those that wait to be shown.
//
// Where the length of the list is known, `rows` has that length, and holes where rows are not loaded yet. Array methods
// that pass over holes are used on purpose.

/** `added` counts the rows that came on top since the list began. */
export const EMPTY = { rows: [], waiting: [], next: null, loaded: false, overflow: false, added: 0, capped: false };

/** The first page. */
export function first(page) {
  const rows = page.deliveries.slice();
  if (page.total === null) return { ...EMPTY, rows, next: page.next, loaded: true };
  rows.length = Math.max(rows.length, page.total);
  return { ...EMPTY, rows, loaded: true, capped: page.beyond };
}

/** The first rows to load of those from `from` to `to`: where they begin, and the row above that says where that is. */
export function gap(state, from, to) {
  let start = Math.max(from, 1);
  while (start < to && state.rows[start]) start += 1;
  if (start >= to) return null;
  let above = start - 1;
  while (above > 0 && !state.rows[above]) above -= 1;
  return { start, skip: start - above - 1, before: state.rows[above].cursor, added: state.added };
}

/** Rows that were loaded for a gap. A page that is not full is the end of the list. */
export function filled(state, hole, page) {
  const start = hole.start + state.added - hole.added;
  const rows = state.rows.slice();
  page.deliveries.forEach((row, at) => (rows[start + at] = row));
  if (!page.more) rows.length = start + page.deliveries.length;
  return { ...state, rows };
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
  return show ? reveal({ ...state, waiting }) : { ...state, waiting };
}

/** Shows what waits. */
export function reveal(state) {
  const { waiting, rows, added } = state;
  return waiting.length ? { ...state, rows: waiting.concat(rows), waiting: [], added: added + waiting.length } : state;
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

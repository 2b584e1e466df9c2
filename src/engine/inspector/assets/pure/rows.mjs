// The rows of the list: newest first, added to at both ends, with those that wait to be shown.
//
// Where the length of the list is known, `rows` has that length, and holes where rows are not loaded yet. Array methods
// that pass over holes are used on purpose.

/** Rows of which the newest are kept when many come at once; others are loaded again where they are looked at. */
const KEPT = 1000;
/** More rows than this do not wait in the page: they are counted. */
const MOST_WAITING = 500;
/** The length of a list at most. */
const MOST = 250_000;
/** Of the newest rows, those that may still change: an answer or a handler's attempt comes after the delivery. */
const CHANGING = 60;
const CHANGES_FOR = 15_000;

/**
 * `added` counts the rows that came on top since the list began. `behind` counts the rows that are new and not loaded;
 * `overflow` says that there are such, uncounted.
 */
export const EMPTY = { rows: [], waiting: [], behind: 0, overflow: false, next: null, loaded: false, added: 0, capped: false };

/** The first page. */
export function first(page) {
  const rows = page.deliveries.slice();
  if (page.total === null) return { ...EMPTY, rows, next: page.next, loaded: true };
  rows.length = Math.max(rows.length, page.total);
  return { ...EMPTY, rows, loaded: true, capped: page.beyond };
}

/** The place after which rows are new or may have changed: how many of the rows are newer, and the cursor of the next. */
export function place(state, now, openId) {
  const { waiting, rows } = state;
  const newest = waiting.slice(0, CHANGING + 1).concat(rows.slice(0, CHANGING + 1));
  const mayChange = (row) =>
    row.answered === null || row.id === openId || (row.handler === null && now - Date.parse(row.received_at) < CHANGES_FOR);
  let at = newest.slice(0, CHANGING).findLastIndex((row) => row && mayChange(row)) + 1;
  while (at > 0 && at < waiting.length + rows.length && !newest[at]) at -= 1;
  return { at, cursor: newest[at]?.cursor ?? null };
}

/**
 * The rows with a page of the newest, which begins above the first `at` rows. To `show` rows is to put them on top, with
 * holes for those that are not in the page; otherwise they wait, or are counted. Null where the list has to begin anew.
 */
export function newest(state, page, at, show) {
  const known = state.waiting.concat(state.rows);
  const total = page.more ? page.total : page.deliveries.length;
  if (total === null) return show ? null : { ...state, overflow: true };
  const fresh = total - Math.min(at, known.length);
  if (fresh < 0) return null;
  const changed = new Map(page.deliveries.slice(fresh).map((row) => [row.id, row]));
  const now = (row) => changed.get(row.id) ?? row;
  if (!show) {
    const waiting = page.deliveries.slice(0, fresh).concat(state.waiting.map(now));
    if (page.more || waiting.length > MOST_WAITING) return { ...state, waiting: [], behind: fresh + state.waiting.length };
    return { ...state, waiting, behind: 0, rows: changed.size ? state.rows.map(now) : state.rows };
  }
  if (!fresh && !state.waiting.length && !changed.size) return state;
  let rows = page.deliveries.slice(0, fresh);
  rows.length = fresh;
  rows = rows.concat(changed.size ? known.map(now) : known);
  if (page.more) {
    const length = Math.min(rows.length, MOST);
    rows = rows.slice(0, KEPT);
    rows.length = length;
  }
  const added = state.added + fresh + state.waiting.length;
  return { ...state, rows, waiting: [], behind: 0, overflow: false, added, capped: state.capped || rows.length === MOST };
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

/** Shows what waits. */
export function reveal(state) {
  const { waiting, rows, added } = state;
  return waiting.length ? { ...state, rows: waiting.concat(rows), waiting: [], added: added + waiting.length } : state;
}

/** Whether new rows wait to be shown. */
export function isWaiting(state) {
  return state.waiting.length > 0 || state.behind > 0 || state.overflow;
}

/** How many rows wait, for people. */
export function waitingCount(state) {
  if (state.overflow) return `${state.waiting.length + 100}+`;
  return (state.behind || state.waiting.length).toLocaleString("en");
}

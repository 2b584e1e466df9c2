// The arithmetic of a long list: of all rows only those near the view are in the page.

/** Rows above and below the view that are drawn as well. */
export const OVERSCAN = 8;

/** The rows to draw, and the height above them. */
export function windowOf(scrollTop, height, rowHeight, count) {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + OVERSCAN);
  return { first: Math.min(first, count), last: Math.max(last, 0), total: count * rowHeight };
}

/** Where to scroll so that a row is in view; the present place where it is already. */
export function scrollTo(index, scrollTop, height, rowHeight) {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height;
  return scrollTop;
}

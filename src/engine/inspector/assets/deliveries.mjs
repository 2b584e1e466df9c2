// The rows of the list, kept up to date with the journal.

import { useCallback, useEffect, useRef, useState } from "./vendor/hooks.mjs";
import { get } from "./api.mjs";
import * as rows from "./pure/rows.mjs";
import { parseSearch, toQuery } from "./pure/words.mjs";

const PAGE = 200;
/** The least time between two looks, in milliseconds. */
const BETWEEN = 150;
/** The newest rows may still change: an answer or a handler's attempt comes after the delivery. */
const CHANGING = 60;

function path(search, extra) {
  const query = toQuery(parseSearch(search));
  for (const [name, value] of Object.entries(extra)) query.set(name, value);
  return `/api/deliveries?${query}`;
}

/** The list for a search: its rows, and what adds to them. `head` is the newest message of the stream. */
export function useDeliveries(search, head, follow) {
  const [state, setState] = useState(rows.EMPTY);
  const [error, setError] = useState(null);
  const [searching, setSearching] = useState(false);
  const live = useRef({ generation: 0, busy: false, dirty: false, older: null, filling: null, wanted: [0, 0], atTop: true, state });
  live.current.state = state;
  const shows = useRef(true);
  shows.current = follow;

  const begin = useCallback(async () => {
    const generation = (live.current.generation += 1);
    try {
      const page = await get(path(search, { limit: PAGE }));
      if (generation !== live.current.generation) return;
      setState(rows.first(page));
      setError(null);
    } catch (failure) {
      if (generation === live.current.generation) setError(failure);
    }
  }, [search]);

  useEffect(() => {
    setState(rows.EMPTY);
    begin();
  }, [begin]);

  // One look at what changed. Rows that came beyond a page make the list begin anew, or wait until it is asked for.
  const look = useCallback(async () => {
    const current = live.current;
    const generation = current.generation;
    const show = () => current.atTop && shows.current;
    const cursor = rows.newest(current.state);
    const page = await get(path(search, { limit: PAGE, ...(cursor ? { after: cursor } : {}) }));
    if (generation !== current.generation) return;
    if (page.more) return void (show() ? await begin() : setState(rows.overflow));
    const open = current.state.rows.slice(0, CHANGING).some((row) => row.answered === null || row.handler === null);
    const recent = open ? await get(path(search, { limit: CHANGING })) : null;
    if (generation !== current.generation) return;
    setState((before) => {
      const added = rows.newer(before, page.deliveries, show());
      return recent ? rows.updated(added, recent.deliveries) : added;
    });
  }, [search, begin]);

  const catchUp = useCallback(async () => {
    const current = live.current;
    current.dirty = true;
    if (current.busy) return;
    current.busy = true;
    while (current.dirty && current.state.loaded) {
      current.dirty = false;
      await look().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, BETWEEN));
    }
    current.busy = false;
  }, [look]);

  const change = head ? head.change : null;
  useEffect(() => {
    if (change !== null && state.loaded) catchUp();
  }, [change, catchUp, state.loaded]);

  const loadOlder = useCallback(async () => {
    const current = live.current;
    const next = current.state.next;
    const generation = current.generation;
    if (current.older === generation || !next) return;
    current.older = generation;
    setSearching(true);
    try {
      const page = await get(path(search, { limit: PAGE, before: next }));
      if (generation === current.generation) setState((before) => rows.older(before, page));
    } catch (failure) {
      if (generation === current.generation) setError(failure);
    } finally {
      if (current.older === generation) {
        current.older = null;
        setSearching(false);
      }
    }
  }, [search]);

  // One request at a time: while rows arrive the view may be elsewhere already, and only what is wanted last is loaded.
  const loadBetween = useCallback(async (from, to) => {
    const current = live.current;
    current.wanted = [from, to];
    const generation = current.generation;
    if (current.filling === generation) return;
    current.filling = generation;
    try {
      for (let hole; generation === current.generation && (hole = rows.gap(current.state, ...current.wanted)); ) {
        const { skip, before } = hole;
        const page = await get(path(search, { limit: PAGE, before, skip }));
        if (generation !== current.generation) break;
        setState((now) => (current.state = rows.filled(now, hole, page)));
        await new Promise(requestAnimationFrame);
      }
    } catch (failure) {
      if (generation === current.generation) setError(failure);
    } finally {
      if (current.filling === generation) current.filling = null;
    }
  }, [search]);

  return {
    state,
    error,
    searching,
    again: begin,
    loadOlder,
    loadBetween,
    reveal: () => (live.current.state.overflow ? begin() : setState(rows.reveal)),
    setAtTop: (atTop) => {
      live.current.atTop = atTop;
      if (!atTop || !shows.current) return;
      if (live.current.state.overflow) begin();
      else if (live.current.state.waiting.length) setState(rows.reveal);
    },
  };
}

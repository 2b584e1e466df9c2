// The rows of the list, kept up to date with the journal.

import { useCallback, useEffect, useRef, useState } from "./vendor/hooks.mjs";
import { get } from "./api.mjs";
import * as rows from "./pure/rows.mjs";
import { parseSearch, toQuery } from "./pure/words.mjs";

const PAGE = 200;
/** What is asked for while the list is followed: enough for any screen. */
const NEWEST = 100;
/** The rest between two looks, in milliseconds: when little came, when much came, and at most. */
const CALM = 500;
const FLOOD = 1000;
const LONGEST = 10_000;
/** A slow answer makes the rest this many times longer than itself, so that the page never is what slows the program. */
const SHARE = 20;

function path(search, extra) {
  const query = toQuery(parseSearch(search));
  for (const [name, value] of Object.entries(extra)) query.set(name, value);
  return `/api/deliveries?${query}`;
}

/**
 * The list for a search: its rows, and what adds to them. `head` is the newest message of the stream, `live` whether the
 * stream is there, `openId` the delivery that is open.
 */
export function useDeliveries(search, head, { live: isLive, follow, openId }) {
  const [state, setState] = useState(rows.EMPTY);
  const [error, setError] = useState(null);
  const [searching, setSearching] = useState(false);
  const live = useRef({ generation: 0, busy: false, dirty: false, older: null, filling: null, wanted: [0, 0], atTop: true });
  Object.assign(live.current, { state, follow, openId });

  const begin = useCallback(async () => {
    const generation = (live.current.generation += 1);
    try {
      const page = await get(path(search, { limit: PAGE, count: true }));
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

  // One look at what is new or may have changed: one page, of which the rest stays to be loaded when it is scrolled to.
  const look = async (show) => {
    const current = live.current;
    const generation = current.generation;
    const place = rows.place(current.state, Date.now(), current.openId);
    const after = place.cursor ? { after: place.cursor } : {};
    const page = await get(path(search, { limit: NEWEST, count: true, ...after }));
    if (generation !== current.generation) return page.more;
    const next = rows.newest(current.state, page, place.at, show());
    if (next) setState((current.state = next));
    else await begin();
    return page.more;
  };
  const shows = () => live.current.atTop && live.current.follow;
  live.current.look = look;

  const catchUp = useCallback(async () => {
    const current = live.current;
    current.dirty = true;
    if (current.busy) return;
    current.busy = true;
    while (current.dirty && current.state.loaded && !document.hidden) {
      current.dirty = false;
      const began = performance.now();
      const much = await current.look(shows).catch(() => false);
      const rest = Math.max(much ? FLOOD : CALM, Math.min((performance.now() - began) * SHARE, LONGEST));
      await new Promise((resolve) => setTimeout(resolve, rest));
    }
    current.busy = false;
  }, []);

  const change = head ? head.change : null;
  useEffect(() => {
    if (change !== null && isLive && state.loaded) catchUp();
  }, [change, isLive, catchUp, state.loaded]);

  const loadOlder = useCallback(async () => {
    const current = live.current;
    const next = current.state.next;
    const generation = current.generation;
    if (current.older === generation || !next) return;
    current.older = generation;
    setSearching(true);
    try {
      const page = await get(path(search, { limit: PAGE, before: next }));
      if (generation === current.generation) setState((before) => (current.state = rows.older(before, page)));
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

  const reveal = () => {
    const { behind, overflow } = live.current.state;
    if (behind || overflow) look(() => true).catch(setError);
    else setState(rows.reveal);
  };
  return {
    state,
    error,
    searching,
    again: begin,
    loadOlder,
    loadBetween,
    reveal,
    setAtTop: (atTop) => {
      live.current.atTop = atTop;
      if (shows() && rows.isWaiting(live.current.state)) reveal();
    },
  };
}

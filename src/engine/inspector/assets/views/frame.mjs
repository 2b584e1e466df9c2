// The frame of the page: the bar at the top, the search, the help, and the page without a token.

import { html } from "../html.mjs";
import { useEffect, useState } from "../vendor/hooks.mjs";
import { KEYS } from "../pure/keys.mjs";
import { VERDICTS, parseSearch, withWord } from "../pure/words.mjs";
import { Dialog, Key, Shape, toneOf } from "./parts.mjs";

const LAMPS = {
  live: ["good", "live"],
  connecting: ["wait", "connecting"],
  paused: ["none", "paused: tab in background"],
  lost: ["bad", "not connected"],
};
const THEMES = ["system", "light", "dark"];
const THEME = "mh-hook-theme";

function applyTheme(theme) {
  if (theme === "system") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(THEME);
  } else {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(THEME, theme);
  }
}

function Theme() {
  const [theme, setTheme] = useState(() => (THEMES.includes(localStorage.getItem(THEME)) ? localStorage.getItem(THEME) : "system"));
  useEffect(() => applyTheme(theme), [theme]);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  return html`<button type="button" class="plain" onClick=${() => setTheme(next)} title=${`Theme: ${theme}`} aria-label=${`Theme: ${theme}. Change to ${next}`}>
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="1.5" />${theme === "system" ? html`<path d="M8 1.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" />` : theme === "dark" ? html`<circle cx="8" cy="8" r="5" fill="currentColor" />` : html`<circle cx="8" cy="8" r="2" fill="currentColor" />`}</svg></button>`;
}

/** The bar: where one is, what else there is, and whether the program is there. */
export function Top({ info, state, route, go, onHelp }) {
  const views = [["deliveries", "Deliveries"], ...(info.sandbox ? [["sandbox", "Sandbox"]] : []), ["check", "Check"], ["e2e", "End to end"]];
  const [tone, words] = LAMPS[state] ?? LAMPS.lost;
  return html`<header class="top"><a class="brand" href="#/deliveries"><img src="/assets/icon.svg" alt="" width="22" height="22" />mh-hook</a>
    <nav aria-label="Views">${views.map(([view, name]) => html`<a key=${view} href=${`#/${view}`} aria-current=${route.view === view ? "page" : undefined}>${name}</a>`)}</nav>
    <span class="grow"></span>
    <span class="lamp" role="status"><${Shape} tone=${tone} /><span class="lamp-words">${words}</span></span>
    <${Theme} /><button type="button" class="plain" onClick=${onHelp} aria-label="Keys" title="Keys"><${Key}>?<//></button></header>`;
}

/** The search box and its filters. */
export function Search({ q, onSearch, follow, onFollow }) {
  const [text, setText] = useState(q);
  useEffect(() => setText(q), [q]);
  useEffect(() => {
    const timer = setTimeout(() => text !== q && onSearch(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
  const { verdict = "" } = parseSearch(text);
  return html`<form class="search" role="search" onSubmit=${(event) => (event.preventDefault(), onSearch(text))}>
    <label class="hidden" for="search">Search deliveries</label>
    <input id="search" type="search" autocomplete="off" spellcheck=${false} placeholder="type:video.* verdict:invalid since:1h text" value=${text} onInput=${(event) => setText(event.target.value)} />
    <div class="choice" role="group" aria-label="Verdict">${["", ...VERDICTS].map((name) => html`<button type="button" key=${name} aria-pressed=${verdict === name ? "true" : "false"} onClick=${() => onSearch(withWord(text, "verdict", name))}>${name ? html`<${Shape} tone=${toneOf(name)} />` : ""}${name || "all"}</button>`)}
    </div>
    <label class="follow"><input type="checkbox" role="switch" checked=${follow} onChange=${onFollow} /> follow</label>
  </form>`;
}

/** The keys. */
export function Help({ onClose }) {
  return html`<${Dialog} title="Keys" onClose=${onClose}><dl class="keys">${KEYS.map(([key, action, words]) => html`<dt key=${action}><${Key}>${key}<//></dt><dd>${words}</dd>`)}</dl>
    <h3>Search</h3><p class="muted">Words of <code>mh-hook history</code>: <code>type:</code> <code>job:</code> <code>since:</code> <code>until:</code> <code>verdict:</code> <code>where:payload.status=complete</code>. Anything else is looked for in the bodies.</p><//>`;
}

/** The page of someone who has no token, or that of an earlier run. */
export function Locked() {
  return html`<main class="empty"><h1>Open the link that the terminal shows</h1>
    <p>Each run of mh-hook has a link with a token of its own. This page was opened without it, or is of a run that has ended.</p>
    <p class="muted">The line in the terminal begins with <code>inspector</code>.</p></main>`;
}

applyTheme(THEMES.includes(localStorage.getItem(THEME)) ? localStorage.getItem(THEME) : "system");

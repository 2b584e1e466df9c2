// A body as it came: laid out as JSON without touching a number, as raw text, or as bytes.

import { html } from "../html.mjs";
import { useEffect, useMemo, useState } from "../vendor/hooks.mjs";
import { layout, pathOf } from "../pure/json.mjs";
import { bytesOf, hexLines, wrapped } from "../pure/text.mjs";
import { count, size } from "../pure/format.mjs";
import { download } from "../api.mjs";
import { Copy, Text } from "./parts.mjs";
import { Lines } from "./lines.mjs";

/** Lines that are laid out at once, and the milliseconds until the others are. */
const FIRST = 300;
const SOON = 30;
/** A longer value is cut on the screen, and says so. */
const LONGEST = 2000;
const RAW_WIDTH = 240;
/** More bytes than this are not drawn in hex. */
const MOST_HEX = 256 * 1024;

function Value({ text, kind }) {
  const cut = text.length > LONGEST;
  return html`<${Text} class=${`v-${kind}`}>${cut ? text.slice(0, LONGEST) : text}<//>${cut && html`<span class="tag">${count(text.length - LONGEST)} more characters: copy or save the body</span>`}`;
}

/** The lines of a body: of a long one the first screens at once, and all of them when those are drawn. */
function useLayout(text) {
  const begun = useMemo(() => (text === undefined ? null : layout(text, FIRST)), [text]);
  const [whole, setWhole] = useState({ text: null, lines: null });
  const isWhole = begun === null || begun.length < FIRST;
  useEffect(() => {
    if (isWhole) return undefined;
    const timer = setTimeout(() => setWhole({ text, lines: layout(text) }), SOON);
    return () => clearTimeout(timer);
  }, [text, isWhole]);
  return whole.text === text ? whole.lines : begun;
}

function Pretty({ lines, marks }) {
  const line = (at) => {
    const { depth, key, value, kind, comma } = lines[at];
    const mark = marks?.size && kind !== "close" ? marks.get(pathOf(lines, lines[at])) : null;
    return html`<span class=${`indented ${mark ? `marked ${mark}` : ""}`} style=${{ paddingLeft: `${depth * 2}ch` }}>${key !== null && html`<${Text} class="v-key">${key}<//><span class="muted">: </span>`}<${Value} text=${value} kind=${kind} />${comma && html`<span class="muted">,</span>`}</span>`;
  };
  return html`<${Lines} count=${lines.length} line=${line} label="Body, laid out" />`;
}

function Raw({ text }) {
  const lines = useMemo(() => wrapped(text, RAW_WIDTH), [text]);
  const numbers = useMemo(() => {
    let number = 0;
    return lines.map(([, continues]) => (continues ? "↩" : (number += 1)));
  }, [lines]);
  return html`<${Lines} count=${lines.length} line=${(at) => html`<${Text}>${lines[at][0]}<//>`} gutter=${(at) => numbers[at]} label="Body, as it came" />`;
}

function Hex({ bytes }) {
  const lines = useMemo(() => hexLines(bytes.subarray(0, MOST_HEX)), [bytes]);
  const left = bytes.length - MOST_HEX;
  return html`<${Lines} count=${lines.length} line=${(at) => lines[at]} gutter=${() => ""} label="Body in hex" />
    ${left > 0 && html`<p class="muted">${count(left)} more bytes are not shown; save the body for all of them.</p>`}`;
}

async function save(delivery) {
  const url = URL.createObjectURL(await download(`/api/deliveries/${delivery.id}/body`));
  const link = document.createElement("a");
  link.href = url;
  link.download = `delivery-${delivery.id}.bin`;
  link.click();
  URL.revokeObjectURL(url);
}

/** The body of a delivery, with a choice of how to see it. `marks` are places of the schema that need a look. */
export function Body({ delivery, marks }) {
  const text = delivery.body;
  const lines = useLayout(text);
  const ways = [...(lines ? ["JSON"] : []), ...(text === undefined ? [] : ["Raw"]), "Hex"];
  const [chosen, setChosen] = useState(null);
  const way = ways.includes(chosen) ? chosen : ways[0];
  const bytes = useMemo(
    () => (way !== "Hex" ? null : text === undefined ? bytesOf(delivery.body_base64) : new TextEncoder().encode(text)),
    [way, delivery],
  );
  return html`<div class="body">
    <div class="tools">
      <div class="choice" role="group" aria-label="How to show the body">${ways.map(
        (name) => html`<button type="button" key=${name} aria-pressed=${name === way ? "true" : "false"} onClick=${() => setChosen(name)}>${name}</button>`,
      )}</div>
      <span class="muted">${size(delivery.size)}</span>
      <span class="grow"></span>
      ${text !== undefined && html`<${Copy} text=${text} label="Copy body" />`}
      <button type="button" class="small" onClick=${() => save(delivery)}>Save</button>
    </div>
    ${delivery.size === 0 && html`<p class="muted">The body is empty.</p>`}
    ${text === undefined && html`<p class="muted">The body is not UTF-8.</p>`}
    ${text !== undefined && delivery.size > 0 && !lines && html`<p class="muted">The body is not JSON, or is nested too deeply to lay out.</p>`}
    ${way === "JSON" && html`<${Pretty} lines=${lines} marks=${marks} />`}
    ${way === "Raw" && delivery.size > 0 && html`<${Raw} text=${text} />`}
    ${way === "Hex" && html`<${Hex} bytes=${bytes} />`}
  </div>`;
}

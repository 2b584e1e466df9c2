// Sizes, times and durations for people.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export function count(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** A duration in milliseconds: `38 ms`, `1.2 s`, `3 m 20 s`, `2 h 5 m`, `3 d`. */
export function duration(milliseconds) {
  const ms = Math.abs(milliseconds);
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0).replace(/\.0$/, "")} s`;
  const two = (large, name, small, smallName) => {
    const rest = Math.floor((ms % large) / small);
    return `${Math.floor(ms / large)} ${name}${rest ? ` ${rest} ${smallName}` : ""}`;
  };
  if (ms < HOUR) return two(MINUTE, "m", 1000, "s");
  if (ms < DAY) return two(HOUR, "h", MINUTE, "m");
  return two(DAY, "d", HOUR, "h");
}

/** How long ago a time was: `now`, `12 s ago`, `in 3 m`. */
export function relative(time, now) {
  const away = now - time;
  if (Math.abs(away) < 1000) return "now";
  const coarse = duration(Math.abs(away) < MINUTE ? Math.floor(Math.abs(away) / 1000) * 1000 : away);
  return away > 0 ? `${coarse} ago` : `in ${coarse}`;
}

const two = (number, digits = 2) => String(number).padStart(digits, "0");

export function clock(time) {
  const at = new Date(time);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function date(time) {
  const at = new Date(time);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function dateAndTime(time) {
  return `${date(time)} ${clock(time)}.${two(new Date(time).getMilliseconds(), 3)}`;
}

/** The time of day today, the date before today. */
export function shortTime(time, now) {
  return date(time) === date(now) ? clock(time) : `${date(time).slice(5)} ${clock(time).slice(0, 5)}`;
}

/** An id cut in its middle. */
export function shortId(id) {
  return id.length > 14 ? `${id.slice(0, 6)}…${id.slice(-5)}` : id;
}

/** A time that is left, to the second: `6 d 03:12:09`. */
export function countdown(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value) => String(value % 60).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const hours = String(Math.floor(seconds / 3600) % 24).padStart(2, "0");
  return `${days ? `${days} d ` : ""}${hours}:${two(Math.floor(seconds / 60))}:${two(seconds)}`;
}

// Numbers, durations and times for people, in the words of the command line.

import {prefs} from './prefs.js';

let skew = 0;

/** Milliseconds since the epoch by the clock of the node: browsers' clocks are wrong now and then. */
export function now() {
  return Date.now() + skew;
}

/** Learns the node's clock from the Date header of an answer, which has whole seconds. */
export function learnClock(header) {
  const off = Date.parse(header ?? '') - Date.now();
  if (Number.isFinite(off)) skew = Math.abs(off) > 2500 ? off : 0;
}

const grouped = new Intl.NumberFormat('en-US');

export const count = (n) => grouped.format(n ?? 0);

export const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Bytes in powers of 1000, cut and not rounded. */
export function bytes(n) {
  let unit = 0;
  for (; n >= 1000; n /= 1000) unit += 1;
  return `${unit === 0 || n >= 10 ? Math.floor(n) : Math.floor(n * 10) / 10} ${UNITS[unit]}`;
}

const two = (n) => String(n).padStart(2, '0');

export function duration(ms) {
  ms = Math.max(0, Math.floor(ms));
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${Math.floor(ms / 1000)}.${Math.floor((ms % 1000) / 100)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${two(Math.floor((ms % 60_000) / 1000))} s`;
  if (ms < 86_400_000)
    return `${Math.floor(ms / 3_600_000)} h ${two(Math.floor((ms % 3_600_000) / 60_000))} min`;
  return `${Math.floor(ms / 86_400_000)} d ${Math.floor((ms % 86_400_000) / 3_600_000)} h`;
}

/** A duration that goes on: whole seconds, so that it does not flicker. */
export const clock = (ms) => (ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1000))} s` : duration(ms));

/** An estimate: no more digits than it is worth. */
export function about(ms) {
  if (ms < 1500) return '1 s';
  if (ms < 90_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

function coarse(ms) {
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h`;
  return `${Math.floor(ms / 86_400_000)} d`;
}

export function relative(time) {
  const ms = Date.parse(time) - now();
  if (ms > 1000) return `in ${coarse(ms)}`;
  if (ms > -1000) return 'just now';
  return `${coarse(-ms)} ago`;
}

/** 2026-01-31 09:00:06, local or UTC as the reader chose. */
export function exact(time) {
  const t = new Date(time);
  if (prefs.utc) return `${t.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return (
    `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ` +
    `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`
  );
}

export const timeOfDay = (ms) => exact(ms).slice(11, 19);

/** Without year and seconds, which a list has no room for. */
export const brief = (time) => exact(time).slice(5, 16);

/** A duration of the configuration in milliseconds: "60s", "1h30m", "500ms". */
export function configured(text) {
  const unit = {ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000};
  let sum = 0;
  for (const [, n, u] of String(text ?? '').matchAll(/([\d.]+)\s*(ms|s|m|h|d)/g)) sum += Number(n) * unit[u];
  return sum;
}

/** The first line of a text, at most so long. */
export function firstLine(text, most = 160) {
  const line = String(text ?? '').split('\n', 1)[0];
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

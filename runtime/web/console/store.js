// What the node has said: connections with their current or last run, runs, and how fast rows come in.
//
// Every event is a whole new value. An answer to a question may be older than an event that overtook it, so
// what an event has touched since the question was asked is not overwritten by the answer.

import {get, paths} from './api.js';
import {perFrame} from './dom.js';
import {now} from './format.js';
import {isActive} from './words.js';

export const HISTORY = 60; // runs shown as bars
const SAMPLES = 240;
const PAGE = 500;
const FIRST_PAGE = 100; // what a screen shows at first, so that it is there at once; early.js asks for it

const connections = new Map();
const histories = new Map(); // connection → runs, newest first
const samples = new Map(); // run → [{at, delivered, read}]
const touched = new Map(); // connection → number of the event that spoke of it last
const watchers = new Set();
const waiting = new Set();
const stale = new Set(); // connections whose history may have gone on unseen
let events = 0;
let whole = false;

export const store = {
  connection: (name) => connections.get(name),
  connections: () => [...connections.values()],
  /** Whether all connections are known, not only the first of them. */
  isWhole: () => whole,
  history: (name) => histories.get(name) ?? [],
  hasHistory: (name) => histories.has(name),
  samples: (run) => samples.get(run) ?? [],
};

const flush = perFrame(() => {
  const changed = new Set(waiting);
  waiting.clear();
  for (const each of [...watchers]) each(changed);
});

function changed(name) {
  waiting.add(name);
  flush();
}

/** Calls `watcher(names of connections that changed)`, once per frame at most; ends when called back. */
export function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function sample(run) {
  if (!isActive(run) || run.state === 'postponed') {
    return; // those of a run that has ended stay for who looks at it
  }
  const list = samples.get(run.run) ?? [];
  const at = now();
  const last = list.at(-1);
  if (last && at - last.at < 400) return;
  list.push({at, delivered: run.delivered, read: run.read});
  if (list.length > SAMPLES) list.shift();
  samples.set(run.run, list);
  if (samples.size > 64) samples.delete(samples.keys().next().value);
}

function remember(run) {
  const known = histories.get(run.connection);
  if (!known) return;
  const at = known.findIndex((each) => each.run === run.run);
  if (at >= 0) known[at] = run;
  else if (!known[0] || run.run > known[0].run) known.unshift(run);
  known.length = Math.min(known.length, HISTORY);
}

/** A run that came by another way than its connection's status. */
function putRun(run) {
  sample(run);
  remember(run);
  const status = connections.get(run.connection);
  const newer = !status?.run || run.run >= status.run.run;
  if (status && newer && run.state !== 'skipped' && run.state !== 'postponed')
    connections.set(run.connection, {...status, run});
  changed(run.connection);
}

function putConnection(status) {
  connections.set(status.connection, status);
  if (status.run) {
    sample(status.run);
    remember(status.run);
  }
  changed(status.connection);
}

/** Takes an event of the stream. */
export function take(name, value) {
  if (!value) return;
  events += 1;
  if (name === 'connection') {
    touched.set(value.connection, events);
    putConnection(value);
  } else if (name === 'run') {
    touched.set(value.connection, events);
    putRun(value);
  } else if (name === 'removed') {
    const gone = typeof value === 'string' ? value : value.connection;
    touched.set(gone, events);
    connections.delete(gone);
    changed(gone);
  }
}

const overtaken = (name, since) => (touched.get(name) ?? 0) > since;

let loading = null;
let isAskedAgain = false;

/** Asks for all connections, page by page; what is there is shown before the rest has come. */
export function loadConnections() {
  if (loading) isAskedAgain = true; // what was answered already may be too old for who asks now
  loading ??= loadUntilAsked().finally(() => (loading = null));
  return loading;
}

async function loadUntilAsked() {
  do {
    isAskedAgain = false;
    await load();
  } while (isAskedAgain);
}

async function load() {
  const since = events;
  const seen = new Set();
  let cursor;
  do {
    const limit = cursor || connections.size > 0 ? PAGE : FIRST_PAGE;
    const page = await get('connections', {limit, cursor});
    for (const each of page.items) {
      seen.add(each.connection);
      if (!overtaken(each.connection, since)) putConnection(each);
    }
    cursor = page.next_cursor;
  } while (cursor);
  for (const name of [...connections.keys()])
    if (!seen.has(name) && !overtaken(name, since)) {
      connections.delete(name);
      changed(name);
    }
  whole = true;
  if (seen.size === 0) changed('');
}

/** Asks for something that is answered with the status of a connection; returns the answer. */
export async function askForConnection(name, ask) {
  const since = events;
  const status = await ask();
  if (!overtaken(name, since)) putConnection(status);
  return status;
}

/** The same where a run of the connection is the answer. */
export async function askForRun(name, ask) {
  const since = events;
  const run = await ask();
  if (!overtaken(name, since)) putRun(run);
  return run;
}

export const loadConnection = (name) => askForConnection(name, () => get(paths.connection(name)));

const queue = [];
let asking = 0;

/** Asks for the last runs of a connection, few questions at a time. */
export function loadHistory(name) {
  if ((histories.has(name) && !stale.has(name)) || queue.includes(name)) return;
  queue.push(name);
  pump();
}

function pump() {
  while (asking < 2 && queue.length > 0) {
    const name = queue.shift();
    stale.delete(name);
    asking += 1;
    get(paths.runs(name), {limit: HISTORY})
      .then((page) => {
        histories.set(name, page.items);
        const current = connections.get(name)?.run;
        if (current) remember(current);
        changed(name);
      })
      .catch(() => {}) // the list has no bars then, which is all that it costs
      .finally(() => {
        asking -= 1;
        pump();
      });
  }
}

/** What was asked for once has to be asked for again, when somebody looks at it. */
export function doubtHistories() {
  for (const name of histories.keys()) stale.add(name);
}

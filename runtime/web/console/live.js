// What changes at the node, as it changes, in every tab.
//
// A browser allows six connections to an origin over HTTP/1.1, and a stream holds one for good: the seventh
// tab would hang. So one tab, whoever holds a Web Lock, has the stream and tells the others over a
// BroadcastChannel. Hidden tabs may be frozen; one that leads hands the lock on as soon as another tab is
// looked at. Without Web Locks (plain HTTP to another host) each tab asks every five seconds.

import {ApiError, get, paths} from './api.js';
import {now} from './format.js';

const LOCK = 'sluice-console-stream';
const POLL = 5000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 5000;

const watchers = new Set();
let signedOut = false;
let onSignedIn = () => {};
let state = {live: false, since: null, lost: null};
let channel = null;
let handOn = null;
let queued = null;

/**
 * Calls `watcher(name, value)` with events, `('resync')` when to ask again, `('live', state)`, and
 * `('session', whether somebody has signed in or out)`, `('unauthorized')` where a session has ended.
 */
export function onLive(watcher) {
  watchers.add(watcher);
}

export const liveState = () => state;

function tell(name, value) {
  for (const each of watchers) each(name, value);
}

function setState(live) {
  if (live === state.live && (live || state.lost !== null)) return;
  state = live ? {live, lost: null} : {live, lost: state.lost ?? now()};
  tell('live', state);
}

function receive({name, value}) {
  if (name === 'live') setState(value);
  else if (name === 'visible') handOn?.();
  else if (name === 'ask') announceState();
  else if (name === 'session') setSession(value);
  else tell(name, value);
}

function setSession(value) {
  signedOut = !value;
  if (value) onSignedIn();
  tell('session', value);
}

/** Tells every tab that somebody has signed in (true) or out (false). */
export function shareSession(value) {
  share('session', value);
}

function share(name, value) {
  channel?.postMessage({name, value});
  receive({name, value});
}

function announceState() {
  if (handOn) channel.postMessage({name: 'live', value: state.live});
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Holds the stream until `signal` aborts. */
async function lead(signal) {
  let wait = FIRST_WAIT;
  while (!signal.aborted) {
    if (signedOut) await new Promise((go) => (onSignedIn = go));
    const opened = await streamOnce(signal);
    if (signal.aborted) return;
    share('live', false);
    wait = opened ? FIRST_WAIT : Math.min(wait * 2, LONGEST_WAIT);
    await new Promise((go) => setTimeout(go, wait));
    await probe();
  }
}

/** An event source does not tell why it failed: whether somebody is signed in, a request does. */
async function probe() {
  try {
    await get('node');
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status !== 401) return;
    signedOut = true;
    share('unauthorized');
  }
}

function streamOnce(signal) {
  return new Promise((ended) => {
    const source = new EventSource(paths.events);
    let opened = false;
    const close = () => {
      source.close();
      ended(opened);
    };
    signal.addEventListener('abort', close, {once: true});
    source.onopen = () => {
      opened = true;
      share('live', true);
      share('resync');
    };
    source.onerror = close;
    for (const name of ['connection', 'run', 'removed', 'node', 'resync'])
      source.addEventListener(name, (event) => share(name, read(event.data)));
  });
}

async function holdLock(lock) {
  if (!lock) return;
  const ending = new AbortController();
  handOn = async () => {
    if (!document.hidden) return;
    const {pending} = await navigator.locks.query();
    if (pending.some((each) => each.name === LOCK)) ending.abort();
  };
  try {
    await lead(ending.signal);
  } finally {
    handOn = null;
    if (document.hidden) queued = null;
    else setTimeout(queue, 0);
  }
}

function queue() {
  if (queued || handOn) return;
  queued = new AbortController();
  navigator.locks
    .request(LOCK, {signal: queued.signal}, async (lock) => {
      queued = null;
      await holdLock(lock);
    })
    .catch(() => {
      queued = null;
    });
}

function onVisibility() {
  if (document.hidden) {
    queued?.abort();
    handOn?.();
    return;
  }
  queue();
  channel.postMessage({name: 'visible'});
  channel.postMessage({name: 'ask'});
  tell('resync'); // what came while the tab was frozen is lost
}

function poll() {
  const ask = async () => {
    if (!document.hidden) {
      try {
        await get('node');
        setState(true);
        tell('resync');
      } catch {
        setState(false);
      }
    }
    setTimeout(ask, POLL);
  };
  ask();
}

/** Begins. Where nobody is signed in, nothing comes until somebody is. */
export function goLive({isSignedIn}) {
  signedOut = !isSignedIn;
  if (!navigator.locks || !window.BroadcastChannel) {
    poll();
    return;
  }
  channel = new BroadcastChannel('sluice-console');
  channel.onmessage = (event) => receive(event.data);
  document.addEventListener('visibilitychange', onVisibility);
  channel.postMessage({name: 'ask'});
  queue();
}

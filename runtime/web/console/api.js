// Requests to the node that served the page. An answer that is no success becomes an ApiError, which says
// what failed, why and what to do, in the node's own words.

import {learnClock} from './format.js';

const BASE = new URL('../api/v1/', document.baseURI);

/** `code` is the problem's (RFC 9457), or `unreachable` where no answer came. */
export class ApiError extends Error {
  constructor({status = 0, code = 'unreachable', title = '', detail = '', hint = ''}) {
    super(detail || title);
    this.status = status;
    this.code = code;
    this.title = title;
    this.hint = hint;
  }
}

const onUnauthorized = new Set();

let signIns = 0;

/** Somebody has signed in: what is answered to earlier questions says nothing about that. */
export function noteSignIn() {
  signIns += 1;
}

/** Calls `watcher` whenever an answer says that nobody is signed in. */
export function whenUnauthorized(watcher) {
  onUnauthorized.add(watcher);
}

async function problem(answer) {
  let body = {};
  try {
    body = await answer.json();
  } catch {
    // a proxy's page, or nothing: the status has to do
  }
  return new ApiError({
    status: answer.status,
    code: body.code ?? `http_${answer.status}`,
    title: body.title ?? answer.statusText,
    detail: body.detail ?? `the answer was ${answer.status} ${answer.statusText}`,
    hint: body.hint ?? '',
  });
}

/** The answer that early.js has asked for; good for once. */
async function askedEarly(method, url) {
  const path = url.href.slice(BASE.href.length);
  if (method !== 'GET' || !window.early?.has(path)) return null;
  const answer = await window.early.get(path);
  window.early.delete(path);
  if (!answer?.ok) window.early.clear(); // what else was asked before somebody signed in is worth nothing
  return answer;
}

async function send(method, path, {query, body, headers, signal} = {}) {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(query ?? {}))
    for (const each of [value].flat())
      if (each !== undefined && each !== null && each !== '') url.searchParams.append(name, each);
  const before = signIns;
  let answer;
  try {
    answer =
      (await askedEarly(method, url)) ??
      (await fetch(url, {
        method,
        signal,
        credentials: 'same-origin',
        headers: {
          Accept: 'application/json',
          ...(method === 'GET' ? {} : {'Content-Type': 'application/json'}),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      }));
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError({title: 'No answer', detail: 'the node does not answer', hint: 'is it running?'});
  }
  learnClock(answer.headers.get('Date'));
  if (answer.ok) return answer;
  const refusal = await problem(answer);
  if (answer.status === 401 && path !== 'session' && before === signIns)
    for (const each of onUnauthorized) each(refusal);
  throw refusal;
}

async function json(method, path, options) {
  const answer = await send(method, path, options);
  return answer.status === 204 ? null : answer.json();
}

export const get = (path, query, options) => json('GET', path, {query, ...options});
export const post = (path, body, options) => json('POST', path, {body, ...options});
export const del = (path) => json('DELETE', path);

/** An answer of another kind than JSON, for a file. */
export async function download(path, query, accept) {
  return (await send('GET', path, {query, headers: {Accept: accept}})).blob();
}

const of = (connection) => `connections/${encodeURIComponent(connection)}`;

/** The paths of a connection and of a run. */
export const paths = {
  connection: of,
  runs: (connection) => `${of(connection)}/runs`,
  run: (connection, run) => `${of(connection)}/runs/${encodeURIComponent(run)}`,
  events: new URL('events', BASE),
};

function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** Starts a run. Where the answer is lost, it is asked for again under the same key: never two runs. */
export async function startRun(connection, body) {
  const headers = {'Idempotency-Key': freshKey()};
  try {
    return await post(paths.runs(connection), body, {headers});
  } catch (error) {
    if (error.code !== 'unreachable') throw error;
    await new Promise((go) => setTimeout(go, 1000));
    return post(paths.runs(connection), body, {headers});
  }
}

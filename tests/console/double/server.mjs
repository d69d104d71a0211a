// The double's HTTP side: the files of the console with the headers that the node sends, sessions, events.

import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {gzipSync} from 'node:zlib';
import {answer} from './api.mjs';
import {Refused} from './engine.mjs';

const FILES = new URL('../../../runtime/web/console/', import.meta.url);
const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};
const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
};

/** As the node tells: by the browser's word, or by the origin of a client that does not send it. */
const isFromHere = ({'sec-fetch-site': site, origin, host}) =>
  site ? site === 'same-origin' : origin === `http://${host}`;

function readBody(request) {
  return new Promise((done, fail) => {
    let text = '';
    request
      .on('data', (part) => (text += part))
      .on('end', () => {
        try {
          done(text ? JSON.parse(text) : {});
        } catch {
          fail(new Refused(400, 'usage', 'the body is not JSON'));
        }
      });
  });
}

export class Double {
  #server = null;
  #sockets = new Set();
  #sessions = new Map();
  #codes = new Map();
  #keys = new Map();
  streams = new Set();
  requests = [];

  constructor(engine, tokens) {
    this.engine = engine;
    this.tokens = tokens; // token → {name, role, rows}
    engine.on('event', (name, value) => {
      for (const stream of this.streams) stream.write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
    });
  }

  async listen(port = 0) {
    this.#server = createServer((request, response) => this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise((ready) => this.#server.listen(port, '127.0.0.1', ready));
    this.port = this.#server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  async close() {
    const closed = new Promise((done) => this.#server.close(done));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** The node ends and begins again: runs are interrupted, sessions forgotten unless `keepSessions`. */
  async restart({keepSessions = false, meanwhile = async () => {}} = {}) {
    await this.close();
    if (!keepSessions) this.#sessions.clear();
    this.engine.interrupt();
    await meanwhile();
    await this.listen(this.port);
  }

  /** A one-time code, as `sluice console` gets. */
  code(who) {
    const code = randomBytes(16).toString('hex');
    this.#codes.set(code, who);
    return code;
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.url);
    this.requests.push(`${request.method} ${url.pathname}`);
    try {
      if (url.pathname === '/') response.writeHead(302, {Location: '/ui/'}).end();
      else if (url.pathname.startsWith('/ui/')) this.#file(url.pathname.slice(4) || 'index.html', response);
      else if (url.pathname.startsWith('/api/v1/')) await this.#api(request, url, response);
      else throw new Refused(404, 'unknown_path', `nothing is at ${url.pathname}`);
    } catch (error) {
      this.#refuse(response, url, error);
    }
  }

  #refuse(response, url, error) {
    const {status = 500, code = 'internal', message, hint} = error;
    if (status === 500) console.error(error);
    const body = {
      type: `/api/v1/problems/${code}`,
      title: code.replaceAll('_', ' '),
      status,
      detail: message,
      instance: url.pathname,
      code,
      hint,
    };
    response
      .writeHead(status, {'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store'})
      .end(JSON.stringify(body));
  }

  #file(path, response) {
    let bytes;
    try {
      bytes = readFileSync(new URL(path, FILES));
    } catch {
      throw new Refused(404, 'unknown_path', `the console has no file ${path}`);
    }
    response
      .writeHead(200, {
        ...PAGE_HEADERS,
        'Content-Type': TYPES[path.split('.').pop()],
        'Content-Encoding': 'gzip',
      })
      .end(gzipSync(bytes));
  }

  get #cookie() {
    return `sluice_session_${this.port}`;
  }

  #who(request) {
    const bearer = /^bearer (.*)$/i.exec(request.headers.authorization ?? '')?.[1];
    const cookie = new RegExp(`${this.#cookie}=([0-9a-f]+)`).exec(request.headers.cookie ?? '')?.[1];
    const who = bearer ? this.tokens[bearer] : this.#sessions.get(cookie);
    if (!who) throw new Refused(401, 'unauthorized', 'nobody is signed in');
    if (!bearer && request.method !== 'GET' && !isFromHere(request.headers))
      throw new Refused(403, 'forbidden', 'another page sent this request');
    return {...who, cookie};
  }

  async #session(request, response) {
    if (request.method === 'POST') {
      const {token, code} = await readBody(request);
      const who = token ? this.tokens[token] : this.#codes.get(code);
      this.#codes.delete(code);
      if (!who)
        throw new Refused(
          401,
          'bad_credentials',
          token ? 'the token is not one of this node' : 'the code was used already, or is too old',
          token ? '' : 'run `sluice console` again'
        );
      const id = randomBytes(16).toString('hex');
      this.#sessions.set(id, who);
      response.setHeader('Set-Cookie', `${this.#cookie}=${id}; HttpOnly; SameSite=Strict; Path=/`);
      return {body: who};
    }
    const who = this.#who(request);
    if (request.method === 'DELETE') {
      this.#sessions.delete(who.cookie);
      return {status: 204, body: null};
    }
    return {body: {name: who.name, role: who.role, rows: who.rows, expires_at: null}};
  }

  async #api(request, url, response) {
    const path = url.pathname.slice('/api/v1/'.length);
    const isSession = path === 'session';
    const who = isSession ? null : this.#who(request);
    if (path === 'events') return this.#stream(response);
    const told = isSession
      ? await this.#session(request, response)
      : answer(this.engine, {
          method: request.method,
          path,
          query: url.searchParams,
          accept: request.headers.accept ?? '',
          who,
          keys: this.#keys,
          key: request.headers['idempotency-key'],
          body: request.method === 'POST' ? await readBody(request) : null,
        });
    const {status = 200, body, raw, type = 'application/json'} = told;
    response
      .writeHead(status, {'Content-Type': type, 'Cache-Control': 'no-store'})
      .end(status === 204 ? undefined : (raw ?? JSON.stringify(body)));
    return undefined;
  }

  #stream(response) {
    response.writeHead(200, {'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store'});
    response.write('retry: 3000\n\n');
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
  }
}

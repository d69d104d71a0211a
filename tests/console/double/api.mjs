// The operations of openapi.yaml on the engine: what is asked, what is answered.

import {Refused} from './engine.mjs';

const page = (items, query, keyOf) => {
  const limit = Math.min(500, Math.max(1, Number(query.get('limit') ?? 50)));
  const cursor = query.get('cursor');
  const from = cursor ? items.findIndex((each) => keyOf(each) === cursor) + 1 : 0;
  const part = items.slice(from, from + limit);
  return {items: part, next_cursor: from + limit < items.length ? keyOf(part.at(-1)) : null};
};

const withKeyText = ({key, ...rest}) => `{"key":${key},${JSON.stringify({key_text: key, ...rest}).slice(1)}`;

/** Keys go out as they were written: JavaScript would round them. */
const rejectedPage = ({items, next_cursor}) =>
  `{"items":[${items.map(withKeyText).join(',')}],"next_cursor":${JSON.stringify(next_cursor)}}`;

function config(engine, name) {
  const c = engine.find(name);
  return {
    file: `/etc/sluice/connections/${name}.json`,
    name,
    source: {
      odbc: 'Driver=PostgreSQL Unicode;Server=warehouse.example.com;Database=analytics;Uid=sluice;Pwd=***',
      table: `marts.${name}`,
      key: ['id'],
      change_detection: 'snapshot',
      answer_timeout: '2h',
    },
    mode: c.mode,
    mapping: {email: 'email', 'name.first': 'first_name', 'name.last': 'last_name'},
    destination: {
      kind: 'http',
      url: `https://api.crm.example.com/v3/${name}`,
      headers: {Authorization: '***'},
    },
    schedule: c.scheduled ? {every: '15m'} : 'manual',
    delivery: {writers: 4, batch_rows: 500, window: 4, drain_timeout: '60s'},
    max_delete_percent: 30,
    retry_rejected: true,
    row_log: c.rowLog,
  };
}

function listRuns(engine, name, query) {
  const states = query.getAll('state');
  const runs = engine
    .history(name)
    .filter(
      (run) =>
        (states.length === 0 || states.includes(run.state)) &&
        (!query.get('type') || run.type === query.get('type')) &&
        (!query.get('trigger') || run.trigger === query.get('trigger')) &&
        (!query.get('started_after') || run.started_at > query.get('started_after')) &&
        (!query.get('started_before') || run.started_at < query.get('started_before'))
    );
  return page(runs, query, (run) => run.run);
}

function rejected(engine, name, query, accept) {
  const c = engine.find(name);
  if (query.get('group') === 'reason') {
    const counts = new Map();
    for (const {reason} of c.rejected) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const groups = [...counts].map(([reason, count]) => ({reason, count})).sort((a, b) => b.count - a.count);
    return {body: page(groups, query, (g) => g.reason)};
  }
  const text = query.get('q') ?? '';
  const rows = c.rejected.filter(
    (row) =>
      (!query.get('operation') || row.operation === query.get('operation')) &&
      (!query.get('status') || String(row.status) === query.get('status')) &&
      (!text || row.key.includes(text) || row.reason.includes(text))
  );
  if (accept.includes('text/csv')) {
    const cell = (x) => `"${String(x ?? '').replaceAll('"', '""')}"`;
    return {
      type: 'text/csv',
      raw: [
        'key,operation,reason',
        ...rows.map((r) => [r.key, r.operation, r.reason].map(cell).join(',')),
      ].join('\r\n'),
    };
  }
  if (accept.includes('ndjson'))
    return {type: 'application/x-ndjson', raw: rows.map((r) => `${withKeyText(r)}\n`).join('')};
  return {raw: rejectedPage(page(rows, query, (row) => row.key)), type: 'application/json'};
}

function preview(engine, name, {full = false} = {}) {
  const c = engine.find(name);
  const n = full ? c.rows : c.changes;
  return {
    connection: name,
    type: full ? 'full' : c.next,
    reason: full ? '' : c.reason,
    mode: c.mode,
    read: c.rows,
    unchanged: c.rows - n,
    invalid: 0,
    inserts: full ? n : Math.floor(n * 0.3),
    updates: full ? 0 : n - Math.floor(n * 0.3),
    deletes: 0,
    rejected_retried: c.rejected.length,
    warnings: [],
    guarded: null,
    samples: [
      {
        key: {id: 7},
        key_text: '{"id":7}',
        operation: 'insert',
        rendered: `POST https://api.crm.example.com/v3/${name}\nAuthorization: ***\n\n{"email":"ada@example.com","name":{"first":"<i>Ada</i>","last":"Lovelace"}}`,
        reason: '',
      },
      {
        key: {id: 8},
        key_text: '{"id":8}',
        operation: 'update',
        rendered: `PATCH https://api.crm.example.com/v3/${name}/8\n\n{"email":"grace@example.com"}`,
        reason: '',
      },
      {
        key: {id: null},
        key_text: '{"id":null}',
        operation: 'read',
        rendered: null,
        reason: 'the key is NULL',
      },
    ],
  };
}

function rowLog(engine, name, id, query) {
  engine.run(name, id);
  if (!engine.find(name).rowLog)
    throw new Refused(404, 'no_row_log', `'${name}' keeps no row log`, 'set "row_log": true');
  const at = new Date().toISOString();
  const rows = Array.from({length: 120}, (_, i) => ({
    at,
    operation: 'update',
    key: {id: i},
    key_text: `{"id":${i}}`,
    ...(i % 9 === 0
      ? {
          outcome: 'rejected',
          status: 422,
          error: 'email: "ada[at]example.com" is not an address',
          request: `PUT https://crm.example.com/v1/people/${i}\nAuthorization: ***\n\n{"email":"ada[at]example.com"}`,
          answer: 'HTTP 422 Unprocessable Content: {"message": "email is not an address"}',
        }
      : {outcome: 'delivered'}),
  }));
  return page(
    rows.filter(
      (r) =>
        (!query.get('outcome') || r.outcome === query.get('outcome')) &&
        (!query.get('q') || r.key_text.includes(query.get('q')))
    ),
    query,
    (r) => r.key_text
  );
}

const credentials = (engine) => ({
  items: [
    {
      credential: 'hubspot',
      kind: 'bearer',
      kept_since: null,
      refreshed_at: null,
      ends_at: null,
      error: null,
    },
    {
      credential: 'salesforce',
      kind: 'oauth2',
      kept_since: engine.node.started_at,
      refreshed_at: engine.node.started_at,
      ends_at: engine.node.started_at,
      error: {
        code: 'destination_failed',
        message: "get token 'salesforce': invalid_grant",
        hint: 'authorise again: `sluice authorize salesforce`',
      },
    },
  ],
});

const nodes = (engine) => ({
  items: [
    {
      node: 'alpha',
      address: 'alpha.example.com:9471',
      version: engine.node.version,
      link: 'self',
      started_at: engine.node.started_at,
      since: null,
      connections: engine.connections.size,
      conflicts: [],
      error: null,
      certificate_ends_at: null,
    },
    {
      node: 'beta',
      address: 'beta.example.com:9471',
      version: engine.node.version,
      link: 'linked',
      started_at: engine.node.started_at,
      since: engine.node.started_at,
      connections: 3,
      conflicts: [],
      error: null,
      certificate_ends_at: '2027-06-01T00:00:00.000Z',
    },
    {
      node: 'gamma',
      address: 'gamma.example.com:9471',
      version: null,
      link: 'unreachable',
      started_at: null,
      since: engine.node.started_at,
      connections: 0,
      conflicts: [],
      error: {
        code: 'unreachable',
        message: "reach node 'gamma.example.com:9471': connection refused",
        hint: '',
      },
      certificate_ends_at: null,
    },
  ],
});

const CHANGING = new Set(['POST']);
const OPEN_TO_OBSERVERS = /\/preview$/;

/**
 * Answers a request below /api/v1/: {status, body | raw, type}. `who`: {name, role, rows}. Throws Refused.
 */
export function answer(engine, {method, path, query, body, accept, who, keys, key}) {
  if (CHANGING.has(method) && who.role !== 'operator' && !OPEN_TO_OBSERVERS.test(path))
    throw new Refused(
      403,
      'forbidden',
      `'${who.name}' is an observer`,
      'ask for a token of the role operator'
    );
  const [first, name, third, id, fifth] = path.split('/').map(decodeURIComponent);
  const ask = `${method} ${[first, name && ':c', third, id && ':r', fifth].filter(Boolean).join('/')}`;
  const start = () => {
    const known = key && keys.get(`${who.name} ${name} ${key}`);
    const run = known ?? engine.start(name, body, who.name);
    if (key) keys.set(`${who.name} ${name} ${key}`, run);
    return {status: 201, body: run};
  };
  const routes = {
    'GET node': () => ({body: engine.node}),
    'GET nodes': () => ({body: nodes(engine)}),
    'GET credentials': () => ({body: credentials(engine)}),
    'POST reload': () => ({
      body: {
        added: [],
        removed: [],
        changed: [],
        stopped: [],
        unchanged: [...engine.connections.keys()],
        warnings: [],
        problems: [],
      },
    }),
    'GET connections': () => {
      const all = [...engine.connections.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      const {items, next_cursor} = page(all, query, (c) => c.name);
      return {body: {items: items.map((c) => engine.status(c)), next_cursor}};
    },
    'GET connections/:c': () => ({body: engine.status(engine.find(name))}),
    'GET connections/:c/config': () => ({body: config(engine, name)}),
    'POST connections/:c/enable': () => ({body: engine.enable(name, true, who.name)}),
    'POST connections/:c/disable': () => ({body: engine.enable(name, false, who.name)}),
    'POST connections/:c/reset': () => ({body: engine.reset(name, body)}),
    'POST connections/:c/preview': () => ({body: preview(engine, name, body)}),
    'GET connections/:c/rejected': () => rejected(engine, name, query, accept),
    'GET connections/:c/runs': () => ({body: listRuns(engine, name, query)}),
    'POST connections/:c/runs': start,
    'GET connections/:c/runs/:r': () => ({body: engine.run(name, id)}),
    'POST connections/:c/runs/:r/stop': () => ({status: 202, body: engine.stop(name, id, body, who.name)}),
    'GET connections/:c/runs/:r/rows': () => ({body: rowLog(engine, name, id, query)}),
  };
  const route = routes[ask];
  if (!route) throw new Refused(404, 'unknown_path', `nothing answers ${method} /api/v1/${path}`);
  return route();
}

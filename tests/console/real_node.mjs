// Has the tests of the console look at a real node instead of the double: starts it with a connection that
// takes minutes, one that takes seconds and one with rejected rows, and runs those tests that a real node
// can stand.
//
//   node real_node.mjs SLUICE
//
// SLUICE is the program. What world.mjs reads from the environment is said here.

import {execFileSync, spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {createServer as createSocket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const TESTS = new URL('real_node_test.mjs', import.meta.url).pathname;
const READY = 30_000; // milliseconds
const WITH_FAILURES = 7; // exit code: some rows are rejected
const OPERATOR = 'console-operator-token';
const OBSERVER = 'console-observer-token';

const [program] = process.argv.slice(2);

async function freePort() {
  const probe = createSocket().listen(0, '127.0.0.1');
  await new Promise((ready) => probe.once('listening', ready));
  const {port} = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** An API that takes everything but rows whose email has no at sign. */
async function destination() {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => (text += part));
    request.on('end', () => {
      const bad = text.includes('no-address');
      response.writeHead(bad ? 422 : 200, {'Content-Type': 'application/json'});
      response.end(bad ? '{"message": "no such address"}' : '{}');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((ready) => server.once('listening', ready));
  return server;
}

function customers(folder, name, rows) {
  execFileSync('sqlite3', [
    join(folder, `${name}.sqlite`),
    `CREATE TABLE customers(id INTEGER PRIMARY KEY, email TEXT);
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
     INSERT INTO customers SELECT i, CASE i % 1000 WHEN 7 THEN 'no-address' ELSE 'ada' || i || '@example.com' END
       FROM n;`,
  ]);
}

/** `pace`: requests of 100 rows a second. */
const connection = (name, port, pace) => ({
  source: {odbc: `Driver=SQLite3;Database=../${name}.sqlite`, table: 'customers', key: ['id']},
  mode: 'upsert',
  row_log: true,
  max_rejected_percent: 100,
  destination: {
    kind: 'http',
    upsert: {method: 'POST', url: `http://127.0.0.1:${port}/contacts`, body: {contacts: '{{rows}}'}},
    batch_rows: 100,
    rate_limit: {requests: pace, per: '1s'},
  },
  delivery: {batch_rows: 100, drain_timeout: '60s'},
});

function configure(folder, apiPort, destinationPort) {
  mkdirSync(join(folder, 'connections'));
  const made = [
    ['slow', 200_000, 5],
    ['quick', 400, 4],
    ['rejected', 3_000, 1000],
  ];
  for (const [name, rows, pace] of made) {
    customers(folder, name, rows);
    writeFileSync(
      join(folder, 'connections', `${name}.json`),
      JSON.stringify(connection(name, destinationPort, pace))
    );
  }
  writeFileSync(
    join(folder, 'node.json'),
    JSON.stringify({
      node: 'real',
      listen: ['unix:sluice.sock'],
      state_dir: 'state',
      api: {
        listen: `127.0.0.1:${apiPort}`,
        tokens: [
          {name: 'ada', role: 'operator', token: OPERATOR},
          {name: 'wall', role: 'observer', token: OBSERVER, rows: false},
        ],
      },
    })
  );
}

/** The node, once it accepts commands. */
async function start(folder) {
  const node = spawn(program, ['node', '--config', join(folder, 'node.json')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  node.stderr.on('data', (part) => (log += part));
  await new Promise((ready, fail) => {
    setTimeout(() => fail(new Error(`the node is not ready:\n${log}`)), READY).unref();
    node.stdout.on('data', (part) => String(part).includes('ready') && ready());
    node.once('exit', () => fail(new Error(`the node ended:\n${log}`)));
  });
  return node;
}

/** Runs the program to its end, which has to be the expected one; the destination is served meanwhile. */
async function run(words, expected) {
  const command = spawn(program, words, {stdio: ['ignore', 'pipe', 'pipe']});
  let printed = '';
  for (const stream of [command.stdout, command.stderr])
    stream.on('data', (part) => (printed += part));
  const code = await new Promise((ended) => command.once('close', ended));
  if (code !== expected) throw new Error(`sluice ${words.join(' ')}: exit code ${code}:\n${printed}`);
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-console-'));
const receiving = await destination();
const port = await freePort();
configure(folder, port, receiving.address().port);
const node = await start(folder);
try {
  const address = `unix:${join(folder, 'sluice.sock')}`;
  for (let n = 0; n < 4; ++n)
    await run(['sync', 'rejected', '--full', '--wait', '--node', address], WITH_FAILURES);
  const tests = spawn(process.execPath, ['--test-reporter=spec', TESTS], {
    stdio: 'inherit',
    env: {
      ...process.env,
      SLUICE_CONSOLE_URL: `http://127.0.0.1:${port}`,
      SLUICE_CONSOLE_OPERATOR: OPERATOR,
      SLUICE_CONSOLE_OBSERVER: OBSERVER,
      SLUICE_CONSOLE_CODE: `'${program}' console --print --node '${address}'`,
      SLUICE_CONSOLE_SLOW: 'slow',
      SLUICE_CONSOLE_QUICK: 'quick',
      SLUICE_CONSOLE_REJECTED: 'rejected',
    },
  });
  process.exitCode = await new Promise((ended) => tests.once('exit', (code) => ended(code ?? 1)));
} finally {
  node.kill('SIGTERM');
  node.removeAllListeners('exit');
  await new Promise((ended) => node.once('exit', ended));
  receiving.closeAllConnections();
  receiving.close();
  rmSync(folder, {recursive: true});
}

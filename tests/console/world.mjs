// The node whose console is tested: the double, or a real one that the environment names.
//
//   SLUICE_CONSOLE_URL        origin of a real node, for example http://127.0.0.1:9470
//   SLUICE_CONSOLE_OPERATOR   token of the role operator;  SLUICE_CONSOLE_OBSERVER  of the role observer
//   SLUICE_CONSOLE_CODE       command that prints the address with a one-time code, as `sluice console` does
//   SLUICE_CONSOLE_SLOW       connection whose syncs take a minute at least, never synced or idle
//   SLUICE_CONSOLE_QUICK      connection whose syncs take a few seconds
//   SLUICE_CONSOLE_REJECTED   connection with rejected rows
//
// What only the double can be made to do (end a run, restart, have 2,000 connections) is not tested on a
// real one.

import {execFileSync} from 'node:child_process';
import {FEW, many, TOKENS} from './double/connections.mjs';
import {Engine} from './double/engine.mjs';
import {Double} from './double/server.mjs';

const env = process.env;

/** Leaves the slow connection as a test finds it: enabled and idle. */
async function settle() {
  const at = `${env.SLUICE_CONSOLE_URL}/api/v1/connections/${env.SLUICE_CONSOLE_SLOW}`;
  const ask = async (method, path = '', body = undefined) => {
    const answer = await fetch(`${at}${path}`, {
      method,
      headers: {Authorization: `Bearer ${env.SLUICE_CONSOLE_OPERATOR}`, 'Content-Type': 'application/json'},
      body: body && JSON.stringify(body),
    });
    return answer.json();
  };
  for (;;) {
    const {state, run} = await ask('GET');
    if (state === 'idle') return;
    if (state === 'disabled') await ask('POST', '/enable', {});
    else await ask('POST', `/runs/${run.run}/stop`, {abandon: true});
    if (run) await ask('GET', `/runs/${run.run}`);
  }
}

function realNode() {
  return {
    isReal: true,
    url: env.SLUICE_CONSOLE_URL,
    slow: env.SLUICE_CONSOLE_SLOW,
    quick: env.SLUICE_CONSOLE_QUICK,
    rejected: env.SLUICE_CONSOLE_REJECTED,
    token: (role) => ({operator: env.SLUICE_CONSOLE_OPERATOR, observer: env.SLUICE_CONSOLE_OBSERVER})[role],
    codeAddress: () => execFileSync('sh', ['-c', env.SLUICE_CONSOLE_CODE], {encoding: 'utf8'}).trim(),
    close: settle,
  };
}

async function doubleOf(specs) {
  const engine = new Engine(specs);
  const double = await new Double(engine, TOKENS).listen();
  return {
    isReal: false,
    url: double.url,
    slow: 'customers',
    quick: 'accounts',
    rejected: 'invoices',
    engine,
    double,
    token: (role) => `${role}-token`,
    codeAddress: () => `${double.url}/ui/#code=${double.code(TOKENS['operator-token'])}`,
    close: async () => {
      engine.end();
      await double.close();
    },
  };
}

/** A node with connections of every kind. */
export const openWorld = () => (env.SLUICE_CONSOLE_URL ? realNode() : doubleOf(FEW));

/** The double with that many connections. */
export const openLargeWorld = (howMany) => doubleOf(many(howMany));

/** For `test`: why one is left out that needs the double; false where it is there. */
export const needsDouble = env.SLUICE_CONSOLE_URL ? 'only the double can be made to do that' : false;

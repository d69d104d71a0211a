// The console on the double, to look at by hand: `node tests/console/serve.mjs [HOW-MANY-CONNECTIONS]`.

import {Engine} from './double/engine.mjs';
import {Double} from './double/server.mjs';
import {FEW, many, TOKENS} from './double/connections.mjs';

const howMany = Number(process.argv[2] ?? 0);
const double = await new Double(new Engine(howMany > 0 ? many(howMany) : FEW), TOKENS).listen(
  Number(process.env.PORT ?? 0)
);
console.log(`${double.url}/ui/#code=${double.code(TOKENS['operator-token'])}`);
console.log(`tokens: ${Object.keys(TOKENS).join(', ')}`);

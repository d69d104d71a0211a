// Serves OpenAPI documents as mock APIs, each on a loopback port of its own, all in this one process.
//
//   node prism.js ENV DOCUMENT...
//
// Requests that a document does not allow are refused with the reason, the others get its examples;
// the header `Prefer: example=NAME` or `Prefer: code=207` chooses among these. When all listen, ENV is
// written: one line SLUICE_TEST_PRISM_NAME=http://127.0.0.1:PORT for each NAME.yaml.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const {createLogger} = require('@stoplight/prism-core');
const {getHttpOperationsFromSpec} = require('@stoplight/prism-http');
const {createServer} = require('@stoplight/prism-http-server');

async function serve(document) {
  const name = path.basename(document, path.extname(document));
  const server = createServer(await getHttpOperationsFromSpec(document), {
    components: {logger: createLogger(name, {level: 'warn'})},
    config: {
      checkSecurity: true,
      errors: true,
      isProxy: false,
      mock: {dynamic: false, ignoreExamples: false},
      validateRequest: true,
      validateResponse: true,
    },
    cors: false,
  });
  const address = await server.listen(0, '127.0.0.1');
  return `export SLUICE_TEST_PRISM_${name.toUpperCase()}=${address}\n`;
}

async function main(env, documents) {
  const lines = await Promise.all(documents.map(serve));
  fs.writeFileSync(`${env}.new`, lines.join(''));
  fs.renameSync(`${env}.new`, env);
}

main(process.argv[2], process.argv.slice(3)).catch(error => {
  console.error(error);
  process.exit(1);
});

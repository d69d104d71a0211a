// Passes requests on to an API and checks requests and answers by its OpenAPI document.
//
//   node prism_proxy.js DOCUMENT UPSTREAM
//
// Prints its own address when it listens. What breaks the document is answered with a problem whose type
// ends in #VIOLATIONS or #UNPROCESSABLE_ENTITY, and says where.
'use strict';

const {createLogger} = require('@stoplight/prism-core');
const {getHttpOperationsFromSpec} = require('@stoplight/prism-http');
const {createServer} = require('@stoplight/prism-http-server');

async function main(document, upstream) {
  const server = createServer(await getHttpOperationsFromSpec(document), {
    components: {logger: createLogger('proxy', {level: 'warn'}, process.stderr)},
    config: {
      checkSecurity: false,
      errors: true,
      isProxy: true,
      upstream: new URL(upstream),
      upstreamProxy: undefined,
      mock: false,
      validateRequest: true,
      validateResponse: true,
    },
    cors: false,
  });
  console.log(await server.listen(0, '127.0.0.1'));
}

main(...process.argv.slice(2)).catch(error => {
  console.error(error);
  process.exit(1);
});

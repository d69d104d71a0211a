// How soon the list of connections is there: `node tests/console/bench.mjs [CONNECTIONS]`. For a machine
// that has nothing else to do; prints milliseconds from the request of the page to the paint of its first
// rows.

import {Browser} from './browser.mjs';
import {openLargeWorld} from './world.mjs';

const ROUNDS = 15;
const world = await openLargeWorld(Number(process.argv[2] ?? 2000));
const browser = await Browser.launch();
const context = await browser.person({origin: world.url});
await context.request.post(`${world.url}/api/v1/session`, {data: {token: world.token('operator')}});
await context.addInitScript(() => {
  const seen = new MutationObserver(() => {
    if (!document.querySelector('#main tbody tr')) return;
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => (window.firstRows = performance.now()), 0));
  });
  seen.observe(document, {childList: true, subtree: true});
});

const taken = [];
for (let i = 0; i < ROUNDS; i += 1) {
  const page = await context.newPage();
  await page.goto(`${world.url}/ui/#/connections`);
  await page.waitForFunction(() => window.firstRows);
  taken.push(await page.evaluate(() => window.firstRows));
  await page.close();
}
taken.sort((a, b) => a - b);
console.log(
  `first rows after ${Math.round(taken[0])} ms at least, ${Math.round(taken[ROUNDS >> 1])} ms in the middle, ${Math.round(taken.at(-1))} ms at most`
);
await browser.close();
await world.close();

// How soon the list of connections is there: `node tests/console/bench.mjs [CONNECTIONS]`. For a machine
// that has nothing else to do; prints milliseconds from the request of the page to its first paint and to
// that of its first rows, and the first paint of a page of one word, below which no page comes in this
// browser on this machine.

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

const firstPaint = (page) =>
  page.evaluate(async () => {
    const entry = () => performance.getEntriesByName('first-contentful-paint')[0];
    while (!entry()) await new Promise(requestAnimationFrame);
    return entry().startTime;
  });

const least = [];
const painted = [];
const taken = [];
for (let i = 0; i < ROUNDS; i += 1) {
  const word = await context.newPage();
  await word.goto('data:text/html,<!doctype html><p>word');
  least.push(await firstPaint(word));
  await word.close();
  const page = await context.newPage();
  await page.goto(`${world.url}/ui/#/connections`);
  await page.waitForFunction(() => window.firstRows);
  taken.push(await page.evaluate(() => window.firstRows));
  painted.push(await firstPaint(page));
  await page.close();
}
const told = (what, times) => {
  times.sort((a, b) => a - b);
  const [shortest, middle, longest] = [times[0], times[ROUNDS >> 1], times.at(-1)].map(Math.round);
  console.log(`${what} after ${shortest} ms at least, ${middle} ms in the middle, ${longest} ms at most`);
};
told('a page of one word', least);
told('first paint', painted);
told('first rows', taken);
await browser.close();
await world.close();

// How soon the list of connections is there: `node tests/console/bench.mjs [CONNECTIONS]`. For a machine
// that has nothing else to do; prints milliseconds from the request of the page to its first paint and to
// that of its first rows, in a new tab and in one that has shown the console before; and the first paint of
// a page of one word, without and with the console's Cross-Origin-Opener-Policy, for which the browser
// begins a process in a new tab. Below these no page comes in this browser on this machine.

import {createServer} from 'node:http';
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

const words = createServer((asked, answer) => {
  answer.setHeader('Content-Type', 'text/html');
  if (asked.url === '/apart') answer.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  answer.end('<!doctype html><p>word');
});
await new Promise((ready) => words.listen(0, '127.0.0.1', ready));

const times = {};
const note = (what, time) => (times[what] ??= []).push(time);
async function noteConsole(page, where) {
  await page.waitForFunction(() => window.firstRows);
  note(`first paint, ${where},`, await firstPaint(page));
  note(`first rows, ${where},`, await page.evaluate(() => window.firstRows));
}
for (let i = 0; i < ROUNDS; i += 1) {
  for (const [path, what] of [
    ['', 'a page of one word'],
    ['apart', 'a page of one word, apart from others,'],
  ]) {
    const word = await context.newPage();
    await word.goto(`http://127.0.0.1:${words.address().port}/${path}`);
    note(what, await firstPaint(word));
    await word.close();
  }
  const page = await context.newPage();
  await page.goto(`${world.url}/ui/#/connections`);
  await noteConsole(page, 'new tab');
  await page.reload();
  await noteConsole(page, 'same tab');
  await page.close();
}
for (const [what, of] of Object.entries(times)) {
  of.sort((a, b) => a - b);
  const [shortest, middle, longest] = [of[0], of[ROUNDS >> 1], of.at(-1)].map(Math.round);
  console.log(`${what} after ${shortest} ms at least, ${middle} ms in the middle, ${longest} ms at most`);
}
words.close();
await browser.close();
await world.close();

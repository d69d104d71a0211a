// What every test of the console does around its story.

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Browser} from './browser.mjs';
import {openWorld} from './world.mjs';

const IDLE = 300; // milliseconds until a browser that no test uses is closed: it would keep the process alive

let browser = null;
let closing;

async function theBrowser() {
  clearTimeout(closing);
  browser ??= await Browser.launch();
  return browser;
}

function closeWhenIdle() {
  closing = setTimeout(() => {
    browser.close();
    browser = null;
  }, IDLE);
}

/** Somebody at a browser of their own. */
class Person {
  constructor(context, world) {
    Object.assign(this, {context, world});
  }

  /** A tab that shows `hash` of the console, once what it shows is live. */
  async open(hash = '#/connections') {
    const page = await this.context.newPage();
    await page.goto(`${this.world.url}/ui/${hash}`);
    await live(page);
    return page;
  }
}

export const live = (page) => page.locator('.live.is-on').waitFor();

/** Goes to another screen of the page that is open. */
export async function go(page, hash) {
  await page.evaluate((to) => (location.hash = to), hash);
}

/**
 * A test. `story({world, person})`; `person({role, …})` is somebody who has signed in, with a browser of their own. When
 * the story is over nothing may have been complained of: errors, the CSP, requests that left the origin.
 */
export function scene(name, story, {skip = false, open = openWorld} = {}) {
  test(name, {skip, timeout: 120_000}, async () => {
    const used = await theBrowser();
    const world = await open();
    const person = async ({role = 'operator', ...options} = {}) => {
      const context = await used.person({origin: world.url, ...options});
      if (role) {
        const signedIn = await context.request.post(`${world.url}/api/v1/session`, {
          data: {token: world.token(role)},
        });
        assert.equal(signedIn.status(), 200);
      }
      return new Person(context, world);
    };
    let complaints;
    try {
      await story({world, person});
    } finally {
      complaints = await used.settle();
      await world.close();
      closeWhenIdle();
    }
    assert.deepEqual(complaints, []);
  });
}

/** Waits until `read()` answers something true; fails with `what` after ten seconds. */
export async function until(what, read) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await read();
    if (found) return found;
    assert.ok(Date.now() < deadline, `never: ${what}`);
    await new Promise((go) => setTimeout(go, 50));
  }
}

/** The number in a text. */
export const numberIn = (text) => Number(/[\d,]+/.exec(text)?.[0].replaceAll(',', ''));

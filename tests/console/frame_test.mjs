// What holds on every screen: roles, restarts, many connections, many tabs, keys.

import assert from 'node:assert/strict';
import {go, live, scene, until} from './scene.mjs';
import {needsDouble, openLargeWorld} from './world.mjs';

const button = (page, name) => page.getByRole('button', {name, exact: true});

scene('an observer sees everything and cannot act', async ({world, person}) => {
  const page = await (await person({role: 'observer'})).open();
  const requests = [];
  page.on('request', (request) => requests.push(request.method()));
  const inList = page.getByRole('button', {name: `Sync Now: ${world.slow}`});
  assert.match(await inList.getAttribute('title'), /observer/);
  await inList.click({force: true});
  await go(page, `#/connections/${world.slow}`);
  for (const name of ['Sync Now', 'Stop Now']) {
    assert.match(await button(page, name).getAttribute('aria-description'), /observer/);
    await button(page, name).click({force: true});
  }
  await button(page, 'More ways to sync').click();
  const entry = page.getByRole('menuitem', {name: 'Force Full Resync…'});
  assert.equal(await entry.getAttribute('aria-disabled'), 'true');
  await entry.click({force: true});
  await page.keyboard.press('Escape');
  await go(page, '#/nodes');
  assert.match(await button(page, 'Reload configuration').getAttribute('title'), /observer/);
  await button(page, 'Reload configuration').click({force: true});
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.deepEqual(
    requests.filter((method) => method !== 'GET'),
    []
  );
});

scene(
  'a page lives through a restart of the node, and shows what became of its sync',
  async ({world, person}) => {
    const page = await (await person({expects: /ERR_/})).open(`#/connections/${world.slow}`);
    await button(page, 'Sync Now').click();
    await page.locator('.head .badge', {hasText: 'Running'}).waitFor();
    await world.double.restart({
      keepSessions: true,
      meanwhile: async () => {
        await page.getByText(/No connection since \d\d:\d\d:\d\d, showing the state of then/).waitFor();
        await page.locator('.head .badge', {hasText: 'Running'}).waitFor();
      },
    });
    await live(page);
    await page.getByRole('region', {name: 'Last sync'}).getByText('Interrupted').waitFor();
    await page.locator('.head .badge', {hasText: 'Idle'}).waitFor();
    await button(page, 'Sync Now').click();
    await page.locator('.head .badge', {hasText: 'Running'}).waitFor();
  },
  {skip: needsDouble}
);

scene(
  'an action whose answer is lost is done once',
  async ({world, person}) => {
    const page = await (await person({expects: /ERR_/})).open(`#/connections/${world.slow}`);
    let lost = 0;
    await page.route('**/runs', async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      return route.abort('connectionreset');
    });
    await button(page, 'Sync Now').click();
    await page.locator('.head .badge', {hasText: 'Running'}).waitFor();
    await until(
      'the request was sent again',
      () =>
        lost === 1 &&
        world.double.requests.filter((r) => r === `POST /api/v1/connections/${world.slow}/runs`).length === 2
    );
    assert.equal(await page.getByRole('alert').count(), 0);
  },
  {skip: needsDouble}
);

scene(
  'of 2,000 connections the first are shown before the last are asked for, and all are counted, sorted and found',
  async ({world, person}) => {
    const somebody = await person({expects: /ERR_FAILED/});
    const early = await somebody.context.newPage();
    let held = 0;
    await early.route(/connections\?.*cursor=/, (route) => {
      // the rest does not come at all
      held += 1;
      return route.abort();
    });
    await early.goto(`${world.url}/ui/`);
    await early.locator('table.list tbody tr').nth(29).waitFor();
    await until('the rest was asked for', () => held > 0);
    await early.close();
    const page = await somebody.open();
    await page.getByRole('button', {name: 'All 2,000'}).waitFor();
    const rows = page.locator('table.list tbody tr');
    assert.equal(await rows.count(), 100);
    await button(page, 'Show more').click();
    await until('more are there', async () => (await rows.count()) === 200);
    await page.getByRole('columnheader', {name: 'Rejected'}).getByRole('button').click();
    await until('those with rejected rows are first', async () =>
      (await rows.first().locator('.c-count').innerText()).endsWith('5')
    );
    assert.equal(
      await page.getByRole('columnheader', {name: 'Rejected'}).getAttribute('aria-sort'),
      'descending'
    );
    await page.getByLabel('Part of a name').fill('_1999');
    await until('one is found', async () => (await rows.count()) === 1);
    assert.ok(page.url().includes('q=_1999'));
    world.engine.start('connection_1999', {}, 'grace');
    await rows.first().locator('.badge', {hasText: 'Running'}).waitFor({timeout: 1000});
    await page.getByLabel('Part of a name').fill('');
    await page.getByRole('button', {name: /Disabled/}).click();
    await page.getByText('33 connections').waitFor();
  },
  {open: () => openLargeWorld(2000), skip: needsDouble}
);

scene('the seventh tab is as alive as the first', async ({world, person}) => {
  const somebody = await person();
  const tabs = [];
  for (let i = 0; i < 7; i += 1) tabs.push(await somebody.open());
  if (!world.isReal) assert.equal(world.double.streams.size, 1, 'one stream serves all tabs');
  await tabs[0].getByRole('button', {name: `Sync Now: ${world.slow}`}).click();
  for (const tab of tabs)
    await tab
      .locator('tr', {hasText: world.slow})
      .locator('.badge', {hasText: 'Running'})
      .waitFor({timeout: 2000});
});

scene(
  'when the tab that has the stream is closed another one takes it',
  async ({world, person}) => {
    const somebody = await person();
    const first = await somebody.open();
    const second = await somebody.open();
    await first.close();
    await until('another stream is open', () => world.double.streams.size === 1);
    world.engine.start(world.slow, {}, 'grace');
    await second
      .locator('tr', {hasText: world.slow})
      .locator('.badge', {hasText: 'Running'})
      .waitFor({timeout: 2000});
  },
  {skip: needsDouble}
);

scene(
  'a tab that is hidden hands the stream on to one that is looked at, and comes back to what is true',
  async ({world, person}) => {
    const somebody = await person();
    const first = await somebody.open();
    const second = await somebody.open();
    const hide = (hidden) =>
      first.evaluate((value) => {
        Object.defineProperty(document, 'hidden', {value, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    const opened = () => world.double.requests.filter((each) => each === 'GET /api/v1/events').length;
    assert.equal(opened(), 1);
    await hide(true);
    await until('the other tab has the stream', () => opened() === 2 && world.double.streams.size === 1);
    world.engine.start(world.slow, {}, 'grace');
    const running = (tab) => tab.locator('tr', {hasText: world.slow}).locator('.badge', {hasText: 'Running'});
    await running(second).waitFor({timeout: 2000});
    await hide(false);
    await running(first).waitFor({timeout: 2000});
    assert.equal(world.double.streams.size, 1);
  },
  {skip: needsDouble}
);

scene(
  'without Web Locks, as on plain HTTP to another host, the page asks again and again',
  async ({world, person}) => {
    const somebody = await person();
    await somebody.context.addInitScript(() => Object.defineProperty(navigator, 'locks', {value: undefined}));
    const page = await somebody.open();
    assert.equal(world.double.streams.size, 0);
    world.engine.start(world.slow, {full: true}, 'grace');
    await page
      .locator('tr', {hasText: world.slow})
      .locator('.badge', {hasText: 'Running'})
      .waitFor({timeout: 7000});
  },
  {skip: needsDouble}
);

scene('everything is done with the keyboard alone', async ({world, person}) => {
  const page = await (await person()).open();
  const press = (...keys) =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await page.getByRole('link', {name: world.slow, exact: true}).waitFor();
  await press('/');
  await page.keyboard.type(world.slow);
  await until('the list is short', async () => (await page.locator('table.list tbody tr').count()) === 1);
  await press('Tab'); // out of the field: keys are letters within it
  await press('j');
  assert.equal(await focused(), world.slow);
  await press('Enter');
  await page.getByRole('heading', {name: world.slow}).waitFor();
  await press('s');
  await page.locator('.head .badge', {hasText: 'Running'}).waitFor();
  await press('x');
  await page.getByRole('dialog', {name: 'Stop this sync?'}).waitFor();
  assert.equal(await focused(), 'Keep running');
  await press('Escape');
  await page.getByRole('dialog').waitFor({state: 'detached'});
  await press('x', 'Tab', 'Enter');
  await page.locator('.head .badge', {hasText: /Draining|Idle/}).waitFor();
  await page.locator('.head .badge', {hasText: 'Idle'}).waitFor();
  await page.getByRole('button', {name: 'More ways to sync'}).focus();
  await press('Enter', 'ArrowDown');
  assert.equal(await focused(), 'Force Full Resync…');
  await press('Escape');
  assert.equal(await page.getByRole('menu').count(), 0);
  await press('?');
  await page.getByRole('dialog', {name: 'Keys'}).waitFor();
  await press('Escape', 'g', 'n');
  await page.getByRole('heading', {name: 'Nodes'}).waitFor();
  await press('g', 'c');
  await page.getByRole('heading', {name: 'Connections'}).waitFor();
});

scene(
  'single keys can be turned off, times be UTC and the theme be chosen, for every tab',
  async ({world, person}) => {
    const somebody = await person({colorScheme: 'light'});
    const page = await somebody.open(`#/connections/${world.rejected}`);
    const other = await somebody.open();
    const choose = async (name) => {
      await page.getByRole('button', {name: /operator/}).click();
      await page.getByRole('menuitem', {name}).click();
    };
    await choose('Single keys: on');
    await page.keyboard.press('?');
    assert.equal(await page.getByRole('dialog').count(), 0);
    await choose('Times: local');
    await until('times are UTC', async () =>
      (await page.locator('.card time').first().getAttribute('title')).endsWith('UTC')
    );
    await choose('Theme: as the system');
    await choose('Theme: light');
    const ground = (tab) => tab.evaluate(() => getComputedStyle(document.body.parentElement).backgroundColor);
    await until(
      'both tabs are dark',
      async () => (await ground(page)) === (await ground(other)) && (await ground(page)) === 'rgb(15, 18, 20)'
    );
    await other.reload();
    assert.equal(await other.evaluate(() => document.documentElement.dataset.theme), 'dark');
  }
);

scene(
  'a connection that is unknown or a node that refuses is told in its own words',
  async ({person}) => {
    const page = await (await person({expects: /404/})).open('#/connections/no-such-thing');
    await page.getByRole('alert').getByText("no connection is called 'no-such-thing'").waitFor();
    await go(page, '#/connections/orders/runs/01J00000000000000000000000');
    await page.getByRole('alert').getByText('has no run').waitFor();
  },
  {skip: needsDouble}
);

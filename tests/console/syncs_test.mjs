// Starting, watching, stopping and draining a sync, as people do it.

import assert from 'node:assert/strict';
import {go, numberIn, scene, until} from './scene.mjs';
import {needsDouble} from './world.mjs';

const button = (page, name) => page.getByRole('button', {name, exact: true});
const card = (page) => page.getByRole('region', {name: /Current sync|Last sync/});
const figure = async (page, word) =>
  numberIn(await card(page).locator('.figure', {hasText: word}).locator('b').innerText());
const state = (page, word, options) =>
  page.locator('.head .badge', {hasText: word}).waitFor(options);
const DRAINED = {timeout: 60_000}; // as long as a real node's drain may take
const row = (page, n = 0) => page.locator('table.runs tbody tr').nth(n);

const shownRun = (page) => page.locator('.meta code').first().innerText();

async function startFull(page) {
  await button(page, 'More ways to sync').click();
  await page.getByRole('menuitem', {name: 'Force Full Resync…'}).click();
  await page.getByRole('dialog').getByRole('button', {name: 'Force Full Resync'}).click();
  await state(page, 'Running');
}

scene(
  'a sync is started, watched, stopped with numbers that move, drains, and the next one continues it',
  async ({world, person}) => {
    const page = await (await person()).open(`#/connections/${world.slow}`);
    await startFull(page);
    const delivered = await until('rows are delivered', () => figure(page, 'Delivered'));
    await until('the count grows', async () => (await figure(page, 'Delivered')) > delivered);
    await card(page).getByText('Deltas found so far').waitFor();
    await card(page)
      .getByRole('img', {name: /Delivered rows per second/})
      .waitFor();

    await button(page, 'Stop Now').click();
    const box = page.getByRole('dialog', {name: 'Stop this sync?'});
    await box.getByText('full and continues this one').waitFor();
    await box.getByText(/in about \d+ (s|min)/).waitFor();
    assert.equal(
      await box.getByRole('checkbox').isChecked(),
      false,
      'to give up is not what is offered first'
    );
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Keep running');
    const first = await box.innerText();
    await until('the numbers in the dialog move', async () => (await box.innerText()) !== first);
    await box.getByRole('button', {name: 'Stop Sync'}).click();

    await state(page, 'Draining');
    await card(page)
      .getByText(
        /reading halted \d+ ms after the request, [\d,]+ rows? (is|are) still being delivered, about/
      )
      .waitFor();
    await box.waitFor({state: 'detached'});
    await state(page, 'Idle', DRAINED);
    await card(page).getByText('Aborted, stopped on request').waitFor();
    assert.equal(await figure(page, 'Undelivered'), 0);
    await card(page).getByText('continues this one').waitFor();

    await button(page, 'Sync Now').click();
    await state(page, 'Running');
    await row(page).getByText('full').waitFor();
    await row(page).getByText('continues an earlier one').waitFor({state: 'attached'});
  }
);

scene('a full resync says what it means before it begins', async ({world, person}) => {
  const page = await (await person()).open(`#/connections/${world.slow}`);
  await button(page, 'More ways to sync').click();
  await page.getByRole('menuitem', {name: 'Force Full Resync…'}).click();
  const box = page.getByRole('dialog', {name: 'Force a full resync?'});
  await box.getByText('Rows are not deleted first').waitFor();
  await box.getByRole('button', {name: 'Cancel'}).click();
  await box.waitFor({state: 'detached'});
  await startFull(page);
  await row(page).getByText('full').waitFor();
});

scene('a sync of some rows ends behind as many, or is about those that were named', async ({world, person}) => {
  const page = await (await person({expects: /404/})).open(`#/connections/${world.slow}`);
  const ask = async () => {
    await button(page, 'More ways to sync').click();
    await page.getByRole('menuitem', {name: 'Sync some rows…'}).click();
    return page.getByRole('dialog', {name: 'Sync some rows'});
  };
  let box = await ask();
  await box.getByLabel('How many').fill('0');
  assert.match(await box.getByRole('button', {name: 'Sync These'}).getAttribute('title'), /1 or more/);
  await box.getByLabel('How many').fill('5');
  await box.getByRole('button', {name: 'Sync These'}).click();
  await page.getByText('its limit').first().waitFor();
  await page.getByText('Stopped').first().waitFor();

  await page.goto(`${world.url}/ui/#/connections/${world.slow}`);
  await state(page, 'Idle');
  box = await ask();
  await box.getByLabel(/certain keys/).check();
  await box.getByLabel('Keys, one on each line').fill('{"id": 8}\n8');
  assert.match(await box.getByRole('button', {name: 'Sync These'}).getAttribute('title'), /line 2/);
  await box.getByLabel('Keys, one on each line').fill('{"id": 8}\n{"id": 9}\n');
  await box.getByRole('button', {name: 'Sync These'}).click();
  await page.getByText('Completed', {exact: true}).first().waitFor();
});

scene(
  'a run that ends while the pop-up is open says so, and nothing else is stopped',
  async ({world, person}) => {
    const page = await (await person()).open(`#/connections/${world.slow}`);
    await button(page, 'Sync Now').click();
    await state(page, 'Running');
    await button(page, 'Stop Now').click();
    world.engine.finish(world.slow);
    const box = page.getByRole('dialog', {name: 'This sync has ended'});
    await box.getByText('It ended by itself').waitFor();
    assert.equal(await box.getByRole('button').count(), 1);
    await box.getByRole('button', {name: 'Close'}).click();
    assert.equal(
      await page.evaluate(() => document.activeElement.id),
      'stop-now',
      'the focus is where it was'
    );
  },
  {skip: needsDouble}
);

scene(
  'a click that comes too late is told so, in the dialog',
  async ({world, person}) => {
    const page = await (await person({expects: /409/})).open(`#/connections/${world.slow}`);
    await button(page, 'Sync Now').click();
    await state(page, 'Running');
    await button(page, 'Stop Now').click();
    const box = page.getByRole('dialog');
    await page.route('**/stop', async (route) => {
      world.engine.removeAllListeners('event'); // the page does not hear of it
      world.engine.finish(world.slow);
      await route.continue();
    });
    await box.getByRole('button', {name: 'Stop Sync'}).click();
    await box.getByRole('alert').getByText('has ended').waitFor();
  },
  {skip: needsDouble}
);

scene('giving up is the second choice, and what it leaves is counted', async ({world, person}) => {
  const page = await (await person()).open(`#/connections/${world.slow}`);
  await startFull(page);
  await until('rows are in flight', () => figure(page, 'In flight'));
  await button(page, 'Stop Now').click();
  await page.getByLabel(/Give up what is on its way/).check();
  // The answer, which says that the sync drains, comes after the event that says that it has ended.
  await page.route('**/stop', async (route) => {
    const response = await route.fetch();
    await state(page, 'Idle', DRAINED);
    await route.fulfill({response});
  });
  await page.getByRole('dialog').getByRole('button', {name: 'Stop Sync'}).click();
  await page.getByRole('dialog').waitFor({state: 'hidden'});
  assert.ok((await figure(page, 'Undelivered')) > 0);
});

scene(
  'a drain can be given up',
  async ({world, person}) => {
    const page = await (await person()).open(`#/connections/${world.slow}`);
    world.engine.find(world.slow).perSecond = 50; // it would take a minute
    await startFull(page);
    await until('rows are in flight', () => figure(page, 'In flight'));
    await button(page, 'Stop Now').click();
    await page.getByRole('dialog').getByRole('button', {name: 'Stop Sync'}).click();
    await state(page, 'Draining');
    await button(page, 'Give up the drain…').click();
    await page
      .getByRole('dialog', {name: 'Give up the drain?'})
      .getByRole('button', {name: 'Give Up Drain'})
      .click();
    await state(page, 'Idle', DRAINED);
  },
  {skip: needsDouble}
);

scene('a sync asked for during another one waits for its end', async ({world, person}) => {
  const page = await (await person()).open(`#/connections/${world.slow}`);
  await button(page, 'Sync Now').click();
  await state(page, 'Running');
  await button(page, 'More ways to sync').click();
  await page.getByRole('menuitem', {name: 'Sync again when this one has ended'}).click();
  await button(page, 'Stop Now').click();
  await page.getByRole('dialog').getByRole('button', {name: 'Stop Sync'}).click();
  await row(page, 1).getByText('Aborted, stopped on request').waitFor(DRAINED);
  await row(page, 0).getByText('Running').waitFor();
});

scene('a connection that is disabled stops, says so, and is enabled again', async ({world, person}) => {
  const page = await (await person()).open(`#/connections/${world.slow}`);
  await button(page, 'Sync Now').click();
  await state(page, 'Running');
  await button(page, 'More actions').click();
  await page.getByRole('menuitem', {name: 'Disable…'}).click();
  await page.getByRole('dialog').getByRole('button', {name: 'Disable'}).click();
  await state(page, 'Disabled', DRAINED);
  assert.equal(await button(page, 'Sync Now').getAttribute('title'), 'the connection is disabled');
  await button(page, 'Sync Now').click({force: true}); // it does nothing
  await button(page, 'Enable').click();
  await state(page, 'Idle', DRAINED);
});

scene('a reset asks for the name', async ({world, person}) => {
  const page = await (await person()).open(`#/connections/${world.slow}`);
  await button(page, 'More actions').click();
  await page.getByRole('menuitem', {name: 'Reset…'}).click();
  const box = page.getByRole('dialog');
  await box.getByRole('textbox').fill('something else');
  assert.equal(await box.getByRole('button', {name: 'Reset'}).getAttribute('aria-disabled'), 'true');
  await box.getByRole('textbox').fill(world.slow);
  await box.getByRole('button', {name: 'Reset'}).click();
  await page.locator('.meta').getByText('full, because').waitFor();
});

scene(
  'a sync stopped before anything was due is shown as a normal end',
  async ({person}) => {
    const page = await (await person()).open('#/connections/suppliers');
    await card(page).getByText('before a row was due for delivery: nothing is missing').waitFor();
    assert.equal(await card(page).locator('.is-failed').count(), 0);
    assert.equal(await page.getByRole('alert').count(), 0);
    await go(page, '#/connections?state=attention');
    await page.getByRole('link', {name: 'loyalty-points'}).waitFor();
    assert.equal(await page.getByRole('link', {name: 'suppliers'}).count(), 0, 'it wants no attention');
  },
  {skip: needsDouble}
);

scene(
  'what one person does another one sees within a second',
  async ({world, person}) => {
    const [ada, grace] = [await person(), await person({role: 'second'})];
    const mine = await ada.open(`#/connections/${world.slow}`);
    const theirs = await grace.open('#/connections');
    const seen = (word) =>
      theirs.locator('tr', {hasText: world.slow}).locator('.badge', {hasText: word}).waitFor({timeout: 1000});
    await button(mine, 'Sync Now').click();
    await seen('Running');
    await theirs.getByRole('button', {name: `Stop Now: ${world.slow}`}).click();
    await button(mine, 'Stop Now').click();
    await theirs.getByRole('dialog').getByRole('button', {name: 'Stop Sync'}).click();
    await mine
      .getByRole('dialog')
      .getByText(/grace has stopped it meanwhile|It ended by itself/)
      .waitFor({timeout: 1000});
  },
  {skip: needsDouble}
);

scene(
  'filters are in the address, and "only with problems" finds rejections too',
  async ({world, person}) => {
    const somebody = await person();
    const page = await somebody.open(`#/connections/${world.rejected}`);
    await page.getByLabel('Only with problems').check();
    await until('the address says it', () => page.url().includes('problems=1'));
    await row(page).waitFor();
    const words = await page.locator('table.runs tbody .badge').allInnerTexts();
    assert.ok(
      words.length > 0 && words.every((word) => /with failures|Failed|Interrupted/.test(word)),
      words.join()
    );
    assert.ok(words.some((word) => word.includes('with failures')));
    const again = await somebody.open(new URL(page.url()).hash);
    await until('the filter is set', () => again.getByLabel('Only with problems').isChecked());
    await again.getByLabel('Status').selectOption('Failed');
    await again.getByRole('button', {name: 'Clear'}).click();
    await until(
      'nothing is filtered',
      async () => !(await again.getByLabel('Only with problems').isChecked())
    );
    await again.getByRole('button', {name: 'Older'}).click();
    await until(
      'older ones are there',
      async () => (await again.locator('table.runs tbody tr').count()) > 50
    );
  },
  {skip: needsDouble}
);

scene('a sync has a page of its own, with its time line and its equations', async ({world, person}) => {
  const page = await (await person()).open(`#/connections/${world.rejected}`);
  await row(page, 2).getByRole('link').first().click();
  await page.getByRole('heading', {name: 'Time line'}).waitFor();
  const sums = await page.locator('.equation').allInnerTexts();
  for (const sum of sums) {
    const [total, ...terms] = sum.match(/[\d,]+/g).map((n) => Number(n.replaceAll(',', '')));
    assert.equal(
      total,
      terms.reduce((a, b) => a + b, 0),
      sum
    );
  }
  const first = await shownRun(page);
  await page.getByRole('link', {name: '← Earlier'}).click();
  await until('another sync is shown', async () => (await shownRun(page)) < first);
  await page.getByRole('link', {name: 'Later →'}).click();
  await until('the way back is there', async () => (await shownRun(page)) === first);
});

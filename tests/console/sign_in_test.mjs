// Who may come in, and what becomes of the page when a session ends.

import assert from 'node:assert/strict';
import {live, scene} from './scene.mjs';
import {needsDouble} from './world.mjs';

const REFUSED = /401/; // what a browser says of every answer with that status

scene('the one-time code of the command line signs in, and only once', async ({world, person}) => {
  const somebody = await person({role: null, expects: REFUSED});
  const address = world.codeAddress();
  const page = await somebody.context.newPage();
  await page.goto(address);
  await live(page);
  assert.ok(!page.url().includes('code='), 'the code stays in no address');
  await page.getByRole('link', {name: world.slow, exact: true}).waitFor();

  const another = await person({role: null, expects: REFUSED});
  const late = await another.context.newPage();
  await late.goto(address);
  await late.getByRole('dialog').getByText('used already').waitFor();
});

scene('the one-time code leads to the page that the command line was asked for', async ({world, person}) => {
  const somebody = await person({role: null});
  const page = await somebody.context.newPage();
  await page.goto(`${world.codeAddress()}&to=connections/${world.quick}`);
  await page.getByRole('heading', {name: world.quick}).waitFor();
  assert.ok(page.url().endsWith(`#/connections/${world.quick}`), page.url());
});

scene('a token that is none is refused in words, and one that is signs in', async ({world, person}) => {
  const somebody = await person({role: null, expects: REFUSED});
  const page = await somebody.context.newPage();
  await page.goto(`${world.url}/`);
  const box = page.getByRole('dialog', {name: 'Sign in to Sluice'});
  await box.getByLabel('Token').fill('not-a-token');
  await page.keyboard.press('Enter');
  await box.getByRole('alert').getByText('not one of this node').waitFor();
  await box.getByLabel('Token').fill(world.token('operator'));
  await box.getByRole('button', {name: 'Sign in'}).click();
  await live(page);
  await page.getByRole('link', {name: world.slow, exact: true}).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  const cookies = await somebody.context.cookies();
  assert.ok(
    cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === 'Strict'),
    'no script sees the session'
  );
});

scene(
  'a session that ends is asked for over the page, which stays, in every tab',
  async ({world, person}) => {
    const somebody = await person({expects: /401|ERR_/});
    const page = await somebody.open(`#/connections/${world.slow}`);
    const other = await somebody.open('#/nodes');
    await page.getByRole('heading', {name: world.slow}).waitFor();
    await world.double.restart();
    const box = page.getByRole('dialog', {name: 'Sign in to Sluice'});
    await box.waitFor();
    assert.ok(await page.locator('h1', {hasText: world.slow}).isVisible());
    await box.getByLabel('Token').fill(world.token('operator'));
    await page.keyboard.press('Enter');
    await live(page);
    await live(other);
    await other.getByRole('dialog').waitFor({state: 'detached'});
    assert.equal(await page.getByRole('dialog').count(), 0);
  },
  {skip: needsDouble}
);

scene('signing out leaves nothing to read, in any tab', async ({world, person}) => {
  const somebody = await person({expects: REFUSED});
  const page = await somebody.open();
  const other = await somebody.open(`#/connections/${world.slow}`);
  await page.getByRole('button', {name: /operator/}).click();
  await page.getByRole('menuitem', {name: 'Sign out'}).click();
  for (const each of [page, other]) {
    await each.getByRole('dialog', {name: 'Sign in to Sluice'}).waitFor();
    assert.equal(await each.locator('main').innerText(), '');
  }
});

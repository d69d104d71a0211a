// Rejected rows, previews and settings: what a database holds is shown as it is, and as text.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {scene, until} from './scene.mjs';
import {needsDouble} from './world.mjs';

scene(
  'rejected rows are grouped by reason, filtered, paged and saved',
  async ({world, person}) => {
    const page = await (
      await person({acceptDownloads: true})
    ).open(`#/connections/${world.rejected}/rejected`);
    const groups = page.getByRole('region', {name: 'By reason'}).getByRole('button');
    await groups.first().waitFor();
    const counts = (await groups.locator('b').allInnerTexts()).map(Number);
    assert.deepEqual(
      counts,
      [...counts].sort((a, b) => b - a),
      'the most frequent reason is first'
    );
    const rows = page.locator('table.rejected tbody tr');
    const reason = await groups.nth(1).locator('.text').innerText();
    await groups.nth(1).click();
    await until('only those are listed', async () => (await rows.count()) === counts[1]);
    assert.ok((await rows.locator('.c-reason').allInnerTexts()).every((text) => text.startsWith(reason)));
    await groups.nth(1).click();
    await page.getByLabel('Operation').selectOption('read');
    await until('only invalid rows are listed', async () => {
      const found = await rows.locator('td:nth-child(2)').allInnerTexts();
      return found.length > 0 && found.every((text) => text.startsWith('read'));
    });
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', {name: 'JSON Lines'}).click(),
    ]);
    const lines = readFileSync(await file.path(), 'utf8')
      .trim()
      .split('\n');
    assert.equal(lines.length, await rows.count());
  },
  {skip: needsDouble}
);

scene(
  'what looks like HTML in a row, a reason or a request stays text',
  async ({world, person}) => {
    const page = await (await person()).open(`#/connections/${world.rejected}/rejected`);
    page.on('dialog', (dialog) => assert.fail(`a script of a row ran: ${dialog.message()}`));
    await page.getByText('{"id":"<script>alert(1)</script>"}', {exact: true}).waitFor();
    await page
      .getByText('<b onclick="alert(1)">custom_fields</b>: <img src=x onerror=alert(1)> is unknown & refused')
      .first()
      .waitFor();
    assert.equal(await page.locator('main script, main img, main [onclick]').count(), 0);
    await page.getByText('{"id":90071992547409931234}', {exact: true}).waitFor(); // no digit is rounded away
    await page.getByRole('link', {name: 'Preview'}).click();
    await page.getByRole('button', {name: 'Preview', exact: true}).click();
    await page.getByText('<i>Ada</i>').waitFor();
    assert.equal(await page.locator('main i').count(), 0);
  },
  {skip: needsDouble}
);

scene('a preview tells what a sync would do, and starts it', async ({world, person}) => {
  const page = await (await person()).open(`#/connections/${world.quick}/preview`);
  await page.getByRole('button', {name: 'Preview', exact: true}).click();
  await page.getByText('A sync now would be').waitFor();
  await page.getByRole('region', {name: 'Counts'}).getByRole('button', {name: 'Sync Now'}).click();
  await page.getByRole('region', {name: 'Current sync'}).waitFor();
});

scene(
  'who may not see rows sees how many there are',
  async ({world, person}) => {
    const page = await (await person({role: 'counts'})).open(`#/connections/${world.rejected}/rejected`);
    await page.getByText('Keys and reasons of rows are hidden from you').waitFor();
    await page.getByText('43').first().waitFor();
    assert.equal(await page.locator('table.rejected').count(), 0);
  },
  {skip: needsDouble}
);

scene('settings have the lines for orchestrators, and no secret', async ({world, person}) => {
  const page = await (await person()).open(`#/connections/${world.rejected}/settings`);
  await page.getByText(`"host": "${world.url}"`).waitFor();
  await page.getByText(`/v2/retl-connections/${world.rejected}/start`).waitFor();
  await page.getByRole('region', {name: 'Configuration'}).getByText('"delivery"').waitFor();
});

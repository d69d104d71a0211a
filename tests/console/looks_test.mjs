// How every screen looks: in both themes, wide and narrow. Pictures go to SLUICE_CONSOLE_PICTURES, to be
// looked at; axe-core judges who can use them, and nothing may be wider than the page.

import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {axeSource} from './browser.mjs';
import {go, scene, until} from './scene.mjs';
import {needsDouble} from './world.mjs';

const FOLDER =
  process.env.SLUICE_CONSOLE_PICTURES ?? new URL('../../build/console-pictures', import.meta.url).pathname;
const button = (page, name) => page.getByRole('button', {name, exact: true});
const settled = (page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

const SCREENS = {
  async connections(page) {
    await go(page, '#/connections');
    await page
      .getByRole('img', {name: /^Last \d+ syncs/})
      .first()
      .waitFor();
  },
  async running(page, world) {
    await go(page, `#/connections/${world.slow}`);
    await page.getByRole('img', {name: /Delivered rows per second/}).waitFor();
    await page.getByRole('group', {name: /^Last 60 syncs/}).waitFor();
  },
  async stop(page) {
    await button(page, 'Stop Now').click();
    await page.getByText(/in about/).waitFor();
  },
  async draining(page) {
    await page.getByRole('dialog').getByRole('button', {name: 'Stop Sync'}).click();
    await page.locator('.card.is-draining').getByText('reading halted').waitFor();
  },
  async full(page, world) {
    world.engine.find(world.slow).perSecond = 1e6;
    await page.locator('.head .badge', {hasText: 'Idle'}).waitFor();
    await button(page, 'More ways to sync').click();
    await page.getByRole('menuitem', {name: 'Force Full Resync…'}).click();
  },
  async menu(page) {
    await page.keyboard.press('Escape');
    await button(page, 'More ways to sync').click();
  },
  async failed(page) {
    await page.keyboard.press('Escape');
    await go(page, '#/connections/loyalty-points');
    await page.getByRole('alert').waitFor();
  },
  async stopped(page) {
    await go(page, '#/connections/suppliers');
    await page.getByText('nothing is missing').waitFor();
  },
  async 'never-synced'(page) {
    await go(page, '#/connections/newsletter');
    await page.getByText('was never synced').waitFor();
  },
  async rejected(page, world) {
    await go(page, `#/connections/${world.rejected}/rejected`);
    await page.getByRole('region', {name: 'By reason'}).waitFor();
    await page.locator('table.rejected tbody tr').nth(3).waitFor();
  },
  async preview(page, world) {
    await go(page, `#/connections/${world.rejected}/preview`);
    await button(page, 'Preview').click();
    await page.getByText('A sync now would be').waitFor();
  },
  async settings(page, world) {
    await go(page, `#/connections/${world.rejected}/settings`);
    await page.getByText('"delivery"').waitFor();
  },
  async sync(page, world) {
    const failed = world.engine.history(world.rejected).find((run) => run.rejected > 0);
    await go(page, `#/connections/${world.rejected}/runs/${failed.run}`);
    await page.getByText('Where the rows went').waitFor();
    await page.getByText('is not an address').first().waitFor();
  },
  async nodes(page) {
    await go(page, '#/nodes');
    await page.getByText('connection refused').waitFor();
  },
};

/** Of a long list the beginning tells enough; a dialog stands in the window. */
const height = (page) =>
  page.evaluate(() =>
    document.querySelector('dialog[open]')
      ? innerHeight
      : Math.min(document.documentElement.scrollHeight, 1700)
  );

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe-core finds, as text. */
async function axe(page, rules = RULES) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource());
  const {violations} = await page.evaluate((only) => window.axe.run(document, {runOnly: only}), rules);
  return violations.map(
    (v) =>
      `${v.id}: ${v.help}: ${v.nodes
        .map((n) => `${n.html} ${n.failureSummary}`)
        .slice(0, 3)
        .join(' | ')}`
  );
}

const tooWide = (page) =>
  page.evaluate(() => {
    const {scrollWidth, clientWidth} = document.documentElement;
    const isCut = ({left, right}) => left < 0 || right > clientWidth;
    const cut = [...document.querySelectorAll('.menu, dialog')].filter((e) =>
      isCut(e.getBoundingClientRect())
    );
    if (cut.length > 0) return cut.map((e) => e.outerHTML.slice(0, 160));
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((e) => e.getBoundingClientRect().right > clientWidth + 1)
      .slice(0, 5)
      .map((e) => e.outerHTML.slice(0, 160));
  });

for (const [colorScheme, width] of [
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
  ['dark', 390],
  ['light', 320],
])
  scene(
    `every screen can be used in ${colorScheme} at ${width} px`,
    async ({world, person}) => {
      mkdirSync(FOLDER, {recursive: true});
      const page = await (await person({colorScheme, width, height: width < 800 ? 844 : 800})).open();
      world.engine.start(world.slow, {full: true}, 'ada');
      // Other colours do not make other headings; other widths may.
      const rules = colorScheme === 'dark' ? ['color-contrast'] : RULES;
      const found = [];
      for (const [name, show] of Object.entries(SCREENS)) {
        await show(page, world);
        await settled(page);
        if (width !== 320)
          await page.screenshot({
            path: `${FOLDER}/${name}-${colorScheme}-${width}.png`,
            fullPage: true,
            clip: {x: 0, y: 0, width, height: await height(page)},
          });
        found.push(
          ...(await axe(page, rules)).map((text) => `${name}: ${text}`),
          ...(await tooWide(page)).map((text) => `${name} is too wide: ${text}`)
        );
      }
      assert.deepEqual(found, []);
    },
    {skip: needsDouble}
  );

for (const colorScheme of ['light', 'dark'])
  for (const width of [1280, 390])
    scene(`the box to sign in can be used in ${colorScheme} at ${width} px`, async ({world, person}) => {
      mkdirSync(FOLDER, {recursive: true});
      const somebody = await person({role: null, colorScheme, width, expects: /401/});
      const page = await somebody.context.newPage();
      await page.goto(`${world.url}/ui/`);
      await page.getByRole('dialog').waitFor();
      await until('the field has the focus', () =>
        page.evaluate(() => document.activeElement.type === 'password')
      );
      await page.screenshot({path: `${FOLDER}/sign-in-${colorScheme}-${width}.png`});
      assert.deepEqual(await axe(page), []);
    });

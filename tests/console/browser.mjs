// Chromium, as Debian has it, and what is watched in every page: errors, broken rules of the CSP, requests
// that leave the origin.

import {createRequire} from 'node:module';

const require = createRequire(
  `${process.env.SLUICE_NPM ?? new URL('../../build/npm', import.meta.url).pathname}/node_modules/`
);
const {chromium} = require('playwright-core');

/** The source of axe-core, to be run in a page. */
export const axeSource = () => require('axe-core').source;

// Without these Chromium asks hosts of its maker, which tests have no business with.
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export class Browser {
  #contexts = [];
  complaints = [];

  static async launch() {
    const it = new Browser();
    const sandbox = process.getuid() === 0 ? ['--no-sandbox'] : [];
    it.chromium = await chromium.launch({
      executablePath: process.env.SLUICE_CHROMIUM ?? '/usr/bin/chromium',
      args: [...QUIET, ...sandbox],
    });
    return it;
  }

  /** A browser of its own: another person. `expects`: complaints that the test provokes, as a pattern. */
  async person({origin, width = 1280, height = 800, expects = null, ...options} = {}) {
    const context = await this.chromium.newContext({
      viewport: {width, height},
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(10_000);
    this.#contexts.push(context);
    const complain = (text) => {
      if (!expects?.test(text)) this.complaints.push(text);
    };
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (e) =>
        console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`)
      );
    });
    context.on('page', (page) => {
      page.on('pageerror', (error) => complain(`page error: ${error.stack}`));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complain(`console: ${message.text()}`);
      });
      page.on('request', (request) => {
        const url = new URL(request.url());
        if (/^https?:$/.test(url.protocol) && url.origin !== origin)
          complain(`request to another origin: ${request.url()}`);
      });
    });
    return context;
  }

  /** Closes what a test has opened; answers what was complained of. */
  async settle() {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
    return this.complaints.splice(0);
  }

  close() {
    return this.chromium.close();
  }
}

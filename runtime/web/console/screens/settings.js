// How a connection is configured, and the lines with which others start it. Read only: connections are
// files.

import {get, paths} from '../api.js';
import {h} from '../dom.js';
import {copyable, errorBox, facts} from '../parts.js';

function airflow() {
  return JSON.stringify({conn_type: 'http', host: location.origin, password: 'TOKEN'}, null, 2);
}

const operator = (name) => `RudderstackRETLOperator(
    task_id="sync_${name.replace(/\W/g, '_')}",
    retl_connection_id="${name}",
    connection_id="rudderstack_default",
)`;

const dagster = () => `RudderStackRETLResource(
    access_token=EnvVar("SLUICE_TOKEN"),
    rs_cloud_url="${location.origin}",
)`;

const curl = (name) => `curl -X POST ${location.origin}/v2/retl-connections/${name}/start \\
  -H "Authorization: Bearer $SLUICE_TOKEN" -d '{}'`;

/** `tools`: name, update. */
export function settingsTab({name, update}) {
  let config = null;
  let error = null;

  async function load() {
    try {
      config = await get(`${paths.connection(name)}/config`);
      error = null;
    } catch (e) {
      error = e;
    }
    update();
  }

  function way(title, block, note = null) {
    return h(
      'section',
      {class: 'card', key: title, 'aria-label': title},
      h('h2', {}, title),
      note ? h('p', {class: 'muted'}, note) : null,
      [block].flat().map((each) => copyable(each, {block: true}))
    );
  }

  function render(c) {
    const {file, ...rest} = config ?? {};
    return [
      h(
        'section',
        {class: 'card', key: 'facts', 'aria-label': 'Identity'},
        facts([
          ['Connection ID', copyable(name)],
          file ? ['File', h('code', {}, file)] : null,
          ['Node', c.node],
          ['Mode', c.mode],
          ['Acknowledged', `${c.ledger_rows.toLocaleString('en-US')} rows`],
        ])
      ),
      h(
        'div',
        {class: 'columns', key: 'ways'},
        way(
          'From Airflow',
          [airflow(), operator(name)],
          'The connection rudderstack_default as JSON, and a task. The host has to have scheme and port.'
        ),
        way('From Dagster', dagster(), 'The resource of dagster-rudderstack.'),
        way('With curl', curl(name), 'The token is one of api.tokens in node.json.')
      ),
      h(
        'section',
        {class: 'card', key: 'config', 'aria-label': 'Configuration'},
        h('h2', {}, 'Effective configuration'),
        h(
          'p',
          {class: 'muted'},
          'With defaults filled in and secrets masked. To change it, change its file, then ',
          h('code', {}, 'sluice reload'),
          '.'
        ),
        errorBox(error),
        config ? copyable(JSON.stringify(rest, null, 2), {block: true}) : null
      ),
    ];
  }

  return {render, enter: load, refresh: load};
}

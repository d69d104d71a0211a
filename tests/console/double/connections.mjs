// The connections that tests and people look at.

import {NOTHING} from './history.mjs';

const HOUR = 3_600_000;

/** A handful, of every kind. */
export const FEW = [
  {name: 'accounts', rows: 12_400, changes: 300, perSecond: 400, runs: 64},
  {
    name: 'customers',
    rows: 84_000,
    changes: 60_000,
    perSecond: 1500,
    mode: 'mirror',
    scheduled: false,
    runs: 72,
  },
  {name: 'invoices', rows: 2_310_000, rejectedRows: 43, runs: 80, rowLog: true, mode: 'upsert'},
  {name: 'leads', rows: 900, enabled: false, runs: 20},
  {
    name: 'loyalty-points',
    rows: 41_000,
    runs: 60,
    lastState: {
      state: 'failed',
      undelivered: 41,
      inserts: 0,
      updates: 241,
      delivered: 200,
      rejected: 0,
      read: 41_000,
      unchanged: 40_759,
      error: {
        code: 'destination_failed',
        message: "deliver to 'crm.example.com': 503 Service Unavailable for 15 min, 41 attempts",
        hint: 'the next sync delivers what is left; see whether the API is up',
      },
    },
  },
  {name: 'newsletter', rows: 5200, runs: 0, scheduled: false},
  {name: 'orders', rows: 20_000, changes: 240, perSecond: 400, runs: 60, rejectedRows: 0},
  {name: 'stores.berlin', rows: 310, runs: 60, node: 'beta', every: HOUR},
  {
    name: 'suppliers',
    rows: 8000,
    runs: 60,
    lastState: {
      state: 'stopped',
      type: 'full',
      ...NOTHING,
      error: null,
      in_flight_at_stop: 0,
      stopped_by: 'ada',
      trigger: 'manual',
      requested_by: 'ada',
    },
  },
  {name: 'warehouse_stock', rows: 990_000, runs: 60, node: 'gamma', unreachable: true},
];

/** As many as somebody has who means it. */
export const many = (howMany) =>
  Array.from({length: howMany}, (_, i) => ({
    name: `connection_${String(i).padStart(4, '0')}`,
    rows: 1000 + i,
    runs: 3,
    changes: 50,
    perSecond: 100,
    rejectedRows: i % 97 === 0 ? 5 : 0,
    enabled: i % 61 !== 0,
  }));

export const TOKENS = {
  'operator-token': {name: 'ada', role: 'operator', rows: true},
  'second-token': {name: 'grace', role: 'operator', rows: true},
  'observer-token': {name: 'olga', role: 'observer', rows: true},
  'counts-token': {name: 'carl', role: 'observer', rows: false},
};

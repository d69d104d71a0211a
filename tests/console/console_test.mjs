// All tests of the console, in one process with one Chromium: `node --test-reporter=spec
// tests/console/console_test.mjs`.

await import('./sign_in_test.mjs');
await import('./syncs_test.mjs');
await import('./rows_test.mjs');
await import('./frame_test.mjs');
await import('./looks_test.mjs');

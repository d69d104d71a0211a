// The tests of the console that a real node can stand: see real_node.mjs, which starts it.

await import('./sign_in_test.mjs');
await import('./syncs_test.mjs');
await import('./rows_test.mjs');

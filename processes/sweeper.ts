// Outlives the process that started it by just enough: when that ends, in whatever way, its end of the pipe closes, and what
// still runs on the folders named on stdin is killed. Lines: `sweep FOLDER`, `remove FOLDER` (its files too), `forget FOLDER`.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { killQuietly, processesOn } from './process-table.ts';

const ROUNDS = 100;
const folders = new Map<string, { readonly remove: boolean }>();

for await (const line of createInterface({ input: process.stdin })) {
  const [, verb, folder] = /^(sweep|remove|forget) (.+)$/.exec(line) ?? [];
  if (folder === undefined) continue;
  if (verb === 'forget') folders.delete(folder);
  else folders.set(folder, { remove: verb === 'remove' });
}

for (const [folder, { remove }] of folders) {
  for (let round = 0; round < ROUNDS && processesOn(folder).length > 0; round += 1) {
    for (const { pid } of processesOn(folder)) killQuietly(pid, 'SIGKILL');
    await delay(20);
  }
  if (remove) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

// One embedded PostgreSQL for the whole run, however many projects of vitest take part; gone, with its files, at the end.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the database that every test database is a copy of. */
    testTemplateUrl: string;
  }
}

interface Shared {
  readonly server: ChildProcess;
  readonly url: string;
}

// Each project loads this file anew: what they share lives on the process.
const holder = globalThis as typeof globalThis & { trialogueTestDatabase?: { users: number; shared: Promise<Shared> } };

const start = async (): Promise<Shared> => {
  // In a group of its own: Ctrl-C ends the run, the end of the run ends the database.
  const server = spawn(process.execPath, [join(import.meta.dirname, 'database-server.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const [url] = await Promise.race([once(createInterface({ input: server.stdout }), 'line'), once(server, 'exit')]);
  if (typeof url !== 'string') throw new Error('the test database did not start, see above');
  return { server, url };
};

const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  holder.trialogueTestDatabase ??= { users: 0, shared: start() };
  const held = holder.trialogueTestDatabase;
  held.users += 1;
  const { server, url } = await held.shared;
  project.provide('testTemplateUrl', url);
  return async () => {
    held.users -= 1;
    if (held.users > 0) return;
    delete holder.trialogueTestDatabase;
    const exit = once(server, 'exit');
    server.stdin?.end();
    await exit;
  };
};

export default setup;

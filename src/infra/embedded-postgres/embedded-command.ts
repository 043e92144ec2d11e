// Runs the PostgreSQL binaries as the account that may run them. PostgreSQL refuses to run as root, so root needs another
// existing account or, where closed folders are in that account's way, a user namespace in which root has another name.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** Nothing of the server's own environment reaches PostgreSQL: PGDATA, PGPORT and locale settings would change it. */
const ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' };

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** As root inside a user namespace that shows this account's ids: reaches what root owns, has none of root's rights. */
  readonly inNamespace?: true;
}

/** `undefined` runs the command as this process's own user. */
export const spawnAs = (
  account: Account | undefined,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess => {
  const common = { ...options, env: ENVIRONMENT };
  if (account === undefined) return spawn(command, args, common);
  if (account.inNamespace === undefined) return spawn(command, args, { ...common, uid: account.uid, gid: account.gid });
  const map = ['--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`, '--', command];
  return spawn('unshare', [...map, ...args], common);
};

/** Runs to the end, or until it is told to stop. A command that cannot be started at all gives code -1 and the reason as output. */
export const runAs = (
  account: Account | undefined,
  command: string,
  args: readonly string[],
  { cwd, signal }: { readonly cwd: string; readonly signal?: AbortSignal },
): Promise<{ readonly code: number; readonly output: string }> =>
  new Promise((resolve) => {
    const child = spawnAs(account, command, args, { cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => {
      // Whoever was told to stop is waited for.
      if (child.pid === undefined) resolve({ code: -1, output: error.message });
    });
    child.on('close', (code) => resolve({ code: code ?? -1, output: Buffer.concat(chunks).toString('utf8').trim() }));
  });

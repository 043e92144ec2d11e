// Runs one command of this project (node_modules/.bin comes first) and collects what it prints. It decides nothing.
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('..', import.meta.url));

export interface CommandResult {
  /** 0 when all went well; 1 also when the command could not be started or died of a signal. */
  readonly exitCode: number;
  /** stdout and stderr in the order in which they came. */
  readonly output: string;
  readonly seconds: number;
}

/** Never rejects: a command that cannot be started is a failed one. */
export const runCommand = (
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<CommandResult> =>
  new Promise((resolve) => {
    const startedAt = performance.now();
    const path = [join(projectRoot, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter);
    const child = spawn(command, args, {
      cwd: options.cwd ?? projectRoot,
      env: { ...process.env, PATH: path, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // On Windows the commands of node_modules/.bin are .cmd files, which only a shell can start.
      shell: process.platform === 'win32',
    });
    let output = '';
    const collect = (data: Buffer) => {
      output += data.toString();
    };
    const finish = (exitCode: number) =>
      resolve({ exitCode, output, seconds: (performance.now() - startedAt) / 1_000 });
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => {
      output += error.message;
      finish(1);
    });
    child.once('close', (code) => finish(code ?? 1));
  });

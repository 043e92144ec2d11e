// The real nginx with the configuration of nginx/, as a plain process on a free port with a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../processes/eventually.ts';
import { NGINX, programPath } from '../../../processes/find-program.ts';
import { freePort } from '../../../processes/free-port.ts';
import { tellSweeper } from '../../../processes/tell-sweeper.ts';
import { type NginxFiles, nginxArguments, writeNginxFiles } from '../../../tools/nginx-files.ts';

const WORKER_STARTED = /start worker process \d+/;
const WORKER_LEAVING = /gracefully shutting down/;

type NginxOptions = Omit<NginxFiles, 'port'>;

export interface Nginx {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  /** The access log so far. */
  accessLog(): string;
  /** What it has printed so far, which is all that it logs beside the access log. */
  output(): string;
  /** New nodes under the running sockets. Resolves when new workers have taken over. */
  reload(nodes: readonly number[]): Promise<void>;
  /** SIGTERM, and its files are removed. */
  stop(): Promise<void>;
}

export const startNginx = async (options: NginxOptions): Promise<Nginx> => {
  const program = programPath(NGINX);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-nginx-')));
  tellSweeper('remove', folder);
  let port = await freePort();
  let output = '';

  const launch = async (): Promise<ChildProcess> => {
    writeNginxFiles(folder, { ...options, port });
    // In a group of its own: Ctrl-C ends the run, the end of the run ends it.
    const child = spawn(program, nginxArguments(folder), {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (data: Buffer): void => {
      output += data.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    await once(child, 'spawn');
    // By its own word: on a port that was taken in between, somebody else would answer.
    await eventually(`nginx listens on port ${port}`, () => {
      if (child.exitCode !== null) throw new Error(`nginx ended:\n${output}`);
      return WORKER_STARTED.test(output);
    });
    return child;
  };

  const launchOnFreePort = async (): Promise<ChildProcess> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await launch();
      } catch (error) {
        // Who else looks for a free port may have been faster.
        if (attempt === 5 || !/Address already in use/.test(output)) throw error;
        [port, output] = [await freePort(), ''];
      }
    }
  };

  const child = await launchOnFreePort();
  const count = (line: RegExp): number => output.split(line).length - 1;
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    folder,
    accessLog: () => readFileSync(join(folder, 'access.log'), 'utf8'),
    output: () => output,
    reload: async (nodes) => {
      const before = count(WORKER_STARTED);
      writeNginxFiles(folder, { ...options, port, nodes });
      child.kill('SIGHUP');
      await eventually('new workers of nginx have taken over', () => {
        if (/\[emerg\]/.test(output)) throw new Error(`nginx did not take its new configuration:\n${output}`);
        return count(WORKER_STARTED) > before && count(WORKER_LEAVING) >= before;
      });
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      tellSweeper('forget', folder);
    },
  };
};

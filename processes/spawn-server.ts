// The real server as a child process, as `npm start` runs it, on a free port with a DATA_DIR of its own. It takes nothing of
// this process's settings, and leaves no process and no file behind, even when a test fails or the test process is killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { killQuietly, processesOn } from './process-table.ts';
import { tellSweeper } from './tell-sweeper.ts';

const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url));
export const ENTRY = join(PROJECT_ROOT, 'src/preflight.js');
const READY_TIMEOUT_MS = 60_000;
const LAST_OUTPUT_MS = 500;

export interface ServerOptions {
  /** Settings beyond PORT, DATA_DIR and RESEARCHER_KEY; they win. */
  readonly env?: Readonly<Record<string, string>>;
  /** An existing folder, which is then not removed; a new temporary one otherwise. */
  readonly dataDir?: string;
  readonly port?: number;
  /** What starts it; this Node with src/preflight.js when left out. */
  readonly command?: readonly [string, ...string[]];
  /** Where the command is run; the project's folder when left out. */
  readonly cwd?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server process that may or may not come up. */
export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly researcherKey: string;
  readonly pid: number;
  /** What it has printed so far, stdout and stderr together. */
  output(): string;
  readonly exited: Promise<Exit>;
  /** Resolves when /readyz says yes; rejects with the output when the process ends before. */
  ready(): Promise<void>;
  /** To the server process alone. Resolves when it has ended. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
  /** SIGKILL to the server and everything that it started. */
  killAll(): Promise<void>;
}

export interface RunningServer extends ServerProcess {
  /** Another server on the same DATA_DIR and port. This one must have ended. */
  restart(env?: Readonly<Record<string, string>>): Promise<RunningServer>;
  /** SIGTERM, then makes sure that nothing is left, files included. */
  stop(): Promise<void>;
}

const watchers: ((output: () => string) => void)[] = [];

/** `watch` is given the output of every server that is started from now on, to read whenever it likes. */
export const watchServerOutput = (watch: (output: () => string) => void): void => {
  watchers.push(watch);
};

const temporary = new Set<string>();
const sweep = (dataDir: string): void => {
  for (const { pid } of processesOn(dataDir)) killQuietly(pid, 'SIGKILL');
};

const isReady = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
};

/** Starts the process and does not wait: for tests of starts that fail. */
export const spawnServerProcess = async (options: ServerOptions = {}): Promise<ServerProcess> => {
  const dataDir = options.dataDir ?? realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-data-')));
  if (options.dataDir === undefined) temporary.add(dataDir);
  tellSweeper(temporary.has(dataDir) ? 'remove' : 'sweep', dataDir);
  const port = options.port ?? (await freePort());
  const researcherKey = options.env?.RESEARCHER_KEY ?? `test-${randomBytes(16).toString('hex')}`;
  const [program, ...args] = options.command ?? [process.execPath, ENTRY];
  const child: ChildProcess = spawn(program, args, {
    cwd: options.cwd ?? PROJECT_ROOT,
    // A group of its own, so that a Ctrl-C in the terminal of the tests is not also sent to it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      DATA_DIR: dataDir,
      RESEARCHER_KEY: researcherKey,
      ...options.env,
    },
  });
  let output = '';
  const collect = (data: Buffer) => {
    output += data.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  for (const watch of watchers) watch(() => output);
  const closed = once(child, 'close');
  let ended = false;
  const exited = once(child, 'exit').then(async ([code, signal]): Promise<Exit> => {
    // The last lines may still be on their way; who survives the server keeps the pipes open, so not for ever.
    await Promise.race([closed, delay(LAST_OUTPUT_MS, undefined, { ref: false })]);
    ended = true;
    return { code, signal };
  });
  await once(child, 'spawn');
  const pid = child.pid ?? Number.NaN;
  const url = `http://127.0.0.1:${port}`;

  return {
    url,
    port,
    dataDir,
    researcherKey,
    pid,
    output: () => output,
    exited,
    ready: async () => {
      const probe = () => {
        if (ended) throw new Error(`the server ended before it was ready:\n${output}`);
        return isReady(url);
      };
      await eventually(`${url} is ready`, probe, READY_TIMEOUT_MS);
    },
    kill: (signal) => {
      killQuietly(pid, signal);
      return exited;
    },
    killAll: async () => {
      await eventually('all processes of the server are gone', () => {
        sweep(dataDir);
        return processesOn(dataDir).length === 0;
      });
      await exited;
    },
  };
};

/** Starts a server and waits until it is ready. Call `stop()` in the end; the process's exit does it otherwise. */
export const spawnServer = async (options: ServerOptions = {}): Promise<RunningServer> => {
  const server = await spawnServerProcess(options);
  await server.ready();
  return {
    ...server,
    restart: (env) =>
      spawnServer({
        ...options,
        env: { ...options.env, RESEARCHER_KEY: server.researcherKey, ...env },
        dataDir: server.dataDir,
        port: server.port,
      }),
    stop: async () => {
      const hurry = setTimeout(() => killQuietly(server.pid, 'SIGKILL'), 20_000);
      await server.kill('SIGTERM');
      clearTimeout(hurry);
      await server.killAll();
      if (temporary.delete(server.dataDir)) rmSync(server.dataDir, { recursive: true, force: true, maxRetries: 3 });
      tellSweeper('forget', server.dataDir);
    },
  };
};

// One process of `npm run cluster`: started with its output going to a file, signalled by name, never started again by itself.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../processes/eventually.ts';
import { tellSweeper } from '../processes/tell-sweeper.ts';

const READY_WITHIN_MS = 60_000;
/** Nodes drain for up to ten seconds. */
const END_WITHIN_MS = 12_000;
const LAST_LINES = 15;

export interface ProcessPlan {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where it runs. Whatever still runs there when this tool has been killed is killed too. */
  readonly folder: string;
  readonly logFile: string;
  /** With a channel to this tool, whose end it takes for its own. */
  readonly channel?: boolean;
  readonly isReady: () => Promise<boolean>;
}

export interface ClusterProcess {
  readonly name: string;
  /** `running 4711`, `paused 4711`, `ended with SIGKILL`. */
  state(): string;
  isRunning(): boolean;
  /** Resolves when it is ready; rejects with its last words when it ends before. */
  start(): Promise<void>;
  send(signal: NodeJS.Signals): void;
  /** SIGKILL. Resolves when it has ended. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL if that takes too long. */
  end(): Promise<void>;
}

/** `onEnd` hears of every end of the process and how it came. */
export const createClusterProcess = (plan: ProcessPlan, onEnd: (how: string) => void): ClusterProcess => {
  let child: ChildProcess | undefined;
  let exited: Promise<unknown> = Promise.resolve();
  let paused = false;
  let how = 'not started';
  const isRunning = (): boolean => child !== undefined;

  const launch = (): void => {
    mkdirSync(plan.folder, { recursive: true });
    tellSweeper('sweep', plan.folder);
    const log = openSync(plan.logFile, 'a');
    const started = spawn(plan.program, plan.args, {
      cwd: plan.folder,
      env: { ...process.env, ...plan.env },
      // In a group of its own: Ctrl-C is for this tool, which ends everything in order.
      detached: true,
      stdio: plan.channel ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
    });
    closeSync(log);
    child = started;
    paused = false;
    const gone = (what: string): void => {
      if (child !== started) return;
      child = undefined;
      how = what;
      onEnd(what);
    };
    started.once('error', (error) => gone(`ended: ${error.message}`));
    started.once('exit', (code, signal) => gone(`ended with ${signal ?? `code ${code}`}`));
    exited = once(started, 'exit').catch(() => {});
  };

  const send = (signal: NodeJS.Signals): void => {
    child?.kill(signal);
    if (signal === 'SIGSTOP') paused = true;
    if (signal === 'SIGCONT') paused = false;
  };

  const kill = async (): Promise<void> => {
    send('SIGKILL');
    await exited;
  };

  return {
    name: plan.name,
    isRunning,
    state: () => (child ? `${paused ? 'paused' : 'running'} ${child.pid}` : how),
    send,
    kill,
    async start() {
      launch();
      await eventually(
        `${plan.name} is ready`,
        () => {
          if (child) return plan.isReady();
          const lines = readFileSync(plan.logFile, 'utf8').trim().split('\n');
          throw new Error(`${plan.name} ${how}. ${plan.logFile} says:\n${lines.slice(-LAST_LINES).join('\n')}`);
        },
        READY_WITHIN_MS,
      );
    },
    async end() {
      if (!child) return;
      // A paused process hears nothing.
      send('SIGCONT');
      send('SIGTERM');
      await Promise.race([exited, delay(END_WITHIN_MS, undefined, { ref: false })]);
      await kill();
    },
  };
};

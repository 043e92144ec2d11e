// Starts the abuser and gives it its orders.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cpuMsOf } from '../process-usage.ts';
import type { AbuseTarget } from './abuse-tools.ts';

export interface AbuserTally {
  readonly sent: number;
  readonly unanswered: number;
  /** By code. */
  readonly answers: Readonly<Record<string, number>>;
  readonly perSecond: number;
}

export interface AbuserPlan {
  readonly abuse: string;
  readonly target: AbuseTarget;
  /** The rate of the abuse when left out. */
  readonly perSecond?: number;
}

export type AbuserOrder = AbuserPlan | 'go' | 'stop';

export interface Abuser {
  go(): void;
  /** The process is gone then. */
  stop(): Promise<AbuserTally & { readonly cpuMs: number }>;
}

/** Resolves when everything that comes before the abuse is done. */
export const startAbuser = async (plan: AbuserPlan): Promise<Abuser> => {
  const child = fork(fileURLToPath(new URL('./abuser.ts', import.meta.url)));
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the abuser ended with ${code}`);
  });
  failed.catch(() => {});
  const order = (what: AbuserOrder) => child.send(what);
  order(plan);
  await Promise.race([once(child, 'message'), failed]);
  const pid = child.pid ?? Number.NaN;
  const before = cpuMsOf(pid);
  return {
    go: () => void order('go'),
    async stop() {
      order('stop');
      const [tally] = (await Promise.race([once(child, 'message'), failed])) as [AbuserTally];
      const cpuMs = cpuMsOf(pid) - before;
      child.kill('SIGKILL');
      await once(child, 'exit');
      return { ...tally, cpuMs };
    },
  };
};

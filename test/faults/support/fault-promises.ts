// What is promised whatever happens to Redis (docs/faults.md), and the figures of what was measured.
import { expect } from 'vitest';
import { type Summary, summaryOf } from '../../../processes/percentiles.ts';
import type { TestCluster } from '../../support/cluster/spawn-cluster.ts';
import type { FaultRun } from './fault-run.ts';
import type { Phase } from './room-phases.ts';

const REACHES_ALL_WITHIN_MS = 1_000;
const ALIVE_WITHIN_MS = 1_000;
const CONVERGED_WITHIN_MS = 3_000;
/** One after another, until everything is as before: what this machine needs for them anyhow comes on top. */
const EXCHANGES = 5;

const textOf = ({ count, p50, p95, max }: Summary): string =>
  count === 0 ? 'none' : `n ${count} p50 ${p50.toFixed(0)} p95 ${p95.toFixed(0)} max ${max.toFixed(0)}`;

const cellIn = (run: FaultRun, phase: Phase) => {
  const cell = run.cells.get(phase);
  if (!cell) throw new Error(`nothing is known of ${phase}`);
  return cell;
};

export const figuresOf = (run: FaultRun, phase: Phase): string => {
  const { ackMs, reachMs, replacedMs, startKnownMs = Number.NaN } = cellIn(run, phase);
  return (
    `${phase} | ack ${textOf(summaryOf(ackMs))} (before: p95 ${run.soundAckMs.toFixed(0)}) | ` +
    `reach ${textOf(summaryOf(reachMs))} | replaced ${textOf(summaryOf(replacedMs))} | start known ${startKnownMs.toFixed(0)}`
  );
};

export const figuresAfter = ({ after, span, health }: FaultRun): string => {
  const { readyMs, caughtUpMs, hotMs, signalsMs, voicesMs, newcomersMs, absent } = after;
  const alive = health.filter(({ path }) => path === '/healthz');
  const slowest = Math.max(...alive.map(({ askedAt, answeredAt }) => answeredAt - askedAt));
  return (
    `away for ${(span.to - span.from).toFixed(0)}, /healthz took ${slowest.toFixed(0)} at most | after its return: ` +
    `ready ${readyMs.toFixed(0)}, caught up ${caughtUpMs.toFixed(0)}, hot rooms ${hotMs.toFixed(0)} ` +
    `(not there: ${absent.join(', ') || 'none'}), signals ${signalsMs.toFixed(0)}, ` +
    `microphones ${voicesMs.toFixed(0)}, to newcomers ${newcomersMs.toFixed(0)}`
  );
};

/** Nothing is refused or lost, and what is acknowledged is with everybody within a second. */
export const expectPromisesKept = (run: FaultRun, phase: Phase): void => {
  const { refused, misapplied, disordered, lost, problems, starts, ...cell } = cellIn(run, phase);
  // What this machine needs for an answer anyhow comes on top of what is promised.
  const { soundAckMs } = run;
  expect({ refused, misapplied, disordered, lost, problems }).toEqual({
    refused: [],
    misapplied: [],
    disordered: [],
    lost: [],
    problems: [],
  });
  expect(starts).toHaveLength(1);
  const { startKnownMs = Number.POSITIVE_INFINITY, reachMs, replacedMs } = cell;
  for (const arrivalMs of [startKnownMs, ...reachMs, ...replacedMs])
    expect(arrivalMs).toBeLessThan(REACHES_ALL_WITHIN_MS + soundAckMs);
};

/** No node ends or stands still. */
export const expectNodesAlive = ({ health, soundAckMs }: FaultRun, cluster: TestCluster): void => {
  for (const { process: server } of cluster.nodes) expect(process.kill(server.pid, 0)).toBe(true);
  expect(cluster.output()).not.toMatch(/unhandled|uncaught|"level":60/i);
  const alive = health.filter(({ path }) => path === '/healthz');
  expect(new Set(alive.map(({ status }) => status))).toEqual(new Set([200]));
  for (const { askedAt, answeredAt } of alive) expect(answeredAt - askedAt).toBeLessThan(ALIVE_WITHIN_MS + soundAckMs);
};

/** Those that were asked and answered during the fault. */
export const expectReadiness = ({ health, span }: FaultRun, cluster: TestCluster, isAway: boolean): void => {
  const during = health.filter(
    ({ path, askedAt, answeredAt }) => path === '/readyz' && askedAt > span.from && answeredAt < span.to,
  );
  const said = new Set(during.map(({ status }) => status));
  if (isAway) expect(said).toEqual(new Set([503]));
  // A Redis that hesitates for longer than its time limit is away for that moment.
  else expect(said).toContain(200);
  expect(new Set(during.map(({ node }) => node)).size).toBe(cluster.nodes.length);
};

export const expectConverged = ({ after, soundAckMs }: FaultRun): void => {
  const { readyMs, caughtUpMs, hotMs, signalsMs, voicesMs, newcomersMs, wrongSnapshots } = after;
  expect(wrongSnapshots).toEqual([]);
  for (const ms of [readyMs, caughtUpMs, hotMs, signalsMs, voicesMs, newcomersMs])
    expect(ms).toBeLessThan(CONVERGED_WITHIN_MS + EXCHANGES * soundAckMs);
};

/** For whoever looks into a failure. Readiness is asked so often that its lines would hide the others. */
export const outputOf = (cluster: TestCluster): string =>
  cluster
    .output()
    .split('\n')
    .filter((line) => !line.includes('"not ready"'))
    .join('\n');

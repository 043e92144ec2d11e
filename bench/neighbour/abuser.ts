// The abuser as a process of its own: opens one abuse, and carries it out at its rate between `go` and `stop`.

import type { Act } from './abuse-tools.ts';
import type { AbuserOrder, AbuserTally } from './abuser-process.ts';
import { ABUSES } from './abuses.ts';

const TICK_MS = 10;

/** At a steady rate, as far as what is unanswered allows; what could not be sent in time is not made up for. */
const carryOut = (act: Act, { perSecond, atOnce }: { readonly perSecond: number; readonly atOnce: number }) => {
  const answers: Record<string, number> = {};
  const begun = performance.now();
  let due = 0;
  let underWay = 0;
  let sent = 0;
  const one = async (): Promise<void> => {
    underWay += 1;
    sent += 1;
    const code = await act().catch((error: unknown) =>
      String(error instanceof Error ? error.message : error).slice(0, 80),
    );
    answers[code] = (answers[code] ?? 0) + 1;
    underWay -= 1;
  };
  const timer = setInterval(() => {
    const wanted = ((performance.now() - begun) / 1_000) * perSecond;
    for (; due < wanted; due += 1) if (underWay < atOnce) void one();
  }, TICK_MS);
  return (): AbuserTally => {
    clearInterval(timer);
    return { sent, unanswered: underWay, answers, perSecond: sent / ((performance.now() - begun) / 1_000) };
  };
};

let act: Act | undefined;
let limits = { perSecond: 0, atOnce: 0 };
let stop: (() => AbuserTally) | undefined;

process.on('message', (order: AbuserOrder) => {
  if (order === 'go' && act) stop = carryOut(act, limits);
  if (order === 'stop') process.send?.(stop?.());
  if (typeof order === 'string') return;
  const abuse = ABUSES.find(({ name }) => name === order.abuse);
  if (!abuse) throw new Error(`there is no abuse ${order.abuse}`);
  limits = { atOnce: abuse.atOnce, perSecond: order.perSecond ?? abuse.perSecond };
  abuse.open(order.target).then(
    (opened) => {
      act = opened;
      process.send?.('ready');
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

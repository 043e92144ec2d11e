// The room clocks of all nodes of a cluster, asked as clients ask them, against the clock of this machine.
import type { NodeSocket } from '../../support/cluster/node-socket.ts';

const ASKED = 25;

export interface NodeClock {
  /** Of the node's clock to this machine's, ms; true within `errorMs`. */
  readonly aheadMs: number;
  readonly errorMs: number;
}

const clockOf = async (socket: NodeSocket): Promise<NodeClock> => {
  let best: NodeClock = { aheadMs: Number.NaN, errorMs: Number.POSITIVE_INFINITY };
  for (let asked = 0; asked < ASKED; asked += 1) {
    const sentAt = performance.now();
    const answer = await socket.ask('clock:ping');
    const answeredAt = performance.now();
    const errorMs = (answeredAt - sentAt) / 2;
    const middle = performance.timeOrigin + (sentAt + answeredAt) / 2;
    if (errorMs < best.errorMs) best = { aheadMs: Number(answer.serverTime) - middle, errorMs };
  }
  return best;
};

export const clocksOf = async (sockets: readonly NodeSocket[]): Promise<NodeClock[]> => {
  const clocks: NodeClock[] = [];
  for (const socket of sockets) clocks.push(await clockOf(socket));
  return clocks;
};

/** How far apart two of them are for certain, ms. */
export const disagreementOf = (clocks: readonly NodeClock[]): number =>
  Math.max(
    0,
    ...clocks.flatMap((one) =>
      clocks.map((other) => Math.abs(one.aheadMs - other.aheadMs) - one.errorMs - other.errorMs),
    ),
  );

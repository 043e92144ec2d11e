// What a server process pays for inputs, in its own CPU time: other work on the machine makes answers late, never this much
// dearer. A cost is told beside that of a plain input of the same size, measured in turns in the same run.
import type { RunningServer } from '../../processes/spawn-server.ts';

export interface Cost {
  /** CPU per input, ms. */
  readonly plainMs: number;
  readonly largestMs: number;
}

const ROUNDS = 3;

const cpuSecondsOf = async (url: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  const seconds = /^process_cpu_seconds_total (\S+)/m.exec(text)?.[1];
  if (seconds === undefined) throw new Error('the server tells no CPU time');
  return Number(seconds);
};

export const createCpuMeter = ({ url }: Pick<RunningServer, 'url'>) => {
  const msPerInput = async (send: () => Promise<unknown>, times: number): Promise<number> => {
    const before = await cpuSecondsOf(url);
    for (let index = 0; index < times; index += 1) await send();
    return ((await cpuSecondsOf(url)) - before) * (1_000 / times);
  };

  return async (plain: () => Promise<unknown>, largest: () => Promise<unknown>, times: number): Promise<Cost> => {
    // The first of each compiles what the others run.
    await plain();
    await largest();
    let [plainMs, largestMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < ROUNDS; round += 1) {
      plainMs = Math.min(plainMs, await msPerInput(plain, times));
      largestMs = Math.min(largestMs, await msPerInput(largest, times));
    }
    return { plainMs, largestMs };
  };
};

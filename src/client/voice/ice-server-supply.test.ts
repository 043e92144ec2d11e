import { describe, expect, test } from 'vitest';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import type { IceServer } from '../../protocol/join-answers.ts';
import { createIceServerSupply } from './ice-server-supply.ts';

const ofJoining: IceServer[] = [{ urls: ['turn:a'], username: '1:p', credential: 'old' }];
const renewed: IceServer[] = [{ urls: ['turn:a'], username: '2:p', credential: 'new' }];

const createScene = (given: readonly IceServer[] | undefined) => {
  const time = createVirtualTime();
  let asked = 0;
  let answer: (signal: AbortSignal) => Promise<readonly IceServer[]> = async () => renewed;
  const supply = createIceServerSupply({
    time,
    given,
    fetchServers(signal) {
      asked += 1;
      return answer(signal);
    },
  });
  return {
    supply,
    pass: (ms: number) => time.runUntil(time.now() + ms),
    asked: () => asked,
    answerWith(next: typeof answer) {
      answer = next;
    },
  };
};

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the supply of ICE servers', () => {
  test('[CL12] those of joining are used at once, and renewed for the next try when they are old', async () => {
    const { supply, pass, asked } = createScene(ofJoining);
    expect(await supply.get()).toEqual(ofJoining);
    expect(asked()).toBe(0);
    pass(30_000);
    expect(await Promise.all([supply.get(), supply.get()])).toEqual([ofJoining, ofJoining]);
    await settle();
    const next = await supply.get();
    expect(next).toEqual(renewed);
    expect(next).toBe(supply.known);
    expect(asked()).toBe(1);
  });

  test('[CL12] a page that was reloaded asks before its first try, once for all its links', async () => {
    const { supply, asked } = createScene(undefined);
    expect(supply.known).toEqual([]);
    expect(await Promise.all([supply.get(), supply.get()])).toEqual([renewed, renewed]);
    expect(asked()).toBe(1);
  });

  test('[CL12] a server that refuses or does not answer in time leaves what is known, and is asked again', async () => {
    const { supply, pass, asked, answerWith } = createScene(undefined);
    answerWith(async () => {
      throw new Error('refused');
    });
    expect(await supply.get()).toEqual([]);
    answerWith(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up')))),
    );
    const waiting = supply.get();
    pass(3_000);
    expect(await waiting).toEqual([]);
    answerWith(async () => renewed);
    expect(await supply.get()).toEqual(renewed);
    expect(asked()).toBe(3);
  });
});

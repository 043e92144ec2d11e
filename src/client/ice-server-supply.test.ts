import { describe, expect, test } from 'vitest';
import { createVirtualTime } from '../../test/support/virtual-time.ts';
import type { IceServer } from '../protocol/rest.ts';
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

describe('the supply of ICE servers', () => {
  test('[CL12] first tries use those of joining; what is tried again asks for fresh ones, not more often than they age', async () => {
    const { supply, pass, asked } = createScene(ofJoining);
    expect(await supply.get('any')).toEqual(ofJoining);
    expect(await supply.get('fresh')).toEqual(ofJoining);
    expect(asked()).toBe(0);
    pass(30_000);
    expect(await supply.get('any')).toEqual(ofJoining);
    expect(await supply.get('fresh')).toEqual(renewed);
    const again = await supply.get('fresh');
    expect(again).toBe(supply.known);
    expect(asked()).toBe(1);
  });

  test('[CL12] a page that was reloaded asks before its first try, once for all its links', async () => {
    const { supply, asked } = createScene(undefined);
    expect(supply.known).toEqual([]);
    expect(await Promise.all([supply.get('any'), supply.get('any')])).toEqual([renewed, renewed]);
    expect(asked()).toBe(1);
  });

  test('[CL12] a server that refuses or does not answer in time leaves what is known, and is asked again', async () => {
    const { supply, pass, asked, answerWith } = createScene(ofJoining);
    pass(30_000);
    answerWith(async () => {
      throw new Error('refused');
    });
    expect(await supply.get('fresh')).toEqual(ofJoining);
    answerWith(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up')))),
    );
    const waiting = supply.get('fresh');
    pass(1_500);
    expect(await waiting).toEqual(ofJoining);
    answerWith(async () => renewed);
    expect(await supply.get('fresh')).toEqual(renewed);
    expect(asked()).toBe(3);
  });
});

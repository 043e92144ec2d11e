import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it, vi } from 'vitest';
import { UNSENT_BYTES } from '../protocol/ceilings.ts';
import { createUnsentGuard } from './unsent-guard.ts';

const guardOf = () => createUnsentGuard({ registry: new Registry(), log: pino({ level: 'silent' }) });
const outgoing = (bufferedAmount: number, waiting: readonly unknown[] = []) => ({
  transport: { socket: { bufferedAmount, terminate: vi.fn() } },
  writeBuffer: waiting.map((data) => ({ data })),
});

describe('[CE6] what is not read', () => {
  it.each([
    ['nothing', outgoing(0), false],
    ['as much as may wait', outgoing(UNSENT_BYTES), false],
    ['more, in the WebSocket', outgoing(UNSENT_BYTES + 1), true],
    ['more, before it', outgoing(0, ['x'.repeat(UNSENT_BYTES), Buffer.from('x')]), true],
  ])('%s', (_, socket, isCut) => {
    const guard = guardOf();
    expect([guard.cut(socket), guard.cut(socket)]).toEqual([isCut, isCut]);
    expect(socket.transport.socket.terminate).toHaveBeenCalledTimes(isCut ? 1 : 0);
  });

  it('may be twice a snapshot', () => {
    const guard = guardOf();
    const socket = outgoing(3 * UNSENT_BYTES);
    guard.allowSnapshot(socket);
    socket.transport.socket.bufferedAmount = 6 * UNSENT_BYTES;
    expect(guard.cut(socket)).toBe(false);
    socket.transport.socket.bufferedAmount += 1;
    expect(guard.cut(socket)).toBe(true);
  });
});

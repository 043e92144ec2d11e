import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { givenRoom, joined, on, roomDefinition } from '../../test/support/room/room-scenario.ts';
import type { VoiceStatus } from '../rooms/presence/ports.ts';
import { createVoiceStatus, type VoiceStatusOptions } from './voice-status.ts';

it('[CH8] a voice of another node is sent although the commit by which its owner joined has not come here yet', async () => {
  const before = givenRoom(roomDefinition(), on(0, joined(0))).state;
  const after = givenRoom(roomDefinition(), on(0, joined(0)), on(1, joined(1))).state;
  const tell = vi.fn();
  const statuses = new Map<string, VoiceStatus>();
  let changed: ((roomId: string, participantId: string, now: VoiceStatus) => void) | undefined;
  createVoiceStatus({
    rooms: { copyOf: async () => before, state: async () => after, notice: () => {} },
    connections: { of: () => new Set([{}]) },
    sessions: { tell },
    voice: {
      of: () => statuses,
      onChange: (callback: typeof changed) => {
        changed = callback;
      },
    },
    log: pino({ level: 'silent' }),
  } as unknown as VoiceStatusOptions);
  const said = { micOn: true, speaking: false };
  statuses.set('p1', said);
  changed?.('room', 'p1', said);
  await vi.waitFor(() => expect(tell).toHaveBeenCalledOnce());
  expect(tell).toHaveBeenCalledWith('room', 'voice:status', expect.objectContaining({ participantId: 'p1', ...said }));
});

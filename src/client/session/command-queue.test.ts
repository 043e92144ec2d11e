import { describe, expect, test } from 'vitest';
import { createVirtualTime } from '../../../test/support/room/virtual-time.ts';
import type { Ack } from '../../protocol/session-messages.ts';
import { createCommandQueue } from './command-queue.ts';

const createScene = () => {
  const time = createVirtualTime();
  const sent: { name: string; body: unknown; ack: (answer: Ack<Record<string, unknown>>) => void }[] = [];
  const refused: string[] = [];
  let silences = 0;
  let ids = 0;
  const queue = createCommandQueue({
    time,
    random: () => 0.5,
    createId() {
      ids += 1;
      return `id${ids}`;
    },
    language: () => 'en',
    emit: (name, body, ack) => sent.push({ name, body, ack }),
    onRefused: (_, refusal) => refused.push(refusal.code),
    onChange: () => {},
    onSilence() {
      silences += 1;
    },
  });
  return { time, queue, sent, refused, silences: () => silences };
};
const busy = { ok: false, error: { code: 'busy', message: 'busy', retryable: true } } as const;

describe('the command queue', () => {
  test('[CL4] a command waits for the connection and is sent again under its id until it is answered', async () => {
    const { queue, sent } = createScene();
    const answer = queue.send('page:turn', { to: 'next', expectedPage: 2 });
    expect(sent).toHaveLength(0);
    queue.resume();
    queue.pause();
    queue.resume();
    expect(sent.map(({ body }) => body)).toEqual([
      { to: 'next', expectedPage: 2, commandId: 'id1' },
      { to: 'next', expectedPage: 2, commandId: 'id1' },
    ]);
    sent[1]?.ack({ ok: true, page: 3, turnsAt: 5 });
    expect(await answer).toEqual({ ok: true, page: 3, turnsAt: 5 });
    expect(queue.size).toBe(0);
    queue.pause();
    queue.resume();
    expect(sent).toHaveLength(2);
  });

  test('[CL4] what waits goes out oldest first', () => {
    const { queue, sent } = createScene();
    void queue.send('choice:submit', { questionId: 'a', value: 'x' });
    void queue.send('choice:submit', { questionId: 'b', value: 'x' });
    queue.resume();
    expect(sent.map(({ body }) => (body as { questionId: string }).questionId)).toEqual(['a', 'b']);
  });

  test('[CL6] a retryable refusal is tried again after a growing pause, a final one is told', async () => {
    const { time, queue, sent, refused } = createScene();
    queue.resume();
    const answer = queue.send('debate:end', {});
    sent[0]?.ack(busy);
    time.runUntil(time.now() + 199);
    expect(sent).toHaveLength(1);
    time.runUntil(time.now() + 1);
    expect(sent).toHaveLength(2);
    sent[1]?.ack(busy);
    time.runUntil(time.now() + 399);
    expect(sent).toHaveLength(2);
    time.runUntil(time.now() + 1);
    sent[2]?.ack({ ok: false, error: { code: 'not_host', message: 'no', retryable: false } });
    expect((await answer).ok).toBe(false);
    expect(refused).toEqual(['not_host']);
  });

  /** Refuses everything for the moment, for some minutes. */
  const refuseForMinutes = ({ time, sent }: ReturnType<typeof createScene>) => {
    for (let asked = 0; asked < 100; asked += 1) {
      sent.splice(0).at(-1)?.ack(busy);
      time.runUntil(time.now() + 2_000);
    }
  };

  test.each([
    ['recording:start', { mimeType: 'audio/webm' }],
    ['recording:stop', { recordingId: 'r' }],
    ['choice:submit', { questionId: 'a', value: 'x' }],
  ] as const)('[CL4] [CL6] %s is never given up while it is refused only for the moment', async (name, body) => {
    const scene = createScene();
    scene.queue.resume();
    const answer = scene.queue.send(name, body);
    refuseForMinutes(scene);
    expect(scene.refused).toEqual([]);
    expect(scene.sent.map((one) => one.body)).toEqual([{ ...body, commandId: 'id1' }]);
    scene.sent[0]?.ack({ ok: true });
    expect((await answer).ok).toBe(true);
  });

  test('[CL6] a deed of the moment is given up after a while, and whoever asked is told', async () => {
    const scene = createScene();
    scene.queue.resume();
    const answer = scene.queue.send('page:turn', { to: 'next', expectedPage: 0 });
    refuseForMinutes(scene);
    expect(await answer).toMatchObject({ ok: false, error: { code: 'busy' } });
    expect(scene.refused).toEqual(['busy']);
  });

  test('[CL4] the repeat of an older answer to a question never lands after a newer one', async () => {
    const { time, queue, sent } = createScene();
    const valuesSent = () => sent.map(({ body }) => (body as { value: string }).value);
    queue.resume();
    void queue.send('choice:submit', { questionId: 'a', value: 'old' });
    const newer = queue.send('choice:submit', { questionId: 'a', value: 'new' });
    void queue.send('choice:submit', { questionId: 'b', value: 'other' });
    expect(valuesSent()).toEqual(['old', 'other']);
    sent[0]?.ack(busy);
    time.runUntil(time.now() + 200);
    queue.pause();
    queue.resume();
    expect(valuesSent()).toEqual(['old', 'other', 'old', 'old', 'other']);
    sent[3]?.ack({ ok: true, revision: 1 });
    expect(valuesSent().at(-1)).toBe('new');
    sent.at(-1)?.ack({ ok: true, revision: 2 });
    expect(await newer).toEqual({ ok: true, revision: 2 });
  });

  test('[CL4] the start of an older take is never repeated after that of a newer one', () => {
    const { queue, sent } = createScene();
    queue.resume();
    void queue.send('recording:start', { mimeType: 'audio/webm', commandId: 'first' });
    void queue.send('recording:start', { mimeType: 'audio/webm', commandId: 'second' });
    expect(sent).toHaveLength(1);
    sent[0]?.ack({ ok: true, recordingId: 'r' });
    expect(sent.map(({ body }) => (body as { commandId: string }).commandId)).toEqual(['first', 'second']);
  });

  test('no answer in time is reported, and the command stays', () => {
    const { time, queue, silences } = createScene();
    queue.resume();
    void queue.send('debate:end', {});
    time.runUntil(time.now() + 10_000);
    expect(silences()).toBe(1);
    expect(queue.size).toBe(1);
  });

  test('[CL6] after a final refusal everything is refused, until the connection is back', async () => {
    const { queue, refused } = createScene();
    const waiting = queue.send('debate:end', {});
    queue.refuseAll('removed');
    const later = queue.send('debate:end', {});
    for (const result of await Promise.all([waiting, later])) {
      expect(result).toMatchObject({ ok: false, error: { code: 'removed', retryable: false } });
    }
    // The state of the connection says it, not one message per command.
    expect(refused).toEqual([]);
    queue.resume();
    void queue.send('debate:end', {});
    expect(queue.size).toBe(1);
  });

  test('is bounded', async () => {
    const { queue } = createScene();
    for (let count = 0; count < 200; count += 1) void queue.send('debate:end', {});
    expect(await queue.send('debate:end', {})).toMatchObject({ ok: false, error: { code: 'busy' } });
  });
});

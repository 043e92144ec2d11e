import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { openRawSocket } from '../support/servers/raw-socket.ts';
import { type RoomServer, startRoomServer } from '../support/servers/room-server.ts';

let server: RoomServer;
beforeAll(async () => {
  server = await startRoomServer();
});
afterAll(() => server.close());

const refusedWith = (socket: ReturnType<RoomServer['open']>): Promise<string> =>
  new Promise((resolve, reject) => {
    socket.once('connect', () => reject(new Error('it was accepted')));
    socket.once('connect_error', (error) =>
      resolve((error as Error & { data?: { code: string } }).data?.code ?? error.message),
    );
  });

describe('connecting', () => {
  it('[CH1] refuses before the namespace is accepted, with a final code', async () => {
    expect(await refusedWith(server.open('/session', {}))).toBe('unauthorized');
    expect(await refusedWith(server.open('/session', { token: 'x' }))).toBe('unauthorized');
    expect(await refusedWith(server.open('/session', { token: 17 }))).toBe('unauthorized');
  });

  it('[CH1] takes the token from the query too, quotes around it tolerated', async () => {
    const seat = await server.join(await server.newRoom(), 'a');
    const socket = server.open('/session', {}, { token: `"${seat.token}"` });
    await new Promise((resolve) => socket.once('room:snapshot', resolve));
  });

  it('[CH1] tells an erased room from a wrong token', async () => {
    const roomId = await server.newRoom();
    const seat = await server.join(roomId, 'a');
    await server.pool.query('DELETE FROM rooms WHERE id = $1', [roomId]);
    await server.rooms.forget(roomId);
    expect(await refusedWith(server.open('/session', { token: seat.token }))).toBe('room_not_found');
  });

  it('[SG7] is entered by a WebSocket that has been in signaling for long', async () => {
    const { token } = await server.join(await server.newRoom(), 'a');
    const signaling = server.open('/signaling', { token });
    let pings = 0;
    signaling.io.on('ping', () => {
      pings += 1;
    });
    await eventually('two pings have been answered', () => pings >= 2);
    const session = signaling.io.socket('/session', { auth: { token } });
    await new Promise<void>((resolve, reject) => {
      session.once('room:snapshot', () => resolve());
      session.io.once('close', (reason) => reject(new Error(reason)));
      session.connect();
    });
    signaling.io.removeAllListeners();
    expect(signaling.connected).toBe(true);
  });

  it('[CH5] lets the newest connection win', async () => {
    const seat = await server.join(await server.newRoom(), 'a');
    const first = await server.connect(seat);
    const second = await server.connect(seat);
    await first.until('connection:replaced');
    await eventually('the first connection is cut', () => first.socket.disconnected);
    expect((await second.ask('clock:ping')).ok).toBe(true);
    const state = await server.rooms.state(second.snapshot().room.id);
    expect(state?.participants[seat.participantId]?.connection?.epoch).toBe(2);
  });

  it('[CE5] closes a WebSocket that all its sessions have left, and none that still carries one', async () => {
    const { token } = await server.join(await server.newRoom(), 'a');
    const auth = JSON.stringify({ token, instance: 'a-page' });
    const before = server.realtime.counts().sockets;
    const enter = async (...namespaces: string[]) => {
      const socket = await openRawSocket(server.url);
      for (const namespace of namespaces) await socket.ask(`40${namespace},${auth}`);
      return socket;
    };
    const both = await enter('/signaling', '/session');
    const replaced = await enter('/session');
    const last = await enter('/session');
    // It answers heartbeats and closes nothing by itself.
    while ((await replaced.next()) !== undefined);
    expect(await both.ask('42/signaling,1["signal",{}]')).toContain('invalid_message');
    expect(server.realtime.counts().sockets).toBe(before + 2);
    await both.close();
    await last.close();
  });

  it('[CH5] a connection that was given up before its turn came replaces nobody', async () => {
    const roomId = await server.newRoom();
    const seat = await server.join(roomId, 'a');
    const live = await server.connect(seat);
    const { sessions } = server.realtime.counts();
    server.proxy.stall(true);
    let slow: Promise<unknown>;
    try {
      slow = server.join(roomId, 'b');
      const impatient = server.open('/session', { token: seat.token });
      await new Promise<void>((resolve) => impatient.once('connect', () => resolve()));
      impatient.disconnect();
      await eventually('the server has seen it go', () => server.realtime.counts().sessions === sessions);
    } finally {
      server.proxy.stall(false);
    }
    await slow;
    expect((await live.ask('clock:ping')).ok).toBe(true);
    const commits = await server.journal.commits(roomId, 0);
    const types = commits.flatMap(({ events }) => events.map(({ type }) => type));
    expect(types).toEqual(['participant_joined', 'participant_connected', 'participant_joined']);
    expect(live.socket.connected).toBe(true);
  });
});

describe('a debate', () => {
  it('[CH3] [CH4] [CH9] starts all at one announced instant, turns pages for the host only, and keeps choices private', async () => {
    const { host, guest, third, clients } = await server.startedRoom();
    const starts = clients.map((client) =>
      client.events.flatMap((one) => one.events).filter((event) => event.type === 'debate_started'),
    );
    expect(new Set(starts.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(starts[0]).toHaveLength(1);

    const refused = await guest.ask('page:turn', { to: 'next' });
    expect(refused.error).toMatchObject({ code: 'not_host', message: '방장만 다음 페이지로 이동할 수 있습니다.' });

    const before = Date.now();
    const turned = await host.ask('page:turn', { to: 'next', expectedPage: 0, commandId: 'turn-1' });
    expect(turned).toMatchObject({ ok: true, page: 1 });
    expect(Number(turned.turnsAt)).toBeGreaterThan(before);
    const message = await third.untilEvent('page_turned');
    expect(message.pages?.map((page) => page.title)).toEqual(['Two', 'Three']);
    expect(await host.ask('page:turn', { to: 'next', expectedPage: 0, commandId: 'turn-1' })).toEqual(turned);
    expect((await host.ask('page:turn', { to: 'next', expectedPage: 0 })).error?.code).toBe('page_changed');
    expect((await host.ask('page:turn', { to: 9, commandId: 'turn-1' })).error?.code).toBe('command_id_conflict');

    expect(await guest.ask('choice:submit', { questionId: 'q1', value: 'yes' })).toMatchObject({
      ok: true,
      revision: 1,
    });
    expect((await guest.ask('choice:submit', { questionId: 'q1', value: 'perhaps' })).error?.code).toBe(
      'invalid_choice',
    );
    const own = await guest.untilEvent('choice_submitted');
    const empty = await third.until('room:event', (one: { version: number }) => one.version === own.version);
    expect(empty).toMatchObject({ version: own.version, events: [] });

    for (const client of clients) {
      const versions = client.events.map((one) => one.version);
      expect(versions).toEqual(versions.map((_, index) => client.snapshot().version + 1 + index));
    }
  });

  it('[CH7] brings a client that missed commits up to date, by commits or by a snapshot', async () => {
    const { host, guest } = await server.startedRoom();
    const since = guest.snapshot().version;
    const answer = await guest.ask('room:sync', { since });
    expect(answer.commits).toEqual(guest.events);
    expect((await host.ask('room:sync', { since: 1_000_000 })).commits).toEqual([]);
  });

  it('[CH2] keeps seat, page and choices of who drops and comes back', async () => {
    const { host, guest, roomId } = await server.startedRoom();
    await host.ask('page:turn', { to: 2 });
    await guest.ask('choice:submit', { questionId: 'q1', value: 'no' });
    guest.socket.io.engine.close();
    await host.untilEvent('participant_disconnected');
    const back = await server.connect(guest);
    expect(back.snapshot().room).toMatchObject({
      id: roomId,
      page: 2,
      phase: 'running',
      choices: { q1: { value: 'no', revision: 1 } },
    });
    expect(back.snapshot().room.participants.find((one) => one.id === guest.participantId)?.seat).toBe(1);
  });

  it('hands the host over when the host stays away past the grace period', async () => {
    const { host, guest } = await server.startedRoom();
    host.socket.io.engine.close();
    await guest.untilEvent('host_changed');
    expect((await guest.ask('page:turn', { to: 'next' })).ok).toBe(true);
  });

  it('cuts a removed participant at once and for good', async () => {
    const { host, guest } = await server.startedRoom();
    const signaling = await server.connect(guest, { namespace: '/signaling', auth: { instance: 'p1' } });
    expect((await host.ask('participant:remove', { participantId: guest.participantId })).ok).toBe(true);
    await eventually('both are cut', () => guest.socket.disconnected && signaling.socket.disconnected);
    expect(await refusedWith(server.open('/session', { token: guest.token }))).toBe('removed');
    expect(await refusedWith(server.open('/signaling', { token: guest.token }))).toBe('removed');
  });

  it('[CH8] unmutes by the muted participant alone', async () => {
    const { host, guest, third } = await server.startedRoom();
    await guest.ask('voice:status', { micOn: true, speaking: true });
    await third.until('voice:status', (status: { micOn: boolean }) => status.micOn);
    await host.ask('participant:mute', { participantId: guest.participantId });
    await guest.untilEvent('participant_muted');
    // A report that was on its way when the mute came is no wish to speak.
    await guest.ask('voice:status', { micOn: true, speaking: true });
    expect(guest.events.flatMap((one) => one.events).some((event) => event.type === 'participant_unmuted')).toBe(false);
    await guest.ask('voice:status', { micOn: false, speaking: false });
    await guest.ask('voice:status', { micOn: true, speaking: false });
    await third.untilEvent('participant_unmuted');
  });

  it('records starts and stops of recordings with path and duration', async () => {
    const { guest, third } = await server.startedRoom();
    const started = await guest.ask('recording:start', { mimeType: 'audio/webm;codecs=opus' });
    expect(started).toMatchObject({ ok: true, path: expect.stringMatching(/^recordings\/\d{4}-\d\d-\d\d\//) });
    const stopped = await guest.ask('recording:stop', { recordingId: started.recordingId });
    expect(stopped).toMatchObject({ ok: true, path: started.path });
    expect(Number(stopped.durationMs)).toBe(Number(stopped.endedAt) - Number(started.startedAt));
    const seen = await third.untilEvent('recording_started');
    expect(JSON.stringify(seen)).not.toContain('recordings/');
    expect((await third.ask('recording:stop', { recordingId: started.recordingId })).error?.code).toBe(
      'recording_not_found',
    );
  });
});

describe('a take that was captured in the debate and is announced after its end', () => {
  it('[RM47] is taken, its repeat gets the same answer, and what was captured after the end is refused', async () => {
    const { host, guest, roomId } = await server.startedRoom();
    const capturedAt = Date.now();
    const { endedAt } = await host.ask('debate:end');
    await guest.untilEvent('debate_ended');
    const body = { mimeType: 'audio/webm', capturedAt, commandId: 'late' };
    const started = await guest.ask('recording:start', body);
    expect(started).toMatchObject({ ok: true, startedAt: capturedAt });
    expect(await guest.ask('recording:start', body)).toEqual(started);
    const { rows } = await server.pool.query('SELECT id, started_at, ended_at FROM recordings WHERE room_id = $1', [
      roomId,
    ]);
    expect(rows).toEqual([{ id: started.recordingId, started_at: capturedAt, ended_at: endedAt }]);
    const refused = { ok: false, error: { code: 'recording_refused', retryable: false } };
    for (const after of [Number(endedAt) + 61_000, undefined])
      expect(await guest.ask('recording:start', { mimeType: 'audio/webm', capturedAt: after })).toMatchObject(refused);
  });
});

describe('what is not a valid message', () => {
  it('[CH6] is answered with invalid_message and harms nobody', async () => {
    const { host, guest } = await server.startedRoom();
    for (const body of [null, 7, 'text', [], [{}], { to: {} }, { to: 1.5 }, { to: 'first' }, { to: 1, commandId: '' }])
      expect((await host.ask('page:turn', body)).error, JSON.stringify(body)).toMatchObject({
        code: 'invalid_message',
        retryable: false,
      });
    expect((await host.ask('no:such', {})).error?.code).toBe('invalid_message');
    expect((await host.ask('__proto__', {})).error?.code).toBe('invalid_message');
    expect((await host.ask('constructor', {})).error?.code).toBe('invalid_message');
    for (const value of ['a\u0000b', '\ud800', null, [1], {}])
      expect((await guest.ask('choice:submit', { questionId: 'q1', value })).error?.code).toBe('invalid_choice');
    expect((await guest.ask('choice:submit', { questionId: '\u0000', value: 'yes' })).error?.code).toBe(
      'invalid_message',
    );
    expect((await guest.ask('page:turn', { to: 1, commandId: 'a\u0000b' })).error?.code).toBe('invalid_message');
    expect((await guest.ask('participant:mute', { participantId: '__proto__' })).ok).toBe(false);
    host.socket.emit('page:turn', { to: 'next' });
    await guest.untilEvent('page_turned');
  });

  it('[CH10] is refused as rate_limited when there is too much, while others go on', async () => {
    const { host, guest } = await server.startedRoom();
    const answers = await Promise.all(Array.from({ length: 300 }, () => guest.ask('clock:ping')));
    const limited = answers.filter((answer) => answer.error?.code === 'rate_limited');
    expect(limited.length).toBeGreaterThan(100);
    expect(limited[0]?.error?.retryable).toBe(true);
    expect((await host.ask('page:turn', { to: 'next' })).ok).toBe(true);
  });

  it('[SG5] closes the connection of a frame over 1 MiB, and only that one', async () => {
    const { host, guest } = await server.startedRoom();
    guest.socket.emit('choice:submit', { questionId: 'q1', value: 'x'.repeat(2 * 1024 * 1024) });
    await host.untilEvent('participant_disconnected');
    expect((await host.ask('page:turn', { to: 'next' })).ok).toBe(true);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import type { ListAnswer } from '../../src/protocol/answer-fields.ts';
import type { EventsAnswer, RoomAnswer, RoomListItem } from '../../src/protocol/room-answers.ts';
import type { CreatedRoom, StudyAnswer } from '../../src/protocol/study-answers.ts';
import { type ApiClient, createApiClient, type ErrorBody, SMALL_STUDY } from '../support/servers/api-client.ts';
import { type ApiServer, PUBLIC_URL, startApiServer } from '../support/servers/api-server.ts';

let server: ApiServer;
let api: ApiClient;

beforeAll(async () => {
  server = await startApiServer();
  api = createApiClient(server);
});

describe('studies', () => {
  it('[JN1] fills in what was left out and answers with the study', async () => {
    const made = await api.researcher<StudyAnswer>('POST', '/api/studies', {
      title: '토론',
      pages: [{ title: '하나' }],
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      version: 1,
      language: 'en',
      pages: [{ title: '하나', body: '', questions: [] }],
      settings: { roomSize: 3, countdownMs: 3_000, graceMs: 30_000, record: true, consent: [] },
    });
    const read = await api.researcher<StudyAnswer>('GET', `/api/studies/${made.body.id}`);
    expect(read.body).toEqual(made.body);
  });

  it('[JN1] refuses what does not fit, with every problem and its place', async () => {
    const { status, body } = await api.researcher<ErrorBody>('POST', '/api/studies', {
      title: '',
      pages: [{ title: 'x', questions: [{ id: 'q', prompt: '?', kind: 'scale', min: 5, max: 2 }] }],
      settings: { roomSize: 1, codebook: { note: 'a\u0000b' } },
    });
    expect([status, body.error.code]).toEqual([422, 'invalid_request']);
    const issues = (body.error.details?.issues ?? []) as { path: string }[];
    const paths = issues.map((issue) => issue.path);
    expect(paths).toEqual(expect.arrayContaining(['title', 'pages.0.questions.0', 'settings.roomSize']));
    const codebook = await api.researcher<ErrorBody>('POST', '/api/studies', {
      ...SMALL_STUDY,
      settings: { codebook: { deep: [{ '\ud800': 1 }] } },
    });
    expect([codebook.status, codebook.body.error.code]).toEqual([422, 'invalid_request']);
  });

  it.each([
    ['a misspelt setting', { settings: { roomsize: 2 } }, 'settings'],
    ['a setting beside the settings', { retentionDays: 30 }, ''],
    ['a PIN of which nothing can be seen', { settings: { pin: ' ' } }, 'settings.pin'],
    ['a title of which nothing can be seen', { title: '\u200b' }, 'title'],
  ])('[JN1] refuses %s', async (_, fields, path) => {
    const study = await api.newStudy();
    for (const [method, to, base] of [
      ['POST', '/api/studies', SMALL_STUDY],
      ['PATCH', `/api/studies/${study.id}`, {}],
    ] as const) {
      const { status, body } = await api.researcher<ErrorBody>(method, to, { ...base, ...fields });
      expect([status, body.error?.code]).toEqual([422, 'invalid_request']);
      expect(body.error.details?.issues).toEqual([expect.objectContaining({ path })]);
    }
  });

  it('[JN1] takes back what it answered', async () => {
    const study = await api.newStudy();
    const again = await api.researcher<StudyAnswer>('PATCH', `/api/studies/${study.id}`, { ...study, title: 'Anew' });
    expect([again.status, again.body.title, again.body.version]).toEqual([200, 'Anew', 2]);
    expect((await api.researcher('POST', '/api/studies', study)).status).toBe(201);
  });

  it('[JN2] refuses rooms with a PIN of their own, which they do not have', async () => {
    const study = await api.newStudy();
    const made = await api.researcher<ErrorBody>('POST', `/api/studies/${study.id}/rooms`, { count: 1, pin: '1' });
    expect([made.status, made.body.error?.code]).toEqual([422, 'invalid_request']);
  });

  it('[JN1] a change makes a new version; rooms keep the one they were made with', async () => {
    const study = await api.newStudy({ ...SMALL_STUDY, settings: { ...SMALL_STUDY.settings, pin: '1234' } });
    const path = `/api/studies/${study.id}`;
    const rooms = async () => (await api.researcher<{ rooms: CreatedRoom[] }>('POST', `${path}/rooms`, {})).body.rooms;
    const [first] = await rooms();
    const patched = await api.researcher<StudyAnswer>('PATCH', path, {
      title: 'Renamed',
      settings: { pin: '99', graceMs: null },
    });
    expect(patched.body).toMatchObject({ version: 2, title: 'Renamed', settings: { pin: '99', graceMs: 30_000 } });
    expect(patched.body.settings.countdownMs).toBe(500);
    expect(
      (await api.researcher<StudyAnswer>('PATCH', path, { settings: { pin: null } })).body.settings.pin,
    ).toBeUndefined();
    const [third] = await rooms();
    expect([first?.pin, third?.pin]).toEqual(['1234', undefined]);
    const versions = await Promise.all(
      [first, third].map(async (room) => (await api.researcher<RoomAnswer>('GET', `/api/rooms/${room?.id}`)).body),
    );
    expect(versions.map((room) => [room.studyVersion, room.title])).toEqual([
      [1, 'A study'],
      [3, 'Renamed'],
    ]);
    const bad = await api.researcher<ErrorBody>('PATCH', path, { pages: [] });
    expect(bad.status).toBe(422);
    expect((await api.researcher<StudyAnswer>('GET', path)).body.version).toBe(3);
  });

  it('[JN1] changes made at once are all kept, one version each', async () => {
    const study = await api.newStudy();
    const settings = [{ graceMs: 1_111 }, { countdownMs: 777 }, { timeLimitMinutes: 5 }];
    await Promise.all(
      settings.map((change) => api.researcher('PATCH', `/api/studies/${study.id}`, { settings: change })),
    );
    const { body } = await api.researcher<StudyAnswer>('GET', `/api/studies/${study.id}`);
    expect(body.version).toBe(4);
    expect(body.settings).toMatchObject({ graceMs: 1_111, countdownMs: 777, timeLimitMinutes: 5 });
  });

  it('answers for what is not there', async () => {
    for (const [method, path, code] of [
      ['GET', '/api/studies/none', 'study_not_found'],
      ['PATCH', '/api/studies/none', 'study_not_found'],
      ['POST', '/api/studies/none/rooms', 'study_not_found'],
      ['GET', '/api/studies/none/rooms.csv', 'study_not_found'],
      ['GET', '/api/rooms/none', 'room_not_found'],
      ['POST', '/api/rooms/none/end', 'room_not_found'],
      ['DELETE', '/api/rooms/none', 'room_not_found'],
      ['GET', '/api/rooms/none/events', 'room_not_found'],
      ['GET', '/api/rooms/none/stream', 'room_not_found'],
      ['GET', '/api/rooms/none/recordings', 'room_not_found'],
      ['GET', '/api/rooms/none/jobs', 'room_not_found'],
      ['POST', '/api/rooms/none/analysis', 'room_not_found'],
      ['GET', '/api/rooms/none/transcript', 'room_not_found'],
      ['GET', '/api/rooms/none/report', 'room_not_found'],
      ['GET', '/api/recordings/none', 'recording_not_found'],
      ['GET', '/api/recordings/none/audio', 'recording_not_found'],
      ['DELETE', '/api/keys/none', 'api_key_not_found'],
      ['GET', '/api/rooms/__proto__', 'room_not_found'],
    ] as const) {
      const body = method === 'PATCH' || path.endsWith('/rooms') ? {} : undefined;
      const answer = await api.researcher<ErrorBody>(method, path, body);
      expect([path, answer.status, answer.body.error?.code]).toEqual([path, 404, code]);
    }
  });
});

describe('rooms', () => {
  it('[JN2] have ids, distinct codes without look-alikes, and links', async () => {
    const study = await api.newStudy();
    const path = `/api/studies/${study.id}/rooms`;
    const { status, body } = await api.researcher<{ rooms: CreatedRoom[] }>('POST', path, { count: 100 });
    expect(status).toBe(201);
    expect(new Set(body.rooms.map((room) => room.code)).size).toBe(100);
    for (const { code, joinUrl } of body.rooms) {
      expect(code).toMatch(/^[ABCDEFGHJKMNPQRSTUVWXYZ2-9]{6}$/);
      expect(joinUrl).toBe(`${PUBLIC_URL}/j/${code}`);
    }
    for (const count of [0, 501, 1.5, '3']) expect((await api.researcher('POST', path, { count })).status).toBe(422);
  });

  it('[JN10] are listed page by page, newest first, without doubles', async () => {
    const study = await api.newStudy();
    await api.researcher('POST', `/api/studies/${study.id}/rooms`, { count: 7, label: 'A' });
    const seen: RoomListItem[] = [];
    let cursor: string | undefined;
    do {
      const query = `studyId=${study.id}&limit=3${cursor ? `&cursor=${cursor}` : ''}`;
      const { body } = await api.researcher<ListAnswer<RoomListItem>>('GET', `/api/rooms?${query}`);
      expect(body.items.length).toBeLessThanOrEqual(3);
      seen.push(...body.items);
      cursor = body.nextCursor;
    } while (cursor);
    expect(new Set(seen.map((room) => room.id)).size).toBe(7);
    expect(seen[0]).toMatchObject({ label: 'A', phase: 'waiting', studyId: study.id });
    const running = await api.researcher<ListAnswer<RoomListItem>>(
      'GET',
      `/api/rooms?studyId=${study.id}&phase=running`,
    );
    expect(running.body.items).toEqual([]);
    for (const query of ['cursor=nonsense', 'phase=nonsense', 'limit=0', 'studyId=a%00b']) {
      expect((await api.researcher('GET', `/api/rooms?${query}`)).status).toBe(422);
    }
  });

  it('come as CSV that no spreadsheet takes for formulas, each with the PIN of its version', async () => {
    const study = await api.newStudy({ ...SMALL_STUDY, settings: { pin: '0042' } });
    const path = `/api/studies/${study.id}`;
    await api.researcher('POST', `${path}/rooms`, { label: '=1+1, "x"', description: '@SUM' });
    await api.researcher('PATCH', path, { settings: { pin: null } });
    await api.researcher('POST', `${path}/rooms`, {});
    const { headers, body } = await api.researcher<string>('GET', `${path}/rooms.csv`);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [head, newer, older, end] = body.replace(/^\uFEFF/, '').split('\r\n');
    expect(head).toBe('id,code,joinUrl,pin,label,description,phase,createdAt,expiresAt');
    expect(newer).toMatch(/,,,,waiting,/);
    expect(older).toMatch(/,"=""0042""","'=1\+1, ""x""",'@SUM,waiting,\d{4}-/);
    expect(end).toBe('');
  });

  it('[JN10] tell their journal oldest first, page by page', async () => {
    const room = await api.newRoom();
    for (let count = 0; count < 3; count += 1) await api.join(room.code);
    const path = `/api/rooms/${room.id}/events`;
    const whole = await api.researcher<EventsAnswer>('GET', path);
    expect(whole.body.commits.map((commit) => commit.version)).toEqual([1, 2, 3]);
    expect(whole.body.commits[0]?.events[0]).toMatchObject({ type: 'participant_joined', seat: 0, isHost: true });
    expect(whole.body.nextCursor).toBeUndefined();
    const first = await api.researcher<EventsAnswer>('GET', `${path}?limit=2`);
    expect(first.body.nextCursor).toBe('2');
    const rest = await api.researcher<EventsAnswer>('GET', `${path}?limit=2&cursor=${first.body.nextCursor}`);
    expect(rest.body).toEqual({ commits: whole.body.commits.slice(2) });
  });
});

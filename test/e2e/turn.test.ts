// TURN as operators run it: a real coturn that shares a secret with the server, and people whose voices have no other way.
// FAULTS=long takes more rooms and more outages, of lengths that a seed brings back (FAULT_SEED).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../../processes/chromium.ts';
import { eventually } from '../../processes/eventually.ts';
import { summaryOf } from '../../processes/percentiles.ts';
import { createRandom } from '../../processes/seeded-random.ts';
import { type RunningServer, spawnServer } from '../../processes/spawn-server.ts';
import { iceServersOf } from '../../src/access/ice-servers.ts';
import { createResearcherApi } from '../../src/client/index.ts';
import { studyContentSchema } from '../../src/protocol/study.ts';
import { type BrowserParticipant, openParticipant } from '../support/browser/browser-participant.ts';
import { writeSpeechWav } from '../support/browser/speech-wav.ts';
import { describeWithChromium, describeWithTurn } from '../support/describe-with-program.ts';
import { startTurnServer, type TurnServer } from '../support/servers/turn-server.ts';
import { arrivalsAt, type VoiceArrival, watchArrivals } from './voice-arrivals.ts';

const LONG = process.env.FAULTS === 'long';
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const ROOMS = LONG ? 20 : 3;
/** A restart of coturn, an outage that the browsers do not yet call a failure, and long ones. */
const OUTAGES_MS = (() => {
  const random = createRandom(SEED);
  return LONG ? [0, ...Array.from({ length: 9 }, () => Math.round(random() ** 2 * 40_000))] : [0, 6_000];
})();
const BACK_WITHIN_MS = 5_000;
/** At the 95th percentile; of a few rooms, at the median. */
const CONNECTED_WITHIN_MS = 2_000;
const PITCHES_HZ = [110, 165, 220];

const epochMs = (): number => performance.timeOrigin + performance.now();

const settings = (turn: TurnServer, secret = turn.secret) => ({
  env: { LOG_LEVEL: 'warn', TURN_URLS: turn.url, TURN_SECRET: secret },
});

/** The link of a new room for three, for voices that are relayed or not heard at all. */
const relayLink = async (server: RunningServer): Promise<string> => {
  const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  const study = await api.createStudy({ title: 'TURN', language: 'en', pages: [{ title: 'One' }] });
  const [room] = (await api.createRooms(study.id, {})).rooms;
  if (!room) throw new Error('no room was made');
  return `${server.url}${new URL(room.joinUrl).pathname}?relay=1`;
};

describeWithTurn('TURN', () => {
  describeWithChromium('with real browsers', () => {
    let folder: string;
    let turn: TurnServer;
    let server: RunningServer;
    let people: BrowserParticipant[] = [];

    /** In all directions: on each page one connection to each of the others. */
    const arrivals = async (): Promise<VoiceArrival[]> => {
      const all = await Promise.all(people.map(({ page }) => arrivalsAt(page)));
      return all.flat().filter(({ state }) => state !== 'closed');
    };
    const everywhere = async (what: string, holds: (arrival: VoiceArrival) => boolean): Promise<VoiceArrival[]> =>
      eventually(what, async () => {
        const all = await arrivals();
        return all.length === people.length * (people.length - 1) && all.every(holds) && all;
      });

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'trialogue-turn-voices-'));
      turn = await startTurnServer();
      server = await spawnServer(settings(turn));
      people = await Promise.all(
        PITCHES_HZ.map(async (pitchHz, seat) => {
          const microphoneWav = join(folder, `voice-${seat}.wav`);
          writeSpeechWav(microphoneWav, pitchHz);
          const person = await openParticipant({ nickname: `Person ${seat + 1}`, microphoneWav, locale: 'en' });
          await watchArrivals(person.page);
          return person;
        }),
      );
    });
    afterAll(async () => {
      await Promise.all(people.map((person) => person.close()));
      await server?.stop();
      await turn?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('[TN1] three people talk through it alone, with credentials of their own, also after a reload', async () => {
      const times: number[] = [];
      for (let room = 0; room < ROOMS; room += 1) {
        const link = await relayLink(server);
        const [last, ...first] = [...people].reverse();
        for (const person of first.reverse()) await person.join(link);
        let joinedAt = Number.NaN;
        const answered = last?.page.waitForResponse((response) => response.url().endsWith('/api/join'));
        await Promise.all([
          last?.join(link),
          answered?.then(() => {
            joinedAt = epochMs();
          }),
        ]);
        const all = await everywhere('all voices arrive', ({ packets }) => packets > 0);
        expect(all.map(({ path }) => path)).toEqual(all.map(() => 'relay relay'));
        times.push(Math.max(...all.map(({ firstAt }) => firstAt)) - joinedAt);
      }
      const { p50, p95, max } = summaryOf(times);
      console.log(
        `from the third seat to voices in all directions, relayed, ${ROOMS} rooms, ms: p50 ${p50.toFixed(0)}, p95 ${p95.toFixed(0)}, max ${max.toFixed(0)}`,
      );
      expect(LONG ? p95 : p50).toBeLessThanOrEqual(CONNECTED_WITHIN_MS);

      const names = new Set([...turn.log().matchAll(/username=<(\d+):([^>]+)>/g)].map(([, , id]) => id));
      expect(names.size).toBe(3 * ROOMS);

      await Promise.all(people.map(({ page }) => page.getByTestId('debate').waitFor()));
      const reloaded = people[1]?.page;
      await reloaded?.reload();
      const after = await everywhere('all voices arrive after a reload', ({ packets }) => packets > 0);
      expect(after.map(({ path }) => path)).toEqual(after.map(() => 'relay relay'));
    });

    it('[TN3] it is stopped and started again: voices are back within 5 s, on the same links', async ({
      onTestFailed,
    }) => {
      onTestFailed(async () => {
        console.log(`FAULT_SEED=${SEED}, outages ${OUTAGES_MS.join(' ')} ms`);
        for (const person of people) console.log(await person.connections());
      });
      const link = await relayLink(server);
      for (const person of people) await person.join(link);
      await everywhere('all voices arrive', ({ packets }) => packets > 0);
      const backMs: number[] = [];
      for (const outageMs of OUTAGES_MS) {
        await turn.kill('SIGTERM');
        await delay(outageMs);
        if (outageMs > 0) await everywhere('no voice arrives', ({ lastAt }) => lastAt < epochMs() - 1_000);
        const acceptsAt = performance.timeOrigin + (await turn.restart());
        const first = new Map<number, number>();
        await eventually('all voices are back', async () => {
          for (const [index, { lastAt }] of (await arrivals()).entries())
            if (lastAt > acceptsAt && !first.has(index)) first.set(index, lastAt);
          return first.size === 6;
        });
        backMs.push(Math.max(...first.values()) - acceptsAt);
        const settledAt = epochMs();
        await everywhere('they stay', ({ lastAt }) => lastAt > settledAt + 1_000);
      }
      console.log(
        `voices in all directions after coturn accepts again, ms: ${backMs.map((ms, index) => `${ms.toFixed(0)} (away ${OUTAGES_MS[index]})`).join(', ')}`,
      );
      expect(Math.max(...backMs)).toBeLessThanOrEqual(BACK_WITHIN_MS);
      const made = await Promise.all(people.map(({ page }) => arrivalsAt(page)));
      expect(made.map((connections) => connections.length)).toEqual([2, 2, 2]);
    });

    it('[TN2] [CL13] a server with another secret than coturn: the page says who cannot be heard', async () => {
      const astray = await spawnServer(settings(turn, 'another secret'));
      try {
        const link = await relayLink(astray);
        const pair = people.slice(0, 2);
        for (const person of pair) await person.join(link);
        for (const [index, { page }] of pair.entries()) {
          const other = pair[1 - index]?.nickname ?? '';
          await page.getByTestId('connection-banner').getByText(`No voice connection with ${other}`).waitFor();
          await page.getByTestId('mesh').locator('line[data-kind="failed"]').waitFor({ state: 'attached' });
          await page.getByText(`${other}: no voice connection`).waitFor();
        }
        expect(turn.log()).toMatch(/Cannot find credentials of user <\d+:[^>]+>/);
      } finally {
        await astray.stop();
      }
    });

    it('[TN2] credentials of another secret and expired ones are refused', async () => {
      const content = studyContentSchema.parse({ title: 'T', pages: [{ title: 'One' }] });
      const mint = (turnSecret: string, now: number) =>
        iceServersOf(
          { stunUrls: [], turnUrls: [turn.url], turnSecret },
          { participantId: `p-${turnSecret === turn.secret}-${now}`, definition: { expiresAt: now, content }, now },
        );
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        const gather = (iceServers: RTCIceServer[]) =>
          page.evaluate(async (servers) => {
            const connection = new RTCPeerConnection({ iceServers: servers, iceTransportPolicy: 'relay' });
            const gathered = { candidates: 0, errors: [] as number[] };
            connection.onicecandidate = ({ candidate }) => {
              if (candidate?.candidate) gathered.candidates += 1;
            };
            connection.onicecandidateerror = ({ errorCode }) => gathered.errors.push(errorCode);
            connection.createDataChannel('any');
            const done = new Promise<void>((resolve) => {
              connection.onicegatheringstatechange = () => connection.iceGatheringState === 'complete' && resolve();
            });
            await connection.setLocalDescription();
            await done;
            connection.close();
            return gathered;
          }, iceServers);
        const now = Date.now();
        // They are valid for two days beyond now where the room ends at once.
        const fourDaysMs = 4 * 24 * 3_600_000;
        expect(await gather(mint(turn.secret, now))).toEqual({ candidates: 1, errors: [] });
        for (const refused of [mint('another secret', now), mint(turn.secret, now - fourDaysMs)]) {
          expect(await gather(refused)).toEqual({ candidates: 0, errors: [401] });
          await eventually('coturn says whom it refused', () =>
            turn.log().includes(`Cannot find credentials of user <${refused[0]?.username}>`),
          );
        }
      } finally {
        await browser.close();
      }
    });
  });
});

// Three real browsers talk through a cluster; the node of one of them dies. Sockets move, voices do not notice.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { type BrowserParticipant, openParticipant, waitForVoices } from '../support/browser/browser-participant.ts';
import { writeSpeechWav } from '../support/browser/speech-wav.ts';
import { persistently, researcherOf, wireProblemsOf } from '../support/cluster/cluster-room.ts';
import type { Door } from '../support/cluster/front.ts';
import { spawnCluster, type TestCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithChromium, describeWithRedis } from '../support/describe-with-program.ts';

const PITCHES_HZ = [110, 165, 220];
const KILLS = 3;
/** Packets come every 20 ms; the rest is what a busy machine may take. */
const LONGEST_SILENCE_MS = 2_000;

/** What the page has done with its peer connections so far. */
interface Negotiations {
  readonly connections: number;
  /** Every offer and every answer, whoever makes it, changes the signaling state. */
  readonly stateChanges: number;
}

/** Runs in the page before anything else. */
const countNegotiations = (): void => {
  const counts = { connections: 0, stateChanges: 0 };
  const open: { connection: RTCPeerConnection; bytes: number; grewAt: number }[] = [];
  const silence = { longestMs: 0, growths: 0 };
  Object.assign(window, { __negotiations: counts, __silence: silence });
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...args: ConstructorParameters<typeof RTCPeerConnection>) {
      super(...args);
      counts.connections += 1;
      open.push({ connection: this, bytes: 0, grewAt: Number.NaN });
      this.addEventListener('signalingstatechange', () => {
        counts.stateChanges += 1;
      });
    }
  };
  const look = async (): Promise<void> => {
    for (const one of open) {
      const reports = [...(await one.connection.getStats()).values()];
      const bytes = reports.find(({ type }) => type === 'inbound-rtp')?.bytesReceived ?? 0;
      const now = performance.now();
      if (bytes > one.bytes) {
        Object.assign(one, { bytes, grewAt: now });
        silence.growths += 1;
      } else silence.longestMs = Math.max(silence.longestMs, now - one.grewAt || 0);
    }
    setTimeout(look, 100);
  };
  setTimeout(look, 100);
};

interface Silence {
  /** How long the bytes of one voice stood still, at the most. */
  longestMs: number;
  /** How often they were seen to have grown. */
  growths: number;
}
interface ProbedWindow {
  readonly __negotiations: Negotiations;
  readonly __silence: Silence;
}

const negotiationsOf = ({ page }: BrowserParticipant): Promise<Negotiations> =>
  page.evaluate(() => ({ ...(window as unknown as ProbedWindow).__negotiations }));
const forgetSilence = ({ page }: BrowserParticipant): Promise<void> =>
  page.evaluate(() => {
    Object.assign((window as unknown as ProbedWindow).__silence, { longestMs: 0, growths: 0 });
  });
const silenceOf = ({ page }: BrowserParticipant): Promise<Silence> =>
  page.evaluate(() => ({ ...(window as unknown as ProbedWindow).__silence }));

describeWithChromium('three browsers', () => {
  describeWithRedis('on three nodes', () => {
    let cluster: TestCluster;
    let folder: string;
    let people: BrowserParticipant[] = [];
    let doors: Door[] = [];

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'trialogue-e2e-'));
      cluster = await spawnCluster();
      doors = await Promise.all(
        [
          [0, 1, 2],
          [1, 2, 0],
          [2, 0, 1],
        ].map((order) => cluster.front.open(order)),
      );
      people = await Promise.all(
        PITCHES_HZ.map(async (pitchHz, seat) => {
          const microphoneWav = join(folder, `voice-${seat}.wav`);
          writeSpeechWav(microphoneWav, pitchHz);
          const person = await openParticipant({ nickname: `person ${seat}`, microphoneWav, locale: 'en-US' });
          await person.page.addInitScript(countNegotiations);
          return person;
        }),
      );
    });
    afterAll(async () => {
      await Promise.all(people.map((person) => person.close()));
      await cluster?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it(`[CL7] kill -9 of the node of one of them, ${KILLS} times: the voices go on, nothing is negotiated again`, async ({
      onTestFailed,
    }) => {
      onTestFailed(async () => {
        for (const person of people) console.log(person.nickname, await person.connections());
        console.log(cluster.output());
      });
      const api = researcherOf(cluster);
      const pages = Array.from({ length: KILLS + 2 }, (_, index) => ({ title: `Page ${index}` }));
      const study = await api.createStudy({ title: 'Killed', pages });
      const [room] = (await api.createRooms(study.id, {})).rooms;
      if (!room) throw new Error('no room was made');
      for (const [seat, person] of people.entries()) await person.join(`${doors[seat]?.url}/j/${room.code}`);
      await Promise.all(people.map(({ page }) => page.getByTestId('debate').waitFor({ timeout: 30_000 })));
      await Promise.all(people.map(waitForVoices));
      expect(doors.map((door) => door.node())).toEqual([0, 1, 2]);
      const before = await Promise.all(people.map(negotiationsOf));
      expect(before.map(({ connections }) => connections)).toEqual(people.map(() => 2));
      // An offer and an answer for each of two others.
      expect(Math.min(...before.map(({ stateChanges }) => stateChanges))).toBeGreaterThanOrEqual(4);
      await Promise.all(people.map(forgetSilence));

      for (let kill = 0; kill < KILLS; kill += 1) {
        const door = doors[kill % doors.length];
        const index = door?.node() ?? 0;
        const moved = doors.filter((one) => one.node() === index);
        await cluster.nodes[index]?.kill();
        await eventually('all who were on it are elsewhere', () =>
          moved.every((one) => one.node() !== undefined && one.node() !== index),
        );
        await people[0]?.page.getByTestId('next-page').click();
        await Promise.all(
          people.map(({ page }) => page.locator(`[data-testid="page"][data-page="${kill + 1}"]`).waitFor()),
        );
        await cluster.nodes[index]?.start();
      }

      await Promise.all(people.map(waitForVoices));
      const silences = await Promise.all(people.map(silenceOf));
      console.log(
        `longest time without a packet, ms: ${silences.map(({ longestMs }) => Math.round(longestMs)).join(' ')}`,
      );
      expect(await Promise.all(people.map(negotiationsOf))).toEqual(before);
      expect(Math.max(...silences.map(({ longestMs }) => longestMs))).toBeLessThan(LONGEST_SILENCE_MS);
      expect(Math.min(...silences.map(({ growths }) => growths))).toBeGreaterThan(20 * KILLS);
      expect(doors.flatMap(({ wires }) => wires.flatMap(wireProblemsOf))).toEqual([]);

      await people[0]?.page.getByTestId('end-debate').click();
      await people[0]?.page.getByTestId('confirm-button').click();
      await Promise.all(people.map(({ page }) => page.getByTestId('thanks').waitFor({ timeout: 30_000 })));
      await eventually('the recordings are complete', async () => {
        const { items } = await persistently(() => api.recordings(room.id));
        return (
          items.length === people.length &&
          items.every(({ takes }) => takes.every(({ status }) => status === 'complete'))
        );
      });
      // One take each: the recorders did not notice either.
      const { items } = await api.recordings(room.id);
      expect(items.map(({ takes }) => takes.length)).toEqual(people.map(() => 1));
    });
  });
});

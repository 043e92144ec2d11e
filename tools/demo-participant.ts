// One simulated participant in Node: joins as a browser would, answers its questions, and uploads a recorded voice slice by
// slice at the pace at which it would be spoken. It has no microphone and no peer connections.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '../processes/run-command.ts';
import { createId, createRecordingUpload, createRoomClient, joinRoom, type RoomClient } from '../src/client/index.ts';
import type { Role } from './demo-study.ts';

interface VoiceTrack {
  readonly file: string;
  readonly mimeType: string;
  readonly speaks: { readonly fromMs: number; readonly toMs: number };
  readonly slices: readonly { readonly bytes: number; readonly endMs: number }[];
}

const VOICES = join(projectRoot, 'test/fixtures/voices');
const TRACKS: readonly VoiceTrack[] = JSON.parse(readFileSync(join(VOICES, 'voices.json'), 'utf8'));

export const TRACK_MS = Math.max(...TRACKS.map((track) => track.slices.at(-1)?.endMs ?? 0));

export interface DemoParticipant {
  readonly nickname: string;
  readonly client: RoomClient;
  /** Resolves when the debate has started, with that instant on the room clock. */
  readonly started: Promise<number>;
  /** How late each page was shown, ms after the instant that was announced. */
  readonly lateMs: number[];
  /** Resolves when the voice has been played and every slice of it is stored. */
  play(): Promise<void>;
}

/** What a command answered, without the refusals that a demo must not meet. */
const done = <Result extends { readonly ok: boolean }>(
  what: string,
  result: Result,
): Extract<Result, { readonly ok: true }> => {
  if (!result.ok) throw new Error(`${what} was refused: ${JSON.stringify(result)}`);
  return result as Extract<Result, { readonly ok: true }>;
};

export const joinDemo = async (serverUrl: string, code: string, role: Role): Promise<DemoParticipant> => {
  const track = TRACKS[role.voice];
  if (track === undefined) throw new Error(`there is no voice ${role.voice}`);
  const { token } = await joinRoom({ serverUrl, code, nickname: role.nickname, joinKey: createId() });
  const client = createRoomClient({ serverUrl, token, media: false });
  const lateMs: number[] = [];
  client.on('page', (page) => lateMs.push(page.lateMs));
  const started = new Promise<number>((resolve) => {
    // Not the client's `start`: a server that comes too late to its own start takes it back, and counts down anew.
    client.on('event', ({ event }) => {
      if (event.type === 'debate_started') resolve(event.startedAt);
    });
  });
  client.connect();

  const until = (instant: number) => delay(Math.max(0, instant - client.now()));

  const speak = async (from: number): Promise<void> => {
    await until(from + track.speaks.fromMs);
    client.reportVoice({ micOn: true, speaking: true });
    await until(from + track.speaks.toMs);
    client.reportVoice({ micOn: true, speaking: false });
  };

  const choose = async (from: number): Promise<void> => {
    for (const { atMs, questionId, value } of role.choices) {
      await until(from + atMs);
      done(`${role.nickname}'s choice`, await client.submitChoice(questionId, value));
    }
  };

  const record = async (): Promise<void> => {
    const { recordingId, startedAt } = done('recording', await client.startRecording(track.mimeType));
    const upload = createRecordingUpload({ serverUrl, token, recordingId });
    const bytes = new Uint8Array(readFileSync(join(VOICES, track.file)));
    const stored: Promise<unknown>[] = [];
    let offset = 0;
    let sliceStartsAt = startedAt;
    for (const [index, slice] of track.slices.entries()) {
      const endedAt = startedAt + slice.endMs;
      await until(endedAt);
      const part = bytes.slice(offset, offset + slice.bytes);
      const chunk = { index, bytes: part, startedAt: sliceStartsAt, endedAt };
      stored.push(upload.add(chunk).then((result) => done(`chunk ${index}`, result)));
      offset += slice.bytes;
      sliceStartsAt = endedAt;
    }
    done('stopping the recording', await client.stopRecording(recordingId));
    await Promise.all(stored);
    done('completing the recording', await upload.complete(track.slices.length));
  };

  return {
    nickname: role.nickname,
    client,
    started,
    lateMs,
    play: async () => {
      const from = await started;
      await Promise.all([record(), speak(from), choose(from)]);
    },
  };
};

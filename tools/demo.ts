// `npm run demo`: plays a whole debate against a fresh server of its own and shows what a researcher would fetch. Leaves nothing
// behind; with --keep the server stays up until Ctrl-C. Settings of AI services in the environment are used.
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../processes/eventually.ts';
import { type RunningServer, spawnServer } from '../processes/spawn-server.ts';
import { createResearcherApi, type ResearcherApi } from '../src/client/index.ts';
import type { StageAnswer } from '../src/protocol/job-answers.ts';
import { type DemoParticipant, joinDemo, TRACK_MS } from './demo-participant.ts';
import { demoResults } from './demo-results.ts';
import { DEMO_STUDY, PAGE_TURNS_MS, ROLES } from './demo-study.ts';

const AI_SETTINGS = [
  ...['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'STT_MODEL', 'ANALYSIS_MODEL'],
  ...['STT_BASE_URL', 'STT_API_KEY', 'WHISPER_MODEL_PATH'],
];
const STAGES_TIMEOUT_MS = 120_000;
const OVER: readonly StageAnswer['state'][] = ['done', 'failed', 'not_configured'];

const begunAt = performance.now();
const say = (line: string): void => {
  console.log(`${((performance.now() - begunAt) / 1_000).toFixed(1).padStart(5)} s  ${line}`);
};

const playDebate = async (participants: readonly DemoParticipant[]): Promise<void> => {
  const [host] = participants;
  if (host === undefined) throw new Error('nobody is there');
  const startsAt = await eventually('a countdown', () => host.client.state.room?.startsAt);
  say(`three are here: the debate starts in ${((startsAt - host.client.now()) / 1_000).toFixed(1)} s, for all at once`);
  const from = await host.started;
  say('the debate has started; voices are recorded and uploaded while they talk');
  const playing = Promise.all(participants.map((participant) => participant.play()));
  const guest = participants.at(-1);
  const refused = await guest?.client.turnPage('next');
  if (refused && !refused.ok) say(`a guest tries to turn the page: "${refused.error.message}"`);
  for (const atMs of PAGE_TURNS_MS) {
    await delay(Math.max(0, from + atMs - host.client.now()));
    const turned = await host.client.turnPage('next');
    if (!turned.ok) throw new Error(`the page turn was refused: ${turned.error.message}`);
    say(
      `the host turns to page ${turned.page}, to be shown ${(turned.turnsAt - host.client.now()).toFixed(0)} ms from now`,
    );
  }
  await delay(Math.max(0, from + TRACK_MS - host.client.now()));
  const ended = await host.client.endDebate();
  if (!ended.ok) throw new Error(`ending was refused: ${ended.error.message}`);
  say('the host has ended the debate');
  await playing;
  const late = participants.flatMap(({ lateMs }) => lateMs).sort((a, b) => a - b);
  say(`all voices are stored; pages were shown at most ${late.at(-1)?.toFixed(1)} ms after their instant`);
};

const waitForStages = async (api: ResearcherApi, roomId: string): Promise<void> => {
  const told = new Map<string, string>();
  await eventually(
    'every stage has come to an end',
    async () => {
      const { stages } = await api.jobs(roomId);
      for (const { stage, state } of stages) {
        if (told.get(stage) !== state) say(`${stage}: ${state.replace('_', ' ')}`);
        told.set(stage, state);
      }
      return stages.length > 0 && stages.every(({ state }) => OVER.includes(state));
    },
    STAGES_TIMEOUT_MS,
  );
};

const play = async (server: RunningServer): Promise<void> => {
  const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
  const study = await api.createStudy(DEMO_STUDY);
  const { rooms } = await api.createRooms(study.id, { count: 1, label: 'demo' });
  const [room] = rooms;
  if (room === undefined) throw new Error('no room was made');
  say(`a study of ${study.pages.length} pages, and a room of it: ${room.joinUrl}`);
  const participants: DemoParticipant[] = [];
  // One after the other: the first who joins is the host.
  for (const role of ROLES) participants.push(await joinDemo(server.url, room.code, role));
  await playDebate(participants);
  await Promise.all(participants.map(({ client }) => client.close()));
  await waitForStages(api, room.id);
  console.log(`\n${(await demoResults(api, room.id)).join('\n')}\n`);
};

const aiSettings = Object.fromEntries(
  AI_SETTINGS.flatMap((name) => (process.env[name] ? [[name, process.env[name] as string]] : [])),
);
// Whenever this process ends, spawnServer's sweeper leaves nothing behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
say('starting a fresh server with its own PostgreSQL');
const server = await spawnServer({ env: { LOG_LEVEL: 'warn', ...aiSettings } });
say(`it is ready at ${server.url}`);
try {
  await play(server);
  if (process.argv.includes('--keep')) {
    console.log(`Console: ${server.url}/console   key: ${server.researcherKey}\nCtrl-C stops it and removes its data.`);
    await server.exited;
  }
} catch (error) {
  console.error(server.output());
  throw error;
} finally {
  await server.stop();
}
say('the server has stopped, its data is removed');

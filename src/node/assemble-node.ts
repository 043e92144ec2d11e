// One node of the server: ports in, { rooms, realtime, httpApp } out. The one assembly: the server calls it on real adapters, tests
// of REST and of the wire on a database of their own. Reads no settings, opens nothing, starts nothing.
import { createAccessTokens } from '../access/access-token.ts';
import { createApiKeys } from '../access/api-keys.ts';
import { type IceConfig, iceServersOf } from '../access/ice-servers.ts';
import { createParticipantAuth } from '../access/participant-auth.ts';
import { createParticipantTokens } from '../access/participant-token.ts';
import { createPinGuard } from '../access/pin-guard.ts';
import type { ApiKeyStore, AttemptLimiter } from '../access/ports.ts';
import { newRoomCode } from '../access/room-code.ts';
import { isSamePin } from '../access/same-pin.ts';
import type { HttpDeps } from '../http/context.ts';
import { createHttpApp } from '../http/create-http-app.ts';
import { createRecordings } from '../recordings/create-recordings.ts';
import type { ChunkLedger, RecordingStore } from '../recordings/ports.ts';
import type { StoredTelemetry } from '../rooms/ports.ts';
import { createJoining } from '../studies/joining.ts';
import type { RoomResults, RoomStore, StudyStore } from '../studies/ports.ts';
import { createRoomViews } from '../studies/room-views.ts';
import { createStudies } from '../studies/studies.ts';
import { createStudyRooms } from '../studies/study-rooms.ts';
import { assembleRooms, type RoomPorts } from './assemble-rooms.ts';

export interface NodePorts extends Omit<RoomPorts, 'verifyToken'> {
  readonly studies: StudyStore;
  readonly studyRooms: RoomStore;
  readonly results: RoomResults;
  readonly storedTelemetry: StoredTelemetry;
  readonly apiKeys: ApiKeyStore;
  readonly ledger: ChunkLedger;
  readonly store: RecordingStore;
  /** Refused joins of each address. */
  readonly limiter: AttemptLimiter;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly checkReady: HttpDeps['checkReady'];
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

export interface NodeSettings extends Pick<HttpDeps, 'corsOrigins' | 'trustProxy' | 'webRoot'> {
  /** Signs participants' tokens and short-lived links. */
  readonly secret: string;
  /** The researcher key that is always there. */
  readonly researcherKey: string;
  readonly ice: IceConfig;
  /** Where participants reach the server, without a slash at the end. */
  readonly publicUrl: () => string;
}

export const assembleNode = (ports: NodePorts, settings: NodeSettings) => {
  const { clock, log, metrics, pause, voice } = ports;
  const { secret } = settings;
  const { now, monotonic } = clock;
  const tokens = createParticipantTokens({ secret });
  const { rooms, realtime } = assembleRooms({ ...ports, verifyToken: tokens.verifyParticipantToken });

  const iceServers: HttpDeps['iceServersOf'] = (participantId, { definition }) =>
    iceServersOf(settings.ice, { participantId, definition, now: now() });
  const pinGuard = createPinGuard({ registry: metrics, log, monotonic, pause });
  const joining = createJoining({
    ...{ rooms, isSamePin, pinGuard, now, limiter: ports.limiter, iceServersOf: iceServers },
    verifyToken: tokens.verifyParticipantToken,
    issueToken: tokens.issueParticipantToken,
  });
  const recordings = createRecordings({ ...ports, rooms });
  const studyRooms = createStudyRooms({
    ...{ rooms, now, studies: ports.studies, store: ports.studyRooms },
    eraseFiles: recordings.eraseFiles,
    newCode: () => newRoomCode(),
    joinUrlOf: (code) => `${settings.publicUrl()}/j/${code}`,
  });

  const roomViews = createRoomViews({ ...recordings, rooms, studyRooms, voice, wrongPinsOf: pinGuard.wrongOf, clock });

  const httpApp = createHttpApp({
    ...{ corsOrigins: settings.corsOrigins, trustProxy: settings.trustProxy, webRoot: settings.webRoot },
    ...{ rooms, clock, studyRooms, joining, recordings, roomViews, metrics, log, iceServersOf: iceServers },
    ...{ results: ports.results, telemetry: ports.storedTelemetry },
    ...{ checkReady: ports.checkReady, stopping: ports.stopping },
    studies: createStudies({ store: ports.studies, now }),
    participants: createParticipantAuth({ tokens, rooms }),
    apiKeys: createApiKeys({ store: ports.apiKeys, bootstrapKey: settings.researcherKey, now }),
    accessTokens: createAccessTokens({ secret, now }),
  });

  return { rooms, realtime, httpApp, recordings, studyRooms, tokens };
};

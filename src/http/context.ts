// What every request carries through the handlers, and what they may use. Services decide; handlers parse and map.
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { AccessTokens } from '../access/access-token.ts';
import type { ApiKeys } from '../access/api-keys.ts';
import type { AuthenticatedParticipant, ParticipantAuth } from '../access/participant-auth.ts';
import type { Refusal } from '../protocol/error-codes.ts';
import type { IceServer } from '../protocol/join-answers.ts';
import type { Recordings } from '../recordings/create-recordings.ts';
import type { RoomState } from '../room/state.ts';
import type { Clock, StoredTelemetry } from '../rooms/ports.ts';
import type { Rooms } from '../rooms/rooms.ts';
import type { Joining } from '../studies/joining.ts';
import type { RoomResults } from '../studies/ports.ts';
import type { RoomViews } from '../studies/room-views.ts';
import type { Studies } from '../studies/studies.ts';
import type { StudyRooms } from '../studies/study-rooms.ts';

export interface HttpDeps {
  readonly rooms: Pick<Rooms, 'state' | 'handle' | 'commitsSince'>;
  readonly roomViews: RoomViews;
  readonly clock: Clock;
  readonly studies: Studies;
  readonly studyRooms: StudyRooms;
  readonly joining: Joining;
  readonly results: RoomResults;
  readonly telemetry: StoredTelemetry;
  readonly participants: ParticipantAuth;
  readonly apiKeys: ApiKeys;
  readonly accessTokens: AccessTokens;
  readonly iceServersOf: (participantId: string, state: RoomState) => IceServer[];
  readonly recordings: Omit<Recordings, 'eraseFiles' | 'startTidying'>;
  /** Resolves when everything that an answer needs can be reached; rejects otherwise. */
  readonly checkReady: () => Promise<void>;
  /** Aborted when the server stops: open streams end. */
  readonly stopping: AbortSignal;
  readonly metrics: Registry;
  readonly log: Logger;
  readonly corsOrigins: readonly string[];
  /** Whether X-Forwarded-For is believed. */
  readonly trustProxy: boolean;
  /** Folder of the built web page. */
  readonly webRoot: string;
}

export interface HttpEnv {
  readonly Bindings: Partial<HttpBindings>;
  readonly Variables: {
    requestId: string;
    /** What the request was refused with, if it was. */
    refusal: Refusal | undefined;
    /** Set behind `participant` and, when a participant asks, behind `participantOrResearcher`. */
    participant: AuthenticatedParticipant | undefined;
    /** Set behind `researcher`: the key that all of this rests on. */
    keyId: string | undefined;
  };
}

export type HttpContext = Context<HttpEnv>;

// The client SDK: the only door into src/client. No framework, no server code; runs in browsers, and without media in Node.

export type { LatestChoice } from '../protocol/choices.ts';
export { isLanguage, LANGUAGES, type Language } from '../protocol/languages.ts';
export type { TelemetryItems, TelemetryKind } from '../protocol/telemetry.ts';
export { ApiRefusal, type Fetch } from './api/api-call.ts';
export { type JoinOptions, joinInfo, joinRoom } from './api/join.ts';
export {
  createResearcherApi,
  type ResearcherApi,
  type ResearcherOptions,
  type StudyPatch,
} from './api/researcher-api.ts';
export type { RoomListeners } from './api/room-stream.ts';
export type * from './client-state.ts';
export { createLocalTime, type LocalTime, type StoppableTime } from './clock/local-time.ts';
export { checkEnvironment, type Environment, type EnvironmentProblem } from './environment.ts';
export { createId } from './id.ts';
export { contentDigestOf } from './recording/content-digest.ts';
export {
  createRecordingUpload,
  type RecordingUpload,
  type UploadChunk,
  type UploadResult,
} from './recording/recording-upload.ts';
export { createRoomClient } from './room-client.ts';
export type { RoomClient, RoomClientOptions } from './room-client-api.ts';
export type { CommandResult } from './session/command-queue.ts';
export { createReconnectPolicy, type ReconnectPolicy } from './session/reconnect-policy.ts';
export {
  createMicrophone,
  type Microphone,
  type MicrophoneDevice,
  type MicrophoneEvents,
  type MicrophoneProblem,
  type MicrophoneState,
} from './voice/microphone.ts';

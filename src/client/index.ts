// The client SDK: the only door into src/client. No framework, no server code; runs in browsers, and without media in Node.

export type { TelemetryItems, TelemetryKind } from '../protocol/telemetry.ts';
export { ApiRefusal, type Fetch } from './api-refusal.ts';
export type * from './client-state.ts';
export type { CommandResult } from './command-queue.ts';
export { contentDigestOf } from './content-digest.ts';
export { checkEnvironment, type Environment, type EnvironmentProblem } from './environment.ts';
export { createId } from './id.ts';
export { type JoinOptions, joinInfo, joinRoom } from './join.ts';
export { createLocalTime, type LocalTime, type StoppableTime } from './local-time.ts';
export {
  createMicrophone,
  type Microphone,
  type MicrophoneDevice,
  type MicrophoneEvents,
  type MicrophoneProblem,
  type MicrophoneState,
} from './microphone.ts';
export { createReconnectPolicy, type ReconnectPolicy } from './reconnect-policy.ts';
export {
  createRecordingUpload,
  type RecordingUpload,
  type UploadChunk,
  type UploadResult,
} from './recording-upload.ts';
export { createResearcherApi, type ResearcherApi, type ResearcherOptions, type StudyPatch } from './researcher-api.ts';
export { createRoomClient, type RoomClient, type RoomClientOptions } from './room-client.ts';
export type { RoomListeners } from './room-stream.ts';

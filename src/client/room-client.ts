// One participant in one room: puts the managers together and shows their sum as one state. Decides nothing that a manager could.
import { messageOf } from '../protocol/error-codes.ts';
import { OWN_CLIENT } from '../protocol/own-client.ts';
import type { RoomEventMessage, VisibleRoomEvent } from '../protocol/room-view.ts';
import type { SESSION_NAMESPACE } from '../protocol/session-messages.ts';
import type { SIGNALING_NAMESPACE } from '../protocol/signaling-messages.ts';
import { createAnnouncedState } from './announced-state.ts';
import type { ConnectionState, RoomClientEvents, RoomClientState } from './client-state.ts';
import { createRoomClock } from './clock/clock.ts';
import { clockReportOf } from './clock/clock-report.ts';
import { createClockSync } from './clock/clock-sync.ts';
import { createLocalTime } from './clock/local-time.ts';
import { watchPage } from './clock/page-watch.ts';
import { createShowSchedule } from './clock/show-schedule.ts';
import { createShownReport } from './clock/shown-report.ts';
import { createEmitter } from './emitter.ts';
import { createId } from './id.ts';
import type { RoomClient, RoomClientOptions } from './room-client-api.ts';
import { createRoomMedia } from './room-media.ts';
import { createAnswers } from './session/answers.ts';
import { type Connection, createConnection } from './session/connection.ts';
import { keptAnswersOf } from './session/kept-answers.ts';
import { createReconnectPolicy } from './session/reconnect-policy.ts';
import { createRoomCommands } from './session/room-commands.ts';
import { createSession } from './session/session.ts';
import { createVoiceReport } from './voice/voice-report.ts';

const SESSION: typeof SESSION_NAMESPACE = '/session';
const SIGNALING: typeof SIGNALING_NAMESPACE = '/signaling';

export const createRoomClient = (options: RoomClientOptions): RoomClient => {
  const { serverUrl, token } = options;
  const time = options.time ?? createLocalTime();
  const random = Math.random;
  const events = createEmitter<RoomClientEvents>();
  const clock = createRoomClock(() => time.now());
  let phase: ConnectionState = 'connecting';
  let refusal: RoomClientState['refusal'];
  let connection: Connection | undefined;

  const announced = createAnnouncedState(
    () => stateNow(),
    (state) => events.emit('change', state),
  );
  const { changed } = announced;
  const enter = (next: ConnectionState) => {
    if (phase === next) return;
    phase = next;
    changed();
  };

  const session = createSession({
    time,
    random,
    createId,
    emit: (name, body, ack) => connection?.emitOn(SESSION)(name, body, ack),
    listeners: {
      onRoom: (commits) => onRoom(commits),
      onReplaced() {
        enter('replaced');
        connection?.stop();
        session.refuseAll('unavailable');
        media.suspend();
      },
      onRefused: (command, error) => events.emit('refused', { command, refusal: error }),
      onPending: changed,
      onSilence: () => connection?.recycle(),
    },
  });
  const answers = createAnswers({ send: session.send, createId, keptOf: keptAnswersOf, onChange: changed });
  const clockSync = createClockSync({
    clock,
    time,
    random,
    ping: (answered) => session.tell('clock:ping', {}, (answer) => answer.ok && answered(answer)),
    report: (state) => session.tell('clock:report', clockReportOf(state, clock.now() - Date.now())),
    onSample(version) {
      session.noteVersion(version);
      changed();
    },
    onTimeout: () => connection?.recycle(),
  });
  const shownReport = createShownReport(time, (page, shownAt) => session.tell('page:shown', { page, shownAt }));
  const voiceReport = createVoiceReport(time, (status) => session.tell('voice:status', status));
  const schedule = createShowSchedule({
    clock,
    time,
    onStart(start) {
      events.emit('start', start);
      shownReport.shown(schedule.page ?? 0, clock.now());
    },
    onPage(turn) {
      shownReport.shown(turn.page, clock.now());
      events.emit('page', turn);
    },
    onChange: changed,
  });
  const media = createRoomMedia({
    ...options,
    time,
    clock,
    session,
    voiceReport,
    emitSignal: (name, body, ack) => connection?.emitOn(SIGNALING)(name, body, ack),
    onRemoteAudio: (audio) => events.emit('remoteAudio', audio),
    onChange: changed,
    onSilence: () => connection?.recycle(),
  });

  const onEvent = (event: VisibleRoomEvent) => {
    if (event.type !== 'participant_muted' || event.participantId !== session.replica.view?.self) return;
    media.muteSelf();
    events.emit('muted', { by: event.by });
  };

  const onRoom = (commits: readonly RoomEventMessage[]) => {
    const { view } = session.replica;
    if (!view) return;
    answers.seated({ roomId: view.id, participantId: view.self });
    schedule.update(view);
    for (const { events: happened, version, at } of commits) {
      for (const event of happened) {
        onEvent(event);
        events.emit('event', { event, version, at });
      }
    }
    if (session.live && phase !== 'replaced' && phase !== 'ended') enter('online');
    media.update(schedule.shown(view));
    changed();
  };

  const createChannels = () => ({
    [SESSION]: {
      auth: { token, client: OWN_CLIENT },
      handlers: {
        up() {
          session.up();
          clockSync.start();
        },
        down() {
          clockSync.stop();
          session.down();
          if (phase === 'online') enter('reconnecting');
        },
        message(name: string, body: unknown) {
          if (name === 'room:snapshot') clock.seed((body as { serverTime: number }).serverTime);
          const wasLive = session.live;
          session.message(name, body);
          if (wasLive || !session.live) return;
          voiceReport.repeat();
          media.retryNow();
        },
      },
    },
    ...(media.signaling ? { [SIGNALING]: media.signaling } : {}),
  });

  const watched = watchPage({
    onBack() {
      connection?.retryNow();
      media.retryNow();
      if (session.live) clockSync.start();
    },
  });

  const stateNow = (): RoomClientState => {
    const { view } = session.replica;
    const room = view ? schedule.shown(view) : undefined;
    return {
      connection: phase,
      ...(refusal ? { refusal } : {}),
      ...(room ? { room } : {}),
      shownPage: room?.page ?? 0,
      committedPage: view?.page ?? 0,
      clock: clock.state,
      ...media.state,
      answers: answers.progress,
      pendingCommands: session.pendingCommands,
    };
  };

  return {
    ...createRoomCommands({ session, answers, now: () => clock.now(), onUnmuted: () => media.unmuteSelf() }),
    get state() {
      return announced.current;
    },
    on: events.on,
    connect() {
      if (phase === 'ended') return;
      if (phase !== 'connecting') enter('reconnecting');
      connection ??= createConnection({
        serverUrl,
        time,
        policy: options.policy ?? createReconnectPolicy(random),
        channels: createChannels(),
        onFinal(code) {
          const language = session.replica.view?.language ?? 'en';
          refusal = { code, message: messageOf({ code }, language) };
          session.refuseAll(code);
          media.suspend();
          enter('refused');
        },
      });
      connection.start();
    },
    async close() {
      if (phase === 'ended') return;
      enter('ended');
      connection?.stop();
      session.refuseAll('unavailable');
      schedule.stop();
      shownReport.stop();
      voiceReport.stop();
      watched.stop();
      await media.close();
      time.stop();
    },
    keptRecordings: media.keptRecordings,
    sendRecordingsAgain: media.sendRecordingsAgain,
    now: () => clock.now(),
    reportVoice: (status) => voiceReport.set(status),
    confirmPageShown: (page, shownAt) => shownReport.confirm(page, shownAt),
  };
};
